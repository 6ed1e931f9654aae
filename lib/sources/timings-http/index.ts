import type { z } from 'zod'
import { SampleColumns } from '../../analysis/timings/answers.ts'
import { badWindow } from '../../analysis/timings/ranges.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import { type FleetAnswer, MINUTE_MS, type Retention, type TimingSample } from '../../model/timings.ts'
import type { BackendClient, BackendRequest } from '../http/backend-client.ts'
import { type ReadSamples, type SampleBackend, sampledTimings } from '../sampled/sampled-timings.ts'
import type { FleetQuery, TimingsSource } from '../timings-source.ts'
import type { SourceHealth } from '../trace-source.ts'
import { fleetAnswer, samplesAnswer } from './answers.ts'

const MAX_SAMPLES = 200_000
/** Minutes asked for at once: a service answers at most 31 days and 200,000 samples. */
const CHUNK_MINUTES = 3 * 1_440

/** A timings service that somebody else runs, through the reading contract of the timings API: another Guildscope is one. */
export function openHttpTimings(
  name: string,
  _settings: SettingsOf<'timings-http'>,
  client: BackendClient,
  now: () => number = Date.now,
): { readonly timings: TimingsSource } {
  async function fleet(query: FleetQuery, signal: AbortSignal): Promise<Result<FleetAnswer>> {
    const minutes = Math.floor(query.minutes)
    if (!(minutes >= 1 && minutes <= 1440)) return badWindow()
    const limit = Math.max(1, Math.min(5_000, query.limit))
    const answer = await client.json({
      path: '/api/timings/guilds',
      query: { minutes, limit, at: query.atMs },
      signal,
    })
    if (!answer.ok) return answer
    const parsed = fleetAnswer.safeParse(answer.value.body)
    return parsed.success ? ok(parsed.data) : otherForm(parsed.error.issues[0]?.path.join('.') ?? '')
  }

  function otherForm(where: string): Result<never> {
    return fail(
      'unavailable',
      name,
      `${name} answered in a form that is not the timings API’s${where === '' ? '' : ` (at ${where.slice(0, 100)})`}.`,
      'Check the address and the kind of the source in the configuration.',
    )
  }

  async function samplesOf(guildId: string, from: number, to: number, signal: AbortSignal) {
    const request: BackendRequest = {
      path: `/api/timings/guilds/${encodeURIComponent(guildId)}`,
      query: { from: from * MINUTE_MS, to: to * MINUTE_MS, limit: MAX_SAMPLES },
      signal,
    }
    const answer = await client.json(request)
    if (!answer.ok) return answer
    const parsed = samplesAnswer.safeParse(answer.value.body)
    return parsed.success ? ok(parsed.data) : otherForm(parsed.error.issues[0]?.path.join('.') ?? '')
  }

  async function read(
    guildId: string | undefined,
    from: number,
    to: number,
    signal: AbortSignal,
  ): Promise<Result<ReadSamples>> {
    const columns = new SampleColumns()
    if (guildId === undefined || to <= from) return ok({ rows: columns.rows, notes: [] })
    const notes = new Set<string>()
    let oldest = Number.POSITIVE_INFINITY
    let heldUntil: number | undefined
    let retainedFrom: number | undefined
    for (let at = from; at < to; at += CHUNK_MINUTES) {
      const answer = await samplesOf(guildId, at, Math.min(to, at + CHUNK_MINUTES), signal)
      if (!answer.ok) return answer
      heldUntil = answer.value.heldUntil
      retainedFrom = answer.value.retainedFrom
      for (const note of answer.value.notes) notes.add(note)
      for (const { minute, ...sample } of answer.value.samples) {
        oldest = Math.min(oldest, minute)
        columns.add(sampleOf(guildId, minute, sample, sample.guildName ?? answer.value.guildName))
      }
    }
    return ok({
      rows: columns.rows,
      notes: [...notes],
      retention: {
        rule: `as ${name} keeps them`,
        ...(retainedFrom === undefined ? {} : { retainedFromMs: retainedFrom }),
        ...(heldUntil === undefined ? {} : { heldUntilMs: heldUntil }),
      },
      // It says until when it holds, not from when: what it has from before its retention is what it holds.
      ...(heldUntil === undefined || !Number.isFinite(oldest) ? {} : { held: { fromMs: oldest, untilMs: heldUntil } }),
    })
  }

  async function retention(guildId: string, signal: AbortSignal): Promise<Result<Retention>> {
    const current = Math.floor(now() / MINUTE_MS)
    const answer = await read(guildId, current, current + 1, signal)
    return answer.ok ? ok(answer.value.retention ?? { rule: `as ${name} keeps them` }) : answer
  }

  async function newestMinute(from: number, to: number, signal: AbortSignal): Promise<number | undefined> {
    const answer = await fleet({ minutes: to - from, limit: 1 }, signal)
    if (!answer.ok) return undefined
    const first = Math.floor(answer.value.fromMs / MINUTE_MS)
    // A minute in which no guild reported is unknown to every action.
    const known = answer.value.actions[0]?.busyUs.findLastIndex((busy) => busy >= 0) ?? -1
    return known < 0 ? undefined : first + known
  }

  async function health(signal: AbortSignal): Promise<SourceHealth> {
    const answer = await fleet({ minutes: 60, limit: 1 }, signal)
    const newest = answer.ok ? await newestMinute(0, 60, signal) : undefined
    return {
      name,
      kind: 'timings-http',
      ok: answer.ok,
      ...(answer.ok ? {} : { failure: answer.failure }),
      abilities: ABILITIES,
      ...(newest === undefined ? {} : { lagMs: Math.max(0, now() - (newest + 1) * MINUTE_MS) }),
      lastErrors: client.stats().lastErrors,
      facts: answer.ok ? [{ label: 'Guilds in the last hour', value: String(answer.value.total) }] : [],
    }
  }

  const backend: SampleBackend = { name, gapsAreUnknown: false, read, newestMinute, retention, health }
  return { timings: { ...sampledTimings(backend, now), fleet } }
}

type Stated = Omit<z.infer<typeof samplesAnswer>['samples'][number], 'minute'>

function sampleOf(guildId: string, minuteMs: number, sample: Stated, guildName: string | undefined): TimingSample {
  const { node, action, busyUs, waitHistogram } = sample
  const { count = -1, waitUsTotal = -1, waitUsMax = -1, arrived = -1, mailboxDepthMax = -1, sessions = -1 } = sample
  return {
    guildId,
    minuteMs,
    ...{ node, action, busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax, sessions },
    ...(guildName === undefined ? {} : { guildName }),
    ...(waitHistogram === undefined ? {} : { waitHistogram }),
  }
}

export const ABILITIES = [
  { what: 'Minutes of a guild by action type', can: true },
  { what: 'The fleet, ranked', can: true },
  { what: 'Hours whose minutes have rotated', can: false, why: 'The reading contract has no totals of hours.' },
] as const
