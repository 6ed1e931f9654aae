import { createServer } from 'node:http'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sourceSettings } from '../config/source-fields.ts'
import { encodeRequest } from '../model/otlp/otlp-proto.fixture.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { SCHEMA_VERSION } from '../sources/clickhouse/schema/migrations.ts'
import { createBackendClient } from '../sources/http/create-client.ts'
import { type ClickStore, createClickStore } from './writer.ts'

/** Stands in for ClickHouse's HTTP interface; the engine itself is asked in `backends/clickhouse-store.backend.test.ts`. */
const inserts: { readonly query: URLSearchParams; readonly rows: readonly unknown[] }[] = []
let version = String(SCHEMA_VERSION)
let exception = ''
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks).toString()
  const query = new URL(request.url ?? '', 'http://x').searchParams
  if (body.includes('system.tables')) response.end(version === '0' ? '0\n' : '1\n')
  else if (body.includes('max(Version)')) response.end(`${version}\n`)
  else if (exception !== '') response.end(exception)
  else {
    inserts.push({
      query,
      rows: body
        .trimEnd()
        .split('\n')
        .map((line) => named(query.get('query') ?? '', JSON.parse(line))),
    })
    response.end()
  }
})
let store: ClickStore

/** A row by the names of its columns. */
function named(statement: string, row: unknown): unknown {
  if (!Array.isArray(row)) return row
  const columns = /\((.*)\) FORMAT/.exec(statement)?.[1].replaceAll('`', '').split(', ') ?? []
  return Object.fromEntries(columns.map((column, c) => [column, row[c]]))
}

function makeStore(): ClickStore {
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const settings = sourceSettings.parse({ kind: 'clickhouse', url: `http://127.0.0.1:${port}` })
  return createClickStore({
    client: createBackendClient('warehouse', settings, {}),
    names: { database: 'default', traces: 'otel_traces', timings: 'guild_timings' },
    mapping: DEFAULT_MAPPING,
  })
}

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
afterAll(async () => {
  await store.close()
  server.close()
})
beforeEach(() => {
  inserts.length = 0
  version = String(SCHEMA_VERSION)
  exception = ''
  store = makeStore()
})

const span = {
  traceId: Uint8Array.from({ length: 16 }, (_, i) => i),
  spanId: Uint8Array.from({ length: 8 }, (_, i) => i + 1),
  name: 'say "ü"\n',
  kind: 2,
  startTimeUnixNano: '1700000000000000001',
  endTimeUnixNano: '1700000000000000003',
  attributes: [
    { key: 'guild.id', value: { intValue: '9223372036854775807' } },
    { key: 'list', value: { arrayValue: { values: [{ boolValue: true }, { doubleValue: 1.5 }] } } },
  ],
  events: [{ name: 'dequeued', timeUnixNano: '1700000000000000002', attributes: [] }],
  links: [{ traceId: new Uint8Array(16).fill(10), spanId: new Uint8Array(8).fill(11) }],
  status: { code: 2, message: 'late' },
}

function request(...spans: readonly Record<string, unknown>[]): Uint8Array<ArrayBuffer> {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'guilds' } }] }
  return new Uint8Array(encodeRequest({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] }))
}

test('a span becomes a row of the collector’s table, every digit of it', async () => {
  const answer = await store.ingestTraces(request(span), 'protobuf')
  expect(answer).toMatchObject({ ok: true, value: { accepted: 1, rejected: 0 } })
  expect(inserts[0].rows).toEqual([
    {
      Timestamp: '1700000000.000000001',
      TraceId: '000102030405060708090a0b0c0d0e0f',
      SpanId: '0102030405060708',
      ParentSpanId: '',
      TraceState: '',
      SpanName: 'say "ü"\n',
      SpanKind: 'Server',
      ServiceName: 'guilds',
      ResourceAttributes: { 'service.name': 'guilds' },
      ScopeName: '',
      ScopeVersion: '',
      SpanAttributes: { 'guild.id': '9223372036854775807', list: '[true,1.5]' },
      Duration: 2,
      StatusCode: 'Error',
      StatusMessage: 'late',
      'Events.Timestamp': ['1700000000.000000002'],
      'Events.Name': ['dequeued'],
      'Events.Attributes': [{}],
      'Links.TraceId': ['0a'.repeat(16)],
      'Links.SpanId': ['0b'.repeat(8)],
      'Links.TraceState': [''],
      'Links.Attributes': [{}],
    },
  ])
})

test('a span without events, links or message is written by the shorter way, the same', async () => {
  const plain = { ...span, events: [], links: [], status: { code: 2 }, traceState: 'ot=th:8' }
  await store.ingestTraces(request(plain, span, plain), 'protobuf')
  const [first, , third] = inserts[0].rows
  expect(first).toMatchObject({
    TraceState: 'ot=th:8',
    SpanAttributes: { 'guild.id': '9223372036854775807', list: '[true,1.5]' },
    StatusCode: 'Error',
  })
  expect(third).toEqual(first)
})

test('the same bytes carry the same token, and the server is waited for', async () => {
  for (let i = 0; i < 2; i++) await store.ingestTraces(request(span), 'protobuf')
  await store.ingestTraces(request({ ...span, name: 'other' }), 'protobuf')
  const [first, again, other] = inserts.map(({ query }) => query.get('insert_deduplication_token'))
  expect(again).toBe(first)
  expect(other).not.toBe(first)
  expect(inserts[0].query.get('wait_for_async_insert')).toBe('1')
})

test('a span beyond ClickHouse’s calendar is refused alone', async () => {
  const late = { ...span, startTimeUnixNano: '18446744073709551615' }
  expect(await store.ingestTraces(request(span, late), 'protobuf')).toMatchObject({
    ok: true,
    value: { accepted: 1, rejected: 1, reasons: [{ reason: expect.stringMatching(/2262/) }] },
  })
})

test('no tables, newer tables, and an exception inside a 200 are sentences; nothing is acknowledged', async () => {
  const sentence = async () => {
    const answer = await makeStore().ingestTraces(request(span), 'protobuf')
    return answer.ok ? '' : `${answer.failure.kind}: ${answer.failure.what} ${answer.failure.tryThis}`
  }
  version = '0'
  expect(await sentence()).toMatch(/^unavailable: warehouse has no tables of Guildscope yet\. Run npm run/)
  version = '9'
  expect(await sentence()).toContain(
    `unavailable: The tables of warehouse have version 9, newer than the ${SCHEMA_VERSION} `,
  )
  version = String(SCHEMA_VERSION)
  exception = 'Code: 241. DB::Exception: Memory limit exceeded'
  expect(await sentence()).toMatch(/Memory limit exceeded/)
  expect(inserts).toEqual([])
})

test('samples become rows; what is not stated is left out; a later row of a key counts', async () => {
  const sample = { guildId: '7', minute: '2026-11-22T10:05:30Z', action: 'connect', busyUs: 5 }
  const samples = [sample, { ...sample, busyUs: 9, waitHistogram: { boundsUs: [1, 2], counts: [1, 0, 3] } }]
  const body = new Uint8Array(Buffer.from(JSON.stringify({ samples })))
  expect(await store.ingestTimings(body, 'json')).toMatchObject({ ok: true, value: { accepted: 2 } })
  expect(inserts[0].rows).toMatchObject([
    { GuildId: '7', Minute: Date.parse('2026-11-22T10:05:00Z') / 1000, Node: '', Action: 'connect', BusyUs: 5 },
    { BusyUs: 9, WaitBoundsUs: [1, 2], WaitCounts: [1, 0, 3] },
  ])
  expect(inserts[0].rows[0]).not.toHaveProperty('Count')
})
