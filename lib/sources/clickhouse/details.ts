import { z } from 'zod'
import type { Attribute, SpanDetails } from '../../model/span-columns.ts'
import type { TracesShape } from './shape.ts'

const map = z.string()
export const detailsRow = z.object({
  span: z.string(),
  parent: z.string(),
  name: z.string(),
  kind: z.string(),
  code: z.string(),
  message: z.string(),
  start: z.string(),
  end: z.string(),
  state: z.string(),
  attributes: map,
  resource: map,
  scope: z.string(),
  version: z.string(),
  events: z.array(z.tuple([z.string(), z.string(), map])),
  links: z.array(z.tuple([z.string(), z.string(), map])),
})
const members = z.record(z.string(), z.unknown())

/** Attributes come as JSON texts, whether the column is a Map or JSON. */
export function detailsSelection(shape: TracesShape): string {
  const text = (name: string) => (shape.columns.has(name) ? `toString(${name})` : "''")
  const triples = (name: string, of: string) =>
    shape.columns.has(`${name}.${name === 'Events' ? 'Name' : 'TraceId'}`)
      ? `arrayMap((a, b, c) -> (${of}, toString(b), toJSONString(c)), ${name === 'Events' ? '`Events.Timestamp`, `Events.Name`, `Events.Attributes`' : '`Links.TraceId`, `Links.SpanId`, `Links.Attributes`'})`
      : "CAST([], 'Array(Tuple(String, String, String))')"
  return `SpanId AS span, ParentSpanId AS parent, toString(SpanName) AS name, ${text('SpanKind')} AS kind, ${text('StatusCode')} AS code, ${text('StatusMessage')} AS message,
    toString(toUnixTimestamp64Nano(Timestamp)) AS start, toString(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration)) AS end, ${text('TraceState')} AS state,
    toJSONString(SpanAttributes) AS attributes, toJSONString(ResourceAttributes) AS resource, ${text('ScopeName')} AS scope, ${text('ScopeVersion')} AS version,
    ${triples('Events', 'toString(toUnixTimestamp64Nano(a))')} AS events, ${triples('Links', 'toString(a)')} AS links`
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const CODES = ['unset', 'ok', 'error'] as const

/** `Server`, `SPAN_KIND_SERVER` or `2`. */
function named<T extends string>(names: readonly T[], text: string, prefix: RegExp): T {
  const plain = text.replace(prefix, '').toLowerCase()
  return names.find((name) => name === plain) ?? names[/^\d$/.test(plain) ? Number(plain) : 0] ?? names[0]
}

/** JSON columns keep `a.b` as a member `b` of `a`; what is no map is shown as text. */
function attributesOf(json: string): Attribute[] {
  const found: Attribute[] = []
  const open: (readonly [prefix: string, of: Readonly<Record<string, unknown>>])[] = [
    ['', members.parse(JSON.parse(json))],
  ]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [prefix, of] = next
    for (const [name, value] of Object.entries(of)) {
      const key = prefix + name
      const inner = members.safeParse(value)
      if (inner.success && !Array.isArray(value)) open.push([`${key}.`, inner.data])
      else if (value !== null)
        found.push({ key, type: 'string', value: typeof value === 'string' ? value : JSON.stringify(value) })
    }
  }
  return found
}

export function detailsOf(row: z.infer<typeof detailsRow>, traceId: string, ordinal: number): SpanDetails {
  return {
    traceId,
    spanId: row.span,
    ordinal,
    ...(row.parent === '' ? {} : { parentSpanId: row.parent }),
    name: row.name,
    kind: named(KINDS, row.kind, /^SPAN_KIND_/),
    status: { code: named(CODES, row.code, /^STATUS_CODE_/), ...(row.message === '' ? {} : { message: row.message }) },
    startUnixNano: row.start,
    endUnixNano: row.end,
    ...(row.state === '' ? {} : { traceState: row.state }),
    attributes: attributesOf(row.attributes),
    resource: attributesOf(row.resource),
    ...(row.scope === ''
      ? {}
      : { scope: { name: row.scope, ...(row.version === '' ? {} : { version: row.version }), attributes: [] } }),
    events: row.events.map(([timeUnixNano, name, attributes]) => ({
      timeUnixNano,
      name,
      attributes: attributesOf(attributes),
    })),
    links: row.links.map(([trace, spanId, attributes]) => ({
      traceId: trace,
      spanId,
      attributes: attributesOf(attributes),
    })),
    dropped: { attributes: 0, events: 0, links: 0 },
    remarks: [],
  }
}
