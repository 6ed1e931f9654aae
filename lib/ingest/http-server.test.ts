import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeRequest, RpcStatus, TraceResponse } from '../model/otlp/otlp-proto.fixture.ts'
import { ByteBudget, MAX_BODY_BYTES } from './budget.ts'
import { FakeStore } from './fake-store.fixture.ts'
import { createOtlpHttpServer } from './http-server.ts'

const TRACE = Uint8Array.from({ length: 16 }, (_, i) => i + 1)
const SPAN = Uint8Array.from({ length: 8 }, (_, i) => i + 1)
const good = { traceId: TRACE, spanId: SPAN, name: 'good', startTimeUnixNano: '1', endTimeUnixNano: '2' }

function body(...spans: readonly Record<string, unknown>[]): Uint8Array<ArrayBuffer> {
  return encodeRequest({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

const store = new FakeStore()
const budget = new ByteBudget()
const server = createOtlpHttpServer(store, { host: '127.0.0.1', port: 0, budget })
let port = 0

beforeAll(async () => {
  port = (await server.listen()).port
})
afterAll(() => server.close())
afterEach(() => {
  store.busy = false
  store.broken = false
  store.gate = undefined
  store.batches.length = 0
  store.timings.length = 0
  expect(budget.used).toBe(0)
})

async function post(path: string, type: string | undefined, bytes: BodyInit, headers: Record<string, string> = {}) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    body: bytes,
    headers: { ...(type === undefined ? {} : { 'content-type': type }), ...headers },
  })
  return { status: response.status, headers: response.headers, bytes: new Uint8Array(await response.arrayBuffer()) }
}

const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'
const jsonOf = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes))
const statusOf = (bytes: Uint8Array) => RpcStatus.toObject(RpcStatus.decode(bytes))

describe('OTLP/HTTP', () => {
  test('protobuf in, protobuf out', async () => {
    const answer = await post('/v1/traces', PROTOBUF, body(good, { ...good, name: 'two' }))
    expect([answer.status, answer.headers.get('content-type'), answer.bytes.length]).toEqual([200, PROTOBUF, 0])
    expect(store.names).toEqual(['good', 'two'])
  })

  test('JSON in, JSON out, gzip, charset and a query tolerated', async () => {
    const text = JSON.stringify({
      resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), name: 'j' }] }] }],
    })
    const answer = await post('/v1/traces/?x=1', 'Application/JSON; charset=utf-8', gzipSync(text), {
      'content-encoding': 'gzip',
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, JSON_TYPE])
    expect(jsonOf(answer.bytes)).toEqual({})
    expect(store.names).toEqual(['j'])
  })

  test('partial success names what was rejected and why', async () => {
    const bytes = body(good, { ...good, traceId: TRACE.slice(1) }, { ...good, spanId: new Uint8Array(8) })
    const answer = await post('/v1/traces', PROTOBUF, bytes)
    expect(answer.status).toBe(200)
    expect(TraceResponse.toObject(TraceResponse.decode(answer.bytes), { longs: String })).toEqual({
      partialSuccess: {
        rejectedSpans: '2',
        errorMessage: '1 span: trace id is not 16 bytes (32 hex digits) long; 1 span: span id is all zeros',
      },
    })
    const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'x' }] }] }] })
    expect(jsonOf((await post('/v1/traces', JSON_TYPE, json)).bytes)).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: expect.stringContaining('trace id') },
    })
    expect(store.names).toEqual(['good'])
  })

  test('truncated protobuf, garbage, cut gzip: 400 with a sentence', async () => {
    const cut = await post('/v1/traces', PROTOBUF, body(good).slice(0, -3))
    expect(cut.status).toBe(400)
    expect(cut.headers.get('content-type')).toBe(PROTOBUF)
    expect(statusOf(cut.bytes)).toMatchObject({ code: 3, message: expect.stringMatching(/ends early or is garbled/) })
    const noJson = await post('/v1/traces', JSON_TYPE, '{"resourceSpans":[')
    expect(noJson.status).toBe(400)
    expect(jsonOf(noJson.bytes)).toMatchObject({ code: 3, message: expect.stringMatching(/ends early/) })
    const gzip = { 'content-encoding': 'gzip' }
    const cutGzip = await post('/v1/traces', PROTOBUF, gzipSync(body(good)).subarray(0, -9), gzip)
    expect(cutGzip.status).toBe(400)
    expect(statusOf(cutGzip.bytes).message).toMatch(/not valid gzip/)
    expect((await post('/v1/traces', PROTOBUF, body(good), gzip)).status).toBe(400)
  })

  test('wrong content type or encoding: 415', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', '']) {
      const answer = await post('/v1/traces', type, body(good))
      expect([answer.status, jsonOf(answer.bytes).message]).toEqual([415, expect.stringMatching(/is not OTLP/)])
    }
    expect((await post('/v1/timings', PROTOBUF, body(good))).status).toBe(415)
    expect((await post('/v1/traces', PROTOBUF, body(good), { 'content-encoding': 'br' })).status).toBe(415)
    expect(store.spanCount).toBe(0)
  })

  test('65 MiB, plain and as a gzip bomb: 413, and memory stays bounded', async () => {
    const large = new Uint8Array(MAX_BODY_BYTES + 2 ** 20)
    const plain = await post('/v1/traces', PROTOBUF, large)
    expect([plain.status, statusOf(plain.bytes).message]).toEqual([413, expect.stringMatching(/larger than 64 MiB/)])
    const before = process.memoryUsage().arrayBuffers
    // 200 MiB of zeros fit into 200 KiB of gzip.
    const member = gzipSync(new Uint8Array(2 ** 20))
    const bomb = Buffer.concat(Array.from({ length: 200 }, () => member))
    const answer = await post('/v1/traces', PROTOBUF, bomb, { 'content-encoding': 'gzip' })
    expect(answer.status).toBe(413)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 2 ** 20)
    expect(store.spanCount).toBe(0)
  })

  test('a body of 64 MiB still fits', async () => {
    const filler = { key: 'x', value: { stringValue: 'y'.repeat(MAX_BODY_BYTES - 200) } }
    const answer = await post('/v1/traces', PROTOBUF, body({ ...good, attributes: [filler] }))
    expect(answer.status).toBe(200)
    expect(store.spanCount).toBe(1)
  })

  test('a chunked body that never says its length is cut at the limit', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest({ port, path: '/v1/traces', method: 'POST', headers: { 'content-type': PROTOBUF } })
      request.on('response', (response) => {
        response.resume()
        resolve(response.statusCode ?? 0)
      })
      request.on('error', reject)
      const chunk = Buffer.alloc(2 ** 20)
      let left = 66
      const more = () => {
        while (left-- > 0) if (!request.write(chunk)) return void request.once('drain', more)
        request.end()
      }
      more()
    })
    expect(status).toBe(413)
  })

  test('a slow body is waited for; a client that leaves costs nothing', async () => {
    const bytes = body(good)
    const head = (length: number) =>
      `POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: ${length}\r\n\r\n`
    const slow = connect(port, '127.0.0.1')
    const answered = new Promise<string>((resolve) => slow.once('data', (data) => resolve(data.toString())))
    slow.write(head(bytes.length))
    for (const byte of bytes) {
      slow.write(Uint8Array.of(byte))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    expect(await answered).toMatch(/^HTTP\/1\.1 200/)
    slow.destroy()
    const leaver = connect(port, '127.0.0.1')
    leaver.write(head(1000))
    leaver.write(bytes)
    await new Promise((resolve) => setTimeout(resolve, 50))
    leaver.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(store.names).toEqual(['good'])
  })

  test('a store that is behind: 503 with Retry-After; one that fails: 500', async () => {
    store.busy = true
    const busy = await post('/v1/traces', PROTOBUF, body(good))
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1'])
    expect(statusOf(busy.bytes)).toMatchObject({ code: 14, message: 'The store is behind. Try again.' })
    store.busy = false
    store.broken = true
    const broken = await post('/v1/traces', JSON_TYPE, '{}')
    expect([broken.status, jsonOf(broken.bytes).message]).toEqual([500, 'The store failed: the disk is on fire.'])
  })

  test('too many bytes in flight: 503 with Retry-After, and the budget is given back', async () => {
    let open = () => {}
    store.gate = new Promise((resolve) => {
      open = resolve
    })
    const filler = { key: 'x', value: { stringValue: 'y'.repeat(60 * 2 ** 20) } }
    const bytes = body({ ...good, attributes: [filler] })
    const first = [1, 2, 3, 4].map(() => post('/v1/traces', PROTOBUF, bytes))
    while (budget.used < 4 * 60 * 2 ** 20) await new Promise((resolve) => setTimeout(resolve, 10))
    const refused = await post('/v1/traces', PROTOBUF, bytes)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    open()
    expect((await Promise.all(first)).map((answer) => answer.status)).toEqual([200, 200, 200, 200])
  })

  test('other paths and methods get help', async () => {
    const metrics = await post('/v1/metrics', PROTOBUF, new Uint8Array(9))
    expect([metrics.status, statusOf(metrics.bytes).message]).toEqual([
      404,
      expect.stringMatching(/OTEL_METRICS_EXPORTER=none/),
    ])
    expect((await post('/v1/logs', JSON_TYPE, '{}')).status).toBe(404)
    const get = await fetch(`http://127.0.0.1:${port}/v1/traces`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    const root = await fetch(`http://127.0.0.1:${port}/`)
    expect([root.status, (await root.json()).message]).toEqual([404, expect.stringMatching(/\/v1\/traces/)])
  })

  test('timings: accepted and rejected with reasons, JSON and NDJSON', async () => {
    const sample = { guildId: '1', minute: '2026-11-22T10:05:00Z', action: 'connect', busyUs: 5 }
    const json = await post('/v1/timings', JSON_TYPE, JSON.stringify({ samples: [sample, { ...sample, busyUs: -1 }] }))
    expect([json.status, jsonOf(json.bytes)]).toEqual([
      200,
      {
        accepted: 1,
        rejected: [{ count: 1, reason: 'busyUs is negative', example: expect.stringMatching(/^\{"guildId"/) }],
      },
    ])
    const lines = `${JSON.stringify(sample)}\n${JSON.stringify(sample)}\n`
    const ndjson = await post('/v1/timings', 'application/x-ndjson', gzipSync(lines), { 'content-encoding': 'gzip' })
    expect(jsonOf(ndjson.bytes)).toEqual({ accepted: 2, rejected: [] })
    expect(store.timings.map((batch) => batch.rows)).toEqual([1, 2])
    expect((await post('/v1/timings', JSON_TYPE, '{"samples":5}')).status).toBe(400)
  })

  test('a taken port is a sentence', async () => {
    const second = createOtlpHttpServer(store, { host: '127.0.0.1', port })
    expect(await second.listen()).toMatchObject({
      state: 'failed',
      sentence: expect.stringMatching(/another process.*GUILDSCOPE_OTLP_HTTP_PORT/),
    })
    await second.close()
  })

  test('counts what it did', () => {
    expect(server.status()).toMatchObject({ name: 'OTLP/HTTP', port, state: 'listening', accepted: expect.any(Number) })
    expect(server.status().requests).toBeGreaterThan(10)
    expect(server.status().rejected).toBe(4)
    expect(server.status().lastReceivedMs).toBeGreaterThan(Date.now() - 60_000)
  })
})
