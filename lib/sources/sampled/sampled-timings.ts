import {
  fleetFromSamples,
  historiesFromSamples,
  minutesFromSamples,
  SILENCE_WINDOW,
} from '../../analysis/timings/answers.ts'
import { badWindow, minuteBounds } from '../../analysis/timings/ranges.ts'
import { type SampleRows, sampleAt } from '../../analysis/timings/sample-rows.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { MINUTE_MS, type Retention } from '../../model/timings.ts'
import type { FleetQuery, MinuteRange, TimingsSource } from '../timings-source.ts'
import type { SourceHealth } from '../trace-source.ts'

/** Samples as columns, and what a reader must know of how they were come by. */
export interface ReadSamples {
  readonly rows: SampleRows
  readonly notes: readonly string[]
  /** What the same answer said of how long the guild's minutes are kept: then nobody asks for it again. */
  readonly retention?: Retention
  /** Held minutes: [fromMs, untilMs), Unix ms. */
  readonly held?: { readonly fromMs: number; readonly untilMs: number }
}

/** A backend that answers samples; everything else about timings is made from these. */
export interface SampleBackend {
  readonly name: string
  /** A minute without a sample between others is unknown, not zero. */
  readonly gapsAreUnknown: boolean
  /** Samples of one guild, or of the whole fleet, over [from, to) Unix minutes. Several samples of one key: the last stands. */
  read(guildId: string | undefined, from: number, to: number, signal: AbortSignal): Promise<Result<ReadSamples>>
  /** The newest of the minutes [from, to) with a sample of any guild: without it nobody can be called silent. */
  newestMinute?(from: number, to: number, signal: AbortSignal): Promise<number | undefined>
  retention(guildId: string, signal: AbortSignal): Promise<Result<Retention>>
  health(signal: AbortSignal): Promise<SourceHealth>
}

/** A timings source over a backend that answers samples. */
export function sampledTimings(backend: SampleBackend, now: () => number = Date.now): TimingsSource {
  const cancelled = () =>
    fail('cancelled', backend.name, 'The question was withdrawn before it was answered.', 'Ask again.')

  async function fleet(query: FleetQuery, signal: AbortSignal) {
    const minutes = Math.floor(query.minutes)
    if (!(minutes >= 1 && minutes <= 1440)) return badWindow()
    if (signal.aborted) return cancelled()
    const nowMs = Math.min(query.atMs ?? now(), now())
    const to = Math.floor(nowMs / MINUTE_MS) + 1
    const read = await backend.read(undefined, to - minutes, to, signal)
    if (!read.ok) return read
    return ok(fleetFromSamples(read.value.rows, query, { nowMs, notes: read.value.notes }))
  }

  async function keptOf(guildId: string, read: ReadSamples, signal: AbortSignal): Promise<Omit<Retention, 'rule'>> {
    if (read.retention !== undefined) return read.retention
    const kept = await backend.retention(guildId, signal)
    return kept.ok ? kept.value : {}
  }

  async function minutes(guildId: string, range: MinuteRange, signal: AbortSignal) {
    const bounds = minuteBounds(range)
    if (!bounds.ok) return bounds
    if (signal.aborted) return cancelled()
    const nowMs = now()
    const current = Math.floor(nowMs / MINUTE_MS)
    const { from, to } = bounds.value
    // A range that reaches into the last hour is read with all of it: whether the guild fell silent is seen only there.
    const near = to > current - SILENCE_WINDOW
    const [readFrom, readTo] = near ? [Math.min(from, current - SILENCE_WINDOW), Math.max(to, current + 1)] : [from, to]
    const [read, newest] = await Promise.all([
      backend.read(guildId, readFrom, readTo, signal),
      near ? backend.newestMinute?.(current - SILENCE_WINDOW, current + 1, signal) : undefined,
    ])
    if (!read.ok) return read
    const { retainedFromMs } = await keptOf(guildId, read.value, signal)
    const { held } = read.value
    return ok(
      minutesFromSamples(guildId, read.value.rows, from, to, {
        nowMs,
        ...(retainedFromMs === undefined ? {} : { retainedFromMs }),
        ...(held === undefined ? {} : { held }),
        ...(newest === undefined ? {} : { newestMinute: newest }),
        gapsAreUnknown: backend.gapsAreUnknown,
        notes: read.value.notes,
      }),
    )
  }

  async function samples(guildId: string, range: MinuteRange, limit: number, signal: AbortSignal) {
    const bounds = minuteBounds(range)
    if (!bounds.ok) return bounds
    if (signal.aborted) return cancelled()
    const { from, to } = bounds.value
    const read = await backend.read(guildId, from, to, signal)
    if (!read.ok) return read
    const { rows, notes } = read.value
    const guild = rows.guilds.find(guildId)
    const picked: number[] = []
    for (let i = 0; i < rows.count; i++)
      if (rows.guild[i] === guild && rows.minute[i] >= from && rows.minute[i] < to) picked.push(i)
    picked.sort(
      (a, b) => rows.minute[a] - rows.minute[b] || rows.action[a] - rows.action[b] || rows.node[a] - rows.node[b],
    )
    const current = Math.floor(now() / MINUTE_MS)
    const guildName = rows.guildNames.get(guildId)
    const { retainedFromMs, heldUntilMs } = await keptOf(guildId, read.value, signal)
    return ok({
      guildId,
      ...(guildName === undefined ? {} : { guildName }),
      ...(retainedFromMs === undefined ? {} : { retainedFromMs }),
      ...(heldUntilMs === undefined ? {} : { heldUntilMs }),
      ...(current >= from && current < to ? { partialMinuteMs: current * MINUTE_MS } : {}),
      samples: picked.slice(0, limit).map((i) => sampleAt(rows, i)),
      notes:
        picked.length > limit ? [...notes, `Only the first ${limit} of ${picked.length} samples are shown.`] : notes,
    })
  }

  return {
    name: backend.name,
    fleet,
    minutes,
    async minutesJson(guildId, range, signal) {
      const answer = await minutes(guildId, range, signal)
      return answer.ok ? ok(new TextEncoder().encode(JSON.stringify(answer.value))) : answer
    },
    samples,
    retention: (guildId, signal) => backend.retention(guildId, signal),
    health: (signal) => backend.health(signal),
  }
}

/** The newest minute that any sample of a fleet's columns is of. */
export function newestOf(rows: SampleRows): number | undefined {
  return historiesFromSamples(rows).newest
}
