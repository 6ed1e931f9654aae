/**
 * The heat map: one pixel a cell in an image, stretched with smoothing off by one `drawImage`; around it what the cells cannot say:
 *
 *   data    the palette          none     dots: nothing is known
 *   zero    the surface itself   rotated  diagonal hatch: gone, beyond the horizon
 *   future  nothing at all       silent   broken lines in the warning colour: fell silent after load
 */
import { MINUTE_STATE } from '../model/timings.ts'
import { minuteLeft, type PlotGeometry, visibleMinutes } from './heat-map-geometry.ts'
import { dots, hatch, type Pen, type PenImage, type Rect } from './pen.ts'
import type { DrawTheme } from './theme.ts'

/**
 * Pixels of the cells, row by row, as words for `ImageData`: ⌈minutes / perColumn⌉ wide, `rows` high. Minutes that share a column
 * show the most of them: a saturated minute must not vanish. Columns without data stay transparent.
 * `levels` is column-major: cell (minute m, row r) at `m * rows + r`.
 */
export function heatPixels(
  levels: Uint8Array,
  minutes: number,
  rows: number,
  state: readonly number[],
  palette: Uint32Array,
  perColumn = 1,
): Uint32Array<ArrayBuffer> {
  const columns = Math.ceil(minutes / perColumn)
  const most = new Uint8Array(columns * rows)
  const shown = new Uint8Array(columns)
  for (let m = 0; m < minutes; m++) {
    if (state[m] !== MINUTE_STATE.data && state[m] !== MINUTE_STATE.zero) continue
    const column = Math.floor(m / perColumn)
    shown[column] = 1
    for (let r = 0; r < rows; r++) {
      const at = r * columns + column
      if (levels[m * rows + r] > most[at]) most[at] = levels[m * rows + r]
    }
  }
  return Uint32Array.from(most, (level, at) => (shown[at % columns] === 1 ? palette[level] : 0))
}

/** Words for people at stretches that hold no data: the first that fits is shown. */
export interface StateWords {
  readonly silent: readonly string[]
  readonly rotated: readonly string[]
  readonly none: readonly string[]
}

export interface HeatPicture {
  /** `heatPixels` in a canvas; undefined without rows. */
  readonly image: PenImage | undefined
  /** As given to `heatPixels`. */
  readonly perColumn: number
  readonly state: readonly number[]
  readonly held: readonly number[]
  /** Index of the running minute, −1 where there is none, and how much of it has run. */
  readonly partial: number
  readonly elapsed: number
  readonly onset: number
  readonly words: StateWords
}

/** Draws into the area with its top edge at `topPx`. */
export function drawHeatMap(pen: Pen, g: PlotGeometry, picture: HeatPicture, topPx: number, theme: DrawTheme): void {
  const height = g.rows * g.rowPx
  pen.save()
  pen.beginPath()
  pen.rect(0, topPx, g.widthPx, height)
  pen.clip()
  const area: Rect = { x: 0, y: topPx, width: g.widthPx, height }
  drawStates(pen, g, picture, area, theme)
  if (picture.image !== undefined) {
    pen.imageSmoothingEnabled = false
    const columns = Math.ceil(g.minutes / picture.perColumn)
    const width = columns * picture.perColumn * g.minutePx
    pen.drawImage(picture.image, 0, 0, columns, g.rows, -g.scrollPx, topPx, width, height)
  }
  // Hairlines between rows, so that equal neighbours stay two rows.
  pen.fillStyle = theme.bg
  for (let r = 1; r < g.rows; r++) pen.fillRect(0, topPx + r * g.rowPx, g.widthPx, 1)
  drawWords(pen, g, picture, area, theme)
  drawPartial(pen, g, picture, topPx, height, theme)
  if (picture.onset >= 0) {
    pen.fillStyle = theme.text2
    pen.fillRect(Math.round(minuteLeft(g, picture.onset)), topPx, 1, height)
  }
  pen.restore()
}

type States = Pick<HeatPicture, 'state' | 'words' | 'partial' | 'elapsed'>

/** Calls back for every stretch of equal state on screen, with its place. Nothing lies after now, also within the running minute. */
function eachStretch(
  g: PlotGeometry,
  picture: States,
  area: Rect,
  visit: (state: number, part: Rect, to: number) => void,
): void {
  const [first, last] = visibleMinutes(g)
  let from = first
  while (from < last) {
    const state = picture.state[from]
    let to = from + 1
    while (to < last && picture.state[to] === state) to++
    const x = Math.max(area.x, minuteLeft(g, from))
    const shown = to - 1 === picture.partial ? to - 1 + picture.elapsed : to
    const right = Math.min(area.x + area.width, minuteLeft(g, shown))
    if (right > x) visit(state, { x, y: area.y, width: right - x, height: area.height }, to)
    from = to
  }
}

/** Backgrounds of the minutes by what is known about them. */
export function drawStates(pen: Pen, g: PlotGeometry, picture: States, area: Rect, theme: DrawTheme): void {
  eachStretch(g, picture, area, (state, part, to) => {
    if (state === MINUTE_STATE.data || state === MINUTE_STATE.zero) {
      pen.fillStyle = theme.surface
      pen.fillRect(part.x, part.y, part.width, part.height)
    } else if (state === MINUTE_STATE.none) {
      dots(pen, part, theme.lineStrong)
    } else if (state === MINUTE_STATE.rotated) {
      hatch(pen, part, theme.lineStrong)
      pen.fillStyle = theme.text2
      // The horizon itself.
      if (to < g.minutes) pen.fillRect(Math.round(part.x + part.width) - 1, part.y, 1, part.height)
    } else if (state === MINUTE_STATE.silent) {
      silence(pen, part, theme)
    }
  })
}

function drawWords(pen: Pen, g: PlotGeometry, picture: States, area: Rect, theme: DrawTheme): void {
  eachStretch(g, picture, area, (state, part) => {
    if (state === MINUTE_STATE.none) label(pen, part, picture.words.none, theme.text2, theme)
    else if (state === MINUTE_STATE.rotated) label(pen, part, picture.words.rotated, theme.text2, theme)
    else if (state === MINUTE_STATE.silent) label(pen, part, picture.words.silent, theme.bad, theme)
  })
}

/** Broken horizontal lines: a pulse that stopped. */
function silence(pen: Pen, area: Rect, theme: DrawTheme): void {
  pen.fillStyle = theme.bad
  pen.globalAlpha = 0.45
  for (let y = area.y + 5; y < area.y + area.height; y += 10) {
    for (let x = Math.ceil(area.x / 12) * 12; x < area.x + area.width; x += 12) {
      pen.fillRect(x, y, Math.min(6, area.x + area.width - x), 1)
    }
  }
  pen.globalAlpha = 1
  pen.fillRect(Math.round(area.x), area.y, 1, area.height)
}

function label(pen: Pen, area: Rect, words: readonly string[], color: string, theme: DrawTheme): void {
  pen.font = `11px ${theme.sans}`
  // Words cut short say nothing; the grid beside the canvas says them in full.
  const text = words.find((candidate) => pen.measureText(candidate).width <= area.width - 16)
  if (text === undefined) return
  const width = pen.measureText(text).width + 8
  const x = area.x + (area.width - width) / 2
  const y = area.y + area.height / 2
  pen.fillStyle = theme.bg
  pen.fillRect(x, y - 8, width, 16)
  pen.fillStyle = color
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  pen.fillText(text, x + 4, y)
}

/** The running minute: what has not run yet is covered, and the now line stands at its edge. */
function drawPartial(
  pen: Pen,
  g: PlotGeometry,
  picture: HeatPicture,
  topPx: number,
  height: number,
  theme: DrawTheme,
): void {
  if (picture.partial < 0) return
  const now = minuteLeft(g, picture.partial + picture.elapsed)
  const right = minuteLeft(g, picture.partial + 1)
  pen.fillStyle = theme.bg
  pen.fillRect(now, topPx, right - now, height)
  pen.fillStyle = theme.text
  pen.fillRect(Math.round(now), topPx, 1, height)
}

/** Shapes of the rows beside their totals: one polyline a row, each to its own maximum. `values` is column-major. */
export function drawSparks(
  pen: Pen,
  values: Float64Array,
  minutes: number,
  rows: number,
  rowPx: number,
  widthPx: number,
  theme: DrawTheme,
): void {
  pen.strokeStyle = theme.text2
  pen.lineWidth = 1
  const step = minutes > 1 ? (widthPx - 2) / (minutes - 1) : 0
  for (let r = 0; r < rows; r++) {
    let max = 0
    for (let m = 0; m < minutes; m++) max = Math.max(max, values[m * rows + r] || 0)
    if (max === 0) continue
    const bottom = (r + 1) * rowPx - 4
    const high = rowPx - 8
    pen.beginPath()
    for (let m = 0; m < minutes; m++) {
      const x = 1 + m * step
      const y = bottom - ((values[m * rows + r] || 0) / max) * high
      if (m === 0) pen.moveTo(x, y)
      else pen.lineTo(x, y)
    }
    pen.stroke()
  }
}

/** What lies over the data and follows the pointer. */
export interface HeatOverlay {
  readonly hover: { readonly minute: number; readonly row: number } | undefined
  /** Minutes [from, to); row −1: all rows. */
  readonly selection: { readonly from: number; readonly to: number; readonly row: number } | undefined
}

/** Cross and frame over band and heat map; the heat map begins at `topPx`. A handful of rectangles, whatever the data. */
export function drawHeatOverlay(
  pen: Pen,
  g: PlotGeometry,
  overlay: HeatOverlay,
  topPx: number,
  theme: DrawTheme,
): void {
  const height = topPx + g.rows * g.rowPx
  pen.clearRect(0, 0, g.widthPx, height)
  const { hover, selection } = overlay
  if (hover !== undefined) {
    pen.fillStyle = theme.text
    pen.globalAlpha = 0.14
    pen.fillRect(minuteLeft(g, hover.minute), 0, Math.max(1, g.minutePx), height)
    if (hover.row >= 0) pen.fillRect(0, topPx + hover.row * g.rowPx, g.widthPx, g.rowPx)
    pen.globalAlpha = 1
  }
  if (selection === undefined) return
  const x = minuteLeft(g, selection.from)
  const right = Math.max(x + 4, minuteLeft(g, selection.to))
  const y = selection.row < 0 ? 0 : topPx + selection.row * g.rowPx
  const bottom = selection.row < 0 ? height : y + g.rowPx
  pen.strokeStyle = theme.bg
  pen.lineWidth = 4
  pen.strokeRect(x, y + 1, right - x, bottom - y - 2)
  pen.strokeStyle = theme.accent
  pen.lineWidth = 2
  pen.strokeRect(x, y + 1, right - x, bottom - y - 2)
}
