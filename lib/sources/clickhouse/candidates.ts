import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import type { TraceQuery } from '../../model/trace-list.ts'
import { attribute, attributeOf, type TracesShape } from './shape.ts'
import type { SpanTable } from './span-table.ts'

/** Traces that a search or a flame graph looks at, newest first. */
export const CANDIDATES = 2_000
/** A trace that begins in the range may name its guild so much later. */
const SLACK_MS = 20 * 60_000
const LAST_MS = 4_102_444_800_000

const candidateRow = z.object({ id: z.string(), at: z.number() })

/** A trace that may match. */
export interface Candidate {
  readonly id: string
  /** Unix ms: the first span by which it was found starts by then, and so does the trace. */
  readonly atMs: number
}

/**
 * The newest traces that may begin in the range and name the guild (or all), newest first. None is left out that begins in it: whoever names the
 * guild does not start before its trace.
 */
export async function candidatesOf(
  table: SpanTable,
  shape: TracesShape,
  query: Pick<TraceQuery, 'guild' | 'fromMs' | 'toMs'>,
  signal: AbortSignal,
): Promise<Result<{ readonly found: readonly Candidate[]; readonly more: boolean }>> {
  const { guild } = query
  const rows = await table.ask.rows(
    `SELECT id, toFloat64(max(latest)) AS at FROM (${from(table, shape, guild)}) GROUP BY id ORDER BY at DESC, id LIMIT ${CANDIDATES + 1}`,
    candidateRow,
    {
      from: Math.max(0, Math.floor(query.fromMs ?? 0)),
      to: Math.min(LAST_MS, Math.ceil(query.toMs ?? LAST_MS)),
      ...(guild === undefined ? {} : { guild }),
    },
    CANDIDATES + 1,
    signal,
  )
  if (!rows.ok) return rows
  const found = rows.value.filter(({ id }) => /^[0-9a-f]{32}$/.test(id)).map(({ id, at }) => ({ id, atMs: at }))
  return ok({ found: found.slice(0, CANDIDATES), more: found.length > CANDIDATES })
}

/** Rows (id, latest): each of some spans of a trace, with a time in ms that is not before its first one. */
function from(table: SpanTable, shape: TracesShape, guild: string | undefined): string {
  const at = (ms: string) => `fromUnixTimestamp64Milli(${ms})`
  const later = at(`{to:Int64} + ${SLACK_MS}`)
  const first = "toUnixTimestamp64Milli(CAST(min(Start), 'DateTime64(3)')) + 1"
  if (guild === undefined && shape.idsTable)
    return `SELECT TraceId AS id, ${first} + 1000 AS latest FROM ${table.times} WHERE Start >= ${at('{from:Int64} - 1000')} AND Start < ${at('{to:Int64}')} GROUP BY TraceId`
  if (guild !== undefined && shape.guildTimes) {
    const traces = (from: string, to: string, where: string) =>
      `SELECT TraceId AS id, ${first} AS latest FROM ${table.guildTimes} WHERE GuildId = {guild:String} AND Start >= ${from} AND Start < ${to}${where} GROUP BY TraceId`
    const late = traces(at('{to:Int64}'), later, '')
    // Of those that name it after the range, the ones that began before its end.
    const begun = shape.idsTable
      ? ` AND TraceId IN (SELECT TraceId FROM ${table.times} WHERE TraceId IN (SELECT id FROM (${late})) GROUP BY TraceId HAVING min(Start) < ${at('{to:Int64}')})`
      : ''
    return `${traces(at('{from:Int64}'), at('{to:Int64}'), '')} UNION ALL ${traces(at('{to:Int64}'), later, begun)}`
  }
  const spans = (condition: string) =>
    `SELECT TraceId AS id, toUnixTimestamp64Milli(CAST(min(Timestamp), 'DateTime64(3)')) + 1 AS latest FROM ${table.spans} WHERE Timestamp >= ${at('{from:Int64}')} AND Timestamp < ${guild === undefined ? at('{to:Int64}') : later}${condition} GROUP BY TraceId`
  if (guild === undefined) return spans('')
  const { guild: keys } = table.mapping
  const column = keys.length === 1 ? shape.columnOf.get(keys[0]) : undefined
  // As it stands, so that its index is used.
  if (column !== undefined) return spans(` AND ${column} = {guild:String}`)
  const exactly = ` AND ${attribute(shape, keys)} = {guild:String}`
  if (shape.json) return spans(exactly)
  // The collector's own indexes of attribute values help where one map is asked at a time.
  return keys
    .flatMap((key) =>
      (['SpanAttributes', 'ResourceAttributes'] as const).map((column) =>
        spans(` AND ${attributeOf(shape, column, key)} = {guild:String}${exactly}`),
      ),
    )
    .join(' UNION ALL ')
}
