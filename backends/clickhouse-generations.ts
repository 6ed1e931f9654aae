/**
 * The tables of spans that the collector's ClickHouse exporter has made over the years (opentelemetry-collector-contrib,
 * `exporter/clickhouseexporter`), and its way of filling them. The newest one with maps is the schema of `store: clickhouse`.
 */
import { bigIntToSpanId, halvesToTraceId } from '../lib/base/ids.ts'
import { decodeSpanRest } from '../lib/model/otlp/details.ts'
import { decodeTracesJson } from '../lib/model/otlp/json.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import type { Attribute, SpanDetails } from '../lib/model/span-columns.ts'

export interface Generation {
  readonly name: string
  readonly tables: readonly string[]
  readonly scope: boolean
  /** `Keys`: the names of the attributes stand in columns of their own, too. */
  readonly attributes: 'Map' | 'JSON' | 'JSON and keys'
  /** How `SpanKind` and `StatusCode` are written. */
  readonly enums: 'protobuf' | 'short'
}

const MAP = 'Map(LowCardinality(String), String)'

function tablesOf(
  g: Omit<Generation, 'tables' | 'name'>,
  duration: string,
  times: string,
  order: string,
): readonly string[] {
  const type = g.attributes === 'Map' ? MAP : 'JSON'
  const keys = (name: string) =>
    g.attributes === 'JSON and keys' ? `  ${name}Keys Array(LowCardinality(String)) CODEC(ZSTD(1)),\n` : ''
  return [
    `CREATE TABLE otel_traces (
  Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes ${type} CODEC(ZSTD(1)),
${keys('ResourceAttributes')}${g.scope ? '  ScopeName String CODEC(ZSTD(1)),\n  ScopeVersion String CODEC(ZSTD(1)),\n' : ''}  SpanAttributes ${type} CODEC(ZSTD(1)),
${keys('SpanAttributes')}  Duration ${duration} CODEC(ZSTD(1)),
  StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes ${type}) CODEC(ZSTD(1)),
  Links Nested (TraceId String, SpanId String, TraceState String, Attributes ${type}) CODEC(ZSTD(1)),
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toDate(Timestamp) ORDER BY (${order})`,
    `CREATE TABLE otel_traces_trace_id_ts (TraceId String CODEC(ZSTD(1)), Start ${times} CODEC(Delta, ZSTD(1)), End ${times} CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1) ENGINE = MergeTree ORDER BY (TraceId, ${times === 'DateTime' ? 'Start' : 'toUnixTimestamp(Start)'})`,
    `CREATE MATERIALIZED VIEW otel_traces_trace_id_ts_mv TO otel_traces_trace_id_ts AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End FROM otel_traces WHERE TraceId != '' GROUP BY TraceId`,
  ]
}

const OLDEST = { scope: false, attributes: 'Map', enums: 'protobuf' } as const
const MIDDLE = { scope: true, attributes: 'Map', enums: 'short' } as const
const JSON_TYPE = { scope: true, attributes: 'JSON', enums: 'short' } as const
const JSON_KEYS = { scope: true, attributes: 'JSON and keys', enums: 'short' } as const
const OLD_ORDER = 'ServiceName, SpanName, toUnixTimestamp(Timestamp), TraceId'
const JSON_ORDER = 'ServiceName, SpanName, toDateTime(Timestamp), Timestamp'

export const GENERATIONS: readonly Generation[] = [
  { name: 'the oldest: no scope', ...OLDEST, tables: tablesOf(OLDEST, 'Int64', 'DateTime64(9)', OLD_ORDER) },
  { name: 'the second: Duration Int64', ...MIDDLE, tables: tablesOf(MIDDLE, 'Int64', 'DateTime64(9)', OLD_ORDER) },
  { name: 'attributes as JSON', ...JSON_TYPE, tables: tablesOf(JSON_TYPE, 'UInt64', 'DateTime', JSON_ORDER) },
  {
    name: 'attributes as JSON, with keys',
    ...JSON_KEYS,
    tables: tablesOf(JSON_KEYS, 'UInt64', 'DateTime', JSON_ORDER),
  },
]

/** One OTLP/JSON request as rows (JSONEachRow) of a generation's table. */
export function rowsOf(generation: Generation, request: object): string {
  const decoded = decodeTracesJson(JSON.stringify(request), DEFAULT_MAPPING)
  if (!decoded.ok) throw new Error(decoded.failure.what)
  const batch = decoded.value
  return Array.from({ length: batch.count }, (_, i) => {
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const span = decodeSpanRest(rest, batch.resources[batch.resourceId[i]], batch.scopes[batch.scopeId[i]], {
      traceId: halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i]),
      spanId: bigIntToSpanId(batch.spanId[i]),
      ordinal: 0,
      ...(batch.parentId[i] === 0n ? {} : { parentSpanId: bigIntToSpanId(batch.parentId[i]) }),
      name: batch.strings[batch.nameId[i]],
      startUnixNano: String(batch.startNs[i]),
      endUnixNano: String(batch.endNs[i]),
    })
    return rowOf(generation, span, batch.strings[batch.serviceId[i]])
  }).join('\n')
}

function rowOf(generation: Generation, span: SpanDetails, service: string): string {
  const attributes = (list: readonly Attribute[]) =>
    `{${list.map((a) => `${JSON.stringify(a.key)}:${generation.attributes === 'Map' ? JSON.stringify(a.value) : literal(a)}`).join()}}`
  const named = (name: string, prefix: string) =>
    JSON.stringify(
      generation.enums === 'protobuf' ? prefix + name.toUpperCase() : name[0].toUpperCase() + name.slice(1),
    )
  const row: Record<string, string> = {
    Timestamp: seconds(span.startUnixNano),
    TraceId: JSON.stringify(span.traceId),
    SpanId: JSON.stringify(span.spanId),
    ParentSpanId: JSON.stringify(span.parentSpanId ?? ''),
    TraceState: JSON.stringify(span.traceState ?? ''),
    SpanName: JSON.stringify(span.name),
    SpanKind: named(span.kind, 'SPAN_KIND_'),
    ServiceName: JSON.stringify(service),
    ResourceAttributes: attributes(span.resource),
    SpanAttributes: attributes(span.attributes),
    Duration: String(BigInt(span.endUnixNano) - BigInt(span.startUnixNano)),
    StatusCode: named(span.status.code, 'STATUS_CODE_'),
    StatusMessage: JSON.stringify(span.status.message ?? ''),
    'Events.Timestamp': `[${span.events.map((event) => seconds(event.timeUnixNano)).join()}]`,
    'Events.Name': JSON.stringify(span.events.map((event) => event.name)),
    'Events.Attributes': `[${span.events.map((event) => attributes(event.attributes)).join()}]`,
    'Links.TraceId': JSON.stringify(span.links.map((link) => link.traceId)),
    'Links.SpanId': JSON.stringify(span.links.map((link) => link.spanId)),
    'Links.TraceState': JSON.stringify(span.links.map(() => '')),
    'Links.Attributes': `[${span.links.map((link) => attributes(link.attributes)).join()}]`,
    ...(generation.scope
      ? { ScopeName: JSON.stringify(span.scope?.name ?? ''), ScopeVersion: JSON.stringify(span.scope?.version ?? '') }
      : {}),
    ...(generation.attributes === 'JSON and keys'
      ? {
          ResourceAttributesKeys: JSON.stringify(span.resource.map((a) => a.key)),
          SpanAttributesKeys: JSON.stringify(span.attributes.map((a) => a.key)),
        }
      : {}),
  }
  return `{${Object.entries(row)
    .map(([column, json]) => `${JSON.stringify(column)}:${json}`)
    .join()}}`
}

/** As the exporter makes JSON of a value: bytes as base64, nothing as null. */
function literal({ type, value }: Attribute): string {
  if (type === 'empty') return 'null'
  return type === 'string' || type === 'bytes' ? JSON.stringify(value) : value
}

function seconds(ns: string): string {
  const digits = ns.padStart(10, '0')
  return `"${digits.slice(0, -9)}.${digits.slice(-9)}"`
}
