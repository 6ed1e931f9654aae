import { findSilence, type GuildHistory, historiesOf } from '../analysis/timings/findings.ts'
import { fleetAnswer } from '../analysis/timings/fleet.ts'
import { type GuildContext, guildMinutes, isKept } from '../analysis/timings/guild-minutes.ts'
import {
  EMPTY_MINUTE,
  FleetNames,
  MAX_GUILDS,
  type MinuteTotals,
  minuteTotals,
} from '../analysis/timings/minute-totals.ts'
import { badWindow, minuteBounds } from '../analysis/timings/ranges.ts'
import { type SampleRows, sampleAt } from '../analysis/timings/sample-rows.ts'
import { formatExact } from '../base/format.ts'
import { ok, type Result } from '../base/result.ts'
import { type FleetAnswer, type GuildMinutes, MINUTE_MS, type Retention } from '../model/timings.ts'
import type { SamplesAnswer } from '../model/timings-reading.ts'
import type { FleetQuery, MinuteRange } from '../sources/timings-source.ts'
import type { StoreConfig } from './config.ts'
import type { DuckConnection } from './duck.ts'
import type { Holds } from './holds.ts'
import type { Cancel, Readers } from './readers.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import { readSamples } from './sample-reader.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice, Slices } from './slices.ts'

const MAX_SAMPLES = 4_000_000
/** Minutes of the whole fleet read at once: bounds the memory of the first answer after a start. */
const READ_MINUTES = 5

/** Answers questions about timings. Totals per minute stay in memory until samples for the minute arrive. */
export class TimingsReader {
  readonly #config: StoreConfig
  readonly #slices: Slices
  readonly #readers: Readers
  readonly #policy: RetentionPolicy
  readonly #holds: Holds
  readonly #lastTraceMs: ReadonlyMap<string, number>
  /** Told how many stored rows each reading went through. */
  readonly #onRead: (rows: number) => void
  #names = new FleetNames()
  #totals = new Map<number, MinuteTotals>()
  /** Minutes whose totals are up to date. Others are still shown until they have been read again. */
  readonly #fresh = new Set<number>()
  #refreshing: Promise<void> = Promise.resolve()

  constructor(
    config: StoreConfig,
    slices: Slices,
    readers: Readers,
    policy: RetentionPolicy,
    holds: Holds,
    lastTraceMs: ReadonlyMap<string, number>,
    onRead: (rows: number) => void,
  ) {
    this.#config = config
    this.#slices = slices
    this.#readers = readers
    this.#policy = policy
    this.#holds = holds
    this.#lastTraceMs = lastTraceMs
    this.#onRead = onRead
  }

  /** Samples of this Unix minute have arrived. */
  touch(minute: number): void {
    this.#fresh.delete(minute)
  }

  async fleet(query: FleetQuery, nowMs: number, cancel: Cancel): Promise<Result<FleetAnswer>> {
    const minutes = Math.floor(query.minutes)
    if (!(minutes >= 1 && minutes <= 1440)) return badWindow()
    const atMs = Math.min(query.atMs ?? nowMs, nowMs)
    const to = Math.floor(atMs / MINUTE_MS) + 1
    await this.refresh(to - minutes, to, cancel)
    const retainedFrom = this.#retainedFrom('', nowMs)
    const horizon = (minute: number) => {
      const totals = this.#totals.get(minute) ?? EMPTY_MINUTE
      return minute >= retainedFrom ? totals : this.#outlived(totals, minute, nowMs)
    }
    return ok(
      fleetAnswer({
        totals: horizon,
        names: this.#names,
        holds: new Map(this.#holds.list().map((hold) => [hold.guild, hold])),
        lastTraceMs: this.#lastTraceMs,
        query: { ...query, minutes, limit: Math.max(0, Math.min(10_000, query.limit)) },
        nowMs: atMs,
        notes: this.#crowded(to - minutes, to),
      }),
    )
  }

  #crowded(from: number, to: number): string[] {
    for (let m = from; m < to; m++)
      if ((this.#totals.get(m)?.guilds.size ?? 0) >= MAX_GUILDS)
        return [`More than ${formatExact(MAX_GUILDS)} guilds report in a minute; the list holds the first of them.`]
    return []
  }

  /** Of a minute past the ordinary retention, the guilds that are kept longer. */
  #outlived(totals: MinuteTotals, minute: number, nowMs: number): MinuteTotals {
    if (totals.guilds.size === 0) return totals
    const guilds = [...totals.guilds].filter(([id]) =>
      isKept(minute, this.#context(this.#names.guilds.strings[id], nowMs)),
    )
    return { guilds: new Map(guilds), actions: guilds.length === 0 ? EMPTY_MINUTE.actions : totals.actions }
  }

  /** Brings the totals of [from, to) up to date: what is missing is read in as few runs as possible. */
  refresh(from: number, to: number, cancel: Cancel): Promise<void> {
    const work = () => this.#refresh(from, to, cancel)
    const next = this.#refreshing.then(work, work)
    this.#refreshing = next.catch(() => undefined)
    return next
  }

  async #refresh(from: number, to: number, cancel: Cancel): Promise<void> {
    if (this.#names.guilds.size + this.#names.actions.size > 400_000) {
      this.#names = new FleetNames()
      this.#totals = new Map()
      this.#fresh.clear()
    }
    let minute = from
    while (minute < to) {
      if (this.#fresh.has(minute)) {
        minute++
        continue
      }
      let end = minute
      while (end < to && end - minute < READ_MINUTES && !this.#fresh.has(end)) end++
      // Fresh from before the reading on: samples that arrive meanwhile take that back.
      for (let m = minute; m < end; m++) this.#fresh.add(m)
      try {
        const rows = await this.#read(undefined, minute, end, cancel)
        this.#onRead(rows.stored)
        const read = minuteTotals(rows, this.#names)
        for (let m = minute; m < end; m++) this.#totals.set(m, read.get(m) ?? EMPTY_MINUTE)
      } catch (error) {
        for (let m = minute; m < end; m++) this.#fresh.delete(m)
        throw error
      }
      minute = end
    }
    const oldest = Math.floor(Date.now() / MINUTE_MS) - 2 * 1440
    for (const m of this.#totals.keys()) {
      if (m >= oldest) continue
      this.#totals.delete(m)
      this.#fresh.delete(m)
    }
  }

  /** Busy time per guild and minute over [from, to), and the newest minute of any guild. */
  histories(from: number, to: number): { readonly guilds: GuildHistory[]; readonly newest: number } {
    const window = new Map<number, MinuteTotals>()
    let newest = -1
    for (let m = from; m < to; m++) {
      const totals = this.#totals.get(m)
      if (totals === undefined || totals.guilds.size === 0) continue
      window.set(m, totals)
      newest = m
    }
    return { guilds: historiesOf(window, this.#names.guilds.strings), newest }
  }

  /** Newest stated sessions, and busy time, per guild over [from, to). */
  sizes(from: number, to: number): Map<string, { sessions: number; busyUs: number }> {
    const sizes = new Map<string, { sessions: number; busyUs: number }>()
    for (let m = from; m < to; m++) {
      for (const guild of this.#totals.get(m)?.guilds.values() ?? []) {
        const name = this.#names.guilds.strings[guild.guild]
        const size = sizes.get(name) ?? { sessions: -1, busyUs: 0 }
        sizes.set(name, {
          sessions: guild.sessions >= 0 ? guild.sessions : size.sessions,
          busyUs: size.busyUs + guild.busyUs,
        })
      }
    }
    return sizes
  }

  #read(guild: string | undefined, from: number, to: number, cancel: Cancel): Promise<SampleRows> {
    const slices = this.#slices.list('timings', from * MINUTE_MS, to * MINUTE_MS)
    return this.#slices.withAll(slices, (open) =>
      this.#readers.borrow(cancel, (connection) =>
        readSamples(connection, open, { ...(guild === undefined ? {} : { guild }), from, to, maxRows: MAX_SAMPLES }),
      ),
    )
  }

  async minutes(guildId: string, range: MinuteRange, nowMs: number, cancel: Cancel): Promise<Result<GuildMinutes>> {
    const bounds = minuteBounds(range)
    if (!bounds.ok) return bounds
    const { from, to } = bounds.value
    const rows = await this.#read(guildId, from, to, cancel)
    const context = await this.#fullContext(guildId, from, nowMs, !everyMinute(rows, from, to), cancel)
    const notes = rows.count >= MAX_SAMPLES ? [`Only the first ${MAX_SAMPLES} samples of the range were read.`] : []
    return ok(guildMinutes(guildId, rows, from, to, context, notes))
  }

  async samples(
    guildId: string,
    range: MinuteRange,
    limit: number,
    nowMs: number,
    cancel: Cancel,
  ): Promise<Result<SamplesAnswer>> {
    const bounds = minuteBounds(range)
    if (!bounds.ok) return bounds
    const { from, to } = bounds.value
    const rows = await this.#read(guildId, from, to, cancel)
    const context = this.#context(guildId, nowMs)
    const picked: number[] = []
    for (let i = 0; i < rows.count; i++) if (isKept(rows.minute[i], context)) picked.push(i)
    picked.sort(
      (a, b) => rows.minute[a] - rows.minute[b] || rows.action[a] - rows.action[b] || rows.node[a] - rows.node[b],
    )
    const current = Math.floor(nowMs / MINUTE_MS)
    const guildName = rows.guildNames.get(guildId)
    return ok({
      guildId,
      ...(guildName === undefined ? {} : { guildName }),
      retainedFromMs: context.retainedFrom * MINUTE_MS,
      ...(context.heldUntilMs === undefined ? {} : { heldUntilMs: context.heldUntilMs }),
      ...(current >= from && current < to ? { partialMinuteMs: current * MINUTE_MS } : {}),
      samples: picked.slice(0, limit).map((i) => sampleAt(rows, i)),
      notes: picked.length > limit ? [`Only the first ${limit} of ${picked.length} samples are shown.`] : [],
    })
  }

  retention(guildId: string, nowMs: number): Retention {
    const context = this.#context(guildId, nowMs)
    const { retentionMinutes, largeRetentionDays, largestGuilds } = this.#config
    const large = this.#policy.classOf(guildId) === 'long'
    return {
      retainedFromMs: context.retainedFrom * MINUTE_MS,
      ...(context.heldUntilMs === undefined ? {} : { heldUntilMs: context.heldUntilMs }),
      rule: large
        ? `${largeRetentionDays} days (among the ${largestGuilds} largest by ${this.#policy.largestBy})`
        : `${retentionMinutes} min`,
    }
  }

  #retainedFrom(guildId: string, nowMs: number): number {
    const kept = guildId !== '' && this.#policy.classOf(guildId) === 'long' ? this.#policy.longMs : this.#policy.shortMs
    return Math.floor((nowMs - kept) / MINUTE_MS)
  }

  #context(guildId: string, nowMs: number): GuildContext & { readonly retainedFrom: number } {
    const hold = this.#holds.of(guildId)
    const retainedFrom = this.#retainedFrom(guildId, nowMs)
    if (hold === undefined || hold.untilMs <= nowMs) return { retainedFrom, nowMs }
    return {
      retainedFrom,
      nowMs,
      heldFrom: hold.fromMs / MINUTE_MS,
      heldTo: Math.floor(hold.untilMs / MINUTE_MS),
      heldUntilMs: hold.untilMs,
    }
  }

  /** With silence and, where some minute has no sample, first and last minute, which need a look at all that is kept of the guild. */
  async #fullContext(
    guildId: string,
    from: number,
    nowMs: number,
    hasGaps: boolean,
    cancel: Cancel,
  ): Promise<GuildContext> {
    const context = this.#context(guildId, nowMs)
    const current = Math.floor(nowMs / MINUTE_MS)
    await this.refresh(current - 60, current + 1, cancel)
    const { guilds, newest } = this.histories(current - 60, current + 1)
    const history = guilds.find((each) => each.guild === guildId)
    const hold = this.#holds.of(guildId)
    const silence =
      history !== undefined
        ? findSilence(history, newest)?.onset
        : hold?.silentSinceMs === undefined
          ? undefined
          : hold.silentSinceMs / MINUTE_MS
    // A day before the range: whether the guild reported at all, not since when.
    const slices = hasGaps ? this.#slices.list('timings', (from - 1440) * MINUTE_MS, (current + 1) * MINUTE_MS) : []
    const bounds = await this.#slices.withAll(slices, (open) =>
      this.#readers.borrow(cancel, (connection) => firstAndLast(connection, open, guildId, current)),
    )
    const name = this.#names.guildNames.get(guildId)
    return {
      ...context,
      ...bounds,
      ...(silence === undefined ? {} : { silentFrom: silence }),
      ...(name === undefined ? {} : { guildName: name }),
    }
  }
}

function everyMinute(rows: SampleRows, from: number, to: number): boolean {
  const seen = new Uint8Array(to - from)
  let count = 0
  for (let i = 0; i < rows.count; i++) {
    const m = rows.minute[i] - from
    count += 1 - seen[m]
    seen[m] = 1
  }
  return count === to - from
}

async function firstAndLast(
  connection: DuckConnection,
  slices: readonly Slice[],
  guildId: string,
  current: number,
): Promise<{ first?: number; last?: number }> {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const slice of slices) {
    const strings = await SliceStrings.of(connection, slice)
    const id = strings.find(guildId)
    if (id === undefined) continue
    const sql = `SELECT min(minute)::DOUBLE, max(minute)::DOUBLE FROM ${slice.catalog}.samples WHERE guild = ${id} AND minute <= ${current}`
    await connection.stream(sql, ['f64', 'f64'], (chunk) => {
      if (!chunk.isValid(0, 0)) return false
      first = Math.min(first, chunk.f64(0)[0])
      last = Math.max(last, chunk.f64(1)[0])
      return true
    })
  }
  return Number.isFinite(first) ? { first, last } : {}
}
