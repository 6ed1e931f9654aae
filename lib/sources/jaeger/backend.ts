import { z } from 'zod'
import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import type { SpanBatch } from '../../model/span-batch.ts'
import type { TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import type { FetchedTrace, FoundTraces, WholeTraceBackend } from '../fetched/fetched-trace.ts'
import { mappingOf } from '../fetched/mapping-of.ts'
import { batchesByTrace } from '../fetched/pick-batch.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import { summaryOfFetched } from '../fetched/whole-trace-source.ts'
import type { BackendClient, BackendRequest } from '../http/backend-client.ts'
import type { SourceHealth, TraceCapabilities } from '../trace-source.ts'
import { withoutWarnings } from './remarks.ts'
import { V1Stream } from './stream-v1.ts'
import { type ReadSpans, V3Stream } from './stream-v3.ts'

/** Services asked for one search, where the configuration names none. */
const MAX_SERVICES = 50
const SERVICES_AT_ONCE = 4
const SERVICES_KNOWN_MS = 60_000
const NEWEST_KNOWN_MS = 60_000
/** A search answers whole traces: spans read of one service's answer. */
const SEARCH_SPANS = 500_000
const HOUR_MS = 3_600_000

const LIMITS = [
  'Jaeger needs a service for every search: all configured services are asked, or the first 50 that it knows.',
  'Jaeger answers whole traces to a search, and how deep it looks depends on its storage: where a limit is reached, there may be newer ones.',
  'Action and duration are looked at in the traces that a search has answered.',
  'A span without length comes back as one of 1 ns, with Jaeger’s remark.',
] as const

const V1_LIMIT = 'This Jaeger has the older API only: times in µs, arrays and maps as text, links without attributes.'

const ABILITIES = [
  { what: 'Find a guild’s traces, whether its id was sent as text or as a number', can: true },
  { what: 'Show links between spans', can: true },
  { what: 'Find traces by action or duration', can: false, why: 'Looked at in the traces that were found by guild.' },
  { what: 'The slowest of many', can: false, why: 'Jaeger answers the newest: the slowest of these are shown.' },
] as const

type Api = 'v3' | 'v1'

/** An answer of spans, or that this build does not have the route. */
type Answer =
  | { readonly kind: 'spans'; readonly read: ReadSpans; readonly isCut: boolean; readonly isFull: boolean }
  | { readonly kind: 'none' }
  | { readonly kind: 'no-route' }

/** `services` in v3 (left out where there is none), `data` in v1. */
const serviceList = z.object({
  services: z.array(z.string()).nullish(),
  data: z.array(z.string()).nullish(),
})

/** Jaeger's query service over HTTP: API v3 (OTLP), else v1; which of them answered is remembered. */
export function jaegerBackend(
  name: string,
  settings: SettingsOf<'jaeger'>,
  client: BackendClient,
  now: () => number = Date.now,
): WholeTraceBackend {
  return new JaegerBackend(name, settings, client, now)
}

class JaegerBackend implements WholeTraceBackend {
  readonly name: string
  readonly mapping
  readonly #settings: SettingsOf<'jaeger'>
  readonly #client: BackendClient
  readonly #now: () => number
  /** Which of the two answered last. */
  #api: Api = 'v3'
  /** The same for searches by attribute: v3 passes over attributes up to 1.76 at least, and later builds have no search in v1. */
  #searchApi: Api = 'v1'
  #newest: { readonly startMs: number; readonly untilMs: number } | undefined
  #services: { readonly names: readonly string[]; readonly untilMs: number } | undefined

  constructor(name: string, settings: SettingsOf<'jaeger'>, client: BackendClient, now: () => number) {
    this.name = name
    this.mapping = mappingOf(settings.mapping)
    this.#settings = settings
    this.#client = client
    this.#now = now
  }

  get capabilities(): TraceCapabilities {
    return {
      searchByGuild: true,
      searchByAction: true,
      links: true,
      nanoseconds: this.#api === 'v3',
      exactCounts: true,
      flame: false,
      maxSpansPerTrace: this.#settings.maxSpansPerTrace,
      limits: this.#api === 'v3' ? LIMITS : [...LIMITS, V1_LIMIT],
    }
  }

  async fetchTrace(traceId: string, _hint: unknown, signal: AbortSignal): Promise<Result<FetchedTrace>> {
    const answer = await this.#either(
      this.#api,
      (api) =>
        api === 'v3'
          ? { path: `/api/v3/traces/${traceId}`, query: { raw_traces: true }, signal }
          : { path: `/api/traces/${traceId}`, query: { raw: true }, signal },
      this.#settings.maxSpansPerTrace,
    )
    if (!answer.ok) return answer
    this.#api = answer.value.api
    if (answer.value.kind !== 'spans' || (answer.value.read.spans === 0 && answer.value.read.problem === ''))
      return fail(
        'not-found',
        this.name,
        `${this.name} holds no trace ${traceId}.`,
        'It may have expired there, or not have arrived yet.',
      )
    const { read, isCut, isFull } = answer.value
    if (read.spans === 0) return this.#notJaeger(read.problem)
    const notes: string[] = []
    const count = formatExact(read.spans)
    if (isFull)
      notes.push(
        `Showing the first ${count} spans that ${this.name} answered: a trace of this source is read up to there.`,
      )
    else if (isCut) notes.push(`Showing ${count} spans: the answer of ${this.name} was longer than the limit of bytes.`)
    if (read.problem !== '')
      notes.push(`Showing ${count} spans: the rest of the answer of ${this.name} could not be read, ${read.problem}.`)
    return ok({ ...withoutWarnings(read.batches), notes: [...notes, ...unreadNotes(read)] })
  }

  async search(query: TraceQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FoundTraces>> {
    const services = await this.#servicesToAsk(signal)
    if (!services.ok) return services
    const { names, notes } = services.value
    const toMs = query.toMs ?? this.#now()
    const fromMs = query.fromMs ?? toMs - HOUR_MS
    const said = [...notes]
    if (query.fromMs === undefined) said.push(`${this.name} was searched for one hour, because no beginning was given.`)
    const keys = query.guild === undefined ? [undefined] : this.mapping.guild
    const questions = names.flatMap((service) => keys.map((key) => ({ service, key })))
    let asked = 0
    const tell = () => onProgress?.({ done: asked, of: questions.length, what: 'services searched' })
    const ask = async ({ service, key }: (typeof questions)[number]) => {
      const tags = key === undefined ? {} : { [key]: query.guild ?? '' }
      const answer = await this.#searchOne(service, tags, fromMs, toMs, query.limit + 1, signal)
      asked++
      tell()
      return answer
    }
    tell()
    const answers = await inTurns(questions, SERVICES_AT_ONCE, ask)
    const traces = new Map<string, FetchedTrace>()
    const items = new Map<string, TraceSummary>()
    let more = false
    let failed: Result<never> | undefined
    let succeeded = 0
    for (const [i, answer] of answers.entries()) {
      if (!answer.ok) {
        if (answer.failure.kind === 'cancelled') return answer
        failed ??= answer
        said.push(`Service ${questions[i].service} is missing here. ${answer.failure.what}`)
        continue
      }
      succeeded++
      if (answer.value.found.size > query.limit || answer.value.isCut) more = true
      if (answer.value.isCut)
        said.push(
          `${this.name} answered more than was read for service ${questions[i].service}: counts of the last trace may be too low.`,
        )
      let strangers = 0
      for (const [traceId, batches] of answer.value.found) {
        if (query.guild !== undefined && !namesGuild(batches, query.guild)) {
          strangers++
          continue
        }
        const fetched = { ...withoutWarnings(batches), notes: [] }
        const summary = summaryOfFetched(this, traceId, fetched)
        const known = items.get(traceId)
        if (known !== undefined && known.spanCount >= summary.spanCount) continue
        items.set(traceId, query.guild === undefined ? summary : { ...summary, guildId: query.guild })
        // What was cut is fetched again where somebody needs it whole.
        if (!answer.value.isCut) traces.set(traceId, fetched)
      }
      if (strangers > 0)
        said.push(
          `${this.name} passes over attributes in its searches: of service ${questions[i].service}, ${formatExact(answer.value.found.size)} traces of any guild were looked at.`,
        )
    }
    if (failed !== undefined && succeeded === 0) return failed
    const newest = [...items.values()].sort(inOrderOf('newest'))
    return ok({
      items: newest.slice(0, query.limit),
      more: more || newest.length > query.limit,
      notes: said,
      traces,
    })
  }

  async health(signal: AbortSignal): Promise<SourceHealth> {
    const services = await this.#knownServices(signal)
    const page = services.ok
      ? await this.#client.bytes({ path: '/', signal, maxBytes: 1_000_000, answers: [401, 403, 404] })
      : services
    const version = page.ok
      ? /"gitVersion"\s*:\s*"v?([^"\\]{1,60})"/.exec(decodeUtf8(page.value.body, 0, page.value.body.length))?.[1]
      : undefined
    const lagMs = services.ok && services.value.length > 0 ? await this.#lag(signal) : undefined
    return {
      name: this.name,
      kind: 'jaeger',
      ok: services.ok,
      ...(services.ok ? {} : { failure: services.failure }),
      ...(version === undefined ? {} : { version }),
      ...(lagMs === undefined ? {} : { lagMs }),
      abilities: [
        ...ABILITIES,
        this.#api === 'v3'
          ? { what: 'Times to the nanosecond', can: true }
          : { what: 'Times to the nanosecond', can: false, why: V1_LIMIT },
      ],
      lastErrors: this.#client.stats().lastErrors,
      facts: [
        { label: 'API', value: `${this.#api}, and ${this.#searchApi} for searches by guild` },
        { label: 'Found by', value: this.mapping.guild.join(' or ') },
        { label: 'Services', value: services.ok ? formatExact(services.value.length) : 'unknown' },
      ],
    }
  }

  /** How long ago the newest span found in the last hour started. Looked for once a minute: a search answers whole traces. */
  async #lag(signal: AbortSignal): Promise<number | undefined> {
    const now = this.#now()
    if (this.#newest === undefined || this.#newest.untilMs <= now) {
      const found = await this.search({ fromMs: now - HOUR_MS, toMs: now, sort: 'newest', limit: 1 }, signal)
      const newest = found.ok ? found.value.items[0] : undefined
      if (newest === undefined) return undefined
      this.#newest = { startMs: newest.startMs, untilMs: now + NEWEST_KNOWN_MS }
    }
    return Math.max(0, Math.round(now - this.#newest.startMs))
  }

  async #searchOne(
    service: string,
    tags: Readonly<Record<string, string>>,
    fromMs: number,
    toMs: number,
    limit: number,
    signal: AbortSignal,
  ): Promise<Result<{ readonly found: ReadonlyMap<string, SpanBatch[]>; readonly isCut: boolean }>> {
    const attributes = Object.keys(tags).length === 0 ? undefined : JSON.stringify(tags)
    const answer = await this.#either(
      attributes === undefined ? this.#api : this.#searchApi,
      (api) =>
        api === 'v3'
          ? {
              path: '/api/v3/traces',
              query: {
                'query.service_name': service,
                'query.attributes': attributes,
                'query.start_time_min': rfc3339(fromMs),
                'query.start_time_max': rfc3339(toMs),
                'query.num_traces': limit,
                'query.raw_traces': true,
              },
              signal,
            }
          : {
              path: '/api/traces',
              query: {
                service,
                tags: attributes,
                start: Math.floor(fromMs * 1_000),
                end: Math.ceil(toMs * 1_000),
                limit,
                raw: true,
              },
              signal,
            },
      SEARCH_SPANS,
    )
    if (!answer.ok) return answer
    if (attributes === undefined) this.#api = answer.value.api
    else this.#searchApi = answer.value.api
    if (answer.value.kind !== 'spans') return ok({ found: new Map(), isCut: false })
    const { read, isCut, isFull } = answer.value
    if (read.spans === 0 && read.problem !== '') return this.#notJaeger(read.problem)
    return ok({ found: batchesByTrace(read.batches), isCut: isCut || isFull || read.problem !== '' })
  }

  async #servicesToAsk(
    signal: AbortSignal,
  ): Promise<Result<{ readonly names: readonly string[]; readonly notes: readonly string[] }>> {
    if (this.#settings.services.length > 0) return ok({ names: this.#settings.services, notes: [] })
    const known = await this.#knownServices(signal)
    if (!known.ok) return known
    const names = known.value.slice(0, MAX_SERVICES)
    const notes =
      names.length < known.value.length
        ? [
            `${this.name} knows ${formatExact(known.value.length)} services, and the first ${MAX_SERVICES} were asked: name those with guild work in "services".`,
          ]
        : []
    return ok({ names, notes })
  }

  async #knownServices(signal: AbortSignal): Promise<Result<readonly string[]>> {
    const now = this.#now()
    if (this.#services !== undefined && this.#services.untilMs > now) return ok(this.#services.names)
    let names = this.#api === 'v3' ? await this.#listServices('/api/v3/services', signal) : undefined
    if (names === undefined || (names.ok && names.value === undefined))
      names = await this.#listServices('/api/services', signal)
    if (!names.ok) return names
    if (names.value === undefined) return this.#notJaeger('it answered no list of services')
    const sorted = [...names.value].sort()
    // A new Jaeger knows none yet, but will soon.
    if (sorted.length > 0) this.#services = { names: sorted, untilMs: now + SERVICES_KNOWN_MS }
    return ok(sorted)
  }

  /** Undefined: this build does not have the route. */
  async #listServices(path: string, signal: AbortSignal): Promise<Result<readonly string[] | undefined>> {
    const answer = await this.#client.bytes({ path, signal, maxBytes: 10_000_000, answers: [404] })
    if (!answer.ok) return answer
    if (answer.value.status === 404) return ok(undefined)
    try {
      const parsed = serviceList.safeParse(JSON.parse(decodeUtf8(answer.value.body, 0, answer.value.body.length)))
      if (!parsed.success) return ok(undefined)
      return ok(parsed.data.services ?? parsed.data.data ?? [])
    } catch {
      return ok(undefined)
    }
  }

  /** Asks one API; where its route is missing, the other. */
  async #either(
    first: Api,
    request: (api: Api) => BackendRequest,
    maxSpans: number,
  ): Promise<Result<Exclude<Answer, { kind: 'no-route' }> & { readonly api: Api }>> {
    for (const api of [first, first === 'v3' ? 'v1' : 'v3'] as const) {
      const answer = await this.#spans(api, request(api), maxSpans)
      if (!answer.ok) return answer
      if (answer.value.kind === 'no-route') continue
      return ok({ ...answer.value, api })
    }
    return this.#notJaeger('it has neither of Jaeger’s two APIs')
  }

  async #spans(api: Api, request: BackendRequest, maxSpans: number): Promise<Result<Answer>> {
    const stream = api === 'v3' ? new V3Stream(this.mapping, maxSpans) : new V1Stream(this.mapping, maxSpans)
    let first = -1
    let head = ''
    const answer = await this.#client.stream({ ...request, answers: [404] }, (chunk) => {
      for (let i = 0; i < chunk.length && first === -1; i++) if (chunk[i] > 32) first = chunk[i]
      if (head.length < 2_000) head += decodeUtf8(chunk, 0, Math.min(chunk.length, 2_000))
      // A build without this route answers its start page, with status 200.
      return first === -1 || first === 123 ? stream.take(chunk) : false
    })
    if (!answer.ok) return answer
    const { status, cut } = answer.value
    if (first !== 123 && first !== -1) return ok({ kind: 'no-route' })
    if (status === 404) return ok({ kind: /"(httpCode|errors)"/.test(head) ? 'none' : 'no-route' })
    if (first === -1) return ok({ kind: 'none' })
    const read = stream.finish(cut)
    return ok({ kind: 'spans', read, isCut: cut, isFull: stream.isFull })
  }

  #notJaeger<T>(problem: string): Result<T> {
    return fail(
      'unavailable',
      this.name,
      `${this.name} answered something that is not Jaeger’s: ${problem}.`,
      'Check the address and the kind of the source in the configuration.',
    )
  }
}

/** Runs `work` over the items, `atOnce` at a time; answers in the order of the items. */
async function inTurns<T, A>(items: readonly T[], atOnce: number, work: (item: T) => Promise<A>): Promise<A[]> {
  const answers: A[] = []
  let next = 0
  const run = async () => {
    while (next < items.length) {
      const i = next++
      answers[i] = await work(items[i])
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, run))
  return answers
}

function namesGuild(batches: readonly SpanBatch[], guild: string): boolean {
  return batches.some(({ guildId, strings }) => {
    const wanted = strings.indexOf(guild)
    return wanted > 0 && guildId.includes(wanted)
  })
}

function unreadNotes({ rejected }: ReadSpans): string[] {
  return [...rejected].map(
    ([reason, count]) => `${count === 1 ? '1 span' : `${formatExact(count)} spans`} could not be read: ${reason}.`,
  )
}

/** Unix ms (fractional) → RFC 3339 with nanoseconds. */
function rfc3339(ms: number): string {
  const whole = Math.floor(ms)
  const ns = Math.min(999_999, Math.max(0, Math.round((ms - whole) * 1e6)))
  return new Date(whole).toISOString().replace('Z', `${String(ns).padStart(6, '0')}Z`)
}
