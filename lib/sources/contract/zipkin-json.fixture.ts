import { z } from 'zod'

/**
 * An OTLP/JSON request as Zipkin's JSON v2, for a Zipkin that takes no OTLP: as OpenTelemetry's own exporters write it, so far as the contract's
 * payloads go. Values become texts, the resource and the scope tags of each span, a status the tags `error` and `otel.status_code`, events
 * annotations without attributes; links, trace state and the kind “internal” have no place.
 */
const any = z.record(z.string(), z.unknown())
const anyValue = z.looseObject({
  arrayValue: z.object({ values: z.array(z.unknown()) }).optional(),
  kvlistValue: z.object({ values: z.array(z.object({ key: z.string(), value: z.unknown() })) }).optional(),
})
const attributes = z.array(z.object({ key: z.string(), value: any })).default([])
const request = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(
        z.object({
          scope: z.object({ name: z.string(), version: z.string() }),
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

/** A value without the wrappers of OTLP/JSON. */
function plain(value: unknown): unknown {
  const { arrayValue, kvlistValue, ...scalar } = anyValue.parse(value)
  if (arrayValue !== undefined) return arrayValue.values.map(plain)
  if (kvlistValue !== undefined) return Object.fromEntries(kvlistValue.values.map((one) => [one.key, plain(one.value)]))
  return scalar.intValue === undefined ? Object.values(scalar)[0] : Number(scalar.intValue)
}

function textOf(value: Record<string, unknown>): string {
  if (value.intValue !== undefined) return String(value.intValue)
  const held = plain(value)
  return typeof held === 'object' ? JSON.stringify(held) : String(held ?? '')
}

export function toZipkinJson(otlp: object): object[] {
  return request.parse(otlp).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')
    const ofResource = resource.attributes.filter(({ key }) => key !== 'service.name')
    return scopeSpans.flatMap(({ scope, spans }) =>
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
          duration: us,
          localEndpoint: { serviceName: service === undefined ? '' : textOf(service.value) },
          tags: {
            ...Object.fromEntries(tags),
            'otel.scope.name': scope.name,
            'otel.scope.version': scope.version,
            ...(code === 2 ? { error: message, 'otel.status_code': 'ERROR' } : {}),
            ...(code === 1 ? { 'otel.status_code': 'OK' } : {}),
          },
          annotations: span.events.map((event) => ({ timestamp: micros(event.timeUnixNano), value: event.name })),
        }
      }),
    )
  })
}
