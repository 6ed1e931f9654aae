/**
 * An incident in one sentence of numbers: `guild Pixel Arena: wait up to 15 m 50 s, 10:05–10:31 UTC, cause: message_reaction_add ×78`.
 * The same for the page, the unfurled link and the exports. What the minutes do not carry is left out, never guessed.
 */
import {
  formatBusy,
  formatCount,
  formatDate,
  formatDuration,
  formatMinute,
  type Zone,
  zoneName,
} from '../base/format.ts'
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE, SATURATED_US } from '../model/timings.ts'
import { minuteTotals, SUSTAINED_MINUTES, silentFrom } from './backlog.ts'
import { partialIndex } from './heat-map.ts'

/** Known minutes before the onset from which on they are a baseline. */
const BASELINE_MINUTES = 3
/** Less of a rise is no cause. */
const RISE_LEAST = 1.5

export interface IncidentFigures {
  readonly guildId: string
  readonly guildName: string | undefined
  /** Longest wait of any message, or the longest mean of a minute where only that is stated; undefined where neither is. */
  readonly wait: { readonly us: number; readonly of: 'longest' | 'mean' } | undefined
  /** First to last of the saturated minutes, Unix ms; undefined where there are fewer than 3 in a row. */
  readonly saturated: { readonly fromMs: number; readonly toMs: number; readonly orEarlier: boolean } | undefined
  readonly silentSinceMs: number | undefined
  /** Busy time of the busiest minute, µs; NaN unknown. */
  readonly busiestUs: number
  /**
   * The action whose arrivals (or, where those are not stated, whose processed messages) brought most work beyond what was usual
   * before the onset. `factor`: its highest minute ÷ the median minute before.
   */
  readonly cause:
    | { readonly action: string; readonly factor: number; readonly from: 'arrived' | 'processed' }
    | undefined
}

export function incidentFigures(data: GuildMinutes): IncidentFigures {
  const totals = minuteTotals(data)
  const longest = most(totals.waitMaxUs)
  const mean = most(totals.waitUs)
  const saturated = saturatedRun(data, totals.busyUs)
  const silent = silentFrom(data)
  return {
    guildId: data.guildId,
    guildName: data.guildName,
    wait: longest >= 0 ? { us: longest, of: 'longest' } : mean >= 0 ? { us: mean, of: 'mean' } : undefined,
    saturated:
      saturated === undefined
        ? undefined
        : {
            fromMs: data.fromMs + saturated.from * MINUTE_MS,
            toMs: data.fromMs + saturated.to * MINUTE_MS,
            orEarlier: saturated.from === 0 || !isKnown(data, saturated.from - 1),
          },
    silentSinceMs: silent < 0 ? undefined : data.fromMs + silent * MINUTE_MS,
    busiestUs: most(totals.busyUs),
    cause: saturated === undefined ? undefined : causeOf(data, saturated.from, saturated.to),
  }
}

/** NaN where none is known. */
function most(values: Float64Array): number {
  let max = Number.NaN
  for (const value of values) if (value >= 0 && !(value <= max)) max = value
  return max
}

function isKnown(data: GuildMinutes, m: number): boolean {
  return data.state[m] === MINUTE_STATE.data || data.state[m] === MINUTE_STATE.zero
}

/** The longest stretch that begins and ends with 3 saturated minutes in a row; shorter breaks in between belong to it. */
function saturatedRun(data: GuildMinutes, busyUs: Float64Array): { from: number; to: number } | undefined {
  const partial = partialIndex(data)
  let from = -1
  let to = -1
  let run = 0
  for (let m = 0; m < data.minutes; m++) {
    if (m === partial) continue
    run = busyUs[m] >= SATURATED_US ? run + 1 : 0
    if (run < SUSTAINED_MINUTES) continue
    if (from < 0) from = m - run + 1
    to = m + 1
  }
  return from < 0 ? undefined : { from, to }
}

function causeOf(data: GuildMinutes, from: number, to: number): IncidentFigures['cause'] {
  const column = data.measures.includes('arrived') ? 'arrived' : data.measures.includes('count') ? 'count' : undefined
  if (column === undefined) return undefined
  const width = data.actions.length
  let best: { action: string; factor: number; work: number } | undefined
  for (let a = 0; a < width; a++) {
    const before: number[] = []
    let peak = 0
    let [busy, count] = [0, 0]
    // The burst comes before the saturation that it causes: the last minutes before the onset are its own.
    const calm = from - 2
    for (let m = 0; m < to; m++) {
      const at = m * width + a
      const stated = data.cells[column][at]
      const messages = stated >= 0 ? stated : isKnown(data, m) ? 0 : Number.NaN
      if (Number.isNaN(messages)) continue
      if (m < calm) before.push(messages)
      else peak = Math.max(peak, messages)
      if (data.cells.busyUs[at] >= 0 && data.cells.count[at] > 0) {
        busy += data.cells.busyUs[at]
        count += data.cells.count[at]
      }
    }
    if (before.length < BASELINE_MINUTES || peak === 0) continue
    const usual = median(before)
    const factor = usual > 0 ? peak / usual : Number.POSITIVE_INFINITY
    const work = (peak - usual) * (count > 0 ? busy / count : 0)
    if (factor >= RISE_LEAST && work > (best?.work ?? 0)) best = { action: data.actions[a], factor, work }
  }
  return best === undefined
    ? undefined
    : { action: best.action, factor: best.factor, from: column === 'arrived' ? 'arrived' : 'processed' }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** Names stand as they came: whoever shows the sentence makes what is invisible in them visible. */
export function incidentSentence(figures: IncidentFigures, zone: Zone): string {
  const { guildId, guildName, wait, saturated, silentSinceMs, busiestUs, cause } = figures
  const parts: string[] = []
  if (wait !== undefined) {
    parts.push(`${wait.of === 'mean' ? 'mean wait' : 'wait'} up to ${formatDuration(wait.us * 1_000)}`)
  }
  if (saturated !== undefined) {
    const { fromMs, toMs, orEarlier } = saturated
    const day = formatDate(fromMs, zone)
    const end =
      formatDate(toMs, zone) === day
        ? formatMinute(toMs, zone)
        : `${formatDate(toMs, zone)} ${formatMinute(toMs, zone)}`
    parts.push(
      `saturated ${day} ${formatMinute(fromMs, zone)}${orEarlier ? ' (or earlier)' : ''}–${end} ${zoneName(zone)}`,
    )
  } else if (busiestUs >= 0) parts.push(`at most ${formatBusy(busiestUs)} busy in a minute`)
  if (silentSinceMs !== undefined) parts.push(`silent since ${formatMinute(silentSinceMs, zone)} ${zoneName(zone)}`)
  if (cause !== undefined) {
    const times = Number.isFinite(cause.factor)
      ? `×${formatCount(cause.factor < 10 ? Math.round(cause.factor * 10) / 10 : Math.round(cause.factor))}`
      : 'where there was none before'
    parts.push(`cause: ${cause.action} ${times}${cause.from === 'processed' ? ' (processed)' : ''}`)
  }
  const name = guildName ?? `guild ${guildId}`
  return parts.length === 0 ? `${name}: no timings in the evidence` : `${name}: ${parts.join(', ')}`
}
