import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { type ClickStore, createClickStore } from '../lib/clickstore/writer.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { createOtlpHttpServer } from '../lib/ingest/http-server.ts'
import { encodeRequest } from '../lib/model/otlp/otlp-proto.fixture.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { type ClickHouse, startClickHouse } from './clickhouse.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
let engine: ClickHouse
const stores: ClickStore[] = []
const receivers: ReturnType<typeof createOtlpHttpServer>[] = []

function client() {
  return createBackendClient('ch', sourceSettings.parse({ kind: 'clickhouse', url: engine.url }), {})
}

function apply() {
  return applySchema(client(), names, DEFAULT_KEPT, new AbortController().signal)
}

beforeAll(async () => {
  engine = await startClickHouse()
  // Two copies' receivers over one engine.
  for (let copy = 0; copy < 2; copy++) {
    const store = createClickStore({ client: client(), names, mapping: DEFAULT_MAPPING })
    const receiver = createOtlpHttpServer(store, { host: '127.0.0.1', port: 0 })
    await receiver.listen()
    stores.push(store)
    receivers.push(receiver)
  }
}, 180_000)
afterAll(async () => {
  for (const receiver of receivers) await receiver.close()
  for (const store of stores) await store.close()
  await engine.stop()
})

async function post(copy: number, path: string, type: string, body: Uint8Array<ArrayBuffer>): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${receivers[copy].status().port}${path}`, {
    method: 'POST',
    headers: { 'content-type': type },
    body,
  })
  await answer.arrayBuffer()
  return answer.status
}

const startNs = BigInt(Date.now()) * 1_000_000n - 1_000_000_001n
const spans = Array.from({ length: 500 }, (_, i) => ({
  traceId: new Uint8Array(16).fill(1 + (i % 5)),
  spanId: Uint8Array.of(1, 1, 1, 1, 1, 1, i >> 8, i & 255),
  name: 'fan-out ü',
  kind: 2,
  startTimeUnixNano: String(startNs),
  endTimeUnixNano: String(startNs + 3n),
  attributes: [{ key: 'guild.id', value: { intValue: '9223372036854775807' } }],
  events: [{ name: 'e', timeUnixNano: String(startNs + 1n), attributes: [] }],
  links: [{ traceId: new Uint8Array(16).fill(9), spanId: new Uint8Array(8).fill(9) }],
}))
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'guilds' } }] }
const traces = () => new Uint8Array(encodeRequest({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))

test('nothing is acknowledged before the tables are there; they are made once, and newer ones are refused', async () => {
  expect(await post(0, '/v1/traces', 'application/x-protobuf', traces())).toBe(503)
  expect(await apply()).toEqual({ ok: true, value: [1, 2, 3] })
  expect(await apply()).toEqual({ ok: true, value: [] })
})

test('spans sent to one copy and again to the other are in the engine once, every digit of them', async () => {
  for (const copy of [0, 1, 0]) expect(await post(copy, '/v1/traces', 'application/x-protobuf', traces())).toBe(200)
  const row = await engine.query(
    `SELECT count(), uniqExact(SpanId), toString(toUnixTimestamp64Nano(any(Timestamp))), any(SpanName), any(GuildId), toString(any(Duration)),
      any(Events.Name), any(Links.SpanId) FROM otel_traces FORMAT JSONCompactStrings`,
  )
  expect(JSON.parse(row).data).toEqual([
    ['500', '500', String(startNs), 'fan-out ü', '9223372036854775807', '3', "['e']", "['0909090909090909']"],
  ])
  expect(
    (await engine.query('SELECT count(), uniqExact(TraceId) FROM otel_traces_trace_id_ts FORMAT TSV')).trim(),
  ).toBe('5\t5')
})

test('a total that the other copy takes later replaces the earlier one', async () => {
  const sample = { guildId: '7', minute: new Date().toISOString(), action: 'connect', node: 'n', sessions: 200_000 }
  const body = (busyUs: number) => new Uint8Array(Buffer.from(JSON.stringify({ samples: [{ ...sample, busyUs }] })))
  expect(await post(0, '/v1/timings', 'application/json', body(5))).toBe(200)
  expect(await post(1, '/v1/timings', 'application/json', body(9))).toBe(200)
  expect((await engine.query('SELECT BusyUs, Count FROM guild_timings FINAL FORMAT TSV')).trim()).toBe('9\t\\N')
})

test('what was acknowledged is there after the engine was started again', async () => {
  await engine.restart()
  expect((await engine.query('SELECT count() FROM otel_traces FORMAT TSV')).trim()).toBe('500')
})

test('a newer schema is refused with a sentence', async () => {
  await engine.query('INSERT INTO guildscope_schema (Version) VALUES (99)')
  expect(await apply()).toMatchObject({ ok: false, failure: { what: expect.stringMatching(/version 99, newer than/) } })
})
