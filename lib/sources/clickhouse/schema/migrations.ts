/**
 * What Guildscope needs in a ClickHouse that it writes to, version after version. Nothing here runs by itself:
 * `npm run clickhouse:schema` prints it, `-- --apply` runs what is missing.
 */
import { DEFAULT_KEPT, type KeptFor, type TableNames, tableIn } from './tables.ts'
import { versionOne } from './version-1.ts'
import { versionTwo } from './version-2.ts'
import { versionThree } from './version-3.ts'

export interface Migration {
  readonly version: number
  readonly what: string
  /** Each can be run again without harm. */
  readonly statements: readonly string[]
}

/** The newest version this build knows. */
export const SCHEMA_VERSION = 3

export function migrations(names: TableNames, kept: KeptFor = DEFAULT_KEPT): readonly Migration[] {
  return [
    { version: 1, what: 'spans, where each trace lies, guild timings', statements: versionOne(names, kept) },
    { version: 2, what: 'incidents, links, sessions', statements: versionTwo(names) },
    {
      version: 3,
      what: 'where the traces of each guild lie, attributes as columns',
      statements: versionThree(names, kept),
    },
  ]
}

/** Where the versions stand that were applied. */
export function versionsTable(names: TableNames): string {
  return tableIn(names.database, 'guildscope_schema')
}

/** Before every migration: the table of versions. */
export function preparation(names: TableNames): string {
  return `CREATE TABLE IF NOT EXISTS ${versionsTable(names)} (
  Version UInt32,
  AppliedAt DateTime64(3, 'UTC') DEFAULT now64(3)
) ENGINE = ReplacingMergeTree
ORDER BY Version`
}

/** The whole schema as a text that `clickhouse-client --multiquery` takes. */
export function schemaText(names: TableNames, kept: KeptFor = DEFAULT_KEPT): string {
  const parts = [`${preparation(names)};`]
  for (const { version, what, statements } of migrations(names, kept)) {
    parts.push(
      `-- Version ${version}: ${what}`,
      ...statements.map((statement) => `${statement};`),
      `INSERT INTO ${versionsTable(names)} (Version) VALUES (${version});`,
    )
  }
  return `${parts.join('\n\n')}\n`
}
