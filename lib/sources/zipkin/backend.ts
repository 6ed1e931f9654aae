import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import type { TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import type { FetchedTrace, FoundTraces, WholeTraceBackend } from '../fetched/fetched-trace.ts'
import { mappingOf } from '../fetched/mapping-of.ts'
import { readUpTo } from '../fetched/read-up-to.ts'
import { summaryOfBatch } from '../fetched/summary-of-batch.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { SourceHealth, TraceCapabilities } from '../trace-source.ts'
import { annotationQuery, names, readZipkinSearch, type ZipkinTrace } from './search-traces.ts'
import { readZipkinTrace } from './zipkin-trace.ts'

const HOUR_MS = 3_600_000
/** Where a search filters what Zipkin cannot, it asks for this many times as many traces, but no more than `MOST_ASKED`. */
const ASKED_FOR_FILTERS = 5
const MOST_ASKED = 1_000

const LIMITS = [
  'Zipkin keeps no links between spans of its own: those are shown that OpenTelemetry’s collector wrote as tags; other hops that only a link joins stand apart.',
  'Zipkin keeps times to the microsecond.',
  'Zipkin keeps every value as text, and names of spans and services in small letters.',
  'Zipkin keeps no trace state of its own: how many traces one stands for is known only where OpenTelemetry’s collector wrote it as a tag.',
]

/** Zipkin's HTTP API v2. */
export function zipkinBackend(
  name: string,
  settings: SettingsOf<'zipkin'>,
  client: BackendClient,
  now: () => number = Date.now,
): WholeTraceBackend {
  const mapping = mappingOf(settings.mapping)
  const capabilities: TraceCapabilities = {
    searchByGuild: true,
    searchByAction: true,
    links: false,
    nanoseconds: false,
    weights: false,
    exactCounts: false,
    flame: false,
    maxSpansPerTrace: settings.maxSpansPerTrace,
    limits: LIMITS,
  }
  const limitsOf = (cut: boolean) => ({ source: name, maxSpans: settings.maxSpansPerTrace, cut })

  async function fetchTrace(traceId: string, _hint: unknown, signal: AbortSignal): Promise<Result<FetchedTrace>> {
    const answer = await readUpTo(client, {
      path: `/api/v2/trace/${encodeURIComponent(traceId)}`,
      answers: [404],
      signal,
    })
    if (!answer.ok) return answer
    const { body, cut, status } = answer.value
    // "… not found"; another 404 comes from what is not Zipkin.
    if (status === 404 && !/not found\s*$/i.test(decodeUtf8(body.subarray(0, 1_000), 0, Math.min(1_000, body.length))))
      return fail(
        'unavailable',
        name,
        `${name} has no Zipkin API at this address (status 404).`,
        'Check its address and its kind in the configuration.',
      )
    const trace = status === 404 ? undefined : readZipkinTrace(body, mapping, limitsOf(cut))
    if (trace !== undefined && (!trace.ok || trace.value.batch.count > 0)) return trace
    return fail(
      'not-found',
      name,
      `${name} holds no trace ${traceId}.`,
      'It may have expired there, or not have arrived yet.',
    )
  }

  async function search(query: TraceQuery, signal: AbortSignal): Promise<Result<FoundTraces>> {
    const notes = new Set<string>()
    const toMs = Math.ceil(query.toMs ?? now())
    const fromMs = Math.floor(query.fromMs ?? toMs - HOUR_MS)
    if (query.fromMs === undefined) notes.add(`${name} was searched for one hour, because no beginning was given.`)
    const { guild } = query
    const wanted = guild === undefined ? [undefined] : mapping.guild.map((key) => annotationQuery(key, guild))
    const filters =
      query.action !== undefined ||
      query.completeOnly === true ||
      (query.minDurationNs ?? 0) > 0 ||
      wanted.some((one) => one?.exact === false)
    const limit = Math.min(MOST_ASKED, query.limit * (filters ? ASKED_FOR_FILTERS : 1) + 1)
    const services = settings.services.length === 0 ? [undefined] : settings.services
    const asked = wanted.flatMap((one) => services.map((serviceName) => ({ serviceName, annotationQuery: one?.query })))
    const answers = await Promise.all(
      asked.map((parameters) =>
        readUpTo(client, {
          path: '/api/v2/traces',
          query: { ...parameters, endTs: toMs, lookback: Math.max(1, toMs - fromMs), limit },
          signal,
        }),
      ),
    )
    const traces = new Map<string, ZipkinTrace>()
    let more = false
    for (const answer of answers) {
      if (!answer.ok) return answer
      const { body, cut } = answer.value
      const found = readZipkinSearch(body, mapping, limitsOf(cut))
      if (!found.ok) return found
      if (cut)
        notes.add(
          `${name} answered more than is read of one answer: "maxAnswerBytes" in the configuration is the limit.`,
        )
      if (cut || found.value.size >= limit) more = true
      for (const [traceId, trace] of found.value) if (!traces.has(traceId)) traces.set(traceId, trace)
    }
    const items: TraceSummary[] = []
    for (const [traceId, { batch }] of traces) {
      if (guild !== undefined && !names(batch, batch.guildId, guild)) continue
      if (query.action !== undefined && !names(batch, batch.actionId, query.action)) continue
      const summary = summaryOfBatch(name, traceId, batch, guild)
      if (summary.startMs >= toMs || summary.startMs + summary.durationNs / 1e6 < fromMs) continue
      if (query.completeOnly === true && !summary.complete) continue
      if (summary.durationNs < (query.minDurationNs ?? 0)) continue
      items.push(summary)
    }
    items.sort(inOrderOf(query.sort))
    if (more && filters)
      notes.add(
        `${name} cannot filter by all that was asked: ${limit} traces of it were looked through, and there are more.`,
      )
    else if (more || items.length > query.limit)
      notes.add(
        `${name} has more than the ${query.limit} traces asked for${query.sort === 'newest' ? '' : ', which are of the newest'}.`,
      )
    return ok({
      items: items.slice(0, query.limit),
      more: more || items.length > query.limit,
      notes: [...notes],
      traces,
    })
  }

  async function health(signal: AbortSignal): Promise<SourceHealth> {
    const services = await client.json({ path: '/api/v2/services', signal })
    const info = services.ok
      ? await client.bytes({ path: '/info', signal, maxBytes: 100_000, answers: [401, 403, 404] })
      : services
    const version =
      info.ok && info.value.status === 200
        ? /"version"\s*:\s*"([^"\\]{1,100})"/.exec(decodeUtf8(info.value.body, 0, info.value.body.length))?.[1]
        : undefined
    const count = services.ok && Array.isArray(services.value.body) ? services.value.body.length : undefined
    return {
      name,
      kind: 'zipkin',
      ok: services.ok,
      ...(services.ok ? {} : { failure: services.failure }),
      ...(version === undefined ? {} : { version }),
      abilities: ABILITIES,
      lastErrors: client.stats().lastErrors,
      facts: [
        { label: 'Found by', value: mapping.guild.join(' or ') },
        ...(count === undefined ? [] : [{ label: 'Services it knows', value: String(count) }]),
        { label: 'Spans read of one trace', value: formatExact(settings.maxSpansPerTrace) },
      ],
    }
  }

  return { name, capabilities, mapping, fetchTrace, search, health }
}

export const ABILITIES = [
  { what: 'Find a guild’s traces', can: true },
  {
    what: 'Find traces by action and by duration',
    can: true,
    why: 'Filtered here, among the newest that Zipkin answers.',
  },
  {
    what: 'Show links between spans',
    can: false,
    why: 'Zipkin keeps no links. Those that OpenTelemetry’s collector wrote as tags are shown.',
  },
  { what: 'Times to the nanosecond', can: false, why: 'Zipkin keeps microseconds.' },
  {
    what: 'Say how many traces one stands for',
    can: false,
    why: 'Zipkin keeps no trace state. Where OpenTelemetry’s collector wrote it as a tag, it is read.',
  },
  { what: 'Page through more traces', can: false, why: 'Zipkin’s search has no pages: narrow the range instead.' },
] as const
