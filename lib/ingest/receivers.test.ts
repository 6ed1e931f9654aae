import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { encodeRequest, RpcStatus } from '../model/otlp/otlp-proto.fixture.ts'
import { MAX_BODY_BYTES } from './budget.ts'
import { FakeStore } from './fake-store.fixture.ts'
import { createReceivers } from './receivers.ts'

const bytes = encodeRequest({
  resourceSpans: [
    {
      scopeSpans: [
        {
          spans: [{ traceId: new Uint8Array(16).fill(1), spanId: new Uint8Array(8).fill(1), name: 'via web' }],
        },
      ],
    },
  ],
})

function post(path: string, type: string, body: BodyInit, headers: Record<string, string> = {}): Request {
  const init = { method: 'POST', body, headers: { 'content-type': type, ...headers } }
  return new Request(`http://localhost:3000${path}`, init)
}

test('the web port takes traces and timings, with the same answers', async () => {
  const store = new FakeStore()
  const receivers = createReceivers(store, { host: '127.0.0.1', httpPort: 0, grpcPort: 0, webPort: 3000 })
  const protobuf = 'application/x-protobuf'
  const traces = await receivers.handle(post('/v1/traces', protobuf, gzipSync(bytes), { 'content-encoding': 'gzip' }))
  expect([traces.status, traces.headers.get('content-type')]).toEqual([200, protobuf])
  expect(store.names).toEqual(['via web'])
  const sample = { guildId: '1', minute: '2026-11-22T10:05:00Z', action: 'connect', busyUs: 5 }
  const timings = await receivers.handle(post('/v1/timings', 'application/json', JSON.stringify({ samples: [sample] })))
  expect(await timings.json()).toEqual({ accepted: 1, rejected: [] })
  const large = await receivers.handle(post('/v1/traces', protobuf, new Uint8Array(MAX_BODY_BYTES + 1)))
  expect(large.status).toBe(413)
  const status = RpcStatus.toObject(RpcStatus.decode(new Uint8Array(await large.arrayBuffer())))
  expect(status.message).toMatch(/larger than 64 MiB/)
  expect((await receivers.handle(post('/v1/traces', protobuf, bytes.slice(3)))).status).toBe(400)
  expect((await receivers.handle(post('/v1/traces', 'text/html', bytes))).status).toBe(415)
  expect((await receivers.handle(new Request('http://localhost:3000/v1/traces'))).status).toBe(405)
  const [http, grpc, web] = receivers.status()
  expect([http.name, http.state]).toEqual(['OTLP/HTTP', 'off'])
  expect([grpc.name, grpc.state]).toEqual(['OTLP/gRPC', 'off'])
  expect(web).toMatchObject({ name: 'web port', port: 3000, state: 'listening', requests: 3, accepted: 2 })
})

test('opens what is configured, and a taken port stops nothing else', async () => {
  const store = new FakeStore()
  const one = createReceivers(store, { host: '127.0.0.1', httpPort: 43_180, grpcPort: 43_170, webPort: 3000 })
  const two = createReceivers(store, { host: '127.0.0.1', httpPort: 43_180, grpcPort: 43_171, webPort: 3000 })
  try {
    expect((await one.listen()).map((status) => status.state)).toEqual(['listening', 'listening', 'listening'])
    expect((await two.listen()).map((status) => status.state)).toEqual(['failed', 'listening', 'listening'])
    expect(two.status()[0].sentence).toMatch(/another process/)
  } finally {
    await Promise.all([one.close(), two.close()])
  }
})
