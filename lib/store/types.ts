import type { Result } from '../base/result.ts'
import type { StoreFigures } from '../model/instance.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import type { TraceSource } from '../sources/trace-source.ts'

/** What a receiver tells its client about one request. Resolves only once the accepted part is on disk. */
export interface IngestAnswer {
  readonly accepted: number
  readonly rejected: number
  /** Why, with how many; for `partial_success.error_message` and the timings answer. From `SpanBatch.rejected`, `ParsedTimings.rejected`. */
  readonly reasons: readonly { readonly count: number; readonly reason: string; readonly example?: string }[]
}

/** The embedded store as the web process sees it: everything runs in its worker thread. */
export interface EmbeddedStore {
  readonly traces: TraceSource
  readonly timings: TimingsSource
  /** One OTLP request, decompressed; the buffer is transferred. A `bad-request` failure: it could not be parsed. `busy`: try later. */
  ingestTraces(body: Uint8Array<ArrayBuffer>, format: 'protobuf' | 'json'): Promise<Result<IngestAnswer>>
  /** One timings request, decompressed; the buffer is transferred. */
  ingestTimings(body: Uint8Array<ArrayBuffer>, format: 'json' | 'ndjson'): Promise<Result<IngestAnswer>>
  stats(): Promise<StoreFigures>
  /** Flushes, checkpoints and closes. */
  close(): Promise<void>
}
