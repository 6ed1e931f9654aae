import type { TraceQuery, TraceSummary } from '../../model/trace-list.ts'

/** The order of found traces: the same for every source, so that lists merge. */
export function inOrderOf(sort: TraceQuery['sort']): (a: TraceSummary, b: TraceSummary) => number {
  const measure = (trace: TraceSummary) =>
    sort === 'newest' ? trace.startMs : sort === 'slowest' ? trace.durationNs : trace.waitNs
  return (a, b) => measure(b) - measure(a) || b.startMs - a.startMs || (a.traceId < b.traceId ? -1 : 1)
}
