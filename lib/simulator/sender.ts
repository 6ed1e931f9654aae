import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** Takes what the simulator makes. Promises resolve when there is room for more, not when it has arrived. */
export interface Sink {
  traces(request: Uint8Array<ArrayBuffer>, spans: number): Promise<void>
  timings(body: string, samples: number): Promise<void>
  /** Resolves when everything handed over has arrived. */
  drain(): Promise<void>
}

/** The receiver refused, or was not there; the message is a sentence for the person at the terminal. */
export class DeliveryError extends Error {}

export interface SenderOptions {
  readonly tracesUrl: URL
  readonly timingsUrl: URL
  readonly gzip: boolean
  /** Requests in flight at once. */
  readonly connections: number
  /** How long to go on trying when nobody listens, ms. */
  readonly patienceMs: number
  readonly say: (sentence: string) => void
}

const compress = promisify(gzip)
/** What OTLP allows a client to send again. */
const RETRYABLE = new Set([429, 502, 503, 504])
const MAX_BUSY_ANSWERS = 30
const MAX_RETRY_AFTER_MS = 15_000

/** Sends over HTTP with several requests in flight; what the receiver is too busy for is sent again when it says so. */
export class HttpSender implements Sink {
  requests = 0
  bytes = 0
  rejected = 0
  readonly #options: SenderOptions
  readonly #inFlight = new Set<Promise<void>>()
  #failure: DeliveryError | undefined
  #saidAbsent = false
  readonly #stop = new AbortController()

  constructor(options: SenderOptions) {
    this.#options = options
  }

  traces(request: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#enqueue(this.#options.tracesUrl, 'application/x-protobuf', request)
  }

  timings(body: string): Promise<void> {
    return this.#enqueue(this.#options.timingsUrl, 'application/json', new TextEncoder().encode(body))
  }

  async drain(): Promise<void> {
    await Promise.all(this.#inFlight)
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Gives up what is under way. */
  stop(): void {
    this.#stop.abort()
  }

  async #enqueue(url: URL, type: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    while (this.#inFlight.size >= this.#options.connections) await Promise.race(this.#inFlight)
    if (this.#failure !== undefined) throw this.#failure
    const sent = this.#send(url, type, body)
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return
        this.#failure ??= error instanceof DeliveryError ? error : new DeliveryError(String(error))
      })
      .finally(() => this.#inFlight.delete(sent))
    this.#inFlight.add(sent)
  }

  async #send(url: URL, type: string, body: Uint8Array<ArrayBuffer>): Promise<void> {
    const payload = this.#options.gzip ? await compress(body) : body
    const headers: Record<string, string> = { 'content-type': type }
    if (this.#options.gzip) headers['content-encoding'] = 'gzip'
    let busyAnswers = 0
    let absentSince: number | undefined
    for (;;) {
      let response: Response
      let answer: Uint8Array
      try {
        response = await fetch(url, { method: 'POST', headers, body: payload, signal: this.#stop.signal })
        answer = new Uint8Array(await response.arrayBuffer())
      } catch (error) {
        if (this.#stop.signal.aborted) throw error
        absentSince ??= Date.now()
        const patience = this.#options.patienceMs - (Date.now() - absentSince)
        if (patience <= 0)
          throw new DeliveryError(
            `Nothing answers at ${url.href} (${reason(error)}). Start Guildscope first (npm start), or name another place with --target.`,
          )
        if (!this.#saidAbsent)
          this.#options.say(
            `Nothing answers at ${url.origin} yet (${reason(error)}); trying again for up to ${Math.round(this.#options.patienceMs / 1000)} s.`,
          )
        this.#saidAbsent = true
        await pause(Math.min(1_000, patience), this.#stop.signal)
        continue
      }
      this.#saidAbsent = false
      if (RETRYABLE.has(response.status)) {
        if (++busyAnswers > MAX_BUSY_ANSWERS)
          throw new DeliveryError(`${url.href} answered ${response.status} ${busyAnswers} times in a row; giving up.`)
        await pause(retryAfterMs(response.headers.get('retry-after')), this.#stop.signal)
        continue
      }
      if (!response.ok)
        throw new DeliveryError(
          `${url.href} answered ${response.status}: ${new TextDecoder().decode(answer.subarray(0, 300))}`,
        )
      this.requests++
      this.bytes += payload.length
      if (answer.length > 2 && type === 'application/x-protobuf') {
        this.rejected++
        this.#options.say(`The receiver rejected part of a request: ${printable(answer)}`)
      }
      return
    }
  }
}

/** `Retry-After` in ms (seconds or a date), bounded; one second where it is absent or unreadable. */
export function retryAfterMs(header: string | null, nowMs = Date.now()): number {
  if (header === null || header.trim() === '') return 1_000
  const seconds = Number(header)
  const wait = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(header) - nowMs
  return Number.isFinite(wait) ? Math.min(MAX_RETRY_AFTER_MS, Math.max(50, wait)) : 1_000
}

function printable(bytes: Uint8Array): string {
  return new TextDecoder()
    .decode(bytes)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 300)
}

function reason(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error
  if (typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string')
    return cause.code
  return cause instanceof Error ? cause.message : String(cause)
}

/** Waits; ends at once when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
