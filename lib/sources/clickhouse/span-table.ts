import { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import type { SettingsOf } from '../../config/source-fields.ts'
import type { AttributeMapping } from '../../model/span-batch.ts'
import { mappingOf } from '../fetched/mapping-of.ts'
import type { BackendClient } from '../http/backend-client.ts'
import { Asker, type Params } from './ask.ts'
import { type AttributeKeys, identifier, lacks, literal, readShape, type TracesShape } from './shape.ts'

const boundsRow = z.object({ n: z.string(), first: z.string(), last: z.string() })

/** The table of spans of one source: how it is asked, what it looks like. */
export class SpanTable {
  readonly source: string
  readonly ask: Asker
  readonly mapping: AttributeMapping
  readonly settings: SettingsOf<'clickhouse'>
  /** Names of the tables, in backquotes. */
  readonly spans: string
  readonly times: string
  readonly guildTimes: string
  #shape: TracesShape | undefined

  constructor(source: string, settings: SettingsOf<'clickhouse'>, client: BackendClient) {
    this.source = source
    this.settings = settings
    this.ask = new Asker(client, settings.database, settings.totalTimeoutMs)
    this.mapping = mappingOf(settings.mapping)
    this.spans = identifier(settings.tracesTable)
    this.times = identifier(`${settings.tracesTable}_trace_id_ts`)
    this.guildTimes = identifier(`${settings.tracesTable}_guild_ts`)
  }

  /** Looks anew at the next question: the table may have got an index. */
  forget(): void {
    this.#shape = undefined
  }

  async shape(signal: AbortSignal): Promise<Result<TracesShape>> {
    if (signal.aborted) return fail('cancelled', this.source, 'The request was cancelled.', 'Ask again.')
    if (this.#shape !== undefined) return ok(this.#shape)
    const { database, tracesTable } = this.settings
    const shape = await readShape(this.ask, tracesTable, signal)
    if (!shape.ok) return shape
    const absent = lacks(shape.value)
    if (absent.length > 0)
      return fail(
        'unavailable',
        this.source,
        `${this.source}: the table ${database}.${tracesTable} is not one of spans: it has no ${absent.join(', ')}.`,
        'Correct "database" and "tracesTable" of the source in the configuration.',
      )
    this.#shape = shape.value
    return shape
  }

  /** The condition that picks one trace, as the parameter `id`, with the time in which it lies where the table of times tells it. */
  whereTrace(shape: TracesShape, id: string, signal: AbortSignal): Promise<Result<string>> {
    return this.#within(shape, 'TraceId = {id:String}', { id }, 1, signal)
  }

  /** Which mapped keys occur among the spans of `where`: cheap, for of the maps only the keys are read. Undefined: not known. */
  async keys(
    shape: TracesShape,
    where: string,
    id: string,
    signal: AbortSignal,
  ): Promise<Result<AttributeKeys | undefined>> {
    const { node, action, relay, stage, guild, guildName, enqueued, keepRate } = this.mapping
    const used = [node, action, relay, stage, guild, guildName, enqueued, keepRate].flat()
    const wanted = [...new Set(used)].filter((key) => !shape.columnOf.has(key))
    if (shape.json || wanted.length === 0) return ok(undefined)
    const each = (column: string) => `[${wanted.map((key) => `max(has(${column}.keys, ${literal(key)}))`).join(', ')}]`
    const rows = await this.ask.rows(
      `SELECT ${each('SpanAttributes')} AS span, ${each('ResourceAttributes')} AS resource FROM ${this.spans} WHERE ${where}`,
      z.object({ span: z.array(z.number()), resource: z.array(z.number()) }),
      { id },
      1,
      signal,
    )
    if (!rows.ok) return rows
    const among = (flags: readonly number[] = []) => new Set(wanted.filter((_, k) => flags[k] === 1))
    return ok({ span: among(rows.value[0]?.span), resource: among(rows.value[0]?.resource) })
  }

  /**
   * The condition that picks the traces of `ids`, with the time in which they lie where the table of times tells it. The ids stand in the
   * statement, which is the request's body: an address of 2,000 ids is too long for many a proxy.
   */
  async whereTraces(shape: TracesShape, ids: readonly string[], signal: AbortSignal): Promise<Result<string>> {
    // Hexadecimal digits and nothing else: they become a part of the statement.
    if (!ids.every((id) => /^[0-9a-f]{32}$/.test(id))) throw new Error('not a trace id')
    return this.#within(shape, `TraceId IN (${ids.map((id) => `'${id}'`).join(',')})`, {}, ids.length, signal)
  }

  /** `traces` and the seconds in which `count` traces lie; `traces` alone where not all of them stand in the table of times. */
  async #within(
    shape: TracesShape,
    traces: string,
    params: Params,
    count: number,
    signal: AbortSignal,
  ): Promise<Result<string>> {
    if (!shape.idsTable) return ok(traces)
    const bounds = await this.ask.rows(
      `SELECT toString(uniqExact(TraceId)) AS n, toString(toUnixTimestamp(min(Start)) - 1) AS first, toString(toUnixTimestamp(max(End)) + 2) AS last FROM ${this.times} WHERE ${traces}`,
      boundsRow,
      params,
      1,
      signal,
    )
    if (!bounds.ok) return bounds
    const [known] = bounds.value
    // The whole table is read where the table of times does not know an id: it may be younger than the spans.
    if (known === undefined || Number(known.n) < count) return ok(traces)
    return ok(
      `${traces} AND Timestamp >= toDateTime64(${Number(known.first)}, 9) AND Timestamp <= toDateTime64(${Number(known.last)}, 9)`,
    )
  }
}
