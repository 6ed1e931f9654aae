import { type KeptFor, quoted, type TableNames, tableIn } from './tables.ts'

/** Blocks whose tokens the server remembers: a request that is sent again within so many inserts adds nothing. */
export const DEDUPLICATED_BLOCKS = 10_000

/**
 * The collector exporter's newest tables (opentelemetry-collector-contrib, `exporter/clickhouseexporter/internal/sqltemplates`), the
 * column by which a guild is found, and `guild_timings`. An `otel_traces` that a collector made stays as it is but for that column.
 */
export function versionOne(names: TableNames, kept: KeptFor): readonly string[] {
  const traces = tableIn(names.database, names.traces)
  const ids = tableIn(names.database, `${names.traces}_trace_id_ts`)
  const view = tableIn(names.database, `${names.traces}_trace_id_ts_mv`)
  const timings = tableIn(names.database, names.timings)
  return [
    `CREATE TABLE IF NOT EXISTS ${traces} (
  Timestamp DateTime64(9) CODEC(Delta, ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  SpanId String CODEC(ZSTD(1)),
  ParentSpanId String CODEC(ZSTD(1)),
  TraceState String CODEC(ZSTD(1)),
  SpanName LowCardinality(String) CODEC(ZSTD(1)),
  SpanKind LowCardinality(String) CODEC(ZSTD(1)),
  ServiceName LowCardinality(String) CODEC(ZSTD(1)),
  ResourceAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  ScopeName String CODEC(ZSTD(1)),
  ScopeVersion String CODEC(ZSTD(1)),
  SpanAttributes Map(LowCardinality(String), String) CODEC(ZSTD(1)),
  Duration UInt64 CODEC(ZSTD(1)),
  StatusCode LowCardinality(String) CODEC(ZSTD(1)),
  StatusMessage String CODEC(ZSTD(1)),
  Events Nested (
    Timestamp DateTime64(9),
    Name LowCardinality(String),
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  Links Nested (
    TraceId String,
    SpanId String,
    TraceState String,
    Attributes Map(LowCardinality(String), String)
  ) CODEC(ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1,
  INDEX idx_res_attr_key mapKeys(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_res_attr_value mapValues(ResourceAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_key mapKeys(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_span_attr_value mapValues(SpanAttributes) TYPE bloom_filter(0.01) GRANULARITY 1,
  INDEX idx_duration Duration TYPE minmax GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Timestamp)
ORDER BY (ServiceName, SpanName, toDateTime(Timestamp))
TTL toDateTime(Timestamp) + toIntervalHour(${kept.traceHours})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATED_BLOCKS}`,
    `CREATE TABLE IF NOT EXISTS ${ids} (
  TraceId String CODEC(ZSTD(1)),
  Start DateTime CODEC(Delta, ZSTD(1)),
  End DateTime CODEC(Delta, ZSTD(1)),
  INDEX idx_trace_id TraceId TYPE bloom_filter(0.01) GRANULARITY 1
) ENGINE = MergeTree
PARTITION BY toDate(Start)
ORDER BY (TraceId, Start)
TTL Start + toIntervalHour(${kept.traceHours})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATED_BLOCKS}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${ids} AS
SELECT TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM ${traces}
WHERE TraceId != ''
GROUP BY TraceId`,
    `ALTER TABLE ${traces}
  ADD COLUMN IF NOT EXISTS ${quoted('GuildId')} String
    MATERIALIZED if(SpanAttributes['guild.id'] != '', SpanAttributes['guild.id'], ResourceAttributes['guild.id']) CODEC(ZSTD(1))`,
    `ALTER TABLE ${traces}
  ADD INDEX IF NOT EXISTS idx_guild_id GuildId TYPE bloom_filter(0.001) GRANULARITY 1`,
    `CREATE TABLE IF NOT EXISTS ${timings} (
  GuildId String CODEC(ZSTD(1)),
  Minute DateTime('UTC') CODEC(Delta, ZSTD(1)),
  Node LowCardinality(String) CODEC(ZSTD(1)),
  Action LowCardinality(String) CODEC(ZSTD(1)),
  BusyUs Float64 CODEC(ZSTD(1)),
  Count Nullable(Float64) CODEC(ZSTD(1)),
  WaitUsTotal Nullable(Float64) CODEC(ZSTD(1)),
  WaitUsMax Nullable(Float64) CODEC(ZSTD(1)),
  Arrived Nullable(Float64) CODEC(ZSTD(1)),
  MailboxDepthMax Nullable(Float64) CODEC(ZSTD(1)),
  Sessions Nullable(Float64) CODEC(ZSTD(1)),
  GuildName String CODEC(ZSTD(1)),
  WaitBoundsUs Array(Float64) CODEC(ZSTD(1)),
  WaitCounts Array(Float64) CODEC(ZSTD(1)),
  Version UInt64 CODEC(Delta, ZSTD(1)),
  INDEX idx_minute Minute TYPE minmax GRANULARITY 1
) ENGINE = ReplacingMergeTree(Version)
PARTITION BY toDate(Minute)
ORDER BY (GuildId, Minute, Node, Action)
TTL Minute + if(ifNull(Sessions, 0) >= ${kept.largeSessions}, toIntervalMinute(${Math.round(kept.largeDays * 1440)}), toIntervalMinute(${Math.round(kept.minutes)}))
SETTINGS index_granularity = 8192, merge_with_ttl_timeout = 300, non_replicated_deduplication_window = ${DEDUPLICATED_BLOCKS}`,
  ]
}
