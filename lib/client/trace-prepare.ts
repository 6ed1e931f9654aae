import { stageLanes } from '../analysis/density.ts'
import { type GroupStats, groupStats } from '../analysis/fold-stats.ts'
import { aggregate } from '../analysis/waterfall-aggregates.ts'
import { lastPath } from '../analysis/waterfall-last-path.ts'
import { foldStateFor, groupAt, type Rows, visibleRows } from '../analysis/waterfall-rows.ts'
import type { Trace } from '../model/span-columns.ts'
import type { LoadedTrace } from './trace-loaded.ts'

/** Groups from this size on get their words here; smaller ones when they come into view. */
const STATS_FROM = 5_000
const OVERVIEW_BINS = 2_048

/** Everything the first picture needs, in a few linear passes (about 0.2 s at a million spans). */
export function prepareTrace(trace: Trace, groupThreshold: number): LoadedTrace {
  const { spans } = trace
  const { aggregates, totals } = aggregate(spans)
  const window = { from: totals.fromNs, to: totals.toNs }
  const lanes = stageLanes(
    spans,
    totals.stages.map((stage) => stage.stageId),
    window,
    OVERVIEW_BINS,
  )
  const fold = foldStateFor(spans, groupThreshold)
  const rows = visibleRows(spans, fold)
  return {
    trace,
    aggregates,
    totals,
    lanes,
    path: lastPath(spans, aggregates),
    fold,
    rows: tight(rows),
    stats: statsOf(trace, fold, rows),
  }
}

/** Rows are built in arrays for the worst case; only those that are there travel. */
function tight(rows: Rows): Rows {
  return { count: rows.count, value: rows.value.slice(0, rows.count), level: rows.level.slice(0, rows.count) }
}

function statsOf(trace: Trace, fold: LoadedTrace['fold'], rows: Rows): Map<number, GroupStats> {
  const stats = new Map<number, GroupStats>()
  for (let r = 0; r < rows.count; r++) {
    const slot = rows.value[r] - trace.spans.count
    if (slot < 0) continue
    const { members } = groupAt(fold, slot)
    if (members.length >= STATS_FROM) stats.set(slot, groupStats(trace.spans, members))
  }
  return stats
}

/** Every array buffer in `value`, each once: to hand them over instead of copying them. */
export function buffersOf(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>()
  const seen = new Set<unknown>()
  const open: unknown[] = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next !== 'object' || next === null || seen.has(next)) continue
    seen.add(next)
    if (ArrayBuffer.isView(next)) {
      if (next.buffer instanceof ArrayBuffer) found.add(next.buffer)
    } else if (next instanceof Map) {
      open.push(...next.values())
    } else if (!(next instanceof Set)) {
      // String tables hold nothing to transfer; looking at their first entry is enough to know.
      if (Array.isArray(next) && typeof next[0] === 'string') continue
      open.push(...Object.values(next))
    }
  }
  return [...found]
}
