import { z } from 'zod'

/**
 * An OTLP/JSON request as Zipkin's JSON v2, for a Zipkin that takes no OTLP: as OpenTelemetry's own exporters write it, so far as the contract's
 * payloads go. Values become texts, events annotations without attributes, an error the tag `error`; links have no place.
 */
const any = z.record(z.string(), z.unknown())
const attributes = z.array(z.object({ key: z.string(), value: any })).default([])
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.number().default(0),
              startTimeUnixNano: z.string(),
              endTimeUnixNano: z.string(),
              attributes,
              status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
              events: z.array(z.object({ timeUnixNano: z.string(), name: z.string() })).default([]),
            }),
          ),
        }),
      ),
    }),
  ),
})

const KINDS: Readonly<Record<number, string>> = { 2: 'SERVER', 3: 'CLIENT', 4: 'PRODUCER', 5: 'CONSUMER' }
const micros = (ns: string) => Number(BigInt(ns) / 1_000n)

function textOf(value: Record<string, unknown>): string {
  const [held] = Object.values(value)
  return typeof held === 'object' ? JSON.stringify(held) : String(held ?? '')
}

export function toZipkinJson(otlp: object): object[] {
  return request.parse(otlp).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')
    const ofResource = resource.attributes.filter(({ key }) => key !== 'service.name')
    return scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => {
        const us = Number((BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano)) / 1_000n)
        const { code, message = '' } = span.status ?? {}
        const tags = [...ofResource, ...span.attributes].map(({ key, value }) => [key, textOf(value)] as const)
        return {
          traceId: span.traceId,
          id: span.spanId,
          ...(span.parentSpanId === undefined ? {} : { parentId: span.parentSpanId }),
          name: span.name,
          ...(KINDS[span.kind] === undefined ? {} : { kind: KINDS[span.kind] }),
          timestamp: micros(span.startTimeUnixNano),
          // Zipkin's least; it takes 0 for "not known".
          duration: Math.max(1, us),
          localEndpoint: { serviceName: service === undefined ? '' : textOf(service.value) },
          tags: {
            ...Object.fromEntries(tags),
            ...(code === 2 ? { error: message } : {}),
            ...(code === 1 ? { 'otel.status_code': 'OK' } : {}),
          },
          annotations: span.events.map((event) => ({ timestamp: micros(event.timeUnixNano), value: event.name })),
        }
      }),
    )
  })
}
