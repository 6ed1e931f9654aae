/** The contract of every adapter against the real engine, written by the receiver of `store: clickhouse`, read through the adapter. */
import { expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { createClickStore } from '../lib/clickstore/writer.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { createOtlpHttpServer } from '../lib/ingest/http-server.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { ClickHouseTraces } from '../lib/sources/clickhouse/source.ts'
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { must, payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { requestOf, searchable } from '../lib/sources/contract/payloads.ts'
import type { TraceSubject } from '../lib/sources/contract/trace-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { startClickHouse } from './clickhouse.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }

async function open(): Promise<TraceSubject> {
  const engine = await startClickHouse()
  const settings = sourceSettings.parse({ kind: 'clickhouse', url: engine.url })
  if (settings.kind !== 'clickhouse') throw new Error('not a ClickHouse')
  const client = createBackendClient('clickhouse', settings, {})
  const applied = await applySchema(client, names, DEFAULT_KEPT, new AbortController().signal)
  if (!applied.ok) throw new Error(applied.failure.what)
  const store = createClickStore({ client, names, mapping: DEFAULT_MAPPING })
  const receiver = createOtlpHttpServer(store, { host: '127.0.0.1', port: 0 })
  await receiver.listen()
  return {
    source: new ClickHouseTraces('clickhouse', settings, client),
    send: async (request) => {
      const answer = await fetch(`http://127.0.0.1:${receiver.status().port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    close: async () => {
      await receiver.close()
      await store.close()
      await client.close()
      await engine.stop()
    },
  }
}

payloadContract('ClickHouse (chdb 3.4.0), schema of store: clickhouse', {
  open,
  losses: LOST_BY.clickhouse,
})

test('a flame graph merges the traces of a guild, and only its', async () => {
  const { source, send, close } = await open()
  const baseMs = Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
  for (const spans of [...searchable('one', 0x100, 3), ...searchable('other', 0x200, 2)])
    await send(requestOf(spans, baseMs))
  const query = { guild: 'one', fromMs: baseMs - 60_000, toMs: baseMs + 60_000, maxSpans: 1_000 } as const
  const flame = must(await source.flame({ ...query, scope: 'trace' }, new AbortController().signal))
  expect([flame.traces, flame.spans, flame.notes]).toEqual([3, 6, []])
  await close()
})

test('a span whose text is a sentence of ClickHouse is a span', async () => {
  const { source, send, close } = await open()
  const [spans] = searchable('Code: 241. DB::Exception: Memory limit exceeded', 0x100, 1)
  await send(requestOf(spans, Date.now() - 60_000))
  const trace = must(await source.trace(spans[0].trace, undefined, new AbortController().signal))
  expect(trace.guilds).toEqual([{ id: 'Code: 241. DB::Exception: Memory limit exceeded' }])
  await close()
})
