/** `npm run clickhouse:schema`: prints the tables of `store: "clickhouse"`; with `-- --apply`, makes what is missing. */
import { existsSync, readFileSync } from 'node:fs'
import { readConfig } from '../config/config.ts'
import { storeSourceOf } from '../config/store-source.ts'
import { schemaText } from '../sources/clickhouse/schema/migrations.ts'
import { DEFAULT_KEPT, type KeptFor, type TableNames } from '../sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../sources/http/create-client.ts'
import { applySchema } from './schema.ts'

const LONGEST_MS = 6 * 3_600_000

process.exitCode = await main()

async function main(): Promise<number> {
  const apply = process.argv.includes('--apply')
  const file = process.env.GUILDSCOPE_CONFIG ?? 'guildscope.config.json'
  const text = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  const read = readConfig(text, file, process.env)
  if (!read.ok) return refuse(read.sentences.join('\n'))
  const { retention } = read.config
  const kept: KeptFor = { ...DEFAULT_KEPT, minutes: retention.minutes, largeDays: retention.largeDays }
  const found = storeSourceOf(read.config)
  if (typeof found === 'string') {
    // Whoever only reads the schema needs no server yet.
    const names: TableNames = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
    if (apply || read.config.store === 'clickhouse') return refuse(`The store ${found}.`)
    process.stdout.write(schemaText(names, kept))
    return 0
  }
  const { name, settings } = found
  const names: TableNames = {
    database: settings.database,
    traces: settings.tracesTable,
    timings: settings.timingsTable,
  }
  if (!apply) {
    process.stdout.write(schemaText(names, kept))
    return 0
  }
  // A statement may read all spans that are there.
  const client = createBackendClient(name, { ...settings, timeoutMs: LONGEST_MS, totalTimeoutMs: LONGEST_MS })
  try {
    const done = await applySchema(client, names, kept, new AbortController().signal)
    if (!done.ok) return refuse(`${done.failure.what} ${done.failure.tryThis}`)
    console.log(
      done.value.length === 0
        ? `The tables of ${name} are up to date.`
        : `Applied to ${name}: ${done.value.map((version) => `version ${version}`).join(', ')}.`,
    )
    return 0
  } finally {
    await client.close()
  }
}

function refuse(sentence: string): number {
  console.error(sentence)
  return 1
}
