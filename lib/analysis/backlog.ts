/**
 * What the minutes say about a queue that nobody sees.
 *
 * A saturated process reads 60.0 s of work a minute whether 1.3 or 2.3 times as much arrives, and work is booked on the minute in which it
 * was done, not in which it was asked for. So: when did it begin (onset), how long is the queue, is it growing, and when does it
 * end. Nothing is inferred where the samples do not carry it.
 *
 *   arrived    50k 120k 120k  90k  40k  30k
 *   processed  50k  63k  63k  63k  63k  63k
 *   backlog      0  57k 114k 141k 118k  85k   → draining by 28k a minute → clears in about 3 min
 */
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE, SATURATED_US } from '../model/timings.ts'
import { partialIndex } from './heat-map.ts'

/** Minutes in a row from which on saturation counts as sustained. */
export const SUSTAINED_MINUTES = 3
/** Complete minutes at the end of the range that a trend is read from. */
const TREND_MINUTES = 5

/** Per minute over all actions; NaN where not stated. */
export interface MinuteTotals {
  readonly busyUs: Float64Array
  readonly count: Float64Array
  readonly arrived: Float64Array
  /** Mean over messages, or the median from histograms where there are any. */
  readonly waitUs: Float64Array
  readonly waitMaxUs: Float64Array
  readonly depth: Float64Array
}

export function minuteTotals(data: GuildMinutes): MinuteTotals {
  const { busyUs, count, arrived, waitUsTotal, waitUsMax, mailboxDepthMax } = data.cells
  const sum = (column: readonly number[]) => perMinute(data, column, (a, b) => a + b)
  const most = (column: readonly number[]) => perMinute(data, column, Math.max)
  // Messages whose wait is stated: those of other actions must not dilute the mean.
  const waited = sum(count.map((n, at) => (waitUsTotal[at] < 0 ? -1 : n)))
  const waits = sum(waitUsTotal.map((total, at) => (count[at] < 0 ? -1 : total)))
  const waitUs = waits.map((total, m) => {
    const median = data.waitP50Us[m] ?? -1
    return median >= 0 ? median : waited[m] > 0 ? total / waited[m] : Number.NaN
  })
  return {
    busyUs: sum(busyUs),
    count: sum(count),
    arrived: sum(arrived),
    waitUs,
    waitMaxUs: most(waitUsMax),
    depth: most(mailboxDepthMax),
  }
}

function perMinute(
  data: GuildMinutes,
  column: readonly number[],
  join: (a: number, b: number) => number,
): Float64Array {
  const actions = data.actions.length
  const out = new Float64Array(data.minutes).fill(Number.NaN)
  for (let m = 0; m < data.minutes; m++) {
    for (let at = m * actions; at < (m + 1) * actions; at++) {
      if (column[at] >= 0) out[m] = Number.isNaN(out[m]) ? column[at] : join(out[m], column[at])
    }
  }
  return out
}

export interface Onset {
  readonly kind: 'saturation' | 'silence'
  /** Index of the minute in which it began. */
  readonly minute: number
  readonly atMs: number
  /** Minutes it lasted, or has lasted so far. */
  readonly length: number
  /** Nothing is known of the minute before (the range begins there, or it is gone): it may have begun earlier. */
  readonly orEarlier: boolean
}

/**
 * The first sustained saturation (≥ 59 s busy for ≥ 3 minutes in a row) or silence after load. The running minute neither begins,
 * lengthens nor ends a run: its total is not yet what it will be.
 */
export function findOnset(data: GuildMinutes, busyUs: Float64Array): Onset | undefined {
  const partial = partialIndex(data)
  let runFrom = -1
  let run = 0
  for (let m = 0; m <= data.minutes; m++) {
    if (m === partial) continue
    const saturated = m < data.minutes && busyUs[m] >= SATURATED_US
    if (saturated) {
      if (run === 0) runFrom = m
      run++
      continue
    }
    if (run >= SUSTAINED_MINUTES) {
      return { kind: 'saturation', ...startOf(data, runFrom), length: run }
    }
    run = 0
    if (m < data.minutes && data.state[m] === MINUTE_STATE.silent) {
      let end = m
      while (end < data.minutes && (data.state[end] === MINUTE_STATE.silent || end === partial)) end++
      return { kind: 'silence', ...startOf(data, m), length: end - m }
    }
  }
  return undefined
}

function startOf(data: GuildMinutes, minute: number): Pick<Onset, 'minute' | 'atMs' | 'orEarlier'> {
  const before = minute === 0 ? MINUTE_STATE.none : data.state[minute - 1]
  const isKnown = before === MINUTE_STATE.data || before === MINUTE_STATE.zero
  return { minute, atMs: data.fromMs + minute * MINUTE_MS, orEarlier: !isKnown }
}

/** First of the silent minutes that last to the end of what is known, −1 where the guild is not silent now. Later than a saturation before it. */
export function silentFrom(data: GuildMinutes): number {
  const partial = partialIndex(data)
  let from = -1
  for (let m = data.minutes - 1; m >= 0; m--) {
    if (m === partial || data.state[m] === MINUTE_STATE.future) continue
    if (data.state[m] !== MINUTE_STATE.silent) break
    from = m
  }
  return from
}

/** Messages in the mailbox per minute; NaN where unknown. */
export interface BacklogSeries {
  /**
   * `depth`: as stated. `arrivals`: arrived − processed, added up from the start of the range and never below zero; a queue that
   * was there before the range began is missing from it, so it is a lower bound.
   */
  readonly from: 'depth' | 'arrivals'
  readonly messages: Float64Array
}

export function backlogSeries(data: GuildMinutes, totals: MinuteTotals): BacklogSeries | undefined {
  if (totals.depth.some((depth) => depth >= 0)) return { from: 'depth', messages: totals.depth }
  const { arrived, count } = data.cells
  const actions = data.actions.length
  const messages = new Float64Array(data.minutes).fill(Number.NaN)
  let queue = 0
  let known = false
  for (let m = 0; m < data.minutes; m++) {
    let change = 0
    let stated = false
    for (let at = m * actions; at < (m + 1) * actions; at++) {
      // Only actions that state both: half a balance is none.
      if (arrived[at] < 0 || count[at] < 0) continue
      stated = true
      change += arrived[at] - count[at]
    }
    if (!stated) {
      // A minute of which nothing is known can have emptied the queue: only from zero it is a lower bound again.
      if (data.state[m] !== MINUTE_STATE.zero) queue = 0
      continue
    }
    known = true
    queue = Math.max(0, queue + change)
    messages[m] = queue
  }
  return known ? { from: 'arrivals', messages } : undefined
}

export type Outlook =
  | { readonly kind: 'unknown'; readonly why: string }
  /** No backlog to speak of: less than a second's work. */
  | { readonly kind: 'clear' }
  | (Trend & { readonly kind: 'growing' | 'steady' })
  | (Trend & { readonly kind: 'draining'; readonly clearsAtMs: number })

export interface Trend {
  readonly from: 'depth' | 'arrivals'
  /** Messages waiting in the newest complete minute: the most of that minute (`depth`), at least so many at its end (`arrivals`). */
  readonly messages: number
  /** Change per minute (least squares over `points` minutes). */
  readonly perMinute: number
  readonly points: number
  /** Minutes of work waiting, at the rate at which messages are processed now; undefined where counts are not stated. */
  readonly workMinutes?: number
  /** End of the newest minute that the trend rests on, Unix ms. */
  readonly asOfMs: number
}

/** Where the backlog is going, read from the newest complete minutes before index `until`. */
export function outlook(
  data: GuildMinutes,
  totals: MinuteTotals,
  series: BacklogSeries | undefined,
  until = data.minutes,
): Outlook {
  if (series === undefined) {
    return {
      kind: 'unknown',
      why: 'neither the mailbox depth nor the arrivals are stated, so the backlog cannot be told',
    }
  }
  const partial = partialIndex(data)
  let last = until - 1
  while (last >= 0 && (last === partial || data.state[last] === MINUTE_STATE.future)) last--
  if (last < 0 || Number.isNaN(series.messages[last])) {
    return { kind: 'unknown', why: 'the newest minute states neither depth nor arrivals' }
  }
  const from = Math.max(0, last - TREND_MINUTES + 1)
  const line = leastSquares(series.messages, from, last + 1)
  if (line === undefined) return { kind: 'unknown', why: 'there are fewer than 3 minutes to read a trend from' }

  const messages = series.messages[last]
  const rate = meanOf(totals.count, from, last + 1)
  const workMinutes = rate !== undefined && rate > 0 ? messages / rate : undefined
  if (messages < 1 || (workMinutes !== undefined && workMinutes < 1 / 60)) return { kind: 'clear' }
  const asOfMs = data.fromMs + (last + 1) * MINUTE_MS
  const trend: Trend = {
    from: series.from,
    messages,
    perMinute: line.slope,
    points: line.points,
    asOfMs,
    ...(workMinutes === undefined ? {} : { workMinutes }),
  }
  // Below 1 % a minute the end would lie more than an hour and a half away and move with every new minute: not worth a time. Nor is a
  // slope that the scatter of the minutes around the line could have made (two standard errors).
  if (Math.abs(line.slope) < messages * 0.01 || Math.abs(line.slope) < 2 * line.slopeError)
    return { ...trend, kind: 'steady' }
  if (line.slope > 0) return { ...trend, kind: 'growing' }
  return { ...trend, kind: 'draining', clearsAtMs: asOfMs + (messages / -line.slope) * MINUTE_MS }
}

/** Slope per minute with its standard error over the known values in [from, to); undefined with fewer than 3. */
function leastSquares(
  values: Float64Array,
  from: number,
  to: number,
): { readonly slope: number; readonly slopeError: number; readonly points: number } | undefined {
  let points = 0
  let sx = 0
  let sy = 0
  let sxx = 0
  let sxy = 0
  for (let i = from; i < to; i++) {
    const y = values[i]
    if (Number.isNaN(y)) continue
    const x = i - from
    points++
    sx += x
    sy += y
    sxx += x * x
    sxy += x * y
  }
  if (points < 3) return undefined
  const spread = sxx - (sx * sx) / points
  const slope = (sxy - (sx * sy) / points) / spread
  let squares = 0
  for (let i = from; i < to; i++) {
    if (Number.isNaN(values[i])) continue
    squares += (values[i] - sy / points - slope * (i - from - sx / points)) ** 2
  }
  return { slope, slopeError: Math.sqrt(squares / (points - 2) / spread), points }
}

function meanOf(values: Float64Array, from: number, to: number): number | undefined {
  let sum = 0
  let known = 0
  for (let i = from; i < to; i++) {
    if (Number.isNaN(values[i])) continue
    sum += values[i]
    known++
  }
  return known === 0 ? undefined : sum / known
}
