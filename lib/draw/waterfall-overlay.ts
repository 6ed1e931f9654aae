/** The overlay: all that is redrawn when only the mouse moves. */
import type { DrawTheme } from './theme.ts'
import { barOf, type Pen, type Scene } from './waterfall.ts'

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
