import type { Readable } from 'node:stream'
import { fail, ok, type Result } from '../../base/result.ts'
import type { ReachedSettings } from '../../config/source-fields.ts'
import type { BackendAnswer, BackendClient, BackendRequest, BackendStats } from './backend-client.ts'
import { Breaker } from './breaker.ts'
import { type Connection, connect } from './connection.ts'
import { ACCEPT_ENCODING, decompressed } from './decompress.ts'
import * as words from './failure-words.ts'
import { Gate } from './gate.ts'
import { Patience } from './patience.ts'

/** A read is tried this often in all; the tries share one time-out. */
const TRIES = 3
const FIRST_BACKOFF_MS = 100
/** A `Retry-After` up to here is waited for; longer ones are said. */
const LONGEST_WAIT_MS = 2_000
const REDIRECTS = 3
/** JSON that becomes objects costs several times its bytes: what may be larger is streamed. */
const MOST_JSON_BYTES = 64 * 2 ** 20
const KEPT_ERRORS = 10
const KEPT_TIMES = 21

/** Where a body goes. `restart` answers false where what was taken cannot be taken back. */
interface Sink {
  take(chunk: Uint8Array): boolean
  restart(): boolean
}

/** One try: `again` where another may do better, `waitMs` what the source asked for. */
interface Try {
  readonly result: Result<BackendAnswer>
  readonly again: boolean
  readonly waitMs?: number
}

/** The client of one configured source. Secrets that stand as `{env}` are read from `env`. */
export function createBackendClient(
  name: string,
  settings: ReachedSettings,
  env: Readonly<Record<string, string | undefined>> = process.env,
): BackendClient {
  return new HttpClient(name, settings, env)
}

class HttpClient implements BackendClient {
  readonly source: string
  readonly #settings: ReachedSettings
  readonly #connection: Result<Connection>
  readonly #gate: Gate
  readonly #breaker = new Breaker()
  readonly #closed = new AbortController()
  /** Answers of the breaker, which repeat an error that was noted before. */
  readonly #refusals = new WeakSet<object>()
  readonly #errors: { readonly atMs: number; readonly what: string }[] = []
  readonly #timesMs: number[] = []
  #lastOkMs: number | undefined

  constructor(name: string, settings: ReachedSettings, env: Readonly<Record<string, string | undefined>>) {
    this.source = name
    this.#settings = settings
    this.#connection = connect(name, settings, env)
    this.#gate = new Gate(settings.maxConcurrent)
  }

  async stream(request: BackendRequest, take: (chunk: Uint8Array) => boolean): Promise<Result<BackendAnswer>> {
    let begun = false
    return this.#ask(request, {
      take: (chunk) => {
        begun = true
        return take(chunk)
      },
      restart: () => !begun,
    })
  }

  async bytes(request: BackendRequest): Promise<Result<BackendAnswer & { readonly body: Uint8Array<ArrayBuffer> }>> {
    let chunks: Uint8Array[] = []
    const answer = await this.#ask(request, {
      take: (chunk) => {
        chunks.push(chunk)
        return true
      },
      restart: () => {
        chunks = []
        return true
      },
    })
    if (!answer.ok) return answer
    if (answer.value.cut) return this.#noted(words.tooLarge(this.source, this.#mostBytes(request)))
    const body = new Uint8Array(answer.value.bytes)
    let at = 0
    for (const chunk of chunks) {
      body.set(chunk, at)
      at += chunk.byteLength
    }
    return ok({ ...answer.value, body })
  }

  async json(request: BackendRequest): Promise<Result<BackendAnswer & { readonly body: unknown }>> {
    const answer = await this.bytes({
      ...request,
      maxBytes: request.maxBytes ?? MOST_JSON_BYTES,
      headers: { accept: 'application/json', ...request.headers },
    })
    if (!answer.ok) return answer
    const text = new TextDecoder().decode(answer.value.body)
    if (/^\s*</.test(text)) return this.#noted(words.htmlPage(this.source))
    try {
      const body: unknown = JSON.parse(text)
      return ok({ ...answer.value, body })
    } catch {
      return this.#noted(words.notJson(this.source))
    }
  }

  stats(): BackendStats {
    const sorted = [...this.#timesMs].sort((a, b) => a - b)
    const typicalMs = sorted[sorted.length >> 1]
    const pausedUntilMs = this.#breaker.pausedUntilMs(Date.now())
    return {
      ...(this.#lastOkMs === undefined ? {} : { lastOkMs: this.#lastOkMs }),
      lastErrors: [...this.#errors],
      ...(pausedUntilMs === undefined ? {} : { pausedUntilMs }),
      ...(typicalMs === undefined ? {} : { typicalMs }),
    }
  }

  async close(): Promise<void> {
    this.#closed.abort()
    if (this.#connection.ok) await this.#connection.value.dispatcher.destroy()
  }

  #mostBytes(request: BackendRequest): number {
    return Math.min(this.#settings.maxAnswerBytes, request.maxBytes ?? Number.POSITIVE_INFINITY)
  }

  #noted<T>(result: Result<T>): Result<T> {
    if (result.ok) this.#lastOkMs = Date.now()
    else if (result.failure.kind !== 'cancelled' && !this.#refusals.has(result)) {
      this.#errors.unshift({ atMs: Date.now(), what: result.failure.what })
      this.#errors.length = Math.min(this.#errors.length, KEPT_ERRORS)
    }
    return result
  }

  /** Waits for room, then tries, and tries again where that is harmless and may help. */
  async #ask(request: BackendRequest, sink: Sink): Promise<Result<BackendAnswer>> {
    const { source } = this
    if (request.signal.aborted) return words.cancelled(source)
    if (this.#closed.signal.aborted)
      return fail('unavailable', source, `${source} is no longer asked: the server is stopping.`, 'Ask again.')
    if (!this.#connection.ok) return this.#noted(this.#connection)
    const patience = new Patience(request.signal, this.#closed.signal, this.#settings)
    try {
      if (!(await this.#gate.enter(patience.signal)))
        return this.#noted(
          patience.cancelled ? words.cancelled(source) : words.tooManyWaiting(source, this.#settings.maxConcurrent),
        )
      try {
        return this.#noted(await this.#tries(this.#connection.value, request, sink, patience))
      } finally {
        this.#gate.leave()
      }
    } finally {
      patience.end()
    }
  }

  async #tries(
    connection: Connection,
    request: BackendRequest,
    sink: Sink,
    patience: Patience,
  ): Promise<Result<BackendAnswer>> {
    const { source } = this
    const repeatable = request.idempotent ?? (request.method ?? 'GET') === 'GET'
    // All tries together get the time one has: a reader waits as long for a source that fails as for one that is silent.
    patience.expectBytes()
    for (let tried = 1; ; tried++) {
      const admission = this.#breaker.admit(Date.now())
      if (!admission.admitted) {
        const refusal = words.paused(source, admission.untilMs, admission.why)
        this.#refusals.add(refusal)
        return refusal
      }
      const one = await this.#try(connection, request, sink, patience)
      if (one.result.ok) {
        this.#breaker.succeeded()
        return one.result
      }
      const { failure } = one.result
      const backoffMs = one.waitMs ?? FIRST_BACKOFF_MS * 2 ** (tried - 1) * (0.5 + Math.random())
      const worth =
        one.again &&
        repeatable &&
        tried < TRIES &&
        backoffMs <= LONGEST_WAIT_MS &&
        backoffMs < patience.leftMs() &&
        sink.restart()
      if (!worth) {
        if (failure.kind === 'cancelled') this.#breaker.undecided()
        else if (one.waitMs !== undefined) this.#breaker.pause(Date.now(), one.waitMs, failure.what)
        else if (one.again) this.#breaker.failed(Date.now(), failure.what)
        else this.#breaker.undecided()
        return one.result
      }
      this.#breaker.undecided()
      await pause(backoffMs, patience.signal)
      if (patience.cancelled) return words.cancelled(source)
    }
  }

  async #try(connection: Connection, request: BackendRequest, sink: Sink, patience: Patience): Promise<Try> {
    const { source } = this
    const startMs = Date.now()
    let begun = false
    try {
      return await this.#exchange(connection, request, sink, patience.signal, () => {
        if (!begun) this.#timed(Date.now() - startMs)
        begun = true
        patience.expectBytes()
      })
    } catch (error) {
      if (error instanceof TakeError) throw error.cause
      if (patience.cancelled) return { result: words.cancelled(source), again: false }
      if (patience.late === 'slow') return { result: words.tooSlow(source, this.#settings.totalTimeoutMs), again: true }
      if (patience.late === 'silent')
        return { result: words.silent(source, this.#settings.timeoutMs, begun), again: true }
      return { result: words.connectionFailure(source, error, begun), again: true }
    }
  }

  #timed(ms: number): void {
    this.#timesMs.push(ms)
    if (this.#timesMs.length > KEPT_TIMES) this.#timesMs.shift()
  }

  /** Sends, follows redirects within the source, and hands the body over. Throws what the network throws. */
  async #exchange(
    connection: Connection,
    request: BackendRequest,
    sink: Sink,
    signal: AbortSignal,
    heard: () => void,
  ): Promise<Try> {
    const { source } = this
    const method = request.method ?? 'GET'
    let url = this.#urlOf(request)
    for (let redirects = 0; ; redirects++) {
      const answer = await connection.dispatcher.request({
        origin: url.origin,
        path: url.pathname + url.search,
        method,
        headers: { 'accept-encoding': ACCEPT_ENCODING, ...request.headers, ...connection.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        signal,
      })
      heard()
      // Whoever ends the reading early destroys the body, which then says so to nobody.
      answer.body.on('error', () => {})
      const header = (name: string) => {
        const value = answer.headers[name.toLowerCase()]
        return Array.isArray(value) ? value.join(', ') : value
      }
      const status = answer.statusCode
      const isAnswer = (status >= 200 && status < 300) || (request.answers?.includes(status) ?? false)
      const location = header('location')
      if (!isAnswer && status >= 300 && status < 400 && location !== undefined) {
        answer.body.destroy()
        const to = URL.canParse(location, url) ? new URL(location, url) : undefined
        if (to === undefined || to.origin !== url.origin || method !== 'GET' || redirects === REDIRECTS)
          return { result: words.redirected(source, to === undefined ? 'no address' : to.host), again: false }
        url = to
        continue
      }
      const body = decompressed(answer.body, header('content-encoding'))
      if (body === undefined) {
        answer.body.destroy()
        return {
          result: fail(
            'unavailable',
            source,
            `${source} compressed its answer in a way that was not asked for.`,
            'Look at what stands between Guildscope and the source.',
          ),
          again: false,
        }
      }
      if (!isAnswer) return this.#refusal(connection, status, header('retry-after'), body)
      const limit = this.#mostBytes(request)
      const read = await readBody(body, limit, sink, heard)
      return { result: ok({ status, header, bytes: read.bytes, cut: read.cut }), again: false }
    }
  }

  async #refusal(connection: Connection, status: number, after: string | undefined, body: Readable): Promise<Try> {
    let said = ''
    const decoder = new TextDecoder()
    try {
      await readBody(
        body,
        4_096,
        {
          take: (chunk) => {
            said += decoder.decode(chunk, { stream: true })
            return true
          },
          restart: () => false,
        },
        () => {},
      )
    } catch {
      // The status says enough.
    }
    const waitMs = status === 429 || status === 503 ? retryAfterMs(after, Date.now()) : undefined
    return {
      result: words.statusFailure(this.source, status, words.excerpt(connection.scrub(said)), waitMs),
      again: status === 429 || status === 502 || status === 503 || status === 504,
      ...(waitMs === undefined ? {} : { waitMs }),
    }
  }

  #urlOf(request: BackendRequest): URL {
    const base = new URL(this.#settings.url)
    const url = new URL(base.origin)
    const [path = '', query = ''] = request.path.split('?', 2)
    url.pathname = base.pathname.replace(/\/+$/, '') + path
    const search = new URLSearchParams(base.search)
    for (const [key, value] of new URLSearchParams(query)) search.append(key, value)
    for (const [key, value] of Object.entries(request.query ?? {}))
      if (value !== undefined) search.append(key, String(value))
    url.search = search.toString()
    return url
  }
}

/** What `take` threw: a bug of ours, not of the source. */
class TakeError extends Error {}

async function readBody(
  body: Readable,
  limit: number,
  sink: Sink,
  heard: () => void,
): Promise<{ readonly bytes: number; readonly cut: boolean }> {
  let bytes = 0
  for await (const piece of body) {
    heard()
    const chunk: Uint8Array = piece
    const part = bytes + chunk.byteLength > limit ? chunk.subarray(0, limit - bytes) : chunk
    bytes += part.byteLength
    let more: boolean
    try {
      more = part.byteLength === 0 || sink.take(part)
    } catch (error) {
      throw new TakeError('the reader of a body failed', { cause: error })
    }
    // Leaving the loop destroys the body, and with it the connection.
    if (!more || part !== chunk) return { bytes, cut: true }
  }
  return { bytes, cut: false }
}

/** `Retry-After` as seconds or as a date, in ms from now. */
function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\s*\d{1,9}\s*$/.test(text)) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done, { once: true })
    function done(): void {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    if (signal.aborted) done()
  })
}
