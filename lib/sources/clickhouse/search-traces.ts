import { z } from 'zod'
import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { headRateOf } from '../../model/otlp/tracestate.ts'
import { STAGE_ID, stageIdOf } from '../../model/stages.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import { attribute, type TracesShape } from './shape.ts'
import { amongTraces, type SpanTable } from './span-table.ts'

/** Traces of a guild that a search or a flame graph looks at, newest first. */
export const CANDIDATES = 2_000
/** Spans of a trace can start so much before and after those that name the guild. */
const SLACK_MS = 20 * 60_000

const idRow = z.object({ id: z.string() })
const summaryRow = z.object({
  id: z.string(),
  start: z.string(),
  end: z.string(),
  spans: z.string(),
  errors: z.string(),
  roots: z.string(),
  name: z.string(),
  service: z.string(),
  action: z.string(),
  guild: z.string(),
  wait: z.string(),
  whole: z.number(),
  stages: z.array(z.string()),
  states: z.array(z.string()),
})

/** Traces of a query, in its order, and whether there were more than were looked at. */
export interface MatchingTraces {
  readonly items: readonly TraceSummary[]
  readonly more: boolean
}

export async function searchTraces(
  table: SpanTable,
  query: TraceQuery,
  signal: AbortSignal,
): Promise<Result<Page<TraceSummary>>> {
  const after = query.cursor === undefined ? 0 : Number(/^at-(\d{1,6})$/.exec(query.cursor)?.[1] ?? Number.NaN)
  if (Number.isNaN(after))
    return fail(
      'bad-request',
      'request',
      'The cursor is not one that this list gave out.',
      'Start again from the first page.',
    )
  const found = await matchingTraces(table, query, signal)
  if (!found.ok) return found
  const matching = found.value.items
    .filter((trace) => trace.durationNs >= (query.minDurationNs ?? 0) && (!query.completeOnly || trace.complete))
    .sort(inOrderOf(query.sort))
  const end = after + Math.max(1, Math.min(1_000, query.limit))
  return ok({
    items: matching.slice(after, end),
    ...(found.value.more ? {} : { total: matching.length }),
    ...(end < matching.length ? { next: `at-${end}` } : {}),
    notes: found.value.more
      ? [`Only the newest ${formatExact(CANDIDATES)} traces of the range were looked at: choose a shorter one.`]
      : [],
  })
}

/** What lies in the range and has the action; in no order. */
export async function matchingTraces(
  table: SpanTable,
  query: Pick<TraceQuery, 'guild' | 'fromMs' | 'toMs' | 'action'>,
  signal: AbortSignal,
): Promise<Result<MatchingTraces>> {
  const shape = await table.shape(signal)
  if (!shape.ok) return shape
  const found = await candidates(table, shape.value, query, signal)
  if (!found.ok) return found
  const read = await summaries(table, shape.value, found.value.ids, signal)
  if (!read.ok) return read
  const [fromMs, toMs] = [query.fromMs ?? 0, query.toMs ?? Number.MAX_SAFE_INTEGER]
  return ok({
    items: read.value
      .filter((trace) => trace.startMs >= fromMs && trace.startMs < toMs)
      .filter((trace) => query.action === undefined || query.action === '' || trace.action === query.action),
    more: found.value.more,
  })
}

/** Ids of the newest traces in the range that name the guild. */
async function candidates(
  table: SpanTable,
  shape: TracesShape,
  query: Pick<TraceQuery, 'guild' | 'fromMs' | 'toMs'>,
  signal: AbortSignal,
): Promise<Result<{ ids: string[]; more: boolean }>> {
  const params: Record<string, string | number> = {
    from: Math.max(0, Math.floor((query.fromMs ?? 0) - SLACK_MS)),
    to: Math.min(4_102_444_800_000, Math.ceil((query.toMs ?? Number.MAX_SAFE_INTEGER) + SLACK_MS)),
  }
  const conditions = [
    'Timestamp >= fromUnixTimestamp64Milli({from:Int64})',
    'Timestamp < fromUnixTimestamp64Milli({to:Int64})',
  ]
  if (query.guild !== undefined) {
    conditions.push(`${shape.guildColumn ? 'GuildId' : attribute(shape, table.mapping.guild)} = {guild:String}`)
    params.guild = query.guild
  }
  const found = await table.ask.rows(
    `SELECT TraceId AS id FROM ${table.spans} WHERE ${conditions.join(' AND ')} GROUP BY TraceId ORDER BY min(Timestamp) DESC, TraceId LIMIT ${CANDIDATES + 1}`,
    idRow,
    params,
    CANDIDATES + 1,
    signal,
  )
  if (!found.ok) return found
  const ids = found.value.map((row) => row.id).filter((id) => /^[0-9a-f]{32}$/.test(id))
  return ok({ ids: ids.slice(0, CANDIDATES), more: ids.length > CANDIDATES })
}

/** Rows of the list, of whole traces: also of those parts that do not name the guild. */
async function summaries(
  table: SpanTable,
  shape: TracesShape,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<Result<TraceSummary[]>> {
  if (ids.length === 0) return ok([])
  const { mapping } = table
  const stated = (keys: readonly string[]) => attribute(shape, keys)
  const start = 'toUnixTimestamp64Nano(Timestamp)'
  const enqueued = `toInt64OrZero(${stated(mapping.enqueued)})`
  const among = amongTraces(table, shape, ids)
  const rows = await table.ask.rows(
    `${among.with} SELECT TraceId AS id, toString(min(${start})) AS start, toString(max(${start} + toInt64(Duration))) AS end,
      toString(uniqExact(SpanId, Timestamp, Duration, SpanName)) AS spans,
      ${shape.columns.has('StatusCode') ? "toString(countIf(toString(StatusCode) IN ('Error', 'STATUS_CODE_ERROR', '2')))" : "'0'"} AS errors,
      toString(countIf(ParentSpanId = '')) AS roots, argMin(toString(SpanName), (ParentSpanId != '', Timestamp)) AS name,
      argMin(toString(ServiceName), (ParentSpanId != '', Timestamp)) AS service,
      argMinIf(${stated(mapping.action)}, Timestamp, ${stated(mapping.action)} != '') AS action,
      argMinIf(${stated(mapping.guild)}, Timestamp, ${stated(mapping.guild)} != '') AS guild,
      toString(max(if(${enqueued} > 0, greatest(0, ${start} - ${enqueued}), -1))) AS wait,
      toUInt8(uniqExactArray([SpanId, if(ParentSpanId = '', SpanId, ParentSpanId)]) = uniqExact(SpanId)) AS whole,
      groupUniqArray(${stated(mapping.stage)}) AS stages,
      ${shape.columns.has('TraceState') ? 'groupUniqArray(100)(TraceState)' : "CAST([], 'Array(String)')"} AS states
    FROM ${table.spans} WHERE ${among.where} GROUP BY TraceId`,
    summaryRow,
    {},
    CANDIDATES,
    signal,
  )
  return rows.ok ? ok(rows.value.map((row) => summaryOf(table.source, row))) : rows
}

function summaryOf(source: string, row: z.infer<typeof summaryRow>): TraceSummary {
  const stages = new Set(row.stages.map(stageIdOf).filter((stage) => stage !== STAGE_ID.unknown))
  const before = stages.has(STAGE_ID.client) || stages.has(STAGE_ID.api)
  const rates = new Set(
    row.states.map((state) => headRateOf(encodeUtf8(state), 0, encodeUtf8(state).length)).filter((rate) => rate > 0),
  )
  const [rate] = rates
  return {
    source,
    traceId: row.id,
    startMs: Number(BigInt(row.start) / 1_000n) / 1_000,
    durationNs: Math.max(0, Number(BigInt(row.end) - BigInt(row.start))),
    spanCount: Number(row.spans),
    errorCount: Number(row.errors),
    rootName: row.name,
    rootService: row.service,
    action: row.action,
    ...(row.guild === '' ? {} : { guildId: row.guild }),
    complete:
      row.roots !== '0' &&
      row.whole === 1 &&
      (stages.size === 0 || (before && [...stages].some((s) => s >= STAGE_ID.guild))),
    waitNs: Number(row.wait),
    weight: rates.size === 1 && rate !== undefined ? 1 / rate : -1,
  }
}
