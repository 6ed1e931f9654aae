import { fail, ok, type Result } from '../base/result.ts'
import { migrations, preparation, SCHEMA_VERSION, versionsTable } from '../sources/clickhouse/schema/migrations.ts'
import type { KeptFor, TableNames } from '../sources/clickhouse/schema/tables.ts'
import type { BackendClient } from '../sources/http/backend-client.ts'
import { run } from './statement.ts'

export const APPLY = 'npm run clickhouse:schema -- --apply'

/** The version that was applied last; 0: none. */
export async function appliedVersion(
  client: BackendClient,
  names: TableNames,
  signal: AbortSignal,
): Promise<Result<number>> {
  const here = await run(
    client,
    {
      sql: "SELECT count() FROM system.tables WHERE database = {database:String} AND name = 'guildscope_schema' FORMAT TSV",
      settings: { param_database: names.database },
      idempotent: true,
    },
    signal,
  )
  if (!here.ok) return here
  if (here.value.trim() === '0') return ok(0)
  const version = await run(
    client,
    { sql: `SELECT max(Version) FROM ${versionsTable(names)} FORMAT TSV`, idempotent: true },
    signal,
  )
  if (!version.ok) return version
  const number = Number(version.value.trim())
  return Number.isSafeInteger(number)
    ? ok(number)
    : fail('unavailable', client.source, `${client.source} does not tell the version of its schema.`, 'Try again.')
}

/** A failure unless the schema is exactly the one this build writes. */
export async function checkSchema(
  client: BackendClient,
  names: TableNames,
  signal: AbortSignal,
): Promise<Result<undefined>> {
  const applied = await appliedVersion(client, names, signal)
  if (!applied.ok) return applied
  if (applied.value > SCHEMA_VERSION) return newer(client.source, applied.value)
  if (applied.value === SCHEMA_VERSION) return ok(undefined)
  return fail(
    'unavailable',
    client.source,
    applied.value === 0
      ? `${client.source} has no tables of Guildscope yet.`
      : `The tables of ${client.source} have version ${applied.value}, this Guildscope needs ${SCHEMA_VERSION}.`,
    `Run ${APPLY}.`,
  )
}

/** Applies what is missing, one version after the other; answers the versions that were applied. Refuses a newer schema. */
export async function applySchema(
  client: BackendClient,
  names: TableNames,
  kept: KeptFor,
  signal: AbortSignal,
): Promise<Result<readonly number[]>> {
  const applied = await appliedVersion(client, names, signal)
  if (!applied.ok) return applied
  if (applied.value > SCHEMA_VERSION) return newer(client.source, applied.value)
  const done: number[] = []
  for (const { version, statements } of migrations(names, kept)) {
    if (version <= applied.value) continue
    const record = `INSERT INTO ${versionsTable(names)} (Version) VALUES (${version})`
    for (const sql of [preparation(names), ...statements, record]) {
      const answer = await run(client, { sql }, signal)
      if (!answer.ok) return answer
    }
    done.push(version)
  }
  return ok(done)
}

function newer<T>(source: string, version: number): Result<T> {
  return fail(
    'unavailable',
    source,
    `The tables of ${source} have version ${version}, newer than the ${SCHEMA_VERSION} this Guildscope knows.`,
    'Start a newer Guildscope; an older one does not write into newer tables.',
  )
}
