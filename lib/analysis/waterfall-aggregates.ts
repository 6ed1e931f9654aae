/** What the waterfall needs to know about subtrees, computed once and linearly where the trace is decoded. */
import { FLAG, type SpanColumns } from '../model/span-columns.ts'
import { STAGES } from '../model/stages.ts'

export interface SpanAggregates {
  /** Time of the span in which none of its children ran, ns. */
  readonly self: Float32Array
  /** Errors in the subtree, the span itself included. */
  readonly errors: Uint32Array
  /** Latest end in the subtree, ns since trace start: children may outlive their parent. */
  readonly subtreeLatest: Float64Array
}

export interface StageTotals {
  readonly stageId: number
  readonly spans: number
  readonly errors: number
  /** Summed over spans that run in parallel: can exceed the trace's duration. */
  readonly selfNs: number
  readonly waitNs: number
}

export interface TraceTotals {
  /** The whole picture, ns since trace start: from the first start or enqueue to the last end. */
  readonly fromNs: number
  readonly toNs: number
  readonly durationNs: number
  readonly errors: number
  readonly roots: number
  readonly orphans: number
  readonly cycles: number
  readonly negative: number
  readonly duplicates: number
  /** Spans that started after their parent had ended. */
  readonly late: number
  /** Of the spans with known sampling: the sum of what they stand for; spans without. */
  readonly weighted: number
  readonly unweighted: number
  readonly stages: readonly StageTotals[]
}

/** A wait longer than this before the trace's start is cut in the picture (the number itself stays in the details). */
const MAX_WAIT_SHOWN_NS = 24 * 3600 * 1e9

export function aggregate(spans: SpanColumns): { aggregates: SpanAggregates; totals: TraceTotals } {
  const { count, start, duration, parent, flags, wait, weight, stageId } = spans
  const self = new Float32Array(count)
  const errors = new Uint32Array(count)
  const subtreeLatest = new Float64Array(count)
  const coveredTo = new Float64Array(count)
  const covered = new Float64Array(count)
  const stage = STAGES.map(() => ({ spans: 0, errors: 0, selfNs: 0, waitNs: 0 }))
  let [fromNs, toNs, durationEnd] = [0, 0, 0]
  let [roots, orphans, cycles, negative, duplicates, late, weighted, unweighted] = [0, 0, 0, 0, 0, 0, 0, 0]
  for (let i = 0; i < count; i++) {
    const s = start[i]
    const e = s + duration[i]
    coveredTo[i] = s
    subtreeLatest[i] = e
    if (e > durationEnd) durationEnd = e
    if (wait[i] > 0) fromNs = Math.min(fromNs, Math.max(s - wait[i], -MAX_WAIT_SHOWN_NS))
    const f = flags[i]
    errors[i] = f & FLAG.error
    if (f & FLAG.orphan) orphans++
    if (f & FLAG.cycle) cycles++
    if (f & FLAG.negativeDuration) negative++
    if (f & FLAG.duplicateId) duplicates++
    if (weight[i] >= 0) weighted += weight[i]
    else unweighted++
    const p = parent[i]
    if (p < 0) {
      roots++
      continue
    }
    const parentEnd = start[p] + duration[p]
    if (s > parentEnd) late++
    // Siblings come in order of their starts, so the union of their intervals grows at one end only.
    const lo = Math.max(s, coveredTo[p])
    const hi = Math.min(e, parentEnd)
    if (hi > lo) {
      covered[p] += hi - lo
      coveredTo[p] = hi
    }
  }
  for (let i = count - 1; i >= 0; i--) {
    self[i] = duration[i] - covered[i]
    const p = parent[i]
    if (p >= 0) {
      errors[p] += errors[i]
      if (subtreeLatest[i] > subtreeLatest[p]) subtreeLatest[p] = subtreeLatest[i]
    }
    const total = stage[stageId[i]]
    total.spans++
    total.errors += flags[i] & FLAG.error
    total.selfNs += self[i]
    if (wait[i] > 0) total.waitNs += wait[i]
  }
  toNs = Math.max(durationEnd, fromNs + 1)
  const stages = stage
    .map((total, id) => ({ stageId: id, ...total }))
    .filter((total) => total.spans > 0)
    .sort((a, b) => (a.stageId || STAGES.length) - (b.stageId || STAGES.length))
  return {
    aggregates: { self, errors, subtreeLatest },
    totals: {
      fromNs,
      toNs,
      durationNs: durationEnd,
      errors: stages.reduce((sum, total) => sum + total.errors, 0),
      roots,
      orphans,
      cycles,
      negative,
      duplicates,
      late,
      weighted,
      unweighted,
      stages,
    },
  }
}
