import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import type { TraceQuery } from '../../model/trace-list.ts'
import type { FetchedTrace, FoundTraces, WholeTraceBackend } from '../fetched/fetched-trace.ts'
import { mappingOf } from '../fetched/mapping-of.ts'
import { readUpTo } from '../fetched/read-up-to.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { SourceHealth, TraceCapabilities } from '../trace-source.ts'
import { searchAnswer, summaryOfFound } from './search-answer.ts'
import { openJson, openProtobuf } from './trace-answer.ts'
import { searchQuery } from './traceql.ts'

/** Spans asked for with each found trace: guild, action and mailbox wait are read from them. */
const SPANS_PER_TRACE = 20
const HOUR_MS = 3_600_000

const LIMITS = [
  'Tempo answers the first traces it finds, not the newest: where a limit is reached, there may be newer or slower ones.',
  'A found trace counts as complete when its root has arrived; only the trace itself shows whether parents are missing.',
  `The mailbox wait of a found trace is the longest among the first ${SPANS_PER_TRACE} spans that matched.`,
  'Durations of found traces are whole milliseconds.',
]

/** Grafana Tempo over HTTP: TraceQL searches, traces by id as protobuf. */
export function tempoBackend(
  name: string,
  settings: SettingsOf<'tempo'>,
  client: BackendClient,
  now: () => number = Date.now,
): WholeTraceBackend {
  const mapping = mappingOf(settings.mapping)
  const capabilities: TraceCapabilities = {
    searchByGuild: true,
    searchByAction: true,
    links: true,
    nanoseconds: true,
    exactCounts: false,
    flame: false,
    maxSpansPerTrace: settings.maxSpansPerTrace,
    limits: LIMITS,
  }

  async function fetchTrace(traceId: string, _hint: unknown, signal: AbortSignal): Promise<Result<FetchedTrace>> {
    const asked = (path: string) =>
      readUpTo(client, {
        path: `${path}${encodeURIComponent(traceId)}`,
        headers: { accept: 'application/protobuf' },
        answers: [404],
        signal,
      })
    let answer = await asked('/api/v2/traces/')
    let bare = false
    // Versions before 2.7 have the older route only; its 404 also stands for an unknown id.
    if (answer.ok && answer.value.status === 404) {
      bare = true
      answer = await asked('/api/traces/')
    }
    if (!answer.ok) return answer
    const { body, cut, status } = answer.value
    if (status === 404) return unknown(name, traceId)
    const limits = { source: name, maxSpans: settings.maxSpansPerTrace, cut }
    const opened = isJson(answer.value.header('content-type'), body)
      ? openJson(body, mapping, limits)
      : openProtobuf(body, bare, mapping, limits)
    if (!opened.ok) return opened
    const { batches, notes } = opened.value
    if (batches.every((batch) => batch.count === 0)) {
      if (notes.length > 0)
        return fail('too-large', name, notes.join(' '), 'Raise the limits of Tempo, or ask for less.')
      return unknown(name, traceId)
    }
    return ok(opened.value)
  }

  async function search(query: TraceQuery, signal: AbortSignal): Promise<Result<FoundTraces>> {
    const notes: string[] = []
    const toMs = query.toMs ?? now()
    const fromMs = query.fromMs ?? toMs - HOUR_MS
    if (query.fromMs === undefined) notes.push(`${name} was searched for one hour, because no beginning was given.`)
    const answer = await client.json({
      path: '/api/search',
      query: {
        q: searchQuery(query, mapping),
        start: Math.floor(fromMs / 1_000),
        // Tempo refuses an empty range.
        end: Math.max(Math.ceil(toMs / 1_000), Math.floor(fromMs / 1_000) + 1),
        limit: query.limit + 1,
        spss: SPANS_PER_TRACE,
      },
      signal,
    })
    if (!answer.ok) return answer
    const parsed = searchAnswer.safeParse(answer.value.body)
    if (!parsed.success)
      return fail(
        'unavailable',
        name,
        `${name} answered a search in a form that is not Tempo’s.`,
        'Check the address and the kind of the source in the configuration.',
      )
    const { traces, metrics } = parsed.data
    if (metrics?.completedJobs !== undefined && metrics.completedJobs < (metrics.totalJobs ?? 0))
      notes.push(`${name} looked through ${metrics.completedJobs} of ${metrics.totalJobs} parts before it stopped.`)
    const items = traces
      .map((trace) => summaryOfFound(name, trace, mapping))
      .filter((trace) => trace !== undefined)
      .filter((trace) => trace.startMs < toMs && trace.startMs + trace.durationNs / 1e6 >= fromMs)
      .filter((trace) => query.completeOnly !== true || trace.complete)
      .map((trace) => (query.guild === undefined ? trace : { ...trace, guildId: query.guild }))
      .sort(inOrderOf(query.sort))
    const more = traces.length > query.limit
    if (more)
      notes.push(
        `${name} has more than the ${query.limit} traces asked for, and answers those it finds first: these need not be the ${query.sort === 'newest' ? 'newest' : query.sort === 'slowest' ? 'slowest' : 'ones that waited longest'}.`,
      )
    return ok({ items: items.slice(0, query.limit), more, notes })
  }

  async function health(signal: AbortSignal): Promise<SourceHealth> {
    // A gateway before Tempo may let searches through only: a list of tags is asked for as readers' requests are.
    const tags = await client.json({ path: '/api/v2/search/tags', query: { scope: 'span' }, signal })
    const build = tags.ok
      ? await client.bytes({ path: '/api/status/buildinfo', signal, maxBytes: 100_000, answers: [401, 403, 404] })
      : tags
    const version = build.ok && build.value.status === 200 ? versionOf(build.value.body) : undefined
    return {
      name,
      kind: 'tempo',
      ok: tags.ok,
      ...(tags.ok ? {} : { failure: tags.failure }),
      ...(version === undefined ? {} : { version }),
      abilities: ABILITIES,
      lastErrors: client.stats().lastErrors,
      facts: [
        { label: 'Found by', value: mapping.guild.join(' or ') },
        { label: 'Spans read of one trace', value: formatExact(settings.maxSpansPerTrace) },
      ],
    }
  }

  return { name, capabilities, mapping, fetchTrace, search, health }
}

export const ABILITIES = [
  { what: 'Find a guild’s traces, whether its id was sent as text or as a number', can: true },
  { what: 'Find traces by action and by duration', can: true },
  { what: 'Show links between spans', can: true },
  { what: 'Times to the nanosecond', can: true },
  { what: 'The newest or slowest of many', can: false, why: 'Tempo answers the first traces that it finds.' },
  { what: 'Page through more traces', can: false, why: 'Tempo’s search has no pages: narrow the range instead.' },
] as const

function unknown(name: string, traceId: string): Result<never> {
  return fail(
    'not-found',
    name,
    `${name} holds no trace ${traceId}.`,
    'It may have expired there, or not have arrived yet.',
  )
}

/** Tempo names JSON as such; an answer without a type is told by its first byte: no message of protobuf begins with `{`. */
function isJson(contentType: string | undefined, body: Uint8Array): boolean {
  return (contentType ?? '').includes('json') || body[0] === 0x7b
}

function versionOf(body: Uint8Array): string | undefined {
  return /"version"\s*:\s*"([^"\\]{1,100})"/.exec(decodeUtf8(body, 0, body.length))?.[1]
}
