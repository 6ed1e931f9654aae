/** The whole trace in one strip: a lane per stage (running filled, waiting pale), and the window in view. */
import type { StageLanes, TimeWindow } from '../analysis/density.ts'
import type { Tick } from '../analysis/waterfall-axis.ts'
import type { DrawTheme } from './theme.ts'
import type { Pen } from './waterfall.ts'

export interface OverviewScene {
  /** Device pixels. */
  readonly width: number
  readonly height: number
  readonly scale: number
  readonly lanes: StageLanes
  readonly whole: TimeWindow
}

/** The lanes: redrawn only when size or theme change. */
export function drawOverview(pen: Pen, scene: OverviewScene, theme: DrawTheme): void {
  const { width, height, lanes } = scene
  pen.fillStyle = theme.surface
  pen.fillRect(0, 0, width, height)
  const count = Math.max(1, lanes.lanes.length)
  lanes.lanes.forEach((lane, k) => {
    const top = Math.round((k * height) / count)
    const bottom = Math.round(((k + 1) * height) / count) - Math.round(scene.scale)
    const peak = Math.max(1, lane.peak)
    drawColumns(pen, scene, lane.waiting, Math.max(1, lane.waitPeak), top, bottom, theme.waits[lane.stageId])
    drawColumns(pen, scene, lane.running, peak, top, bottom, theme.stages[lane.stageId])
    pen.fillStyle = theme.bad
    for (let b = 0; b < lanes.bins; b++) {
      if (lane.errors[b] > 0) pen.fillRect(Math.round((b * width) / lanes.bins), bottom - 1, Math.ceil(scene.scale), 2)
    }
  })
}

function drawColumns(
  pen: Pen,
  scene: OverviewScene,
  values: Int32Array,
  peak: number,
  top: number,
  bottom: number,
  color: string,
): void {
  const { width } = scene
  const { bins } = scene.lanes
  pen.fillStyle = color
  // The largest value of the bins of a pixel: a short burst among many bins must not vanish.
  for (let x = 0; x < width; x++) {
    const from = Math.floor((x * bins) / width)
    const to = Math.max(from + 1, Math.floor(((x + 1) * bins) / width))
    let most = 0
    for (let b = from; b < to; b++) if (values[b] > most) most = values[b]
    if (most === 0) continue
    const h = Math.max(1, Math.round((bottom - top) * Math.sqrt(most / peak)))
    pen.fillRect(x, bottom - h, 1, h)
  }
}

/** The frame round the window in view; everything outside is dimmed. */
export function drawOverviewWindow(pen: Pen, scene: OverviewScene, window: TimeWindow, theme: DrawTheme): void {
  const { width, height, whole } = scene
  const px = Math.max(1, Math.round(scene.scale))
  pen.clearRect(0, 0, width, height)
  const x = (t: number) => Math.round(((t - whole.from) / (whole.to - whole.from)) * width)
  const [a, b] = [x(window.from), Math.max(x(window.to), x(window.from) + 2 * px)]
  if (a <= 0 && b >= width) return
  pen.fillStyle = theme.bg
  pen.globalAlpha = 0.66
  pen.fillRect(0, 0, a, height)
  pen.fillRect(b, 0, width - b, height)
  pen.globalAlpha = 1
  pen.fillStyle = theme.accent
  pen.fillRect(a - px, 0, 2 * px, height)
  pen.fillRect(b - px, 0, 2 * px, height)
  pen.fillRect(a, 0, b - a, px)
  pen.fillRect(a, height - px, b - a, px)
}

/** A tick along the top for every span that a note is pinned to. */
export function drawOverviewNotes(
  pen: Pen,
  scene: OverviewScene,
  notes: readonly { readonly at: number; readonly focused: boolean }[],
  theme: DrawTheme,
): void {
  const { width, height, whole, scale } = scene
  const px = Math.max(1, Math.round(scale))
  for (const { at, focused } of notes) {
    const x = Math.round(((at - whole.from) / (whole.to - whole.from)) * width)
    pen.fillStyle = focused ? theme.accent : theme.text
    pen.fillRect(x - 2 * px, 0, 5 * px, 6 * px)
    pen.fillRect(x, 0, px, height)
  }
}

/** Axis labels right of their ticks; a label that would be cut at the right edge is left out. */
export function drawAxis(
  pen: Pen,
  scene: { readonly width: number; readonly height: number; readonly scale: number; readonly window: TimeWindow },
  ticks: readonly Tick[],
  theme: DrawTheme,
  widthOf: (text: string) => number,
): void {
  const { width, height, scale, window } = scene
  const px = Math.max(1, Math.round(scale))
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, width, height)
  pen.font = `${11 * scale}px ${theme.sans}`
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  for (const tick of ticks) {
    const x = Math.round(((tick.at - window.from) / (window.to - window.from)) * width)
    pen.fillStyle = theme.line
    pen.fillRect(x, 0, px, height)
    if (x + 4 * scale + widthOf(tick.label) * scale > width) continue
    pen.fillStyle = theme.text3
    pen.fillText(tick.label, x + 4 * scale, height / 2)
  }
}
