/**
 * Many spans in one row, pixel by pixel: how many run at each pixel, how many start in it, and the longest of those.
 * A million spans cost one pass over them when the window changes, and nothing when the mouse moves.
 */
import type { SpanColumns } from '../model/span-columns.ts'
import { FLAG } from '../model/span-columns.ts'

export interface Strip {
  readonly width: number
  /** Spans running at some time of the pixel. */
  readonly running: Int32Array
  /** Spans that start in the pixel; every span that starts in the window is counted exactly once. */
  readonly starting: Uint32Array
  /** The longest of those, −1 where none starts. */
  readonly longest: Int32Array
  /** Errors among those that start here. */
  readonly errors: Uint32Array
  /** Spans in the window; of those, started before it. */
  readonly inside: number
  readonly before: number
  /** Largest value of `running`. */
  readonly peak: number
}

export interface TimeWindow {
  /** ns since trace start. */
  readonly from: number
  readonly to: number
}

/** Every span that touches [from, to) of the window, spread over `width` pixels. */
export function densityStrip(spans: SpanColumns, members: Uint32Array, window: TimeWindow, width: number): Strip {
  const { start, duration, flags } = spans
  const running = new Int32Array(width + 1)
  const starting = new Uint32Array(width)
  const longest = new Int32Array(width).fill(-1)
  const errors = new Uint32Array(width)
  const { from, to } = window
  const scale = width / (to - from)
  let inside = 0
  let before = 0
  for (let k = 0; k < members.length; k++) {
    const i = members[k]
    const s = start[i]
    const e = s + duration[i]
    if (s >= to || (e <= from && (e < from || s < from))) continue
    inside++
    let x0 = 0
    if (s < from) {
      before++
    } else {
      x0 = Math.min(width - 1, Math.floor((s - from) * scale))
      starting[x0]++
      const best = longest[x0]
      if (best < 0 || duration[i] > duration[best]) longest[x0] = i
      if (flags[i] & FLAG.error) errors[x0]++
    }
    const x1 = e >= to ? width : Math.min(width, Math.max(x0 + 1, Math.ceil((e - from) * scale)))
    running[x0]++
    running[x1]--
  }
  let [now, peak] = [0, 0]
  for (let x = 0; x < width; x++) {
    now += running[x]
    running[x] = now
    if (now > peak) peak = now
  }
  return { width, running: running.subarray(0, width), starting, longest, errors, inside, before, peak }
}

/** All spans of the trace by stage: one lane per stage that occurs, for the overview. Lanes share no scale. */
export interface StageLanes {
  readonly bins: number
  readonly window: TimeWindow
  readonly lanes: readonly {
    readonly stageId: number
    /** Spans running per bin, and spans waiting per bin. */
    readonly running: Int32Array
    readonly waiting: Int32Array
    readonly errors: Uint32Array
    readonly peak: number
    readonly waitPeak: number
  }[]
}

export function stageLanes(
  spans: SpanColumns,
  stageIds: readonly number[],
  window: TimeWindow,
  bins: number,
): StageLanes {
  const { start, duration, wait, flags, stageId } = spans
  const scale = bins / (window.to - window.from)
  const laneOf = new Int32Array(8).fill(-1)
  stageIds.forEach((id, lane) => {
    laneOf[id] = lane
  })
  const lanes = stageIds.map((id) => ({
    stageId: id,
    running: new Int32Array(bins + 1),
    waiting: new Int32Array(bins + 1),
    errors: new Uint32Array(bins),
  }))
  const bin = (t: number) => Math.min(bins - 1, Math.max(0, Math.floor((t - window.from) * scale)))
  for (let i = 0; i < spans.count; i++) {
    const lane = lanes[laneOf[stageId[i]]]
    if (lane === undefined) continue
    const x0 = bin(start[i])
    lane.running[x0]++
    lane.running[Math.max(x0, bin(start[i] + duration[i])) + 1]--
    if (wait[i] > 0) {
      lane.waiting[bin(start[i] - wait[i])]++
      lane.waiting[x0 + 1]--
    }
    if (flags[i] & FLAG.error) lane.errors[x0]++
  }
  return {
    bins,
    window,
    lanes: lanes.map((lane) => ({ ...lane, peak: accumulate(lane.running), waitPeak: accumulate(lane.waiting) })),
  }
}

/** Differences to values, in place; the largest of them. */
function accumulate(values: Int32Array): number {
  let [now, peak] = [0, 0]
  for (let x = 0; x < values.length; x++) {
    now += values[x]
    values[x] = now
    if (now > peak) peak = now
  }
  return peak
}
