/**
 * Spans as a source hands them over: a struct of arrays in any order, possibly of many traces, not yet a tree.
 * `buildForest` (build-tree.ts) turns them into `SpanColumns`.
 */
export interface SpanRows {
  readonly count: number
  /** Which trace of this batch a span belongs to; all 0 for a single trace. Span ids are unique per trace only. */
  readonly traceNo: Uint32Array
  readonly spanId: BigUint64Array
  /** 0n: states no parent. */
  readonly parentId: BigUint64Array
  /** Unix nanoseconds. */
  readonly startNs: BigInt64Array
  readonly endNs: BigInt64Array
  readonly nameId: Uint32Array
  readonly serviceId: Uint32Array
  readonly nodeId: Uint32Array
  readonly actionId: Uint32Array
  readonly relayId: Uint32Array
  readonly stageId: Uint8Array
  /** Bits known before the tree is built: `FLAG.error`, `hasEvents`, `hasLinks`. */
  readonly flags: Uint8Array
  /** Unix nanoseconds at which the message entered the mailbox; 0n: not stated. */
  readonly enqueuedNs: BigInt64Array
  /** Head sampling probability from tracestate `th`; NaN: not stated. */
  readonly headRate: Float32Array
  /** `fanout.keep_rate` this span states; NaN: not stated. */
  readonly keepRate: Float32Array
  readonly names: readonly string[]
  readonly services: readonly string[]
  readonly nodes: readonly string[]
  readonly actions: readonly string[]
  readonly relays: readonly string[]
}
