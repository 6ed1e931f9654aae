import { z } from 'zod'
import type { BackendClient } from '../http/backend-client.ts'
import type { SourceHealth } from '../trace-source.ts'
import type { SpanTable } from './span-table.ts'

const versionRow = z.object({ version: z.string(), newest: z.string() })

export async function healthOf(table: SpanTable, client: BackendClient, signal: AbortSignal): Promise<SourceHealth> {
  const base = { name: table.source, kind: 'clickhouse', lastErrors: client.stats().lastErrors } as const
  table.forget()
  const shape = await table.shape(signal)
  if (!shape.ok) return { ...base, ok: false, failure: shape.failure, facts: [] }
  const rows = await table.ask.rows(
    `SELECT version() AS version, toString(toUnixTimestamp64Milli(CAST(max(Timestamp), 'DateTime64(3)'))) AS newest FROM ${table.spans} WHERE Timestamp > now() - INTERVAL 1 DAY`,
    versionRow,
    {},
    10,
    signal,
  )
  if (!rows.ok) return { ...base, ok: false, failure: rows.failure, facts: [] }
  const { version, newest } = rows.value[0] ?? { version: '', newest: '0' }
  const { columnOf, guildTimes, idsTable, json, missing } = shape.value
  const indexed = guildTimes || table.mapping.guild.some((key) => columnOf.has(key))
  return {
    ...base,
    ok: true,
    version,
    ...(Number(newest) > 0 ? { lagMs: Math.max(0, Date.now() - Number(newest)) } : {}),
    abilities: [
      {
        what: 'find a guild by an index',
        can: indexed,
        ...(indexed
          ? {}
          : {
              why: `There is no table ${table.settings.tracesTable}_guild_ts and no column of the guild’s id: a search reads the attributes of its range.`,
            }),
      },
      { what: 'open a trace by its id without a scan', can: idsTable },
    ],
    facts: [
      { label: 'Table', value: `${table.settings.database}.${table.settings.tracesTable}` },
      { label: 'Attributes', value: json ? 'JSON' : 'Map' },
      ...(missing.length === 0 ? [] : [{ label: 'Not in the table', value: missing.join(', ') }]),
    ],
  }
}
