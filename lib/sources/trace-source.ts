import type { Failure, Result } from '../base/result.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import type { OnProgress } from '../model/read-progress.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'

/** What a backend can do by itself, and its limits in words. Decides what the UI offers; nothing is faked. */
export interface TraceCapabilities {
  readonly searchByGuild: boolean
  readonly searchByAction: boolean
  readonly links: boolean
  readonly nanoseconds: boolean
  /** False: it keeps no trace state, and so no sampling weights. */
  readonly weights?: boolean
  readonly exactCounts: boolean
  /** Merges flame graphs by itself; otherwise the caller merges `spansOf`. */
  readonly flame: boolean
  readonly maxSpansPerTrace: number
  readonly limits: readonly string[]
}

export interface SpanQuery {
  readonly guild: string
  readonly fromMs: number
  readonly toMs: number
  readonly action?: string
  readonly maxSpans: number
  /** `guild`: only the topmost spans of the guild stage and what descends from them. Absent: whole traces. */
  readonly scope?: 'guild' | 'trace'
}

export interface TimeHint {
  readonly fromMs: number
  readonly toMs: number
}

/** A backend of traces. Every method is bounded in time and size, and ends early when `signal` aborts. */
export interface TraceSource {
  readonly name: string
  readonly capabilities: TraceCapabilities
  searchTraces(query: TraceQuery, signal: AbortSignal): Promise<Result<Page<TraceSummary>>>
  /** The whole trace; `notes` and `totalSpans` say what is missing. */
  trace(traceId: string, hint: TimeHint | undefined, signal: AbortSignal): Promise<Result<Trace>>
  /** The same, already in the wire format (`lib/model/wire`): saves the main thread a copy. */
  traceWire(traceId: string, hint: TimeHint | undefined, signal: AbortSignal): Promise<Result<Uint8Array<ArrayBuffer>>>
  spanIds(traceId: string, signal: AbortSignal): Promise<Result<SpanIds>>
  /**
   * `index` is the span's place in `trace()`'s order; `of`, where given, how many spans the caller holds: a `bad-request`
   * failure says that the trace has grown since.
   */
  spanDetails(traceId: string, index: number, of: number | undefined, signal: AbortSignal): Promise<Result<SpanDetails>>
  /** Spans of many traces as forests, in batches. */
  spansOf(query: SpanQuery, signal: AbortSignal): AsyncIterable<Result<SpanColumns>>
  /** `onProgress`: told of what is read for it, where the source reads more than one thing. */
  flame(query: SpanQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FlameAnswer>>
  /**
   * Everything about a trace as a piece of evidence, made in one pass. Where a backend cannot, `traceEvidenceOf` asks for one span after
   * the other.
   */
  traceEvidence?(traceId: string, signal: AbortSignal): Promise<Result<TraceEvidence>>
  health(signal: AbortSignal): Promise<SourceHealth>
}

export const SOURCE_KINDS = [
  'embedded',
  'jaeger',
  'tempo',
  'zipkin',
  'clickhouse',
  'prometheus',
  'timings-http',
  'derived',
] as const
export type SourceKind = (typeof SOURCE_KINDS)[number]

export interface SourceHealth {
  readonly name: string
  readonly kind: SourceKind
  readonly ok: boolean
  /** It was asked and has not answered yet. */
  readonly asking?: boolean
  readonly failure?: Failure
  /** As the system names its own version; absent where it does not tell. */
  readonly version?: string
  /** What it can do, and what it cannot and why, in words. */
  readonly abilities?: readonly { readonly what: string; readonly can: boolean; readonly why?: string }[]
  /** How far behind the present its newest data is, ms. */
  readonly lagMs?: number
  readonly lastErrors?: readonly { readonly atMs: number; readonly what: string }[]
  readonly facts: readonly { readonly label: string; readonly value: string }[]
}
