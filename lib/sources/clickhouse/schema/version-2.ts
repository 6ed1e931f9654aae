import { type TableNames, tableIn } from './tables.ts'

/** Little is written here, and each of it is acknowledged to a person: it is on disk by then. */
const LASTING = 'fsync_after_insert = 1, fsync_part_directory = 1'

export function recordsTable(names: Pick<TableNames, 'database'>): string {
  return tableIn(names.database, 'guildscope_records')
}

export function piecesTable(names: Pick<TableNames, 'database'>): string {
  return tableIn(names.database, 'guildscope_pieces')
}

/**
 * What people make: changes of incidents, short links, guest links, sessions, the owner token (records), and frozen evidence (pieces, cut
 * into parts). Nothing here expires by itself. What is deleted is deleted by `ALTER TABLE … DELETE`, which rewrites the parts.
 */
export function versionTwo(names: TableNames): readonly string[] {
  return [
    `CREATE TABLE IF NOT EXISTS ${recordsTable(names)} (
  Kind LowCardinality(String),
  Key String,
  Seq UInt32,
  Id String,
  Head UInt8,
  At DateTime64(6, 'UTC') DEFAULT now64(6),
  Body String CODEC(ZSTD(1))
) ENGINE = ReplacingMergeTree
ORDER BY (Kind, Key, Seq, Id)
SETTINGS index_granularity = 128, ${LASTING}`,
    `CREATE TABLE IF NOT EXISTS ${piecesTable(names)} (
  Sha256 String,
  Part UInt32,
  Parts UInt32,
  Batch String,
  WrittenAt DateTime64(6, 'UTC') DEFAULT now64(6),
  Base64 String EPHEMERAL,
  Bytes String DEFAULT base64Decode(Base64) CODEC(NONE)
) ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(WrittenAt)
ORDER BY (Sha256, Part, Batch)
SETTINGS index_granularity = 16, ${LASTING}`,
  ]
}
