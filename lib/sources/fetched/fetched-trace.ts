import type { Result } from '../../base/result.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'
import type { TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import type { SourceHealth, TimeHint, TraceCapabilities } from '../trace-source.ts'

/** A trace as a backend handed it over: OTLP batches in any order (`lib/model/otlp` decodes them), nothing resolved yet. */
export interface FetchedTrace {
  readonly batches: readonly SpanBatch[]
  /** Spans the backend holds, where it says so or some were cut off. */
  readonly totalSpans?: number
  /** Sentences: what was cut, what the backend said about the trace. */
  readonly notes: readonly string[]
  /** What the backend says about one span that is not the user's data. */
  readonly remarks?: (batch: number, row: number) => readonly string[]
}

/** Traces that a search found. */
export interface FoundTraces {
  readonly items: readonly TraceSummary[]
  /** There are (or may be) more than the limit let through. */
  readonly more: boolean
  readonly notes: readonly string[]
  /** Whole traces that the search answered anyway: they need not be fetched again. */
  readonly traces?: ReadonlyMap<string, FetchedTrace>
}

/** A backend that searches, and hands over whole traces (Jaeger, Tempo, Zipkin). `wholeTraceSource` makes a `TraceSource` of it. */
export interface WholeTraceBackend {
  readonly name: string
  readonly capabilities: TraceCapabilities
  readonly mapping: AttributeMapping
  /** `not-found` where the backend does not know the id. */
  fetchTrace(traceId: string, hint: TimeHint | undefined, signal: AbortSignal): Promise<Result<FetchedTrace>>
  /** `onProgress`: of a search that asks for several things, such as one service after the other. */
  search(query: TraceQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FoundTraces>>
  health(signal: AbortSignal): Promise<SourceHealth>
}
