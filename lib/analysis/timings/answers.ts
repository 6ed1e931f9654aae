/**
 * The answers of a timings source, made from samples: what every source that is not the embedded store shares (a metrics system, a
 * table, another timings service, minutes derived from spans).
 */
import { type FleetAnswer, type GuildMinutes, MINUTE_MS, type TimingSample } from '../../model/timings.ts'
import { findSilence, type GuildHistory, historiesOf } from './findings.ts'
import { fleetAnswer } from './fleet.ts'
import { guildMinutes } from './guild-minutes.ts'
import { FleetNames, minuteTotals } from './minute-totals.ts'
import { emptyRows, makeRoom, type SampleRows } from './sample-rows.ts'

/** Minutes before the present in which a guild must have been at work for its absence since to be silence. */
export const SILENCE_WINDOW = 60

/** Collects samples as columns: of each (guild, minute, node, action) the one that came last. */
export class SampleColumns {
  readonly rows: SampleRows = emptyRows()
  readonly #at = new Map<number, Map<number, number>>()

  /** False: `maxRows` distinct samples are there already, this one was left out. */
  add(sample: TimingSample, maxRows = 4_000_000): boolean {
    const { rows } = this
    const guild = rows.guilds.id(sample.guildId)
    const node = rows.nodes.id(sample.node)
    const action = rows.actions.id(sample.action)
    const minute = Math.floor(sample.minuteMs / MINUTE_MS)
    rows.stored++
    // Two levels, so that the keys stay exact: (guild, minute), then (node, action).
    const outer = guild * 0x1_0000_0000 + minute
    let inner = this.#at.get(outer)
    if (inner === undefined) {
      inner = new Map()
      this.#at.set(outer, inner)
    }
    const key = node * 0x100_0000 + action
    let at = inner.get(key)
    if (at === undefined) {
      if (rows.count >= maxRows) return false
      at = rows.count++
      inner.set(key, at)
      makeRoom(rows)
    }
    rows.seq[at] = rows.stored
    rows.minute[at] = minute
    rows.guild[at] = guild
    rows.node[at] = node
    rows.action[at] = action
    const { busyUs, count = -1, waitUsTotal = -1, waitUsMax = -1, arrived = -1, mailboxDepthMax = -1 } = sample
    const values = [busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax, sample.sessions ?? -1]
    for (let column = 0; column < values.length; column++) rows.values[column][at] = values[column]
    if (sample.waitHistogram !== undefined) rows.histograms.set(at, sample.waitHistogram)
    else rows.histograms.delete(at)
    if (sample.guildName !== undefined) rows.guildNames.set(sample.guildId, sample.guildName)
    return true
  }
}

/** What a source knows beside the samples. */
export interface SourceFacts {
  readonly nowMs: number
  /** Minutes before this are gone, Unix ms; absent: the source does not say. */
  readonly retainedFromMs?: number
  /** Held minutes: [fromMs, untilMs). */
  readonly held?: { readonly fromMs: number; readonly untilMs: number }
  readonly guildName?: string
  /** The newest minute of which any guild has a sample, Unix minutes. Absent: nothing can be called silent. */
  readonly newestMinute?: number
  /** Minutes without a sample between others are unknown, not zero: nothing was scraped then, or no span was kept. */
  readonly gapsAreUnknown?: boolean
  readonly notes: readonly string[]
}

/**
 * One guild's minutes over [from, to) Unix minutes. `rows` may reach further than the range, and should: a minute without a sample is
 * zero only between others, and silent only after load in the hour before the present (`SILENCE_WINDOW`).
 */
export function minutesFromSamples(
  guildId: string,
  rows: SampleRows,
  from: number,
  to: number,
  facts: SourceFacts,
): GuildMinutes {
  const guild = rows.guilds.find(guildId)
  const current = Math.floor(facts.nowMs / MINUTE_MS)
  const busy = new Map<number, number>()
  for (let i = 0; i < rows.count; i++) {
    const minute = rows.minute[i]
    if (rows.guild[i] === guild && minute <= current)
      busy.set(minute, (busy.get(minute) ?? 0) + Math.max(0, rows.values[0][i]))
  }
  const minutes = [...busy.keys()].sort((a, b) => a - b)
  const history: GuildHistory = { guild: guildId, minutes, busyUs: minutes.map((minute) => busy.get(minute) ?? 0) }
  const silence = facts.newestMinute === undefined ? undefined : findSilence(history, facts.newestMinute)
  return guildMinutes(
    guildId,
    rows,
    from,
    to,
    {
      nowMs: facts.nowMs,
      ...(facts.retainedFromMs === undefined ? {} : { retainedFrom: Math.floor(facts.retainedFromMs / MINUTE_MS) }),
      ...(facts.held === undefined
        ? {}
        : {
            heldFrom: Math.floor(facts.held.fromMs / MINUTE_MS),
            heldTo: Math.floor(facts.held.untilMs / MINUTE_MS),
            heldUntilMs: facts.held.untilMs,
          }),
      ...(facts.guildName === undefined ? {} : { guildName: facts.guildName }),
      ...(minutes.length === 0 || facts.gapsAreUnknown === true
        ? {}
        : { first: minutes[0], last: minutes[minutes.length - 1] }),
      ...(silence === undefined ? {} : { silentFrom: silence.onset }),
    },
    facts.notes,
  )
}

/** The fleet over a window of `query.minutes` that ends with the minute of `facts.nowMs`. */
export function fleetFromSamples(
  rows: SampleRows,
  query: { readonly minutes: number; readonly limit: number },
  facts: Pick<SourceFacts, 'nowMs' | 'notes'> & { readonly lastTraceMs?: ReadonlyMap<string, number> },
): FleetAnswer {
  const names = new FleetNames()
  const totals = minuteTotals(rows, names)
  return fleetAnswer({
    totals: (minute) => totals.get(minute) ?? { guilds: new Map(), actions: new Map() },
    names,
    holds: new Map(),
    lastTraceMs: facts.lastTraceMs ?? new Map(),
    query: { minutes: Math.floor(query.minutes), limit: Math.max(0, Math.min(10_000, query.limit)) },
    nowMs: facts.nowMs,
    notes: facts.notes,
  })
}

/** Busy µs per guild and minute, and the newest minute that has a sample: what findings (silence, saturation) are read from. */
export function historiesFromSamples(rows: SampleRows): { readonly guilds: GuildHistory[]; readonly newest?: number } {
  const names = new FleetNames()
  const totals = minuteTotals(rows, names)
  const newest = Math.max(...totals.keys())
  return { guilds: historiesOf(totals, names.guilds.strings), ...(Number.isFinite(newest) ? { newest } : {}) }
}
