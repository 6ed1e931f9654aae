/** The browser's calls to our own API. Each throws `ApiFailure`, whose `failure` is a sentence for the reader. */
import type { Failure } from '../base/result.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { SourcesChosen } from '../model/freeze.ts'
import type { LinkOut, ReceiverStatus, RetentionSettings, SourceChoices, StoreFigures } from '../model/instance.ts'
import type { OnProgress } from '../model/read-progress.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import type { FleetAnswer, GuildMinutes, HourlyTotal, Retention } from '../model/timings.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import type { TraceWhereabouts } from '../model/trace-whereabouts.ts'
import type { SourceHealth } from '../sources/trace-source.ts'

export interface SourcesAnswer {
  readonly nowMs: number
  readonly version: string
  readonly sources: readonly SourceHealth[]
  readonly choices: SourceChoices
  readonly links: readonly LinkOut[]
  readonly receivers: readonly ReceiverStatus[]
  readonly store: StoreFigures | undefined
  readonly retention: RetentionSettings
}

export class ApiFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.what)
    this.name = 'ApiFailure'
    this.failure = failure
  }
}

const UNREACHABLE: Failure = {
  kind: 'unavailable',
  source: 'guildscope',
  what: 'The Guildscope server does not answer.',
  tryThis: 'Check that it is running; this page goes on by itself once it answers.',
}

type Params = Readonly<Record<string, string | number | boolean | undefined>>

function withParams(path: string, params: Params): string {
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(params)) {
    if (value !== undefined && value !== false) search.set(key, value === true ? '1' : String(value))
  }
  const text = search.toString()
  return text === '' ? path : `${path}?${text}`
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'what' in value && 'tryThis' in value && 'kind' in value
}

let authorization: string | undefined

/** Sent along with every request from now on: a page in another site's frame has no cookies, only what its address brought. */
export function authorize(header: string | undefined): void {
  authorization = header
}

/** What `authorize` was told, for whoever asks from another thread. */
export function authorizedAs(): string | undefined {
  return authorization
}

/** The response, or an `ApiFailure`; an abort passes through as the browser's AbortError. */
export async function request(
  path: string,
  signal: AbortSignal | undefined,
  init: Omit<RequestInit, 'signal'> = {},
): Promise<Response> {
  let response: Response
  try {
    response = await fetch(path, { ...withAuthorization(init), signal })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new ApiFailure(UNREACHABLE)
  }
  if (response.ok) return response
  const body: unknown = await response.json().catch(() => undefined)
  if (typeof body === 'object' && body !== null && 'failure' in body && isFailure(body.failure)) {
    throw new ApiFailure(body.failure)
  }
  throw new ApiFailure({
    kind: 'unavailable',
    source: 'guildscope',
    what: `The Guildscope server answered ${response.status}.`,
    tryThis: 'Reload the page; if it stays, look at the server’s log.',
  })
}

function withAuthorization(init: RequestInit): RequestInit {
  if (authorization === undefined) return init
  const headers = new Headers(init.headers)
  headers.set('authorization', authorization)
  return { ...init, headers }
}

/** Our own server's answers are typed by the routes that make them (same repository, same build). */
export async function json<T>(path: string, params: Params, signal?: AbortSignal): Promise<T> {
  const response = await request(withParams(path, params), signal)
  return await response.json()
}

/** The same of an answer that takes long: `onProgress` is told how far it has come (`lib/api/progress`). */
async function jsonLines<T>(
  path: string,
  params: Params,
  onProgress: OnProgress,
  signal: AbortSignal | undefined,
): Promise<T> {
  const response = await request(withParams(path, params), signal, { headers: { accept: 'application/x-ndjson' } })
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const read = await reader?.read().catch((error: unknown) => {
      if (signal?.aborted) throw error
      return undefined
    })
    // It ended before its answer came.
    if (read === undefined || read.done) throw new ApiFailure(UNREACHABLE)
    text += read.value
    const ends = text.lastIndexOf('\n')
    if (ends < 0) continue
    const whole = text.slice(0, ends).split('\n')
    text = text.slice(ends + 1)
    for (const one of whole) {
      const line = JSON.parse(one)
      if ('progress' in line) onProgress(line.progress)
      else if ('failure' in line) throw new ApiFailure(line.failure)
      else return line.answer
    }
  }
}

/** Sends `body` as JSON (or nothing) and reads the JSON that comes back. Its type is the route's, as with `json`. */
export async function send<T>(
  method: 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  signal?: AbortSignal,
): Promise<T> {
  const response = await request(
    path,
    signal,
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
  )
  return await response.json()
}

export function fetchFleet(
  query: { readonly minutes: number; readonly atMs?: number; readonly timings?: string | undefined },
  signal?: AbortSignal,
): Promise<FleetAnswer> {
  return json('/api/fleet', { minutes: query.minutes, at: query.atMs, timings: query.timings }, signal)
}

export interface RangeMs {
  readonly fromMs: number
  readonly toMs: number
}

/** Where the routes of guilds and traces stand: `/api`, or below an incident for its evidence; and which sources they ask. */
export interface Api extends SourcesChosen {
  readonly path: string
}
const LIVE_API: Api = { path: '/api' }

function guildPath(guildId: string, api: Api): string {
  return `${api.path}/guilds/${encodeURIComponent(guildId)}`
}

export function fetchMinutes(
  guildId: string,
  range: RangeMs,
  signal?: AbortSignal,
  api = LIVE_API,
): Promise<GuildMinutes> {
  return json(
    `${guildPath(guildId, api)}/minutes`,
    { from: range.fromMs, to: range.toMs, timings: api.timings },
    signal,
  )
}

/** Totals of hours whose minutes have rotated. */
export function fetchHours(
  guildId: string,
  range: RangeMs,
  signal?: AbortSignal,
  timings?: string,
): Promise<readonly HourlyTotal[]> {
  return json(`${guildPath(guildId, LIVE_API)}/hours`, { from: range.fromMs, to: range.toMs, timings }, signal)
}

export function fetchFlame(
  guildId: string,
  range: RangeMs,
  action: string | undefined,
  scope: 'guild' | 'trace',
  signal?: AbortSignal,
  api = LIVE_API,
  onProgress?: OnProgress,
): Promise<FlameAnswer> {
  const path = `${guildPath(guildId, api)}/flame`
  const params = { from: range.fromMs, to: range.toMs, action, scope, source: api.source }
  return onProgress === undefined ? json(path, params, signal) : jsonLines(path, params, onProgress, signal)
}

export function fetchRetention(guildId: string, signal?: AbortSignal, api = LIVE_API): Promise<Retention> {
  return json(`${guildPath(guildId, api)}/retention`, { timings: api.timings }, signal)
}

export function fetchTraces(query: TraceQuery, signal?: AbortSignal, api = LIVE_API): Promise<Page<TraceSummary>> {
  return json(
    `${api.path}/traces`,
    {
      guild: query.guild,
      from: query.fromMs,
      to: query.toMs,
      action: query.action,
      minDurationNs: query.minDurationNs,
      complete: query.completeOnly,
      sort: query.sort,
      limit: query.limit,
      cursor: query.cursor,
      source: api.source,
    },
    signal,
  )
}

/** Where the worker fetches a trace in the wire format. */
export function traceUrl(traceId: string, api = LIVE_API): string {
  return withParams(tracePath(traceId, api), { source: api.source })
}

function tracePath(traceId: string, api: Api): string {
  return `${api.path}/traces/${encodeURIComponent(traceId)}`
}

/** Span ids in column order (little-endian 64-bit). */
export async function fetchSpanIds(traceId: string, signal?: AbortSignal, api = LIVE_API): Promise<BigUint64Array> {
  const response = await request(withParams(`${tracePath(traceId, api)}/ids`, { source: api.source }), signal)
  return new BigUint64Array(await response.arrayBuffer())
}

/** `count` is the number of spans the caller has: the server refuses if the trace has grown since. */
export function fetchSpanDetails(
  traceId: string,
  index: number,
  count: number,
  signal?: AbortSignal,
  api = LIVE_API,
): Promise<SpanDetails> {
  return json(`${tracePath(traceId, api)}/spans/${index}`, { of: count, source: api.source }, signal)
}

export function fetchSources(signal?: AbortSignal): Promise<SourcesAnswer> {
  return json('/api/sources', {}, signal)
}

/** Asks one source now, which may take its time-out. */
export function trySource(name: string): Promise<readonly SourceHealth[]> {
  return send('POST', `/api/sources/${encodeURIComponent(name)}/try`)
}

/** In which sources a trace is: what is known by now. `first`: waits until one of them has it, or none. */
export function fetchTraceSources(traceId: string, first: boolean, signal?: AbortSignal): Promise<TraceWhereabouts> {
  return json(`/api/traces/${encodeURIComponent(traceId)}/sources`, { first }, signal)
}
