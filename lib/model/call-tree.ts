/**
 * Many traces merged by (parent node, span name): a call table in DFS pre-order, root 0 is synthetic.
 * Plain arrays, JSON-safe.
 */
export interface CallTree {
  readonly count: number
  readonly parent: readonly number[]
  readonly subtreeEnd: readonly number[]
  readonly depth: readonly number[]
  readonly nameId: readonly number[]
  readonly stageId: readonly number[]
  /** Spans merged into the node. */
  readonly spans: readonly number[]
  readonly errors: readonly number[]
  /** Summed durations, ns. Parallel children can add up to more than their parent. */
  readonly totalNs: readonly number[]
  /** Wall-clock time covered by the node's spans, overlap counted once per parent span, clipped to the parent's coverage; ns. */
  readonly wallNs: readonly number[]
  /** Time in which no child ran, ns. */
  readonly selfNs: readonly number[]
  /** Summed known waits, ns. */
  readonly waitNs: readonly number[]
  /** Summed adjusted counts; −1 where the sampling of any merged span is unknown. */
  readonly weighted: readonly number[]
  readonly names: readonly string[]
}

export interface FlameAnswer {
  readonly tree: CallTree
  readonly traces: number
  readonly spans: number
  /** What is estimated to have happened in the range, from weights; undefined where sampling is unknown. */
  readonly estimatedTraces?: number
  readonly notes: readonly string[]
}
