/** Everything that band, heat map and headline of a guild show, derived once per answer. */
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import {
  type BacklogSeries,
  backlogSeries,
  findOnset,
  type MinuteTotals,
  minuteTotals,
  type Onset,
  type Outlook,
  outlook,
  silentFrom,
} from './backlog.ts'
import { elapsedShare, type HeatMeasure, offeredMeasures, partialIndex } from './heat-map.ts'

export interface GuildFacts {
  readonly data: GuildMinutes
  readonly totals: MinuteTotals
  readonly series: BacklogSeries | undefined
  readonly onset: Onset | undefined
  /** Since when it has been silent, up to now; Unix ms. */
  readonly silentSinceMs: number | undefined
  readonly outlook: Outlook
  readonly measures: readonly HeatMeasure[]
  /** The newest complete minute with data, −1 where there is none. */
  readonly newest: number
  readonly partial: number
  readonly elapsed: number
}

export function guildFacts(data: GuildMinutes): GuildFacts {
  const totals = minuteTotals(data)
  const series = backlogSeries(data, totals)
  const partial = partialIndex(data)
  const silent = silentFrom(data)
  let newest = data.minutes - 1
  while (newest >= 0 && (newest === partial || data.state[newest] !== MINUTE_STATE.data)) newest--
  return {
    data,
    totals,
    series,
    onset: findOnset(data, totals.busyUs),
    silentSinceMs: silent < 0 ? undefined : data.fromMs + silent * MINUTE_MS,
    outlook: outlook(data, totals, series),
    measures: offeredMeasures(data.measures),
    newest,
    partial,
    elapsed: partial < 0 ? 1 : elapsedShare(data, partial),
  }
}

/** Index of the first minute that is not rotated away, −1 where rotated minutes also come later: then there is no one time. */
export function rotatedUntil(state: ArrayLike<number>): number {
  let until = 0
  while (until < state.length && state[until] === MINUTE_STATE.rotated) until++
  for (let m = until; m < state.length; m++) if (state[m] === MINUTE_STATE.rotated) return -1
  return until
}
