/** Spans as rows of the collector's `otel_traces`, in JSONEachRow. */
import { ByteTable } from '../base/byte-interner.ts'
import { bigIntToSpanId, halvesToTraceId } from '../base/ids.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import { attributeOf } from '../model/otlp/any-text.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import { ProtoReader } from '../model/otlp/proto-reader.ts'
import type { SpanBatch } from '../model/span-batch.ts'
import type { Attribute } from '../model/span-columns.ts'

/** What a DateTime64(9) holds: up to 2262-04-11. */
const LAST_NS = 2n ** 63n - 1n
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer']
const CODE_NAMES = ['Unset', 'Ok', 'Error']
const CODES = { unset: 'Unset', ok: 'Ok', error: 'Error' } as const
const NONE = new Uint8Array(0)
const NO_CORE = {
  traceId: '',
  spanId: '',
  ordinal: 0,
  parentSpanId: '',
  name: '',
  startUnixNano: '0',
  endUnixNano: '0',
}

export const TOO_LATE = 'the start lies beyond the year 2262, which ClickHouse cannot keep'

/** Writes rows of one batch; what every span of a resource or scope shares is made once. */
export class SpanRows {
  readonly #batch: SpanBatch
  readonly #resources = new Map<number, string>()
  readonly #scopes = new Map<number, string>()
  readonly #reader: ProtoReader
  /** Raw `KeyValue` → its text in a row: most attributes of a batch come again and again. */
  readonly #pairs = new ByteTable()
  readonly #pairTexts: string[] = ['']
  /** Spans that no row can hold. */
  refused = 0

  constructor(batch: SpanBatch) {
    this.#batch = batch
    this.#reader = new ProtoReader(batch.rest)
  }

  /** The row of span `i` with its line end; '' where no row can hold it. */
  row(i: number): string {
    const batch = this.#batch
    const startNs = batch.startNs[i]
    if (startNs > LAST_NS) {
      this.refused++
      return ''
    }
    const endNs = batch.endNs[i]
    const parent = batch.parentId[i]
    let row =
      `{"Timestamp":"${seconds(startNs)}","TraceId":"${halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i])}"` +
      `,"SpanId":"${bigIntToSpanId(batch.spanId[i])}","ParentSpanId":"${parent === 0n ? '' : bigIntToSpanId(parent)}"` +
      `,"SpanName":${JSON.stringify(batch.strings[batch.nameId[i]])},"SpanKind":"${KINDS[batch.kind[i]]}"` +
      `${this.#resource(batch.resourceId[i], batch.serviceId[i])}${this.#scope(batch.scopeId[i])}` +
      `,"Duration":${endNs > startNs ? endNs - startNs : 0n}`
    row += this.#plain(i) ?? this.#full(i)
    return `${row}}\n`
  }

  /** State, attributes and status of a span that has nothing else; undefined where it has. Twice as fast as the full decoding. */
  #plain(i: number): string | undefined {
    const batch = this.#batch
    const reader = this.#reader
    const { bytes } = reader
    reader.pos = i === 0 ? 0 : batch.restEnd[i - 1]
    reader.end = batch.restEnd[i]
    reader.bad = false
    let traceState = ''
    let pairs = ''
    while (reader.pos < reader.end) {
      const tag = reader.tag()
      if (tag === 0x4a) {
        const length = reader.length()
        const id = this.#pairs.id(bytes, reader.pos, reader.pos + length)
        if (id === this.#pairTexts.length) {
          const attribute = attributeOf(bytes, reader.pos, reader.pos + length)
          if (attribute === undefined) this.#pairTexts.push('')
          else this.#pairTexts.push(pairOf(attribute))
        }
        const text = this.#pairTexts[id]
        if (text === '') return undefined
        pairs += pairs === '' ? text : `,${text}`
        reader.pos += length
      } else if (tag === 0x1a) {
        const length = reader.length()
        traceState = decodeUtf8(bytes, reader.pos, reader.pos + length)
        reader.pos += length
      } else if (tag === 0x7a) {
        const length = reader.length()
        // A code alone has two bytes; what is longer has a message.
        if (length > 2) return undefined
        reader.pos += length
      } else if (tag === 0x5a || tag === 0x6a) return undefined
      else reader.skip(tag)
    }
    if (reader.bad) return undefined
    return `,"TraceState":${JSON.stringify(traceState)},"SpanAttributes":{${pairs}},"StatusCode":"${CODE_NAMES[batch.status[i]]}"`
  }

  #full(i: number): string {
    const batch = this.#batch
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const span = decodeSpanRest(rest, NONE, NONE, NO_CORE)
    let row =
      `,"TraceState":${JSON.stringify(span.traceState ?? '')},"SpanAttributes":${mapOf(span.attributes)}` +
      `,"StatusCode":"${CODES[span.status.code]}"`
    if (span.status.message !== undefined) row += `,"StatusMessage":${JSON.stringify(span.status.message)}`
    if (span.events.length > 0) {
      const { events } = span
      row +=
        `,"Events.Timestamp":[${events.map((event) => `"${seconds(within(event.timeUnixNano))}"`).join()}]` +
        `,"Events.Name":${JSON.stringify(events.map((event) => event.name))}` +
        `,"Events.Attributes":[${events.map((event) => mapOf(event.attributes)).join()}]`
    }
    if (span.links.length > 0) {
      const { links } = span
      row +=
        `,"Links.TraceId":${JSON.stringify(links.map((link) => link.traceId))}` +
        `,"Links.SpanId":${JSON.stringify(links.map((link) => link.spanId))}` +
        `,"Links.TraceState":[${links.map(() => '""').join()}]` +
        `,"Links.Attributes":[${links.map((link) => mapOf(link.attributes)).join()}]`
    }
    return row
  }

  #resource(id: number, serviceId: number): string {
    const known = this.#resources.get(id)
    if (known !== undefined) return known
    const { resource } = decodeSpanRest(NONE, this.#batch.resources[id] ?? NONE, NONE, NO_CORE)
    const service = this.#batch.strings[serviceId]
    const text = `,"ServiceName":${JSON.stringify(service)},"ResourceAttributes":${mapOf(resource)}`
    this.#resources.set(id, text)
    return text
  }

  #scope(id: number): string {
    const known = this.#scopes.get(id)
    if (known !== undefined) return known
    const { scope } = decodeSpanRest(NONE, NONE, this.#batch.scopes[id] ?? NONE, NO_CORE)
    const text = `,"ScopeName":${JSON.stringify(scope?.name ?? '')},"ScopeVersion":${JSON.stringify(scope?.version ?? '')}`
    this.#scopes.set(id, text)
    return text
  }
}

function mapOf(attributes: readonly Attribute[]): string {
  if (attributes.length === 0) return '{}'
  return `{${attributes.map(pairOf).join()}}`
}

function pairOf({ key, value }: Attribute): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`
}

/** Unix seconds with nine decimals, as ClickHouse reads a DateTime64(9). */
function seconds(ns: bigint): string {
  const digits = String(ns).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

function within(ns: string): bigint {
  const time = BigInt(ns)
  return time > LAST_NS ? LAST_NS : time
}
