/** Traces as points: start across, duration upwards on a logarithmic scale. */
import { lowerBound } from '../base/bisect.ts'
import type { Pen } from './pen.ts'
import type { DrawTheme } from './theme.ts'

export interface ScatterTrace {
  readonly startMs: number
  readonly durationNs: number
  readonly errorCount: number
  readonly complete: boolean
}

/** Places of points in CSS pixels, ascending by x. `index` leads back to the trace. */
export interface ScatterPoints {
  readonly index: Int32Array
  readonly x: Float64Array
  readonly y: Float64Array
  readonly ticks: readonly { readonly ns: number; readonly y: number }[]
  readonly times: readonly { readonly ms: number; readonly x: number }[]
}

export interface ScatterArea {
  readonly widthPx: number
  readonly heightPx: number
  readonly fromMs: number
  readonly toMs: number
}

/** Room for the time labels below. */
export const SCATTER_BOTTOM_PX = 16
/** Room for the duration labels at the left and for half a point at the other edges. */
export const SCATTER_LEFT_PX = 62
const EDGE_PX = 6

export function placePoints(traces: readonly ScatterTrace[], area: ScatterArea): ScatterPoints {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const { durationNs } of traces) {
    const ns = Math.max(1, durationNs)
    low = Math.min(low, ns)
    high = Math.max(high, ns)
  }
  if (traces.length === 0) low = high = 1
  // Whole decades, at least one: a single trace stands in the middle of something.
  const bottom = Math.floor(Math.log10(low))
  const top = Math.max(bottom + 1, Math.ceil(Math.log10(high)))
  const place = (ns: number) => {
    const t = (Math.log10(Math.max(1, ns)) - bottom) / (top - bottom)
    return EDGE_PX + (1 - t) * (area.heightPx - 2 * EDGE_PX - SCATTER_BOTTOM_PX)
  }
  const span = Math.max(1, area.toMs - area.fromMs)
  const width = area.widthPx - SCATTER_LEFT_PX - EDGE_PX
  const across = (ms: number) => SCATTER_LEFT_PX + (Math.max(0, Math.min(span, ms - area.fromMs)) / span) * width
  const index = Int32Array.from(traces.keys()).sort((a, b) => traces[a].startMs - traces[b].startMs || a - b)
  const step = Math.max(
    1,
    Math.ceil((top - bottom) / Math.max(1, Math.floor((area.heightPx - SCATTER_BOTTOM_PX) / 24))),
  )
  const ticks = []
  for (let decade = bottom; decade <= top; decade += step) ticks.push({ ns: 10 ** decade, y: place(10 ** decade) })
  const times = Math.max(1, Math.floor(width / 96))
  return {
    times: Array.from({ length: times + 1 }, (_, i) => {
      const ms = area.fromMs + (span * i) / times
      return { ms, x: across(ms) }
    }),
    index,
    x: Float64Array.from(index, (i) => across(traces[i].startMs)),
    y: Float64Array.from(index, (i) => place(traces[i].durationNs)),
    ticks,
  }
}

export function drawScatter(
  pen: Pen,
  points: ScatterPoints,
  traces: readonly ScatterTrace[],
  area: ScatterArea,
  label: (ns: number) => string,
  timeLabel: (ms: number) => string,
  theme: DrawTheme,
): void {
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, area.widthPx, area.heightPx)
  pen.font = `11px ${theme.sans}`
  pen.textAlign = 'right'
  pen.textBaseline = 'middle'
  for (const { ns, y } of points.ticks) {
    pen.fillStyle = theme.line
    pen.fillRect(SCATTER_LEFT_PX, Math.round(y), area.widthPx - SCATTER_LEFT_PX, 1)
    pen.fillStyle = theme.text2
    pen.fillText(label(ns), SCATTER_LEFT_PX - 6, Math.max(7, Math.min(area.heightPx - SCATTER_BOTTOM_PX - 4, y)))
  }
  const floor = area.heightPx - SCATTER_BOTTOM_PX
  points.times.forEach(({ ms, x }, i) => {
    pen.fillStyle = theme.lineStrong
    pen.fillRect(Math.round(x), floor, 1, 4)
    pen.fillStyle = theme.text2
    pen.textAlign = i === points.times.length - 1 ? 'right' : i === 0 ? 'left' : 'center'
    pen.fillText(timeLabel(ms), x, floor + 10)
  })
  // Filled: complete; ring: something is missing; error: a cross in the error colour. Shape before hue.
  pen.lineWidth = 1.5
  for (let k = 0; k < points.index.length; k++) {
    const trace = traces[points.index[k]]
    const [x, y] = [points.x[k], points.y[k]]
    pen.beginPath()
    if (trace.errorCount > 0) {
      pen.strokeStyle = theme.bad
      pen.moveTo(x - 3, y - 3)
      pen.lineTo(x + 3, y + 3)
      pen.moveTo(x - 3, y + 3)
      pen.lineTo(x + 3, y - 3)
      pen.stroke()
    } else if (trace.complete) {
      pen.fillStyle = theme.text2
      pen.arc(x, y, 2.5, 0, 2 * Math.PI)
      pen.fill()
    } else {
      pen.strokeStyle = theme.text3
      pen.arc(x, y, 2.5, 0, 2 * Math.PI)
      pen.stroke()
    }
  }
}

/** A ring around the point at place `k`; none for −1. */
export function drawScatterOverlay(
  pen: Pen,
  points: ScatterPoints,
  area: ScatterArea,
  k: number,
  theme: DrawTheme,
): void {
  pen.clearRect(0, 0, area.widthPx, area.heightPx)
  if (k < 0) return
  pen.strokeStyle = theme.accent
  pen.lineWidth = 2
  pen.beginPath()
  pen.arc(points.x[k], points.y[k], 6, 0, 2 * Math.PI)
  pen.stroke()
}

/** The trace nearest to a place, at most `reachPx` away; −1 for none. Looks only at points within reach across. */
export function pointAt(points: ScatterPoints, xPx: number, yPx: number, reachPx = 12): number {
  let best = -1
  let bestDistance = reachPx * reachPx
  for (let k = lowerBound(points.x, xPx - reachPx); k < points.x.length && points.x[k] <= xPx + reachPx; k++) {
    const distance = (points.x[k] - xPx) ** 2 + (points.y[k] - yPx) ** 2
    if (distance <= bestDistance) {
      best = points.index[k]
      bestDistance = distance
    }
  }
  return best
}
