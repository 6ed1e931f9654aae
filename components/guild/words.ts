/** What the workbench says in words. Pure; `zone` names the times' zone. */
import type { Outlook } from '@/lib/analysis/backlog.ts'
import type { CellFacts, HeatMeasure } from '@/lib/analysis/heat-map.ts'
import {
  formatBusy,
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatMinute,
  formatPercent,
  formatWhen,
  type Zone,
} from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { FlameAnswer } from '@/lib/model/call-tree.ts'
import { MINUTE_MS, MINUTE_STATE } from '@/lib/model/timings.ts'
import type { RangeMs } from './guild-view.ts'

const MINUTE_US = 60_000_000
/** Of a name within a sentence; names may be a thousand bytes long. */
const LONGEST_NAME = 80

/** A sent name within a line: what is invisible in it is shown, and it ends before the line is lost in it. */
export function shownName(name: string): string {
  const characters = [...name.slice(0, 2 * (LONGEST_NAME + 1))]
  return visibleText(characters.length > LONGEST_NAME ? `${characters.slice(0, LONGEST_NAME).join('')}…` : name)
}

export function us(microseconds: number): string {
  return formatDuration(microseconds * 1_000)
}

/** `10:10–10:14 · reaction_add`; the whole range where nothing is selected. Ends are the ends of the last minute. */
export function selectionWords(selection: RangeMs | undefined, range: RangeMs, action: string, zone: Zone): string {
  const { fromMs, toMs } = selection ?? range
  const what = action === '' ? 'all actions' : shownName(action)
  if (toMs - fromMs === MINUTE_MS) {
    const oneDay = formatDate(range.fromMs, zone) === formatDate(range.toMs - 1, zone)
    return `${oneDay ? '' : `${formatDate(fromMs, zone)} `}${formatMinute(fromMs, zone)} · ${what}`
  }
  return `${rangeWords({ fromMs, toMs }, zone)} · ${what}`
}

/** `10:10–10:14`; with the days where there are two of them: `2026-11-23 22:00 – 2026-11-24 02:00`. */
export function rangeWords({ fromMs, toMs }: RangeMs, zone: Zone): string {
  const [from, to] = [formatDate(fromMs, zone), formatDate(toMs - 1, zone)]
  const [start, end] = [formatMinute(fromMs, zone), formatMinute(toMs, zone)]
  return from === to ? `${start}–${end}` : `${from} ${start} – ${formatDate(toMs, zone)} ${end}`
}

/**
 * `10:12 reaction_add 41.3 s (69 %), 63k × 0.65 ms, wait 4 m 12 s`. `at` names the minute or the range, `minutes` is how much
 * time it stands for (below 1 for a minute that still runs).
 */
export function cellWords(facts: CellFacts, when: string, name: string, minutes: number): string {
  const at = `${when} ${shownName(name)}`
  switch (facts.busyUs < 0 ? facts.state : MINUTE_STATE.data) {
    case MINUTE_STATE.rotated:
      return `${at}: rotated away`
    case MINUTE_STATE.silent:
      return `${at}: silent, nothing was reported`
    case MINUTE_STATE.future:
      return `${at}: not yet`
    case MINUTE_STATE.none:
      return `${at}: no data`
    case MINUTE_STATE.zero:
      return `${at} 0 s booked: the guild reported nothing in this minute, but did before and after (idle, or at one long action that books when it ends)`
  }
  if (facts.busyUs < 0 && facts.count < 0) return `${at} 0 s: nothing booked`
  const parts = [
    `${at} ${minutes > 1 ? us(Math.max(0, facts.busyUs)) : formatBusy(Math.max(0, facts.busyUs))} (${formatPercent(Math.max(0, facts.busyUs) / minutes / MINUTE_US)})`,
  ]
  if (facts.count >= 0) {
    parts.push(facts.costUs >= 0 ? `${formatCount(facts.count)} × ${us(facts.costUs)}` : formatCount(facts.count))
  }
  if (facts.waitMeanUs >= 0) {
    parts.push(`wait ${us(facts.waitMeanUs)}${facts.waitMaxUs >= 0 ? ` (max ${us(facts.waitMaxUs)})` : ''}`)
  } else if (facts.waitMaxUs >= 0) parts.push(`longest wait ${us(facts.waitMaxUs)}`)
  if (facts.arrived >= 0) parts.push(`${formatCount(facts.arrived)} arrived`)
  if (facts.depth >= 0) parts.push(`${formatCount(facts.depth)} queued`)
  if (facts.partial)
    parts.push(
      minutes < 1 ? `minute still running (${Math.round(minutes * 60)} s of it)` : 'the last minute still runs',
    )
  if (facts.overbooked) parts.push('more than 60 s: booked when the work ended')
  if (facts.held) parts.push('held')
  return parts.join(', ')
}

export function measureName(measure: HeatMeasure, waitKind: 'mean' | 'max'): string {
  switch (measure) {
    case 'share':
      return 'Share of minute'
    case 'count':
      return 'Count'
    case 'cost':
      return 'Mean cost'
    case 'wait':
      return waitKind === 'mean' ? 'Mean wait' : 'Longest wait'
  }
}

/** A value of the heat map in its unit. */
export function measureValue(measure: HeatMeasure, value: number): string {
  if (Number.isNaN(value)) return '–'
  if (measure === 'count') return formatCount(value)
  return value === 0 ? '0' : us(value)
}

/** The headline: `clears ≈ 10:45`, `growing by 8.1k/min`, `no backlog`; '' where nothing can be said. */
export function outlookWords(outlook: Outlook, zone: Zone, nowMs: number): string {
  switch (outlook.kind) {
    case 'unknown':
      return ''
    case 'clear':
      return 'no backlog'
    case 'growing':
      return `backlog growing by ${formatCount(Math.round(outlook.perMinute))}/min`
    case 'steady':
      return 'backlog steady'
    case 'draining':
      // From arrivals the queue is a lower bound, and so is its end.
      return outlook.from === 'arrivals'
        ? `clears ${formatWhen(outlook.clearsAtMs, nowMs, zone)} or later`
        : `clears ≈ ${formatWhen(outlook.clearsAtMs, nowMs, zone)}`
  }
}

/** How the headline was inferred, for whoever asks. */
export function outlookBasis(outlook: Outlook, zone: Zone): string {
  if (outlook.kind === 'unknown') return `When it clears cannot be told: ${outlook.why}.`
  if (outlook.kind === 'clear') return 'Less than a second’s work is waiting.'
  const source =
    outlook.from === 'depth'
      ? 'the stated mailbox depth'
      : 'arrived − processed since the start of the range (at least)'
  const work = outlook.workMinutes === undefined ? '' : `, ${formatDuration(outlook.workMinutes * 60e9)} of work`
  const change = `${outlook.perMinute < 0 ? '−' : '+'}${formatCount(Math.abs(Math.round(outlook.perMinute)))} a minute`
  return (
    `${outlook.from === 'depth' ? 'Up to' : 'At least'} ${formatCount(Math.round(outlook.messages))} messages waiting in the minute before ${formatMinute(outlook.asOfMs, zone)}${work}; ` +
    `${change}, a straight line through the last ${outlook.points} complete minutes of ${source}.`
  )
}

/** `draining a backlog of about 4 min`: what the minutes show is old work. '' where it is not so, or cannot be told. */
export function drainingWords(outlook: Outlook): string {
  if (outlook.kind !== 'draining' || outlook.workMinutes === undefined) return ''
  const minutes = outlook.workMinutes
  return `draining a backlog of about ${minutes < 1 ? `${Math.max(1, Math.round(minutes * 60))} s` : `${Math.round(minutes)} min`}`
}

/** `n = 1,204 of ≈ 240k (kept 0.5 %)`; what the sampling of some is unknown for is said apart, not guessed. */
export function sampleWords(answer: Pick<FlameAnswer, 'traces' | 'estimatedTraces' | 'unknownSampling'>): string {
  if (answer.traces === 0) return 'no traces'
  const n = `n = ${formatExact(answer.traces)} ${answer.traces === 1 ? 'trace' : 'traces'}`
  if (answer.estimatedTraces === undefined) return `${n} (sampling unknown, so the total is unknown)`
  const known = answer.traces - answer.unknownSampling
  const share = answer.estimatedTraces > 0 ? known / answer.estimatedTraces : 1
  const of = `of ≈ ${formatCount(Math.round(answer.estimatedTraces))} (kept ${formatPercent(Math.min(1, share))})`
  if (answer.unknownSampling === 0) return `${n} ${of}`
  return `${n}: ${formatExact(known)} ${of}, ${formatExact(answer.unknownSampling)} of unknown sampling`
}
