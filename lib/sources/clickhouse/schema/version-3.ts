import { type KeptFor, type TableNames, tableIn } from './tables.ts'
import { DEDUPLICATED_BLOCKS } from './version-1.ts'

/** Where the traces of each guild lie: a guild's newest traces without a look at its spans. */
export function guildTimesTable(names: Pick<TableNames, 'database' | 'traces'>): string {
  return tableIn(names.database, `${names.traces}_guild_ts`)
}

/**
 * Attributes that every list and every tree needs, as columns of their own: else the maps with all attributes of all spans around are read for
 * them. The adapter recognises a column by its expression, whatever its name.
 */
const COLUMNS = {
  GuildName: 'guild.name',
  GuildAction: 'guild.action',
  GuildStage: 'guild.stage',
  GuildEnqueued: 'guild.enqueued_unix_nano',
  GuildRelay: 'guild.relay.id',
  FanoutKeepRate: 'fanout.keep_rate',
  ServiceInstance: 'service.instance.id',
} as const

/** Rows come by a view, as those of `…_trace_id_ts`; spans that were there before are read once. Rows that repeat do no harm. */
export function versionThree(names: TableNames, kept: KeptFor): readonly string[] {
  const table = guildTimesTable(names)
  const view = tableIn(names.database, `${names.traces}_guild_ts_mv`)
  const rows = `SELECT if(SpanAttributes['guild.id'] != '', SpanAttributes['guild.id'], ResourceAttributes['guild.id']) AS GuildId,
  TraceId, min(Timestamp) AS Start, max(Timestamp) AS End
FROM ${tableIn(names.database, names.traces)}
WHERE GuildId != '' AND TraceId != ''
GROUP BY GuildId, TraceId`
  const columns = Object.entries(COLUMNS).map(
    ([name, key]) =>
      `ADD COLUMN IF NOT EXISTS ${name} ${key === COLUMNS.GuildEnqueued ? 'String' : 'LowCardinality(String)'}
    MATERIALIZED if(SpanAttributes['${key}'] != '', SpanAttributes['${key}'], ResourceAttributes['${key}']) CODEC(ZSTD(1))`,
  )
  return [
    `ALTER TABLE ${tableIn(names.database, names.traces)}
  ${columns.join(',\n  ')}`,
    `CREATE TABLE IF NOT EXISTS ${table} (
  GuildId String CODEC(ZSTD(1)),
  TraceId String CODEC(ZSTD(1)),
  Start DateTime64(9) CODEC(Delta, ZSTD(1)),
  End DateTime64(9) CODEC(Delta, ZSTD(1))
) ENGINE = MergeTree
PARTITION BY toDate(Start)
ORDER BY (GuildId, Start, TraceId)
TTL toDateTime(Start) + toIntervalHour(${kept.traceHours})
SETTINGS index_granularity = 8192, ttl_only_drop_parts = 1, non_replicated_deduplication_window = ${DEDUPLICATED_BLOCKS}`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${view} TO ${table} AS
${rows}`,
    `INSERT INTO ${table} (GuildId, TraceId, Start, End)
${rows}
SETTINGS max_partitions_per_insert_block = 1000`,
  ]
}
