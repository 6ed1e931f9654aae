/**
 * Spans as a struct of arrays in DFS pre-order: the index is the identity.
 *
 *   index        0        1        2        3        4
 *   tree         A ──┬─── B ────── C        D ────── E      (B and D are children of A)
 *                    └──────────────────────┘
 *   parent      -1        0        1        0        3
 *   subtreeEnd   5        3        3        5        5      one past the last descendant
 *
 * `a` is an ancestor of `b` exactly if `a < b && b < subtreeEnd[a]`; folding `a` jumps to `subtreeEnd[a]`.
 * Siblings stand in order of their starts. Several roots (parent −1) are ordinary. About 55 bytes a span.
 */
export interface SpanColumns {
  readonly count: number
  /** Unix nanoseconds of the earliest start; all `start` values count from here. */
  readonly traceStartNs: bigint
  /** Nanoseconds since `traceStartNs` (≥ 0; exact to 104 days). */
  readonly start: Float64Array
  /** Nanoseconds. A span whose end lies before its start has 0 here and `FLAG.negativeDuration`. */
  readonly duration: Float64Array
  /** Index of the parent, −1 for a root. Always < own index. */
  readonly parent: Int32Array
  readonly subtreeEnd: Uint32Array
  readonly depth: Uint32Array
  readonly nameId: Uint32Array
  readonly serviceId: Uint32Array
  readonly nodeId: Uint32Array
  readonly actionId: Uint32Array
  readonly relayId: Uint32Array
  /** Index into `STAGES`. */
  readonly stageId: Uint8Array
  /** Bits of `FLAG`. */
  readonly flags: Uint8Array
  /** Nanoseconds spent in the mailbox before `start`; NaN where unknown. Stated, or inferred (`FLAG.waitInferred`). */
  readonly wait: Float64Array
  /** Adjusted count: how many spans this one stands for. NaN where the sampling is unknown. */
  readonly weight: Float32Array
  /** String tables the id columns point into; entry 0 of each is '' (absent). */
  readonly names: readonly string[]
  readonly services: readonly string[]
  readonly nodes: readonly string[]
  readonly actions: readonly string[]
  readonly relays: readonly string[]
}

export const FLAG = {
  error: 1,
  /** States a parent that is not among the spans. */
  orphan: 2,
  /** Its parent links formed a cycle, which was cut here. */
  cycle: 4,
  negativeDuration: 8,
  /** Another, different span in this trace has the same span id. */
  duplicateId: 16,
  /** `wait` was inferred from the sender's span, across two clocks. */
  waitInferred: 32,
  hasEvents: 64,
  hasLinks: 128,
} as const

/** A trace with what is known about it as a whole. */
export interface Trace {
  /** 32 hex digits. */
  readonly traceId: string
  /** Name of the source it came from. */
  readonly source: string
  /** Guilds that spans of this trace name, most frequent first. */
  readonly guilds: readonly { readonly id: string; readonly name?: string }[]
  readonly spans: SpanColumns
  /** Spans the source holds for this trace; more than `spans.count` where a limit cut some off. */
  readonly totalSpans: number
  /** Sentences for the reader: what is missing and why, flags found, corrections made. */
  readonly notes: readonly string[]
}

/** Span ids beside the columns, in the same order; fetched on demand because random ids do not compress. */
export type SpanIds = BigUint64Array<ArrayBuffer>

/** One span in full, for the details panel. */
export interface SpanDetails {
  readonly traceId: string
  readonly spanId: string
  /** Spans of a trace can share an id; 0 for the first in the trace's order. */
  readonly ordinal: number
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  readonly status: { readonly code: 'unset' | 'ok' | 'error'; readonly message?: string }
  /** Raw values as decimal strings of Unix nanoseconds, before any correction. */
  readonly startUnixNano: string
  readonly endUnixNano: string
  readonly traceState?: string
  readonly attributes: readonly Attribute[]
  readonly resource: readonly Attribute[]
  readonly scope?: { readonly name: string; readonly version?: string; readonly attributes: readonly Attribute[] }
  readonly events: readonly {
    readonly timeUnixNano: string
    readonly name: string
    readonly attributes: readonly Attribute[]
  }[]
  readonly links: readonly {
    readonly traceId: string
    readonly spanId: string
    readonly attributes: readonly Attribute[]
  }[]
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number }
  /** What the source says about this span that is not the user's data. */
  readonly remarks: readonly string[]
}

/** An attribute as text with its OTLP type; int64 as exact decimal, bytes as base64, arrays and maps as JSON text. */
export interface Attribute {
  readonly key: string
  readonly type: 'string' | 'int' | 'double' | 'bool' | 'bytes' | 'array' | 'map' | 'empty'
  readonly value: string
}
