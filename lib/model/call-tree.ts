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
  /** Spans merged into the node; of the root node: trees. */
  readonly spans: readonly number[]
  readonly errors: readonly number[]
  /** Summed durations, ns. Parallel children can add up to more than their parent. */
  readonly totalNs: readonly number[]
  /**
   * Wall-clock time covered by the node's spans and what runs below them, also after their end (casts, fan-outs); overlap counted
   * once per parent span, waits in between not counted, never more than the parent's; ns. Widths of a flame graph nest by it.
   */
  readonly wallNs: readonly number[]
  /** Own time in which no child ran, ns. Never negative. */
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
  /** How many traces the merged ones with a known head rate stand for; undefined where none is known. */
  readonly estimatedTraces?: number
  /** Merged traces whose head rate is unknown: not part of the estimate. */
  readonly unknownSampling: number
  readonly notes: readonly string[]
}
