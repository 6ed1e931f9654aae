import { formatExact } from '../../base/format.ts'
import { parseTraceId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { buildForest } from '../../model/build-tree.ts'
import type { SpanIds, Trace } from '../../model/span-columns.ts'
import { guildOfSpans, guildsOf, oddities, ordinalsOf } from '../../model/trace-facts.ts'
import { SpanRowsReader } from './span-rows-reader.ts'
import { SPAN_ORDER, spanSelection } from './span-selection.ts'
import type { SpanTable } from './span-table.ts'

/** A trace as it was read, and where its spans are found again. Columns beside the trace's are in its order. */
export interface OpenedTrace {
  readonly trace: Trace
  readonly ids: SpanIds
  readonly parentIds: SpanIds
  /** Raw Unix ns. */
  readonly starts: SpanIds
  readonly ends: SpanIds
  readonly ordinals: ReadonlyMap<number, number>
  readonly guildOf: Uint32Array
  readonly guilds: readonly string[]
  /** The condition that picked it; it has the parameter `id`. */
  readonly where: string
}

/** Reads all spans of a trace. */
export async function openTrace(table: SpanTable, traceId: string, signal: AbortSignal): Promise<Result<OpenedTrace>> {
  const id = parseTraceId(traceId)
  if (id === undefined)
    return fail('bad-request', 'request', 'This is not a trace id.', 'A trace id has 32 (or 16) hexadecimal digits.')
  const shape = await table.shape(signal)
  if (!shape.ok) return shape
  const where = await table.whereTrace(shape.value, id, signal)
  if (!where.ok) return where
  const keys = await table.keys(shape.value, where.value, id, signal)
  if (!keys.ok) return keys
  const max = table.settings.maxSpansPerTrace
  const reader = new SpanRowsReader(max)
  const selection = spanSelection(shape.value, table.mapping, keys.value, "''")
  const read = await table.ask.blocks(
    `SELECT ${selection} FROM ${table.spans} WHERE ${where.value} ORDER BY ${SPAN_ORDER} LIMIT ${max + 1}`,
    { id },
    max + 1,
    signal,
    reader.blocks,
  )
  if (!read.ok) return read
  if (reader.count === 0 && read.value)
    return fail(
      'too-large',
      table.source,
      `The first part of ${table.source}’s answer is larger than the configuration allows.`,
      'Raise "maxAnswerBytes" of the source.',
    )
  if (reader.count === 0)
    return fail(
      'not-found',
      table.source,
      `${table.source} has no spans of this trace.`,
      'Check the id, or whether the trace is older than what is kept.',
    )
  return ok(opened(table, id, reader, where.value, read.value))
}

function opened(table: SpanTable, id: string, reader: SpanRowsReader, where: string, isCut: boolean): OpenedTrace {
  const rows = reader.rows(table.mapping.stageOfService)
  const forest = buildForest(rows)
  const { spans, order } = forest
  const notes = oddities(forest)
  if (isCut)
    notes.unshift(
      `Showing ${formatExact(reader.count)} spans, the earliest: of ${table.source} a trace is read up to ${reader.full ? `${formatExact(table.settings.maxSpansPerTrace)} spans` : 'the bytes of an answer that the configuration allows'}.`,
    )
  const names = reader.guildNames()
  return {
    trace: {
      traceId: id,
      source: table.source,
      guilds: guildsOf(reader.guildId, reader.guilds, (guild) => names.get(guild)),
      spans,
      totalSpans: spans.count + (isCut ? 1 : 0),
      notes,
    },
    ids: pick(rows.spanId, order),
    parentIds: pick(rows.parentId, order),
    starts: pick(rows.startNs, order),
    ends: pick(rows.endNs, order),
    ordinals: ordinalsOf(forest, rows.spanId),
    guildOf: guildOfSpans(forest, reader.guildId),
    guilds: reader.guilds,
    where,
  }
}

/** By halves: a bigint a value would take longer than all the rest. */
function pick(column: BigUint64Array | BigInt64Array, order: Uint32Array): SpanIds {
  const from = new Uint32Array(column.buffer, column.byteOffset, column.length * 2)
  const out = new BigUint64Array(order.length)
  const to = new Uint32Array(out.buffer)
  for (let i = 0; i < order.length; i++) {
    to[2 * i] = from[2 * order[i]]
    to[2 * i + 1] = from[2 * order[i] + 1]
  }
  return out
}
