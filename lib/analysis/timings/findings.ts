import { SATURATED_US } from '../../model/timings.ts'
import type { MinuteTotals } from './minute-totals.ts'

/** A guild whose minutes escape rotation for a while. */
export interface Hold {
  readonly guild: string
  readonly reason: 'saturated' | 'silent'
  /** First minute of the finding, Unix ms. */
  readonly onsetMs: number
  /** Minutes from here on are kept, Unix ms. */
  readonly fromMs: number
  readonly untilMs: number
  /** First minute of a silence that nothing has ended, Unix ms: also that of a guild that was saturated before it died. */
  readonly silentSinceMs?: number
}

/** No sample for so many minutes, while others report, is silence. */
export const SILENT_MINUTES = 3
/** What counts as load before a silence: so many minutes with samples among the last ten, and so much busy time a minute. */
const LOAD_MINUTES = 3
const LOAD_OF = 10
const LOAD_BUSY_US = 100_000
/** Busy µs of a guild by Unix minute, over what is known. */
export interface GuildHistory {
  readonly guild: string
  /** Ascending. */
  readonly minutes: readonly number[]
  readonly busyUs: readonly number[]
}

/** Turns minute totals into one history per guild. */
export function historiesOf(totals: ReadonlyMap<number, MinuteTotals>, names: readonly string[]): GuildHistory[] {
  const histories = new Map<number, { guild: string; minutes: number[]; busyUs: number[] }>()
  for (const minute of [...totals.keys()].sort((a, b) => a - b)) {
    for (const guild of totals.get(minute)?.guilds.values() ?? []) {
      let history = histories.get(guild.guild)
      if (history === undefined) {
        history = { guild: names[guild.guild], minutes: [], busyUs: [] }
        histories.set(guild.guild, history)
      }
      history.minutes.push(minute)
      history.busyUs.push(guild.busyUs)
    }
  }
  return [...histories.values()]
}

export interface Finding {
  readonly reason: 'saturated' | 'silent'
  readonly onset: number
  readonly last: number
}

/** From the first run of `needed` consecutive saturated minutes to the last saturated minute of such a run. */
export function findSaturation(history: GuildHistory, needed: number): Finding | undefined {
  let onset = -1
  let last = -1
  let run = 0
  for (let i = 0; i < history.minutes.length; i++) {
    const follows = i > 0 && history.minutes[i] === history.minutes[i - 1] + 1
    run = history.busyUs[i] >= SATURATED_US ? (follows ? run + 1 : 1) : 0
    if (run < needed) continue
    if (onset === -1) onset = history.minutes[i] - needed + 1
    last = history.minutes[i]
  }
  return onset === -1 ? undefined : { reason: 'saturated', onset, last }
}

/** Silent: load, then nothing, while the fleet's newest minute has moved on. */
export function findSilence(history: GuildHistory, newestMinute: number): Finding | undefined {
  const last = history.minutes.at(-1)
  if (last === undefined || newestMinute - last < SILENT_MINUTES) return undefined
  let minutes = 0
  let busyUs = 0
  for (let i = history.minutes.length - 1; i >= 0 && history.minutes[i] > last - LOAD_OF; i--) {
    minutes++
    busyUs += history.busyUs[i]
  }
  if (minutes < LOAD_MINUTES || busyUs / minutes < LOAD_BUSY_US) return undefined
  return { reason: 'silent', onset: last + 1, last: last + 1 }
}
