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
