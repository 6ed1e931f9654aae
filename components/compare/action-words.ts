/** The action table in words. */

import { shownName, us } from '@/components/guild/words.ts'
import { type ActionFigures, ratioOf, type SideBasis } from '@/lib/analysis/action-diff.ts'
import { formatCount, formatDuration } from '@/lib/base/format.ts'

/** `78 ×`, `0.4 ×`, `new`, `gone`; '' where there is nothing to say. */
export function timesWords(base: number, value: number): string {
  const ratio = ratioOf(base, value)
  switch (ratio.kind) {
    case 'none':
      return ''
    case 'new':
      return 'new'
    case 'gone':
      return 'gone'
    case 'times':
      return `${formatCount(round(ratio.times))} ×`
  }
}

/** Two digits: more would be noise. */
function round(times: number): number {
  return times >= 10 ? Math.round(times) : Number(times.toPrecision(2))
}

/** `+41.2 s`, `−0.3 s`; '' where either is unknown. */
export function differenceWords(base: number, value: number, print: (value: number) => string): string {
  if (base < 0 || value < 0) return ''
  const change = value - base
  return change === 0 ? '±0' : `${change > 0 ? '+' : '−'}${print(Math.abs(change))}`
}

function compared(base: number, value: number, as: string): string {
  const ratio = ratioOf(base, value)
  if (ratio.kind !== 'times') return ''
  const times = round(ratio.times)
  return times === 1 ? `as ${as}` : `${formatCount(times)} × as ${as}`
}

/**
 * `B against A: message_reaction_add: 78 × as many arrived, 35 × as many handled, each 1.1 × as costly, 900 × as long a wait; 42 s of
 * each minute against 1.2 s.` With `isPer1000` the rates are for every 1,000 sessions, and it says so.
 */
export function changeWords(
  action: string,
  base: { readonly letter: string; readonly figures: ActionFigures },
  side: { readonly letter: string; readonly figures: ActionFigures },
  isPer1000 = false,
): string {
  const [a, b] = [base.figures, side.figures]
  const head = `${side.letter} against ${base.letter}: ${shownName(action)}: `
  if (a.busyUsPerMinute < 0 || b.busyUsPerMinute < 0) {
    return `${head}${a.busyUsPerMinute < 0 ? base.letter : side.letter} has no complete minute with data, so nothing can be said.`
  }
  const load = `${us(b.busyUsPerMinute)} of each minute against ${us(a.busyUsPerMinute)}${isPer1000 ? ', for every 1,000 sessions' : ''}`
  if (a.busyUsPerMinute === 0 && b.busyUsPerMinute === 0) return `${head}neither had any.`
  if (a.busyUsPerMinute === 0) return `${head}only in ${side.letter}; ${load}.`
  if (b.busyUsPerMinute === 0) return `${head}only in ${base.letter}; ${load}.`
  const arrived = compared(a.arrivedPerMinute, b.arrivedPerMinute, 'many')
  const handled = compared(a.countPerMinute, b.countPerMinute, 'many')
  const parts = [
    arrived === '' ? '' : `${arrived} arrived`,
    handled === '' ? '' : `${handled} handled`,
    prefixed('each ', compared(a.costUs, b.costUs, 'costly')),
    compared(a.waitUs, b.waitUs, 'long a wait'),
  ].filter((part) => part !== '')
  return `${head}${[...parts, ''].join(', ').replace(/, $/, '; ')}${load}.`
}

const prefixed = (prefix: string, text: string) => (text === '' ? '' : prefix + text)

/** `30 complete minutes`; what was left out is named. */
export function basisWords({ minutes, missing, partial, sessions }: SideBasis): string {
  const parts = [`${formatCount(minutes)} complete ${minutes === 1 ? 'minute' : 'minutes'} with data`]
  if (missing > 0) parts.push(`${formatCount(missing)} without`)
  if (partial) parts.push('the running one left out')
  if (sessions >= 0) parts.push(`${formatCount(Math.round(sessions))} sessions on average`)
  return parts.join(', ')
}

export const printBusy = (value: number): string =>
  value < 0 ? '–' : value === 0 ? '0' : formatDuration(value * 1_000)
export const printCount = (value: number): string => (value < 0 ? '–' : formatCount(value))
export const printUs = (value: number): string => (value < 0 ? '–' : us(value))
