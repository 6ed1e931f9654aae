import { formatExact } from '../../base/format.ts'
import { ok, type Result } from '../../base/result.ts'
import { buildForest } from '../../model/build-tree.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import { CallMerger } from '../../model/merge-calls.ts'
import type { SpanColumns } from '../../model/span-columns.ts'
import { STAGE_ID } from '../../model/stages.ts'
import { subtreesOfStage } from '../../model/subtrees.ts'
import { guildOfSpans } from '../../model/trace-facts.ts'
import type { TraceSummary } from '../../model/trace-list.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import type { SpanQuery } from '../trace-source.ts'
import { matchingTraces } from './search-traces.ts'
import type { TracesShape } from './shape.ts'
import { SpanRowsReader } from './span-rows-reader.ts'
import { spanSelection } from './span-selection.ts'
import type { SpanTable } from './span-table.ts'

/** Spans of one question: many traces at once, where one after the other would ask the same parts of the table again and again. */
const BATCH_SPANS = 100_000

interface Plan {
  readonly shape: TracesShape
  readonly traces: readonly TraceSummary[]
  readonly batches: readonly (readonly string[])[]
  readonly notes: readonly string[]
}

export async function* spansOf(
  table: SpanTable,
  query: SpanQuery,
  signal: AbortSignal,
): AsyncGenerator<Result<SpanColumns>> {
  const plan = await planOf(table, query, signal)
  if (!plan.ok) {
    yield plan
    return
  }
  for (const batch of plan.value.batches) {
    const read = await forestOf(table, plan.value.shape, batch, query, signal)
    yield read.ok ? ok(read.value.spans) : read
    if (!read.ok) return
  }
}

export async function flameOf(table: SpanTable, query: SpanQuery, signal: AbortSignal): Promise<Result<FlameAnswer>> {
  const plan = await planOf(table, query, signal)
  if (!plan.ok) return plan
  const merger = new CallMerger()
  let spans = 0
  let isCut = false
  for (const batch of plan.value.batches) {
    const read = await forestOf(table, plan.value.shape, batch, query, signal)
    if (!read.ok) return read
    spans += read.value.spans.count
    isCut ||= read.value.isCut
    merger.add(read.value.spans)
  }
  const { traces } = plan.value
  const known = traces.filter((trace) => trace.weight > 0)
  return ok({
    tree: merger.finish(),
    traces: traces.length,
    spans,
    ...(known.length === 0 ? {} : { estimatedTraces: known.reduce((sum, trace) => sum + trace.weight, 0) }),
    unknownSampling: traces.length - known.length,
    notes: [
      ...plan.value.notes,
      ...(isCut
        ? [`Not all spans of these traces were read: an answer of ${table.source} was larger than allowed.`]
        : []),
      ...merger.notes,
    ],
  })
}

async function planOf(table: SpanTable, query: SpanQuery, signal: AbortSignal): Promise<Result<Plan>> {
  const shape = await table.shape(signal)
  if (!shape.ok) return shape
  const found = await matchingTraces(table, query, signal)
  if (!found.ok) return found
  const matching = [...found.value.items].sort(inOrderOf('newest'))
  const traces: TraceSummary[] = []
  const batches: string[][] = []
  let spans = 0
  let size = BATCH_SPANS
  for (const trace of matching) {
    if (spans + trace.spanCount > query.maxSpans && traces.length > 0) break
    if (size + trace.spanCount > BATCH_SPANS) {
      batches.push([])
      size = 0
    }
    traces.push(trace)
    batches[batches.length - 1].push(trace.traceId)
    spans += trace.spanCount
    size += trace.spanCount
  }
  const { more } = found.value
  const notes =
    traces.length < matching.length || more
      ? [
          `Merged the newest ${formatExact(traces.length)} of ${more ? 'more than ' : ''}${formatExact(matching.length)} traces.`,
        ]
      : []
  return ok({ shape: shape.value, traces, batches, notes })
}

async function forestOf(
  table: SpanTable,
  shape: TracesShape,
  ids: readonly string[],
  query: SpanQuery,
  signal: AbortSignal,
): Promise<Result<{ readonly spans: SpanColumns; readonly isCut: boolean }>> {
  const max = query.maxSpans + BATCH_SPANS
  const reader = new SpanRowsReader(max)
  const where = await table.whereTraces(shape, ids, signal)
  if (!where.ok) return where
  const read = await table.ask.blocks(
    `SELECT ${spanSelection(shape, table.mapping, undefined, 'TraceId')} FROM ${table.spans} WHERE ${where.value}`,
    {},
    max,
    signal,
    reader.blocks,
  )
  if (!read.ok) return read
  const forest = buildForest(reader.rows(table.mapping.stageOfService, ids))
  const { spans } = forest
  const isCut = read.value
  if (query.scope !== 'guild') return ok({ spans, isCut })
  const guildOf = guildOfSpans(forest, reader.guildId)
  const isWanted = (i: number) => guildOf[i] === 0 || reader.guilds[guildOf[i]] === query.guild
  return ok({ spans: subtreesOfStage(spans, STAGE_ID.guild, isWanted), isCut })
}
