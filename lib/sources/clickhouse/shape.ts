import { z } from 'zod'
import { ok, type Result } from '../../base/result.ts'
import type { Asker } from './ask.ts'

/** What a table of spans looks like: the collector's exporter has made three generations of it, and one with JSON attributes. */
export interface TracesShape {
  readonly columns: ReadonlySet<string>
  /** Attributes are of type JSON, not Map. */
  readonly json: boolean
  /** `…_trace_id_ts` is there: a trace is found without a scan. */
  readonly idsTable: boolean
  /** `…_guild_ts` is there: the traces of a guild are found without a look at spans. */
  readonly guildTimes: boolean
  /** Attribute key → the column that holds it (the span's before its resource's), where the table has one. */
  readonly columnOf: ReadonlyMap<string, string>
  readonly missing: readonly string[]
}

const columnRow = z.object({ table: z.string(), name: z.string(), type: z.string(), default_expression: z.string() })
const NEEDED = [
  'Timestamp',
  'TraceId',
  'SpanId',
  'ParentSpanId',
  'SpanName',
  'ServiceName',
  'Duration',
  'SpanAttributes',
  'ResourceAttributes',
]
const USED = [
  'TraceState',
  'SpanKind',
  'StatusCode',
  'StatusMessage',
  'ScopeName',
  'ScopeVersion',
  'Events.Name',
  'Links.TraceId',
]

/** `if(SpanAttributes['k'] != '', SpanAttributes['k'], ResourceAttributes['k'])`, as the server writes it. */
const HELD = /^if\(\(?SpanAttributes\['([^'\\]+)'\]\)? != '', SpanAttributes\['\1'\], ResourceAttributes\['\1'\]\)$/

/** Undefined: no such table, or not one of spans; `missing` names what of it is not there. */
export async function readShape(ask: Asker, table: string, signal: AbortSignal): Promise<Result<TracesShape>> {
  const rows = await ask.rows(
    'SELECT table, name, type, default_expression FROM system.columns WHERE database = currentDatabase() AND table IN ({table:String}, {ids:String}, {guilds:String})',
    columnRow,
    { table, ids: `${table}_trace_id_ts`, guilds: `${table}_guild_ts` },
    10_000,
    signal,
  )
  if (!rows.ok) return rows
  const own = rows.value.filter((row) => row.table === table)
  const columns = new Set(own.map((row) => row.name))
  return ok({
    columns,
    json: own.some((row) => row.name === 'SpanAttributes' && /^(JSON|Object)/.test(row.type)),
    idsTable: rows.value.some((row) => row.table === `${table}_trace_id_ts`),
    guildTimes: rows.value.some((row) => row.table === `${table}_guild_ts`),
    columnOf: new Map(
      own.flatMap(({ name, default_expression }) => {
        const key = HELD.exec(default_expression)?.[1]
        return key === undefined ? [] : [[key, identifier(name)]]
      }),
    ),
    missing: [...NEEDED, ...USED].filter((name) => !columns.has(name)),
  })
}

/** Columns without which nothing can be read. */
export function lacks(shape: TracesShape): readonly string[] {
  return NEEDED.filter((name) => shape.missing.includes(name))
}

/** An identifier in backquotes. */
export function identifier(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``
}

/** Which of the mapped keys occur in the maps of some spans. */
export interface AttributeKeys {
  readonly span: ReadonlySet<string>
  readonly resource: ReadonlySet<string>
}

/** One attribute of a span or its resource as text; '' where it is not there. */
export function attributeOf(shape: TracesShape, column: 'SpanAttributes' | 'ResourceAttributes', key: string): string {
  return shape.json
    ? `ifNull(CAST(${column}.${key.split('.').map(identifier).join('.')}, 'Nullable(String)'), '')`
    : `${column}[${literal(key)}]`
}

/** The first attribute of `keys` that is there, of the span before that of its resource, as text; '' where none is. */
export function attribute(shape: TracesShape, keys: readonly string[], occur?: AttributeKeys): string {
  const [first, ...others] = keys
  // Of several keys, the second of the span would count before the first of the resource.
  if (others.length === 0 && shape.columnOf.has(first)) return `toString(${shape.columnOf.get(first)})`
  const each = [
    ...keys.filter((key) => occur?.span.has(key) ?? true).map((key) => attributeOf(shape, 'SpanAttributes', key)),
    ...keys
      .filter((key) => occur?.resource.has(key) ?? true)
      .map((key) => attributeOf(shape, 'ResourceAttributes', key)),
  ]
  const last = each.pop() ?? "''"
  return each.length === 0 ? last : `multiIf(${each.map((one) => `${one} != '', ${one}`).join(', ')}, ${last})`
}

/** Keys come from the configuration, never from a reader. */
export function literal(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
