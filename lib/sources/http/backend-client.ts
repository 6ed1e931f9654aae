import type { Result } from '../../base/result.ts'

/** One request to a configured backend. The address is the source's own; a reader never chooses any part of it but values. */
export interface BackendRequest {
  /** Appended to the source's address, beginning with `/`. Values in it are percent-encoded by the caller. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** `POST` is not repeated on failure unless `idempotent`. */
  readonly method?: 'GET' | 'POST'
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
  readonly idempotent?: boolean
  /** Statuses besides 2xx that are answers, not failures (404 of an unknown trace). */
  readonly answers?: readonly number[]
  /** Less than the source's own limit. */
  readonly maxBytes?: number
  readonly signal: AbortSignal
}

/** An answer whose body was read to its end, or until `take` had enough. */
export interface BackendAnswer {
  readonly status: number
  header(name: string): string | undefined
  /** Decompressed bytes that were handed out. */
  readonly bytes: number
  /** True: the body went on, but a limit or `take` ended the reading. */
  readonly cut: boolean
}

/** What is known about how a backend answers. */
export interface BackendStats {
  readonly lastOkMs?: number
  /** Newest first, at most 10. */
  readonly lastErrors: readonly { readonly atMs: number; readonly what: string }[]
  /** The breaker: after several failures in a row nothing is asked for a while. */
  readonly pausedUntilMs?: number
  /** Median time to the first byte of the newest requests, ms. */
  readonly typicalMs?: number
}

/**
 * The one way to a backend over HTTP: credentials, TLS, time-outs, retries with jitter (idempotent reads only), a limit of
 * requests at once, a circuit breaker, `Retry-After`, no redirects to other hosts, proxy variables, limits of bytes also after
 * decompression. Every failure is a sentence that names the source.
 */
export interface BackendClient {
  readonly source: string
  /** Hands the decompressed body over as it comes. `take` answers false when it has enough. `cancelled` when `signal` aborts. */
  stream(request: BackendRequest, take: (chunk: Uint8Array) => boolean): Promise<Result<BackendAnswer>>
  /** The whole body; `too-large` beyond the limit. */
  bytes(request: BackendRequest): Promise<Result<BackendAnswer & { readonly body: Uint8Array<ArrayBuffer> }>>
  /** The whole body as JSON, at most 64 MiB unless `maxBytes` says otherwise; `unavailable` where it is something else (an HTML page with status 200). */
  json(request: BackendRequest): Promise<Result<BackendAnswer & { readonly body: unknown }>>
  stats(): BackendStats
  close(): Promise<void>
}
