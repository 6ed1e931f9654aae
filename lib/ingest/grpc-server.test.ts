import { setTimeout as sleep } from 'node:timers/promises'
import { Client, compressionAlgorithms, credentials, type ServiceError } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { encodeRequest, RpcStatus, TraceResponse } from '../model/otlp/otlp-proto.fixture.ts'
import { ByteBudget } from './budget.ts'
import { FakeStore } from './fake-store.fixture.ts'
import { createOtlpGrpcServer } from './grpc-server.ts'

const PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const good = {
  traceId: Uint8Array.from({ length: 16 }, (_, i) => i + 1),
  spanId: Uint8Array.from({ length: 8 }, (_, i) => i + 1),
  name: 'good',
}

function body(...spans: readonly Record<string, unknown>[]): Uint8Array {
  return encodeRequest({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

const store = new FakeStore()
const budget = new ByteBudget()
const server = createOtlpGrpcServer(store, { host: '127.0.0.1', port: 0, budget })
const clients: Client[] = []
let plain: Client
let gzip: Client

function connectTo(port: number, options: Record<string, unknown> = {}): Client {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
    ...options,
  })
  clients.push(client)
  return client
}

beforeAll(async () => {
  const { port } = await server.listen()
  plain = connectTo(port)
  gzip = connectTo(port, { 'grpc.default_compression_algorithm': compressionAlgorithms.gzip })
})
afterAll(async () => {
  for (const client of clients) client.close()
  await server.close()
})
afterEach(() => {
  store.busy = false
  store.broken = false
  store.batches.length = 0
  expect(budget.used).toBe(0)
})

type Reply = { readonly error?: ServiceError; readonly bytes: Uint8Array }

function send(client: Client, bytes: Uint8Array, path = PATH): Promise<Reply> {
  const same = (buffer: Buffer) => buffer
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, same, same, Buffer.from(bytes), (error, reply) =>
      resolve(error === null ? { bytes: reply ?? new Uint8Array(0) } : { error, bytes: new Uint8Array(0) }),
    )
  })
}

describe('OTLP/gRPC', () => {
  test('takes spans, plain and gzipped', async () => {
    expect(await send(plain, body(good))).toMatchObject({ bytes: { length: 0 } })
    expect((await send(gzip, body({ ...good, name: 'zipped' }))).error).toBeUndefined()
    expect(store.names).toEqual(['good', 'zipped'])
  })

  test('partial success names what was rejected and why', async () => {
    const reply = await send(plain, body(good, { ...good, spanId: new Uint8Array(3) }))
    expect(TraceResponse.toObject(TraceResponse.decode(reply.bytes), { longs: Number })).toEqual({
      partialSuccess: { rejectedSpans: 1, errorMessage: '1 span: span id is not 8 bytes (16 hex digits) long' },
    })
  })

  test('garbage is INVALID_ARGUMENT, another service UNIMPLEMENTED', async () => {
    const cut = await send(plain, body(good).slice(0, -2))
    expect([cut.error?.code, cut.error?.details]).toEqual([3, expect.stringMatching(/ends early or is garbled/)])
    const logs = await send(plain, body(good), '/opentelemetry.proto.collector.logs.v1.LogsService/Export')
    expect(logs.error?.code).toBe(12)
  })

  test('65 MiB, plain and zipped, are RESOURCE_EXHAUSTED, and the connection goes on', async () => {
    const large = new Uint8Array(65 * 2 ** 20)
    expect((await send(plain, large)).error?.code).toBe(8)
    expect((await send(gzip, large)).error?.code).toBe(8)
    expect((await send(plain, body(good))).error).toBeUndefined()
  })

  test('a store that is behind is UNAVAILABLE with RetryInfo; one that fails INTERNAL', async () => {
    store.busy = true
    const busy = await send(plain, body(good))
    expect([busy.error?.code, busy.error?.details]).toEqual([14, 'The store is behind. Try again.'])
    const [detail] = busy.error?.metadata.get('grpc-status-details-bin') ?? []
    const status = RpcStatus.toObject(RpcStatus.decode(Buffer.from(detail)))
    expect(status.details).toMatchObject([{ typeUrl: 'type.googleapis.com/google.rpc.RetryInfo' }])
    expect([...status.details[0].value]).toEqual([0x0a, 2, 8, 1])
    store.busy = false
    store.broken = true
    expect((await send(plain, body(good))).error?.code).toBe(13)
  })

  test('a taken port is a sentence', async () => {
    const second = createOtlpGrpcServer(store, { host: '127.0.0.1', port: server.status().port })
    expect(await second.listen()).toMatchObject({
      state: 'failed',
      sentence: expect.stringMatching(/another process.*GUILDSCOPE_OTLP_GRPC_PORT/),
    })
    await second.close()
  })

  test('closing waits for what is being written', async () => {
    const other = createOtlpGrpcServer(store, { host: '127.0.0.1', port: 0 })
    const client = connectTo((await other.listen()).port)
    let open = () => {}
    store.gate = new Promise((resolve) => {
      open = resolve
    })
    const sent = send(client, body(good))
    while (other.status().requests === 0) await sleep(5)
    const closed = other.close()
    open()
    expect((await sent).error).toBeUndefined()
    await closed
    store.gate = undefined
  })
})
