import type { Attribute, SpanDetails } from '../../model/span-columns.ts'

/**
 * What systems lose of the payloads they are sent, as functions from a span as it was sent to the span that must come back. There is none
 * for ids, parents or the guild: a system that loses one of these cannot be a source of traces.
 */
export const LOSSES = {
  'below a microsecond': (span) => {
    const start = BigInt(span.startUnixNano) / 1_000n
    const us = (BigInt(span.endUnixNano) - BigInt(span.startUnixNano)) / 1_000n
    return { ...span, startUnixNano: `${start}000`, endUnixNano: `${start + us}000`, events: span.events.map(wholeUs) }
  },
  /** Start and length each to the nearest, so that an end is off by 1 µs at most. */
  'rounded to a microsecond': (span) => {
    const start = roundUs(BigInt(span.startUnixNano))
    const length = roundUs(BigInt(span.endUnixNano) - BigInt(span.startUnixNano))
    const events = span.events.map((one) => ({ ...one, timeUnixNano: String(roundUs(BigInt(one.timeUnixNano))) }))
    return { ...span, startUnixNano: String(start), endUnixNano: String(start + length), events }
  },
  /** Its unit is the nanosecond: a span without length comes back as one of 1 ns. */
  'zero lengths become 1 ns': (span) => atLeast(span, 1n),
  'upper case in span names': (span) => ({ ...span, name: span.name.toLowerCase() }),
  links: (span) => ({ ...span, links: [] }),
  'trace state': ({ traceState: _, ...span }) => span,
  /** No difference between internal and unspecified. */
  'kind internal': (span) => (span.kind === 'internal' ? { ...span, kind: 'unspecified' } : span),
  'types of values': (span) => ({
    ...span,
    attributes: span.attributes.map(asText),
    resource: span.resource.map(asText),
    events: span.events.map((event) => ({ ...event, attributes: event.attributes.map(asText) })),
  }),
  /** Arrays and maps come back as text. */
  'arrays and maps': (span) => ({ ...span, attributes: span.attributes.map((a) => (isNested(a) ? asText(a) : a)) }),
  /** Members of a map come back as attributes `map.member`. */
  'maps become paths': (span) => ({ ...span, attributes: span.attributes.flatMap(pathsOf) }),
  'numbers in arrays become texts': (span) => ({
    ...span,
    attributes: span.attributes.map((a) => (a.type === 'array' ? { ...a, value: textsOf(a.value) } : a)),
  }),
  'attributes of events': (span) => ({ ...span, events: span.events.map((event) => ({ ...event, attributes: [] })) }),
  'attributes of links': (span) => ({ ...span, links: span.links.map((link) => ({ ...link, attributes: [] })) }),
  scope: ({ scope: _, ...span }) => span,
  /** A service is kept as such, everything else of a resource as an attribute of each span. */
  'resource but the service': (span) => ({
    ...span,
    attributes: [...span.attributes, ...span.resource.filter((a) => a.key !== 'service.name')],
    resource: span.resource.filter((a) => a.key === 'service.name'),
  }),
} as const satisfies Record<string, (span: SpanDetails) => SpanDetails>

export type Loss = keyof typeof LOSSES

/** What each system loses, on the real server and in its recorded answers alike. */
export const LOST_BY = {
  'jaeger v3': ['zero lengths become 1 ns'],
  'jaeger v1': ['below a microsecond', 'arrays and maps', 'attributes of links'],
  tempo: [],
  /** By the collector's exporter, which writes as tags what Zipkin has no place for. */
  'zipkin by the collector': [
    'rounded to a microsecond',
    'upper case in span names',
    'types of values',
    'resource but the service',
  ],
  /** By an SDK's exporter. */
  zipkin: [
    'below a microsecond',
    'upper case in span names',
    'links',
    'trace state',
    'kind internal',
    'types of values',
    'attributes of events',
    'resource but the service',
  ],
  clickhouse: ['types of values'],
  'clickhouse without scope': ['types of values', 'scope'],
  'clickhouse json': ['maps become paths', 'numbers in arrays become texts', 'types of values'],
} as const satisfies Readonly<Record<string, readonly Loss[]>>

/** The span that must come back from a system which loses these, everything without order sorted. */
export function afterLosses(span: SpanDetails, losses: readonly Loss[]): SpanDetails {
  let left = span
  for (const loss of losses) left = LOSSES[loss](left)
  return inOrder(left)
}

/** Attributes by key; what the source remarks left out, because that is not the span's. */
export function inOrder(span: SpanDetails): SpanDetails {
  return {
    ...span,
    ordinal: 0,
    remarks: [],
    attributes: byKey(span.attributes),
    resource: byKey(span.resource),
    events: span.events.map((event) => ({ ...event, attributes: byKey(event.attributes) })),
    links: span.links.map((link) => ({ ...link, attributes: byKey(link.attributes) })),
  }
}

function byKey(attributes: readonly Attribute[]): readonly Attribute[] {
  return attributes.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
}

function wholeUs<T extends { readonly timeUnixNano: string }>(event: T): T {
  return { ...event, timeUnixNano: String((BigInt(event.timeUnixNano) / 1_000n) * 1_000n) }
}

function roundUs(ns: bigint): bigint {
  return ((ns + 500n) / 1_000n) * 1_000n
}

function atLeast(span: SpanDetails, ns: bigint): SpanDetails {
  const start = BigInt(span.startUnixNano)
  return BigInt(span.endUnixNano) - start < ns ? { ...span, endUnixNano: String(start + ns) } : span
}

function isNested(attribute: Attribute): boolean {
  return attribute.type === 'array' || attribute.type === 'map'
}

function textsOf(array: string): string {
  const values: unknown[] = JSON.parse(array)
  return JSON.stringify(values.map((value) => (typeof value === 'number' ? String(value) : value)))
}

function pathsOf(attribute: Attribute): readonly Attribute[] {
  if (attribute.type !== 'map') return [attribute]
  const members: Record<string, unknown> = JSON.parse(attribute.value)
  return Object.entries(members).map(([key, value]) => ({
    key: `${attribute.key}.${key}`,
    type: 'string',
    value: String(value),
  }))
}

function asText(attribute: Attribute): Attribute {
  return { ...attribute, type: 'string' }
}
