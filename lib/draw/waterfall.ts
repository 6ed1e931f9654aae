/**
 * The time area of the waterfall, as three layers the size of the viewport. Everything is in device pixels; rows off the
 * viewport do not reach these functions.
 *
 *   base      grid, wait (hatched), work, density strips      redrawn when rows or the window change
 *   labels    durations, words of a group, "!"                with the base
 *   overlay   hover, selection, hits, crosshair               alone, when the mouse moves
 *
 *   ┊    ▨▨▨▨▨▨▨▨████████████ 60 ms                            wait ▨, then work █
 *   ┊                   ▁▂▅▇█▅▃▂▁▁ ×67  p50 22 ms  max 1.8 s    a group: spans running per pixel
 */
import type { Strip, TimeWindow } from '../analysis/density.ts'
import type { Tick } from '../analysis/waterfall-axis.ts'
import type { TextMeasure } from './text-fit.ts'
import type { DrawTheme } from './theme.ts'

/** The part of CanvasRenderingContext2D that is used; a recording fake of it makes the tests readable. */
export type Pen = Pick<
  CanvasRenderingContext2D,
  | 'fillStyle'
  | 'strokeStyle'
  | 'lineWidth'
  | 'font'
  | 'textBaseline'
  | 'textAlign'
  | 'globalAlpha'
  | 'fillRect'
  | 'clearRect'
  | 'strokeRect'
  | 'fillText'
  | 'setLineDash'
  | 'beginPath'
  | 'moveTo'
  | 'lineTo'
  | 'stroke'
>

/** One span's row. Times in ns since trace start. */
export interface SpanRow {
  readonly kind: 'span'
  readonly stageId: number
  readonly start: number
  readonly duration: number
  /** NaN: unknown. */
  readonly wait: number
  readonly waitInferred: boolean
  readonly error: boolean
  readonly negative: boolean
  /** Last end below it when its subtree is folded away, else NaN. */
  readonly foldedTo: number
  /** Errors hidden in the folded subtree. */
  readonly hiddenErrors: number
  /** End of the parent where this span starts after it, else NaN. */
  readonly lateAfter: number
  readonly label: string
  readonly waitLabel: string
}

/** One group's row. */
export interface GroupRow {
  readonly kind: 'group'
  readonly stageId: number
  readonly strip: Strip
  /** First start and last end of the members. */
  readonly from: number
  readonly to: number
  readonly errors: number
  readonly label: string
  /** For where the label would cover the strip. */
  readonly shortLabel: string
}

export type PaintRow = SpanRow | GroupRow

export interface Scene {
  /** Device pixels. */
  readonly width: number
  readonly height: number
  /** Device pixels per CSS pixel. */
  readonly scale: number
  readonly rowHeight: number
  /** Top of `rows[0]`; negative where it is cut. */
  readonly top: number
  readonly rows: readonly PaintRow[]
  readonly window: TimeWindow
  readonly ticks: readonly Tick[]
}

/** How waits of a stage are filled: a hatch in the browser, anything a pen takes in tests. */
export type Hatches = readonly (string | CanvasPattern)[]

const BAR_SHARE = 0.56

/** Device pixel of a time; not clipped, not rounded. */
export function xOf(scene: Pick<Scene, 'window' | 'width'>, t: number): number {
  return ((t - scene.window.from) / (scene.window.to - scene.window.from)) * scene.width
}

interface Bar {
  readonly x: number
  readonly width: number
}

/** A bar on whole pixels inside the viewport, at least `least` wide; undefined where nothing of it is in view. */
export function barOf(
  scene: Pick<Scene, 'window' | 'width'>,
  from: number,
  to: number,
  least: number,
): Bar | undefined {
  const a = Math.round(xOf(scene, from))
  const b = Math.max(Math.round(xOf(scene, to)), a + least)
  if (b <= 0 || a >= scene.width) return undefined
  const x = Math.max(a, 0)
  return { x, width: Math.min(b, scene.width) - x }
}

/** Base layer. The context is opaque (`alpha: false`). */
export function drawBase(pen: Pen, scene: Scene, theme: DrawTheme, hatches: Hatches): void {
  const { width, height, scale, rowHeight } = scene
  const px = Math.max(1, Math.round(scale))
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, width, height)
  pen.fillStyle = theme.line
  for (const tick of scene.ticks) pen.fillRect(Math.round(xOf(scene, tick.at)), 0, px, height)
  const barHeight = Math.round(rowHeight * BAR_SHARE)
  const inset = Math.round((rowHeight - barHeight) / 2)
  scene.rows.forEach((row, k) => {
    const top = Math.round(scene.top + k * rowHeight)
    if (row.kind === 'span') drawSpan(pen, scene, theme, hatches, row, top + inset, barHeight, px)
    else drawStrip(pen, scene, theme, row, top + 2 * px, Math.round(rowHeight) - 5 * px, px)
  })
}

function drawSpan(
  pen: Pen,
  scene: Scene,
  theme: DrawTheme,
  hatches: Hatches,
  row: SpanRow,
  y: number,
  height: number,
  px: number,
): void {
  const end = row.start + row.duration
  const color = theme.stages[row.stageId]
  if (!Number.isNaN(row.lateAfter)) {
    const gap = barOf(scene, row.lateAfter, row.start, 0)
    if (gap !== undefined) {
      pen.fillStyle = theme.lineStrong
      const middle = y + Math.floor(height / 2)
      for (let x = gap.x; x < gap.x + gap.width; x += 6 * px) pen.fillRect(x, middle, 2 * px, px)
    }
  }
  if (row.wait > 0) {
    const bar = barOf(scene, row.start - row.wait, row.start, px)
    if (bar !== undefined && row.waitInferred) {
      pen.strokeStyle = color
      pen.lineWidth = px
      pen.setLineDash([3 * px, 2 * px])
      pen.strokeRect(bar.x + px / 2, y + px / 2, Math.max(0, bar.width - px), height - px)
      pen.setLineDash([])
    } else if (bar !== undefined) {
      pen.fillStyle = theme.waits[row.stageId]
      pen.fillRect(bar.x, y, bar.width, height)
      pen.fillStyle = hatches[row.stageId]
      pen.fillRect(bar.x, y, bar.width, height)
    }
  }
  if (row.foldedTo > end) {
    const tail = barOf(scene, end, row.foldedTo, px)
    if (tail !== undefined) {
      pen.fillStyle = theme.waits[row.stageId]
      pen.fillRect(tail.x, y + Math.floor(height / 3), tail.width, Math.ceil(height / 3))
    }
  }
  const bar = barOf(scene, row.start, end, px)
  if (bar === undefined) return
  pen.fillStyle = row.negative ? theme.warn : color
  pen.fillRect(bar.x, y, bar.width, height)
  if (row.error || row.hiddenErrors > 0) {
    pen.fillStyle = theme.bad
    pen.fillRect(bar.x, y + height + px, Math.max(bar.width, Math.min(6 * px, scene.width - bar.x)), 2 * px)
  }
}

function drawStrip(
  pen: Pen,
  scene: Scene,
  theme: DrawTheme,
  row: GroupRow,
  y: number,
  height: number,
  px: number,
): void {
  const { strip } = row
  if (strip.peak === 0) return
  const columns = strip.width
  const step = scene.width / columns
  // √: a tail of a few among a million still shows. Equal neighbours are one rectangle.
  const heightAt = (x: number) =>
    strip.running[x] === 0 ? 0 : Math.max(px, Math.round(height * Math.sqrt(strip.running[x] / strip.peak)))
  pen.fillStyle = theme.stages[row.stageId]
  for (let x = 0; x < columns; ) {
    const h = heightAt(x)
    let end = x + 1
    while (end < columns && heightAt(end) === h) end++
    if (h > 0) pen.fillRect(Math.round(x * step), y + height - h, Math.round(end * step) - Math.round(x * step), h)
    x = end
  }
  if (row.errors === 0) return
  pen.fillStyle = theme.bad
  for (let x = 0; x < columns; x++) {
    if (strip.errors[x] > 0) pen.fillRect(Math.round(x * step) - px, y + height, 3 * px, 2 * px)
  }
}

const GAP = 6

/** Label layer: transparent. `measure` is in CSS pixels of `font`. */
export function drawLabels(pen: Pen, scene: Scene, theme: DrawTheme, measure: TextMeasure): void {
  const { width, height, scale, rowHeight } = scene
  pen.clearRect(0, 0, width, height)
  pen.font = labelFont(theme, scale)
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  const gap = GAP * scale
  scene.rows.forEach((row, k) => {
    const middle = Math.round(scene.top + (k + 0.5) * rowHeight)
    const from = row.kind === 'span' ? row.start - (row.wait > 0 ? row.wait : 0) : row.from
    const to = row.kind === 'span' ? Math.max(row.start + row.duration, row.foldedTo || 0) : row.to
    const errors = row.kind === 'span' ? row.error || row.hiddenErrors > 0 : row.errors > 0
    const mark = errors ? 12 * scale : 0
    const [a, b] = [xOf(scene, from), xOf(scene, to)]
    let label = row.label
    let textWidth = measure.width(label) * scale
    let place = placeLabel(scene.width, a, Math.max(b, a + scale), textWidth + mark, gap)
    if (row.kind === 'group' && (place === undefined || place.plate)) {
      label = row.shortLabel
      textWidth = measure.width(label) * scale
      place = placeLabel(scene.width, a, Math.max(b, a + scale), textWidth + mark, gap)
    }
    // With a long wait the label stands in its bar: at the right edge it would cover the work.
    const inWait = row.kind === 'span' && row.wait > 0 ? xOf(scene, row.start) - gap - textWidth - mark : Number.NaN
    if (place?.plate && inWait > a && inWait + textWidth + mark < width) place = { x: inWait, plate: true }
    if (row.kind === 'span' && row.wait > 0) {
      drawWaitLabel(pen, scene, theme, measure, row, middle, place?.plate ? place.x - gap : width)
    }
    if (place === undefined) {
      // Out of view: the way to it.
      pen.fillStyle = theme.text3
      if (b < 0) pen.fillText('◂', 2 * scale, middle)
      else if (a > width) pen.fillText('▸', width - 10 * scale, middle)
      return
    }
    if (place.plate) {
      pen.globalAlpha = 0.92
      pen.fillStyle = theme.bg
      const plateHeight = Math.round(14 * scale)
      pen.fillRect(place.x - 4 * scale, middle - plateHeight / 2, textWidth + mark + 8 * scale, plateHeight)
      pen.globalAlpha = 1
    }
    if (errors) {
      pen.fillStyle = theme.bad
      pen.fillText('!', place.x + 2 * scale, middle)
    }
    pen.fillStyle = theme.text2
    pen.fillText(label, place.x + mark, middle)
  })
}

function drawWaitLabel(
  pen: Pen,
  scene: Scene,
  theme: DrawTheme,
  measure: TextMeasure,
  row: SpanRow,
  middle: number,
  /** The words may not reach beyond this. */
  right: number,
): void {
  const bar = barOf(scene, row.start - row.wait, row.start, 1)
  if (bar === undefined) return
  const needed = measure.width(row.waitLabel) * scene.scale
  const room = Math.min(bar.x + bar.width, right) - bar.x
  if (room < needed + 14 * scene.scale) return
  const x = Math.round(bar.x + (room - needed) / 2)
  const plateHeight = Math.round(12 * scene.scale)
  pen.fillStyle = theme.bg
  pen.globalAlpha = 0.8
  pen.fillRect(x - 4 * scene.scale, middle - plateHeight / 2, needed + 8 * scene.scale, plateHeight)
  pen.globalAlpha = 1
  pen.fillStyle = theme.text
  pen.fillText(row.waitLabel, x, middle)
}

export function labelFont(theme: DrawTheme, scale: number): string {
  return `${11 * scale}px ${theme.sans}`
}

/**
 * Where a label of `size` goes for a bar [a, b] in a viewport of `width`: after it, before it, else on it (on a plate) at the
 * right edge. Undefined where the bar is out of view, or the label wider than the view.
 */
export function placeLabel(
  width: number,
  a: number,
  b: number,
  size: number,
  gap: number,
): { readonly x: number; readonly plate: boolean } | undefined {
  if (b < 0 || a > width) return undefined
  if (b + gap + size <= width) return { x: b + gap, plate: false }
  if (a - gap - size >= 0) return { x: a - gap - size, plate: false }
  if (size + 2 * gap > width) return undefined
  return { x: width - gap - size, plate: true }
}

/** What the overlay shows beside the rows. Row numbers count from the scene's first row. */
export interface OverlayState {
  readonly hoverRow: number
  /** Crosshair, device pixels; −1: none. */
  readonly hoverX: number
  readonly selectedRow: number
  /** Rows that are hits of the search. */
  readonly hitRows: readonly number[]
  /** Hits inside group rows: row and device pixels. */
  readonly hitMarks: readonly { readonly row: number; readonly xs: readonly number[] }[]
  /** A time range being dragged, device pixels. */
  readonly drag: { readonly from: number; readonly to: number } | undefined
}

export function drawOverlay(pen: Pen, scene: Scene, theme: DrawTheme, state: OverlayState): void {
  const { width, height, scale, rowHeight } = scene
  const px = Math.max(1, Math.round(scale))
  const topOf = (row: number) => Math.round(scene.top + row * rowHeight)
  pen.clearRect(0, 0, width, height)
  if (state.selectedRow >= 0) {
    pen.globalAlpha = 0.22
    pen.fillStyle = theme.accent
    pen.fillRect(0, topOf(state.selectedRow), width, rowHeight)
    pen.globalAlpha = 1
    pen.fillRect(0, topOf(state.selectedRow), 2 * px, rowHeight)
  }
  if (state.hoverRow >= 0 && state.hoverRow !== state.selectedRow) {
    pen.globalAlpha = 0.07
    pen.fillStyle = theme.text
    pen.fillRect(0, topOf(state.hoverRow), width, rowHeight)
    pen.globalAlpha = 1
  }
  pen.strokeStyle = theme.accent
  pen.lineWidth = px
  for (const row of state.hitRows) {
    const span = scene.rows[row]
    if (span?.kind !== 'span') continue
    const bar = barOf(scene, span.start, span.start + span.duration, 2 * px)
    if (bar === undefined) continue
    const inset = Math.round(rowHeight * 0.14)
    pen.strokeRect(bar.x - 1.5 * px, topOf(row) + inset, bar.width + 3 * px, rowHeight - 2 * inset)
  }
  pen.fillStyle = theme.accent
  for (const { row, xs } of state.hitMarks) {
    for (const x of xs) pen.fillRect(x - px, topOf(row) + px, 2 * px, rowHeight - 2 * px)
  }
  if (state.drag !== undefined) {
    const [from, to] = [Math.min(state.drag.from, state.drag.to), Math.max(state.drag.from, state.drag.to)]
    pen.globalAlpha = 0.18
    pen.fillRect(from, 0, to - from, height)
    pen.globalAlpha = 1
    pen.fillRect(from, 0, px, height)
    pen.fillRect(to - px, 0, px, height)
  }
  if (state.hoverX >= 0) {
    pen.fillStyle = theme.lineStrong
    pen.fillRect(Math.round(state.hoverX), 0, px, height)
  }
}
