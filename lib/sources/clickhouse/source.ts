import { z } from 'zod'
import { formatExact } from '../../base/format.ts'
import { bigIntToSpanId, parseTraceId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import { buildForest } from '../../model/build-tree.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import { CallMerger } from '../../model/merge-calls.ts'
import { headRateOf } from '../../model/otlp/tracestate.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../../model/span-columns.ts'
import { STAGE_ID, stageIdOf } from '../../model/stages.ts'
import { subtreesOfStage } from '../../model/subtrees.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import { encodeTrace } from '../../model/wire.ts'
import { mappingOf } from '../fetched/mapping-of.ts'
import { inOrderOf } from '../fetched/summary-order.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { SourceHealth, SpanQuery, TimeHint, TraceCapabilities, TraceSource } from '../trace-source.ts'
import { Asker, type Params } from './ask.ts'
import { detailsOf, detailsRow, detailsSelection } from './details.ts'
import { attribute, identifier, lacks, readShape, type TracesShape } from './shape.ts'
import { SpanRowsReader, spanSelection } from './span-rows-reader.ts'

/** Traces of a guild that a search or a flame graph looks at, newest first. */
const CANDIDATES = 2_000
const BATCH_SPANS = 100_000
/** Spans of a trace can start so much before and after those that name the guild. */
const SLACK_MS = 20 * 60_000
/** Traces whose span places are remembered for the details panel. */
const REMEMBERED = 4

const boundsRow = z.object({ n: z.string(), first: z.string(), last: z.string() })
const idRow = z.object({ id: z.string() })
const versionRow = z.object({ version: z.string(), newest: z.string() })
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

interface Opened {
  readonly trace: Trace
  readonly ids: SpanIds
  readonly startNs: BigInt64Array
}

/** Traces in the tables of the OpenTelemetry collector's ClickHouse exporter. */
export class ClickHouseTraces implements TraceSource {
  readonly name: string
  readonly capabilities: TraceCapabilities
  readonly #ask: Asker
  readonly #client: BackendClient
  readonly #settings: SettingsOf<'clickhouse'>
  readonly #mapping
  readonly #opened = new Map<string, Opened>()
  #shape: TracesShape | undefined

  constructor(name: string, settings: SettingsOf<'clickhouse'>, client: BackendClient) {
    this.name = name
    this.#settings = settings
    this.#client = client
    this.#ask = new Asker(client, settings.database, settings.totalTimeoutMs)
    this.#mapping = mappingOf(settings.mapping)
    this.capabilities = {
      searchByGuild: true,
      searchByAction: true,
      links: true,
      nanoseconds: true,
      exactCounts: true,
      flame: true,
      maxSpansPerTrace: settings.maxSpansPerTrace,
      limits: [
        'ClickHouse keeps attribute values as text: numbers and lists are shown as text.',
        `A search looks at the newest ${formatExact(CANDIDATES)} traces of its range.`,
      ],
    }
  }

  async searchTraces(query: TraceQuery, signal: AbortSignal): Promise<Result<Page<TraceSummary>>> {
    const shape = await this.#known(signal)
    if (!shape.ok) return shape
    const after = query.cursor === undefined ? 0 : Number(/^at-(\d{1,6})$/.exec(query.cursor)?.[1] ?? Number.NaN)
    if (Number.isNaN(after))
      return fail(
        'bad-request',
        'request',
        'The cursor is not one that this list gave out.',
        'Start again from the first page.',
      )
    const found = await this.#candidates(shape.value, query, signal)
    if (!found.ok) return found
    const summaries = await this.#summaries(shape.value, found.value.ids, signal)
    if (!summaries.ok) return summaries
    const [fromMs, toMs] = [query.fromMs ?? 0, query.toMs ?? Number.MAX_SAFE_INTEGER]
    const matching = summaries.value
      .filter((trace) => trace.startMs >= fromMs && trace.startMs < toMs)
      .filter((trace) => query.action === undefined || query.action === '' || trace.action === query.action)
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

  async trace(traceId: string, _hint: TimeHint | undefined, signal: AbortSignal): Promise<Result<Trace>> {
    const opened = await this.#open(traceId, signal)
    return opened.ok ? ok(opened.value.trace) : opened
  }

  async traceWire(
    traceId: string,
    hint: TimeHint | undefined,
    signal: AbortSignal,
  ): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const trace = await this.trace(traceId, hint, signal)
    return trace.ok ? ok(encodeTrace(trace.value)) : trace
  }

  async spanIds(traceId: string, signal: AbortSignal): Promise<Result<SpanIds>> {
    const opened = await this.#open(traceId, signal)
    return opened.ok ? ok(opened.value.ids) : opened
  }

  async spanDetails(
    traceId: string,
    index: number,
    of: number | undefined,
    signal: AbortSignal,
  ): Promise<Result<SpanDetails>> {
    const id = parseTraceId(traceId) ?? ''
    const known = this.#opened.get(id)
    const opened = known !== undefined && known.ids.length === of ? ok(known) : await this.#open(traceId, signal)
    if (!opened.ok) return opened
    const shape = await this.#known(signal)
    if (!shape.ok) return shape
    const { ids, startNs, trace } = opened.value
    if (of !== undefined && of !== ids.length)
      return fail('bad-request', 'request', 'The trace has grown since.', 'Load the trace again.')
    if (!Number.isInteger(index) || index < 0 || index >= ids.length)
      return fail('bad-request', 'request', 'The trace has no such span.', 'Load the trace again.')
    let ordinal = 0
    for (let i = 0; i < index; i++) if (ids[i] === ids[index]) ordinal++
    const rows = await this.#ask.rows(
      `SELECT ${detailsSelection(shape.value)} FROM ${this.#table()} WHERE TraceId = {id:String} AND SpanId = {span:String} AND Timestamp = fromUnixTimestamp64Nano({at:Int64}) AND SpanName = {name:String} ORDER BY Duration DESC LIMIT 1`,
      detailsRow,
      { id, span: bigIntToSpanId(ids[index]), at: startNs[index], name: trace.spans.names[trace.spans.nameId[index]] },
      10,
      signal,
    )
    if (!rows.ok) return rows
    const row = rows.value[0]
    if (row === undefined)
      return fail('not-found', this.name, `${this.name} no longer holds this span.`, 'Load the trace again.')
    return ok(detailsOf(row, id, ordinal))
  }

  async *spansOf(query: SpanQuery, signal: AbortSignal): AsyncIterable<Result<SpanColumns>> {
    const plan = await this.#plan(query, signal)
    if (!plan.ok) {
      yield plan
      return
    }
    for (const batch of plan.value.batches) yield await this.#forest(plan.value.shape, batch, query, signal)
  }

  async flame(query: SpanQuery, signal: AbortSignal): Promise<Result<FlameAnswer>> {
    const plan = await this.#plan(query, signal)
    if (!plan.ok) return plan
    const merger = new CallMerger()
    let spans = 0
    for (const batch of plan.value.batches) {
      const forest = await this.#forest(plan.value.shape, batch, query, signal)
      if (!forest.ok) return forest
      spans += forest.value.count
      merger.add(forest.value)
    }
    const { traces } = plan.value
    const known = traces.filter((trace) => trace.weight > 0)
    return ok({
      tree: merger.finish(),
      traces: traces.length,
      spans,
      ...(known.length === 0 ? {} : { estimatedTraces: known.reduce((sum, trace) => sum + trace.weight, 0) }),
      unknownSampling: traces.length - known.length,
      notes: [...plan.value.notes, ...merger.notes],
    })
  }

  async health(signal: AbortSignal): Promise<SourceHealth> {
    const base = { name: this.name, kind: 'clickhouse', lastErrors: this.#client.stats().lastErrors } as const
    this.#shape = undefined
    const shape = await this.#known(signal)
    if (!shape.ok) return { ...base, ok: false, failure: shape.failure, facts: [] }
    const rows = await this.#ask.rows(
      `SELECT version() AS version, toString(toUnixTimestamp64Milli(CAST(max(Timestamp), 'DateTime64(3)'))) AS newest FROM ${this.#table()} WHERE Timestamp > now() - INTERVAL 1 DAY`,
      versionRow,
      {},
      10,
      signal,
    )
    if (!rows.ok) return { ...base, ok: false, failure: rows.failure, facts: [] }
    const { version, newest } = rows.value[0] ?? { version: '', newest: '0' }
    return {
      ...base,
      ok: true,
      version,
      ...(Number(newest) > 0 ? { lagMs: Math.max(0, Date.now() - Number(newest)) } : {}),
      abilities: [
        {
          what: 'find a guild by an index',
          can: shape.value.guildColumn,
          ...(shape.value.guildColumn
            ? {}
            : { why: 'The table has no column GuildId: a search reads the attributes of its range.' }),
        },
        { what: 'open a trace by its id without a scan', can: shape.value.idsTable },
      ],
      facts: [
        { label: 'Table', value: `${this.#settings.database}.${this.#settings.tracesTable}` },
        { label: 'Attributes', value: shape.value.json ? 'JSON' : 'Map' },
        ...(shape.value.missing.length === 0
          ? []
          : [{ label: 'Not in the table', value: shape.value.missing.join(', ') }]),
      ],
    }
  }

  #table(): string {
    return identifier(this.#settings.tracesTable)
  }

  async #known(signal: AbortSignal): Promise<Result<TracesShape>> {
    if (signal.aborted) return fail('cancelled', this.name, 'The request was cancelled.', 'Ask again.')
    if (this.#shape !== undefined) return ok(this.#shape)
    const shape = await readShape(this.#ask, this.#settings.tracesTable, this.#mapping, signal)
    if (!shape.ok) return shape
    const absent = lacks(shape.value)
    if (absent.length > 0)
      return fail(
        'unavailable',
        this.name,
        `${this.name}: the table ${this.#settings.database}.${this.#settings.tracesTable} is not one of spans: it has no ${absent.join(', ')}.`,
        'Correct "database" and "tracesTable" of the source in the configuration.',
      )
    this.#shape = shape.value
    return shape
  }

  async #open(traceId: string, signal: AbortSignal): Promise<Result<Opened>> {
    const id = parseTraceId(traceId)
    if (id === undefined)
      return fail('bad-request', 'request', 'This is not a trace id.', 'A trace id has 32 (or 16) hexadecimal digits.')
    const shape = await this.#known(signal)
    if (!shape.ok) return shape
    let where = 'TraceId = {id:String}'
    if (shape.value.idsTable) {
      const bounds = await this.#ask.rows(
        `SELECT count() AS n, toString(toUnixTimestamp(min(Start)) - 1) AS first, toString(toUnixTimestamp(max(End)) + 2) AS last FROM ${identifier(`${this.#settings.tracesTable}_trace_id_ts`)} WHERE TraceId = {id:String}`,
        boundsRow,
        { id },
        10,
        signal,
      )
      if (!bounds.ok) return bounds
      const known = bounds.value[0]
      // The whole table is read where the index table does not know the id: it may be younger than the spans.
      if (known !== undefined && known.n !== '0')
        where += ` AND Timestamp >= toDateTime64(${Number(known.first)}, 9) AND Timestamp <= toDateTime64(${Number(known.last)}, 9)`
    }
    const max = this.#settings.maxSpansPerTrace
    const reader = new SpanRowsReader(max)
    const read = await this.#ask.binary(
      `SELECT toUInt32(0), ${spanSelection(shape.value, this.#mapping)} FROM ${this.#table()} WHERE ${where} ORDER BY Timestamp, Duration DESC, SpanId LIMIT ${max + 1} FORMAT RowBinary`,
      { id },
      max + 1,
      signal,
      (bytes) => reader.take(bytes),
      () => reader.atRowEnd,
    )
    if (!read.ok) return read
    if (reader.count === 0)
      return fail(
        'not-found',
        this.name,
        `${this.name} has no spans of this trace.`,
        'Check the id, or whether the trace is older than what is kept.',
      )
    const rows = reader.rows(this.#mapping.stageOfService)
    const forest = buildForest(rows)
    const counts = new Float64Array(reader.guilds.strings.length)
    const names = new Map<number, string>()
    for (let i = 0; i < reader.count; i++) {
      counts[reader.guildId[i]]++
      if (reader.guildNameId[i] !== 0) names.set(reader.guildId[i], reader.guildNames.strings[reader.guildNameId[i]])
    }
    const guilds = [...counts.keys()]
      .filter((g) => g !== 0)
      .sort((a, b) => counts[b] - counts[a])
      .map((g) => ({ id: reader.guilds.strings[g], ...(names.has(g) ? { name: names.get(g) } : {}) }))
    const notes: string[] = []
    if (reader.full || read.value)
      notes.push(`Showing the first ${formatExact(reader.count)} spans: a trace is read up to there.`)
    if (forest.collapsed > 0)
      notes.push(`${formatExact(forest.collapsed)} spans arrived more than once and are shown once.`)
    if (forest.orphans > 0)
      notes.push(`${formatExact(forest.orphans)} spans name a parent that is not here; they are shown as roots.`)
    if (forest.cycles > 0) notes.push(`${formatExact(forest.cycles)} cycles of parents were cut.`)
    if (forest.duplicates > 0)
      notes.push(`${formatExact(forest.duplicates)} spans share their id with a different span.`)
    const ids = new BigUint64Array(forest.spans.count)
    const startNs = new BigInt64Array(forest.spans.count)
    for (let i = 0; i < ids.length; i++) {
      ids[i] = rows.spanId[forest.order[i]]
      startNs[i] = rows.startNs[forest.order[i]]
    }
    const totalSpans = ids.length + (reader.full ? 1 : 0)
    const opened = {
      trace: { traceId: id, source: this.name, guilds, spans: forest.spans, totalSpans, notes },
      ids,
      startNs,
    }
    this.#opened.delete(id)
    this.#opened.set(id, opened)
    for (const oldest of this.#opened.keys()) if (this.#opened.size > REMEMBERED) this.#opened.delete(oldest)
    return ok(opened)
  }

  /** Ids of the newest traces in the range that name the guild. */
  async #candidates(
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
      conditions.push(`${shape.guildColumn ? 'GuildId' : attribute(shape, this.#mapping.guild)} = {guild:String}`)
      params.guild = query.guild
    }
    const found = await this.#ask.rows(
      `SELECT TraceId AS id FROM ${this.#table()} WHERE ${conditions.join(' AND ')} GROUP BY TraceId ORDER BY min(Timestamp) DESC, TraceId LIMIT ${CANDIDATES + 1}`,
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
  async #summaries(shape: TracesShape, ids: readonly string[], signal: AbortSignal): Promise<Result<TraceSummary[]>> {
    if (ids.length === 0) return ok([])
    const stated = (keys: readonly string[]) => attribute(shape, keys)
    const start = 'toUnixTimestamp64Nano(Timestamp)'
    const enqueued = `toInt64OrZero(${stated(this.#mapping.enqueued)})`
    const rows = await this.#ask.rows(
      `SELECT TraceId AS id, toString(min(${start})) AS start, toString(max(${start} + toInt64(Duration))) AS end,
        toString(uniqExact(SpanId, Timestamp, Duration, SpanName)) AS spans,
        ${shape.columns.has('StatusCode') ? "toString(countIf(StatusCode IN ('Error', 'STATUS_CODE_ERROR', '2')))" : "'0'"} AS errors,
        toString(countIf(ParentSpanId = '')) AS roots, argMin(toString(SpanName), (ParentSpanId != '', Timestamp)) AS name,
        argMin(toString(ServiceName), (ParentSpanId != '', Timestamp)) AS service,
        argMinIf(${stated(this.#mapping.action)}, Timestamp, ${stated(this.#mapping.action)} != '') AS action,
        argMinIf(${stated(this.#mapping.guild)}, Timestamp, ${stated(this.#mapping.guild)} != '') AS guild,
        toString(max(if(${enqueued} > 0, greatest(0, ${start} - ${enqueued}), -1))) AS wait,
        toUInt8(uniqExactArray([SpanId, if(ParentSpanId = '', SpanId, ParentSpanId)]) = uniqExact(SpanId)) AS whole,
        groupUniqArray(${stated(this.#mapping.stage)}) AS stages,
        ${shape.columns.has('TraceState') ? 'groupUniqArray(100)(TraceState)' : "CAST([], 'Array(String)')"} AS states
      FROM ${this.#table()} WHERE ${this.#among(shape)} GROUP BY TraceId`,
      summaryRow,
      idsOf(ids),
      CANDIDATES,
      signal,
    )
    return rows.ok ? ok(rows.value.map((row) => summaryOf(this.name, row))) : rows
  }

  /** The traces of `{ids}`, and only the time in which they lie where the index table tells it. */
  #among(shape: TracesShape): string {
    const wanted = "(SELECT arrayJoin(splitByChar(',', {ids:String})))"
    const index = identifier(`${this.#settings.tracesTable}_trace_id_ts`)
    const bound = (what: string) => `(SELECT ${what} FROM ${index} WHERE TraceId IN ${wanted})`
    return shape.idsTable
      ? `TraceId IN ${wanted} AND (Timestamp >= ${bound('min(Start) - 1')} AND Timestamp <= ${bound('if(count() = 0, toDateTime(4102444800), max(End) + 2)')})`
      : `TraceId IN ${wanted}`
  }

  async #plan(query: SpanQuery, signal: AbortSignal) {
    const shape = await this.#known(signal)
    if (!shape.ok) return shape
    const found = await this.#candidates(shape.value, query, signal)
    if (!found.ok) return found
    const summaries = await this.#summaries(shape.value, found.value.ids, signal)
    if (!summaries.ok) return summaries
    const matching = summaries.value
      .filter((trace) => trace.startMs >= query.fromMs && trace.startMs < query.toMs)
      .filter((trace) => query.action === undefined || query.action === '' || trace.action === query.action)
      .sort(inOrderOf('newest'))
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
    const notes: string[] = []
    if (traces.length < matching.length || found.value.more)
      notes.push(
        `Merged the newest ${formatExact(traces.length)} of ${found.value.more ? 'more than ' : ''}${formatExact(matching.length)} traces.`,
      )
    return ok({ shape: shape.value, traces, batches, notes })
  }

  async #forest(
    shape: TracesShape,
    ids: readonly string[],
    query: SpanQuery,
    signal: AbortSignal,
  ): Promise<Result<SpanColumns>> {
    const reader = new SpanRowsReader(query.maxSpans + BATCH_SPANS)
    const read = await this.#ask.binary(
      `SELECT toUInt32(indexOf(splitByChar(',', {ids:String}), TraceId) - 1), ${spanSelection(shape, this.#mapping)} FROM ${this.#table()} WHERE ${this.#among(shape)} FORMAT RowBinary`,
      idsOf(ids),
      query.maxSpans + BATCH_SPANS,
      signal,
      (bytes) => reader.take(bytes),
      () => reader.atRowEnd,
    )
    if (!read.ok) return read
    const { spans, order } = buildForest(reader.rows(this.#mapping.stageOfService))
    if (query.scope !== 'guild') return ok(spans)
    const guildOf = new Uint32Array(spans.count)
    for (let i = 0; i < spans.count; i++) {
      const above = spans.parent[i]
      guildOf[i] = reader.guildId[order[i]] || (above === -1 ? 0 : guildOf[above])
    }
    return ok(
      subtreesOfStage(
        spans,
        STAGE_ID.guild,
        (i) => guildOf[i] === 0 || reader.guilds.strings[guildOf[i]] === query.guild,
      ),
    )
  }
}

/** Hexadecimal ids only, so that a comma parts them. */
function idsOf(ids: readonly string[]): Params {
  return { ids: ids.join(',') }
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
