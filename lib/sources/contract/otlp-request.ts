/** Requests of the contract suites, as a person can read them. */

export interface SpanSketch {
  readonly trace: string
  readonly id: string
  readonly parent?: string
  readonly name?: string
  /** ms after the suite's start. */
  readonly at?: number
  readonly ms?: number
  readonly guild?: string | { readonly int: string }
  readonly stage?: string
  readonly action?: string
  readonly more?: Record<string, unknown>
  readonly attributes?: readonly object[]
}

/** One OTLP/JSON request with the given spans. Times count from `baseMs`. */
export function otlpRequest(spans: readonly SpanSketch[], baseMs: number, service = 'contract'): object {
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [stringAttribute('service.name', service), stringAttribute('service.instance.id', 'node-1')],
        },
        scopeSpans: [{ scope: { name: 'contract', version: '1' }, spans: spans.map((span) => otlpSpan(span, baseMs)) }],
      },
    ],
  }
}

function otlpSpan(span: SpanSketch, baseMs: number): object {
  const start = BigInt(baseMs + (span.at ?? 0)) * 1_000_000n
  const guild =
    span.guild === undefined
      ? []
      : typeof span.guild === 'string'
        ? [stringAttribute('guild.id', span.guild)]
        : [{ key: 'guild.id', value: { intValue: span.guild.int } }]
  return {
    traceId: span.trace,
    spanId: span.id,
    ...(span.parent === undefined ? {} : { parentSpanId: span.parent }),
    name: span.name ?? 'work',
    kind: 1,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(Math.round((span.ms ?? 1) * 1e6))),
    attributes: [
      ...guild,
      ...(span.stage === undefined ? [] : [stringAttribute('guild.stage', span.stage)]),
      ...(span.action === undefined ? [] : [stringAttribute('guild.action', span.action)]),
      ...(span.attributes ?? []),
    ],
    ...span.more,
  }
}

export function stringAttribute(key: string, value: string): object {
  return { key, value: { stringValue: value } }
}
