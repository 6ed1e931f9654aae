import { type Context, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtoExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bigIntToSpanId, halvesToTraceId } from '../base/ids.ts'
import { STAGE_ID } from '../model/stages.ts'
import { FakeStore } from './fake-store.fixture.ts'
import { createOtlpGrpcServer } from './grpc-server.ts'
import { createOtlpHttpServer } from './http-server.ts'

const store = new FakeStore()
const http = createOtlpHttpServer(store, { host: '127.0.0.1', port: 0 })
const grpc = createOtlpGrpcServer(store, { host: '127.0.0.1', port: 0 })

beforeAll(async () => {
  await Promise.all([http.listen(), grpc.listen()])
})
afterAll(async () => {
  await Promise.all([http.close(), grpc.close()])
})

/** A parent with two children, sent by the official SDK. */
async function sendTrace(exporter: SpanExporter): Promise<Span> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'guilds', 'service.instance.id': 'node-1' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  })
  const tracer = provider.getTracer('test', '1.0')
  const root = tracer.startSpan(
    'send_message',
    {
      attributes: { 'guild.id': '81384788765712384', 'guild.action': 'message_create', 'guild.stage': 'api' },
    },
    ROOT_CONTEXT,
  )
  const inside: Context = trace.setSpan(ROOT_CONTEXT, root)
  for (const name of ['guild.handle', 'fanout']) {
    const child = tracer.startSpan(name, { attributes: { 'fanout.recipients': 12, nested: ['a', 'b'] } }, inside)
    child.addEvent('dequeued')
    child.setStatus({ code: 2, message: 'late' })
    child.end()
  }
  root.end()
  await provider.forceFlush()
  await provider.shutdown()
  return root
}

describe('the official OpenTelemetry JavaScript SDK delivers', () => {
  const exporters: [string, () => SpanExporter][] = [
    ['http/protobuf', () => new ProtoExporter({ url: `http://127.0.0.1:${http.status().port}/v1/traces` })],
    ['http/json', () => new JsonExporter({ url: `http://127.0.0.1:${http.status().port}/v1/traces` })],
    ['grpc', () => new GrpcExporter({ url: `http://127.0.0.1:${grpc.status().port}` })],
  ]
  test.each(exporters)('over %s', async (_, make) => {
    store.batches.length = 0
    const root = await sendTrace(make())
    expect(store.names.toSorted()).toEqual(['fanout', 'guild.handle', 'send_message'])
    const [batch] = store.batches
    const at = store.names.indexOf('send_message')
    const child = store.names.indexOf('fanout')
    const { traceId, spanId } = root.spanContext()
    expect(halvesToTraceId(batch.traceIdHi[at], batch.traceIdLo[at])).toBe(traceId)
    expect(bigIntToSpanId(batch.spanId[at])).toBe(spanId)
    expect(batch.parentId[child]).toBe(batch.spanId[at])
    expect([batch.status[child], batch.recipients[child]]).toEqual([2, 12])
    expect(batch.stageId[at]).toBe(STAGE_ID.api)
    expect(batch.strings[batch.guildId[at]]).toBe('81384788765712384')
    expect(batch.strings[batch.serviceId[at]]).toBe('guilds')
    expect(batch.strings[batch.nodeId[at]]).toBe('node-1')
    expect(batch.endNs[at]).toBeGreaterThanOrEqual(batch.startNs[at])
    expect(batch.rejected).toEqual([])
  })
})
