import { formatExact } from '../../base/format.ts'
import { bigIntToSpanId, parseTraceId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import type { TraceEvidence } from '../../evidence/trace-evidence.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../../model/span-columns.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import { encodeTrace } from '../../model/wire.ts'
import { TraceMemory } from '../fetched/trace-memory.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { SourceHealth, SpanQuery, TimeHint, TraceCapabilities, TraceSource } from '../trace-source.ts'
import { CANDIDATES } from './candidates.ts'
import { detailsOf, detailsRow, detailsSelection } from './details.ts'
import { evidenceOf } from './evidence.ts'
import { flameOf, spansOf } from './flame.ts'
import { healthOf } from './health.ts'
import { type OpenedTrace, openTrace } from './open-trace.ts'
import { searchTraces } from './search-traces.ts'
import { SpanTable } from './span-table.ts'

/** Traces in the tables of the OpenTelemetry collector's ClickHouse exporter. */
export class ClickHouseTraces implements TraceSource {
  readonly name: string
  readonly capabilities: TraceCapabilities
  readonly #client: BackendClient
  readonly #table: SpanTable
  readonly #memory = new TraceMemory<OpenedTrace>()

  constructor(name: string, settings: SettingsOf<'clickhouse'>, client: BackendClient) {
    this.name = name
    this.#client = client
    this.#table = new SpanTable(name, settings, client)
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

  searchTraces(query: TraceQuery, signal: AbortSignal): Promise<Result<Page<TraceSummary>>> {
    return searchTraces(this.#table, query, signal)
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
    return opened.ok ? ok(opened.value.ids.slice()) : opened
  }

  async spanDetails(
    traceId: string,
    index: number,
    of: number | undefined,
    signal: AbortSignal,
  ): Promise<Result<SpanDetails>> {
    const known = this.#memory.get(parseTraceId(traceId) ?? '')
    const opened = known !== undefined && known.ids.length === of ? ok(known) : await this.#open(traceId, signal)
    if (!opened.ok) return opened
    const shape = await this.#table.shape(signal)
    if (!shape.ok) return shape
    const { ids, starts, ends, ordinals, trace, where } = opened.value
    if (of !== undefined && of !== ids.length)
      return fail('bad-request', 'request', 'The trace has grown since.', 'Load the trace again.')
    if (!Number.isInteger(index) || index < 0 || index >= ids.length)
      return fail('bad-request', 'request', 'The trace has no such span.', 'Load the trace again.')
    const rows = await this.#table.ask.rows(
      `SELECT ${detailsSelection(shape.value)} FROM ${this.#table.spans} WHERE ${where} AND SpanId = {span:String} AND SpanName = {name:String} AND Timestamp = fromUnixTimestamp64Nano({from:Int64}) AND Duration = {lasted:Int64} LIMIT 1`,
      detailsRow,
      {
        id: trace.traceId,
        span: bigIntToSpanId(ids[index]),
        name: trace.spans.names[trace.spans.nameId[index]],
        from: BigInt.asIntN(64, starts[index]),
        lasted: BigInt.asIntN(64, ends[index] - starts[index]),
      },
      1,
      signal,
    )
    if (!rows.ok) return rows
    const [row] = rows.value
    if (row === undefined)
      return fail('not-found', this.name, `${this.name} no longer holds this span.`, 'Load the trace again.')
    return ok(detailsOf(row, trace.traceId, ordinals.get(index) ?? 0))
  }

  traceEvidence(traceId: string, signal: AbortSignal): Promise<Result<TraceEvidence>> {
    return evidenceOf(this.#table, traceId, signal)
  }

  spansOf(query: SpanQuery, signal: AbortSignal): AsyncIterable<Result<SpanColumns>> {
    return spansOf(this.#table, query, signal)
  }

  flame(query: SpanQuery, signal: AbortSignal): Promise<Result<FlameAnswer>> {
    return flameOf(this.#table, query, signal)
  }

  health(signal: AbortSignal): Promise<SourceHealth> {
    return healthOf(this.#table, this.#client, signal)
  }

  async #open(traceId: string, signal: AbortSignal): Promise<Result<OpenedTrace>> {
    const opened = await openTrace(this.#table, traceId, signal)
    if (opened.ok) this.#memory.set(opened.value.trace.traceId, opened.value)
    return opened
  }
}
