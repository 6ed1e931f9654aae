/**
 * What people wrote, in the pictures they wrote it about.
 *
 *   lane   ①   ②────②        ▼        numbered flags above the axis (real buttons stand over them)
 *   plot   ┊   [    ]         │        a time, a range, a marker, and a cell with a folded corner ◥
 *
 * Flags that would stand on each other become one that says how many it stands for.
 */
import { minuteLeft, type PlotGeometry } from './heat-map-geometry.ts'
import type { Pen } from './pen.ts'
import type { DrawTheme } from './theme.ts'

/** Minutes may be fractions; equal ends are a moment. */
export interface HeatAnnotation {
  readonly kind: 'note' | 'marker'
  readonly from: number
  readonly to: number
  /** Row of the cell it speaks of, −1: all of them. */
  readonly row: number
  /** The one that is being read. */
  readonly focused: boolean
}

/** Draws over band and heat map; the heat map begins at `topPx`. */
export function drawHeatAnnotations(
  pen: Pen,
  g: PlotGeometry,
  items: readonly HeatAnnotation[],
  topPx: number,
  theme: DrawTheme,
): void {
  const height = topPx + g.rows * g.rowPx
  for (const item of items) {
    const x = Math.round(minuteLeft(g, item.from))
    const right = Math.round(minuteLeft(g, item.to))
    if (right < 0 || x > g.widthPx) continue
    pen.globalAlpha = item.focused ? 1 : 0.75
    if (item.row >= 0) cell(pen, g, item, topPx, theme)
    else if (item.kind === 'marker') marker(pen, x, height, item.focused, theme)
    else if (right > x) range(pen, x, right, height, item.focused, theme)
    else moment(pen, x, height, item.focused, theme)
  }
  pen.globalAlpha = 1
}

/** A solid line with a foot: something was done here. */
function marker(pen: Pen, x: number, height: number, focused: boolean, theme: DrawTheme): void {
  pen.fillStyle = theme.bg
  pen.fillRect(x - 2, 0, 5, height)
  pen.fillStyle = theme.text
  pen.fillRect(focused ? x - 1 : x, 0, focused ? 3 : 1, height)
  triangle(pen, x - 5, 0, x + 6, 0, x + 0.5, 7)
}

/** A broken line. */
function moment(pen: Pen, x: number, height: number, focused: boolean, theme: DrawTheme): void {
  const width = focused ? 2 : 1
  for (let y = 0; y < height; y += 6) {
    pen.fillStyle = theme.bg
    pen.fillRect(x - 1, y, width + 2, 4)
    pen.fillStyle = theme.text
    pen.fillRect(x, y, width, 3)
  }
}

/** A bracket along the top, its ends as broken lines. */
function range(pen: Pen, x: number, right: number, height: number, focused: boolean, theme: DrawTheme): void {
  pen.fillStyle = theme.text
  pen.fillRect(x, 0, right - x, focused ? 3 : 2)
  moment(pen, x, height, focused, theme)
  moment(pen, right - 1, height, focused, theme)
}

/** A folded corner; a frame around the whole cell while it is read. */
function cell(pen: Pen, g: PlotGeometry, item: HeatAnnotation, topPx: number, theme: DrawTheme): void {
  const x = minuteLeft(g, item.from)
  const width = Math.max(4, minuteLeft(g, item.to) - x)
  const y = topPx + item.row * g.rowPx
  const fold = Math.min(9, g.rowPx / 2, Math.max(6, width))
  pen.fillStyle = theme.bg
  triangle(pen, x + width - fold - 2, y, x + width + 1, y, x + width + 1, y + fold + 3)
  pen.fillStyle = theme.text
  triangle(pen, x + width - fold, y, x + width, y, x + width, y + fold)
  if (!item.focused) return
  pen.strokeStyle = theme.text
  pen.lineWidth = 2
  pen.strokeRect(x, y + 1, width, g.rowPx - 2)
}

function triangle(pen: Pen, ax: number, ay: number, bx: number, by: number, cx: number, cy: number): void {
  pen.beginPath()
  pen.moveTo(ax, ay)
  pen.lineTo(bx, by)
  pen.lineTo(cx, cy)
  pen.closePath()
  pen.fill()
}

/** A flag of the lane: the items it stands for, in order of place, and the middle of its button. */
export interface LaneFlag {
  readonly items: readonly number[]
  readonly x: number
}

/**
 * Flags for items at `xs` (pixels, any order), none nearer than `flagPx` to the next; those left or right of the lane are left out.
 * An item joins the flag before it while that begins less than a flag's width away.
 */
export function laneFlags(xs: readonly number[], widthPx: number, flagPx: number): readonly LaneFlag[] {
  const order = xs
    .map((x, item) => ({ x, item }))
    .filter(({ x }) => x >= 0 && x <= widthPx)
    .sort((a, b) => a.x - b.x || a.item - b.item)
  const flags: { items: number[]; x: number }[] = []
  for (const { x, item } of order) {
    const last = flags.at(-1)
    if (last !== undefined && x - last.x < flagPx) last.items.push(item)
    else flags.push({ items: [item], x })
  }
  return flags
}

/** A note's tag on a row of the waterfall, in device pixels. */
export interface RowTag {
  /** Row from the scene's first. */
  readonly row: number
  readonly text: string
  readonly focused: boolean
}

/** Tags at the left edge of rows, over the bars: `place` says where a row is. */
export function drawRowTags(
  pen: Pen,
  tags: readonly RowTag[],
  place: { readonly top: number; readonly rowHeight: number; readonly scale: number },
  theme: DrawTheme,
): void {
  const { top, rowHeight, scale } = place
  pen.font = `600 ${Math.round(11 * scale)}px ${theme.sans}`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  for (const { row, text, focused } of tags) {
    const y = Math.round(top + row * rowHeight)
    const width = Math.max(16 * scale, pen.measureText(text).width + 8 * scale)
    const height = Math.min(rowHeight - 2 * scale, 16 * scale)
    const middle = y + rowHeight / 2
    pen.fillStyle = focused ? theme.accent : theme.text
    pen.fillRect(2 * scale, middle - height / 2, width, height)
    pen.fillStyle = theme.bg
    pen.fillText(text, 2 * scale + width / 2, middle)
  }
}
