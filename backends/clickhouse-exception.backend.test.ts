import { expect, test } from 'vitest'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { Asker } from '../lib/sources/clickhouse/ask.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { startClickHouse } from './clickhouse.ts'

test('an exception after the first rows of a 200 is a failure that names the source', async () => {
  const engine = await startClickHouse()
  const client = createBackendClient('ch', sourceSettings.parse({ kind: 'clickhouse', url: engine.url }), {})
  const ask = new Asker(client, 'default', 10_000)
  let bytes = 0
  const answer = await ask.binary(
    'SELECT number, throwIf(number = 3000000) FROM numbers(5000000) FORMAT RowBinary',
    {},
    5_000_000,
    new AbortController().signal,
    (chunk) => {
      bytes += chunk.length
      return true
    },
    () => bytes % 9 === 0,
  )
  expect(bytes).toBeGreaterThan(1_000_000)
  expect(answer).toMatchObject({ ok: false, failure: { source: 'ch' } })
  if (!answer.ok) expect(answer.failure.what).toContain('ch broke off its answer (ClickHouse code 395)')
  await client.close()
  await engine.stop()
})
