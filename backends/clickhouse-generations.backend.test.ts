/** The contract of every adapter over each generation of the collector's tables, in the real engine, filled as its exporter fills them. */
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { tracesOf } from '../lib/sources/contract/subjects.fixture.ts'
import { startClickHouse } from './clickhouse.ts'
import { GENERATIONS, rowsOf } from './clickhouse-generations.ts'
import { recorded, recordedTerms } from './recorder.ts'

for (const generation of GENERATIONS)
  payloadContract(`ClickHouse (chdb 3.4.0), ${generation.name}`, {
    ...recordedTerms,
    losses:
      generation.attributes === 'Map'
        ? LOST_BY[generation.scope ? 'clickhouse' : 'clickhouse without scope']
        : LOST_BY['clickhouse json'],
    open: async () => {
      const engine = await startClickHouse()
      for (const table of generation.tables) await engine.query(table)
      // One of the JSON kind is enough for a recording.
      const recorder =
        generation.attributes === 'JSON'
          ? await recorded(engine.url, 'clickhouse/fixtures/payloads-json-chdb-3.4.0')
          : undefined
      const { source, close } = tracesOf({ kind: 'clickhouse', url: recorder?.url ?? engine.url })
      return {
        source,
        send: async (request) => {
          const rows = rowsOf(generation, request)
          if (rows !== '') await engine.query(rows, { query: 'INSERT INTO otel_traces FORMAT JSONEachRow' })
        },
        close: async () => {
          await close()
          await recorder?.close()
          await engine.stop()
        },
      }
    },
  })
