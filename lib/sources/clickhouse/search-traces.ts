import { z } from 'zod'
import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { headRateOf } from '../../model/otlp/tracestate.ts'
import { STAGE_ID, stageIdOf } from '../../model/stages.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import { CANDIDATES, candidatesOf } from './candidates.ts'
import { attribute, type TracesShape } from './shape.ts'
import type { SpanTable } from './span-table.ts'

/** Traces whose rows are read beside those that are wanted: some do not match, or begin earlier than they seem to. */
const SPARE = 10

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

/** Traces that lie in the range and have the action, in no order, and whether there were more than were looked at. */
export interface MatchingTraces {
  readonly items: readonly TraceSummary[]
  readonly more: boolean
  /** There are older ones at which nobody looked, because enough were found. */
  readonly goesOn: boolean
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
  const end = after + Math.max(1, Math.min(1_000, query.limit))
  const found = await matchingTraces(table, query, signal, query.sort === 'newest' ? end : Number.POSITIVE_INFINITY)
  if (!found.ok) return found
  const { more, goesOn } = found.value
  const matching = [...found.value.items].sort(inOrderOf(query.sort))
  return ok({
    items: matching.slice(after, end),
    ...(more || goesOn ? {} : { total: matching.length }),
    ...(end < matching.length || goesOn ? { next: `at-${end}` } : {}),
    notes:
      more && !goesOn
        ? [`Only the newest ${formatExact(CANDIDATES)} traces of the range were looked at: choose a shorter one.`]
        : [],
  })
}

/**
 * What matches. `wanted`: so many of the newest are enough; older traces are then not looked at. A trace begins no later than the time by which
 * it was found, so that those which begin after all that is left are surely the newest.
 */
export async function matchingTraces(
  table: SpanTable,
  query: Pick<TraceQuery, 'guild' | 'fromMs' | 'toMs' | 'action' | 'minDurationNs' | 'completeOnly'>,
  signal: AbortSignal,
  wanted = Number.POSITIVE_INFINITY,
): Promise<Result<MatchingTraces>> {
  const shape = await table.shape(signal)
  if (!shape.ok) return shape
  const candidates = await candidatesOf(table, shape.value, query, signal)
  if (!candidates.ok) return candidates
  const { found, more } = candidates.value
  const [fromMs, toMs] = [query.fromMs ?? 0, query.toMs ?? Number.MAX_SAFE_INTEGER]
  const items: TraceSummary[] = []
  let looked = 0
  for (let lot = wanted + SPARE; looked < found.length; lot *= 2) {
    const ids = found.slice(looked, looked + lot).map(({ id }) => id)
    const read = await summaries(table, shape.value, ids, signal)
    if (!read.ok) return read
    items.push(
      ...read.value
        .filter((trace) => trace.startMs >= fromMs && trace.startMs < toMs)
        .filter((trace) => query.action === undefined || query.action === '' || trace.action === query.action)
        .filter((trace) => trace.durationNs >= (query.minDurationNs ?? 0) && (!query.completeOnly || trace.complete)),
    )
    looked += ids.length
    const boundary = found[looked]?.atMs ?? Number.NEGATIVE_INFINITY
    if (items.filter((trace) => trace.startMs >= boundary).length >= wanted) break
  }
  return ok({ items, more, goesOn: looked < found.length })
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
  const enqueued = `toInt64OrZero(CAST(${stated(mapping.enqueued)}, 'String'))`
  const where = await table.whereTraces(shape, ids, signal)
  if (!where.ok) return where
  const rows = await table.ask.rows(
    `SELECT TraceId AS id, toString(min(${start})) AS start, toString(max(${start} + toInt64(Duration))) AS end,
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
    FROM ${table.spans} WHERE ${where.value} GROUP BY TraceId`,
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
