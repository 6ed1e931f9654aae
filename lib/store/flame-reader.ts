import { formatExact } from '../base/format.ts'
import { buildForest } from '../model/build-tree.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import { CallMerger } from '../model/merge-calls.ts'
import type { SpanColumns } from '../model/span-columns.ts'
import { STAGE_ID } from '../model/stages.ts'
import { subtreesOfStage } from '../model/subtrees.ts'
import { guildOfSpans } from '../model/trace-facts.ts'
import type { SpanQuery } from '../sources/trace-source.ts'
import { type FoundTrace, FoundTraces, noteTracesOf, readParts } from './part-reader.ts'
import { type Cancel, CancelledError, type Readers } from './readers.ts'
import type { Slice, Slices } from './slices.ts'
import { type RowRange, readSpans, type SliceRanges } from './span-reader.ts'
import { nanoseconds } from './trace-search.ts'

/** Spans turned into one forest at a time: bounds the memory, and the time until an abort is noticed. */
const BATCH_SPANS = 100_000
const MAX_PARTS = 2_000_000
const SLACK_MS = 20 * 60_000

/** The traces of a query, cut into batches of whole traces. */
export interface SpanPlan {
  readonly traces: readonly FoundTrace[]
  readonly batches: readonly (readonly FoundTrace[])[]
  readonly spans: number
  readonly notes: readonly string[]
}

/** Spans of a batch, and the guild that each works for (index into `guilds`, 0: none known): its own, else its parent's. */
export interface GuildForest {
  readonly spans: SpanColumns
  readonly guildOf: Uint32Array
  readonly guilds: readonly string[]
}

/** Finds the traces that start in the range and name the guild (and have the action, where one is asked for). */
export function planSpans(slices: Slices, readers: Readers, query: SpanQuery, cancel: Cancel): Promise<SpanPlan> {
  const wanted = slices.list('traces', query.fromMs - SLACK_MS, query.toMs + SLACK_MS).reverse()
  return slices.withAll(wanted, (open) =>
    readers.borrow(cancel, async (connection) => {
      const found = new FoundTraces()
      const limits: string[] = []
      const range = {
        guild: query.guild,
        fromNs: nanoseconds(query.fromMs - SLACK_MS),
        toNs: nanoseconds(query.toMs + SLACK_MS),
        maxParts: MAX_PARTS,
      }
      await noteTracesOf(connection, open, range, () => cancel.cancelled)
      for (const slice of open) {
        if (cancel.cancelled) throw new CancelledError()
        if (await readParts(connection, slice, range, found)) continue
        limits.push(
          `Only the newest ${formatExact(MAX_PARTS)} pieces of traces were looked at: choose a shorter range.`,
        )
        break
      }
      const [fromNs, toNs] = [nanoseconds(query.fromMs), nanoseconds(query.toMs)]
      const matching = found.list.filter(
        (trace) =>
          trace.startNs >= fromNs &&
          trace.startNs < toNs &&
          (query.action === undefined || query.action === '' || trace.action === query.action),
      )
      const plan = cut(matching, query.maxSpans)
      return { ...plan, notes: [...limits, ...plan.notes] }
    }),
  )
}

/** Newest traces first up to `maxSpans`; then in the order in which they lie on disk. */
function cut(matching: FoundTrace[], maxSpans: number): SpanPlan {
  matching.sort((a, b) => (a.startNs > b.startNs ? -1 : 1))
  const traces: FoundTrace[] = []
  let spans = 0
  for (const trace of matching) {
    if (spans + trace.spans > maxSpans && traces.length > 0) break
    traces.push(trace)
    spans += trace.spans
  }
  const notes =
    traces.length < matching.length
      ? [
          `Merged the newest ${formatExact(traces.length)} of ${formatExact(matching.length)} traces: at most ${formatExact(maxSpans)} spans are read at once.`,
        ]
      : []
  traces.sort(
    (a, b) => a.parts[0].slice.name.startMs - b.parts[0].slice.name.startMs || a.parts[0].first - b.parts[0].first,
  )
  const batches: FoundTrace[][] = []
  let size = BATCH_SPANS
  for (const trace of traces) {
    if (size + trace.spans > BATCH_SPANS) {
      batches.push([])
      size = 0
    }
    batches[batches.length - 1].push(trace)
    size += trace.spans
  }
  return { traces, batches, spans, notes }
}

/** One batch of a plan as a forest. */
export function readForest(
  slices: Slices,
  readers: Readers,
  batch: readonly FoundTrace[],
  cancel: Cancel,
): Promise<GuildForest> {
  const bySlice = new Map<Slice, RowRange[]>()
  batch.forEach((trace, number) => {
    for (const part of trace.parts) {
      const ranges = bySlice.get(part.slice) ?? []
      ranges.push({ first: part.first, end: part.first + part.count, trace: number })
      bySlice.set(part.slice, ranges)
    }
  })
  return slices.withAll([...bySlice.keys()], (open) =>
    readers.borrow(cancel, async (connection) => {
      const wanted: SliceRanges[] = open.map((slice) => ({
        slice,
        ranges: (bySlice.get(slice) ?? []).sort((a, b) => a.first - b.first),
      }))
      const read = await readSpans(connection, wanted, Number.MAX_SAFE_INTEGER, () => cancel.cancelled)
      if (cancel.cancelled) throw new CancelledError()
      const forest = buildForest(read.rows)
      return { spans: forest.spans, guildOf: guildOfSpans(forest, read.guildId), guilds: read.guilds }
    }),
  )
}

export async function readFlame(
  slices: Slices,
  readers: Readers,
  query: SpanQuery,
  cancel: Cancel,
): Promise<FlameAnswer> {
  const plan = await planSpans(slices, readers, query, cancel)
  const merger = new CallMerger()
  let spans = 0
  for (const batch of plan.batches) {
    const forest = await readForest(slices, readers, batch, cancel)
    const merged = query.scope === 'guild' ? workOf(query.guild, forest) : forest.spans
    spans += merged.count
    merger.add(merged)
  }
  return {
    tree: merger.finish(),
    traces: plan.traces.length,
    spans,
    ...estimate(plan.traces),
    notes: [...plan.notes, ...merger.notes],
  }
}

/** The guild's own work: of a user who connects to many guilds, the others' is left out. Spans that name no guild at all stay. */
function workOf(guild: string, { spans, guildOf, guilds }: GuildForest): SpanColumns {
  return subtreesOfStage(spans, STAGE_ID.guild, (i) => guildOf[i] === 0 || guilds[guildOf[i]] === guild)
}

/** What the traces stand for, by their head rates; those that state none are counted apart. */
function estimate(traces: readonly FoundTrace[]): Pick<FlameAnswer, 'estimatedTraces' | 'unknownSampling'> {
  const known = traces.filter((trace) => trace.headRate > 0)
  const unknownSampling = traces.length - known.length
  if (known.length === 0) return { unknownSampling }
  return { estimatedTraces: known.reduce((sum, trace) => sum + 1 / trace.headRate, 0), unknownSampling }
}
