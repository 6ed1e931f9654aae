/** The official OpenTelemetry SDK with its three exporters, none of them told where to send: the default ports must be right. */
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { expect, test } from '@playwright/test'
import { watchForTrouble } from './pages'

const EXPORTERS: Readonly<Record<string, () => SpanExporter>> = {
  'http/protobuf': () => new ProtobufExporter(),
  'http/json': () => new JsonExporter(),
  grpc: () => new GrpcExporter(),
}

for (const [protocol, make] of Object.entries(EXPORTERS)) {
  test(`a trace from the SDK over ${protocol} appears in the UI`, async ({ page }) => {
    const trouble = watchForTrouble(page)
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'shop@10.1.1.1' }),
      spanProcessors: [new BatchSpanProcessor(make())],
    })
    const tracer = provider.getTracer('sdk-test')
    const guild = `sdk-${protocol.replace('/', '-')}`
    const root = tracer.startSpan('checkout', {
      kind: SpanKind.SERVER,
      attributes: { 'guild.id': guild, 'guild.action': 'checkout' },
    })
    const context = trace.setSpan(await import('@opentelemetry/api').then((api) => api.context.active()), root)
    const child = tracer.startSpan(
      'charge <b>card</b>',
      { attributes: { amount: 12.5, retry: true, tags: ['a', 'b'] } },
      context,
    )
    child.addEvent('declined', { code: 51 })
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'card declined' })
    child.end()
    root.end()
    await provider.forceFlush()
    await provider.shutdown()

    await page.goto(`/traces/${root.spanContext().traceId}`)
    await expect(page.getByRole('heading', { level: 1 })).toContainText('checkout')
    await expect(page.getByText('2 spans')).toBeVisible()
    const row = page.getByRole('treegrid').getByRole('row', { name: /charge <b>card<\/b>/ })
    await row.click()
    await page.keyboard.press('Enter')
    await expect(page.getByText('card declined').first()).toBeVisible()
    await expect(page.getByText('declined', { exact: true }).first()).toBeVisible()
    await page.goto(`/guilds/${guild}`)
    await expect(page.getByRole('region', { name: 'Traces', exact: true }).getByText('checkout').first()).toBeVisible()
    expect(trouble).toEqual([])
  })
}
