/** The contract of timings sources on the real engine: samples go in through the receiver of `store: clickhouse`, and are read through the adapter. */
import { applySchema } from '../lib/clickstore/schema.ts'
import { createClickStore } from '../lib/clickstore/writer.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { openClickhouseSource } from '../lib/sources/clickhouse/index.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { timingsContract } from '../lib/sources/contract/timings-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { startClickHouse } from './clickhouse.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }

timingsContract('ClickHouse (chdb 3.4.0), schema of store: clickhouse', async () => {
  const engine = await startClickHouse()
  const settings = sourceSettings.parse({ kind: 'clickhouse', url: engine.url })
  if (settings.kind !== 'clickhouse') throw new Error('not a ClickHouse')
  const client = createBackendClient('clickhouse', settings, {})
  const applied = await applySchema(client, names, DEFAULT_KEPT, new AbortController().signal)
  if (!applied.ok) throw new Error(applied.failure.what)
  const store = createClickStore({ client, names, mapping: DEFAULT_MAPPING })
  const { timings } = openClickhouseSource('clickhouse', settings, client)
  if (timings === undefined) throw new Error('no timings')
  return {
    source: timings,
    send: async (samples) => {
      const answer = await store.ingestTimings(new TextEncoder().encode(JSON.stringify({ samples })), 'json')
      if (!answer.ok) throw new Error(answer.failure.what)
    },
    close: async () => {
      await store.close()
      await client.close()
      await engine.stop()
    },
  }
})
