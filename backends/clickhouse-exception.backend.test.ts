import { expect, test } from 'vitest'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { Asker } from '../lib/sources/clickhouse/ask.ts'
import { NativeBlocks } from '../lib/sources/clickhouse/native-blocks.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { startClickHouse } from './clickhouse.ts'

test('an exception after the first rows of a 200 is a failure that names the source', async () => {
  const engine = await startClickHouse()
  const client = createBackendClient('ch', sourceSettings.parse({ kind: 'clickhouse', url: engine.url }), {})
  const ask = new Asker(client, 'default', 10_000)
  let rows = 0
  const answer = await ask.blocks(
    'SELECT number, toUInt8(throwIf(number = 3000000)) FROM numbers(5000000)',
    {},
    5_000_000,
    new AbortController().signal,
    new NativeBlocks(['UInt64', 'UInt8'], (block) => {
      rows += block.rows
      return true
    }),
  )
  expect(rows).toBeGreaterThan(100_000)
  expect(answer).toMatchObject({ ok: false, failure: { source: 'ch' } })
  if (!answer.ok) expect(answer.failure.what).toContain('ch broke off its answer (ClickHouse code 395)')
  await client.close()
  await engine.stop()
})
