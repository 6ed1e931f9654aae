/** Spans as rows of the collector's `otel_traces`, in JSONCompactEachRow. */
import { encodeUtf8 } from '../base/utf8.ts'
import { attributeOf } from '../model/otlp/any-text.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import { ProtoReader } from '../model/otlp/proto-reader.ts'
import type { SpanBatch } from '../model/span-batch.ts'
import type { Attribute, SpanDetails } from '../model/span-columns.ts'
import { RowBytes } from './row-bytes.ts'

/** What a DateTime64(9) holds: up to 2262-04-11. */
const LAST_NS = 2n ** 63n - 1n
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

/** The columns of a row, in its order. */
export const SPAN_COLUMNS = [
  ...['Timestamp', 'TraceId', 'SpanId', 'ParentSpanId', 'SpanName', 'SpanKind'],
  ...['ServiceName', 'ResourceAttributes', 'ScopeName', 'ScopeVersion', 'Duration', 'StatusCode'],
  ...['SpanAttributes', 'TraceState', 'StatusMessage', 'Events.Timestamp', 'Events.Name', 'Events.Attributes'],
  ...['Links.TraceId', 'Links.SpanId', 'Links.TraceState', 'Links.Attributes'],
]

const ascii = (text: string) => encodeUtf8(text)
const KINDS = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'].map((kind) =>
  ascii(`,"${kind}",`),
)
const CODES = ['Unset', 'Ok', 'Error'].map((code) => ascii(`,"${code}",{`))
const BETWEEN = ascii('","')
/** After the trace state of a span that has no message, events or links. */
const PLAIN_END = ascii(',"",[],[],[],[],[],[],[]]\n')
const [OPEN, CLOSE, COMMA, COLON, QUOTE, END] = [91, 125, 44, 58, 34, 0]

/** Writes rows of one batch; what every span of a resource or scope shares is made once. */
export class SpanRows {
  readonly bytes = new RowBytes()
  readonly #batch: SpanBatch
  /** Texts by their number, resources with their service, and scopes: as JSON. */
  readonly #texts: (Uint8Array | undefined)[] = []
  readonly #resources = new Map<number, Uint8Array>()
  readonly #scopes = new Map<number, Uint8Array>()
  readonly #reader: ProtoReader
  readonly #words: { readonly starts: Uint32Array; readonly ends: Uint32Array }
  readonly #ids: { readonly [id in 'hi' | 'lo' | 'span' | 'parent']: Uint32Array }
  /** Spans that no row can hold. */
  refused = 0

  constructor(batch: SpanBatch) {
    this.#batch = batch
    this.#reader = new ProtoReader(batch.rest)
    this.#words = { starts: wordsOf(batch.startNs), ends: wordsOf(batch.endNs) }
    this.#ids = {
      hi: wordsOf(batch.traceIdHi),
      lo: wordsOf(batch.traceIdLo),
      span: wordsOf(batch.spanId),
      parent: wordsOf(batch.parentId),
    }
  }

  /** Writes the row of span `i` with its line end, or nothing where no row can hold it. */
  add(i: number): void {
    const { bytes } = this
    const batch = this.#batch
    const { starts, ends } = this.#words
    const [startLo, startHi] = [starts[2 * i], starts[2 * i + 1]]
    if (startHi >= 0x8000_0000) {
      this.refused++
      return
    }
    bytes.byte(OPEN)
    bytes.quotedSeconds(startLo, startHi)
    bytes.byte(COMMA)
    bytes.byte(QUOTE)
    this.#id(this.#ids.hi, i)
    this.#id(this.#ids.lo, i)
    bytes.raw(BETWEEN)
    this.#id(this.#ids.span, i)
    bytes.raw(BETWEEN)
    if (batch.parentId[i] !== 0n) this.#id(this.#ids.parent, i)
    bytes.byte(QUOTE)
    bytes.byte(COMMA)
    bytes.raw(this.#text(batch.nameId[i]))
    bytes.raw(KINDS[batch.kind[i]] ?? KINDS[0])
    bytes.raw(this.#resource(batch.resourceId[i], batch.serviceId[i]))
    bytes.raw(this.#scope(batch.scopeId[i]))
    let lo = ends[2 * i] - startLo
    let hi = ends[2 * i + 1] - startHi
    if (lo < 0) {
      lo += 2 ** 32
      hi--
    }
    if (hi < 0) bytes.integer(0, 0)
    else bytes.integer(lo, hi)
    bytes.raw(CODES[batch.status[i]] ?? CODES[0])
    const before = bytes.length
    if (this.#plain(i)) return
    bytes.length = before
    this.#full(i)
  }

  /** State and attributes of a span that has no message, events or links, straight from its bytes; false where it has. */
  #plain(i: number): boolean {
    const batch = this.#batch
    const out = this.bytes
    const reader = this.#reader
    reader.pos = i === 0 ? 0 : batch.restEnd[i - 1]
    reader.end = batch.restEnd[i]
    reader.bad = false
    let [stateFrom, stateTo] = [END, END]
    let attributes = 0
    while (reader.pos < reader.end) {
      const tag = reader.tag()
      if (tag === 0x4a) {
        const length = reader.length()
        const to = reader.pos + length
        if (reader.bad || to > reader.end) return false
        if (attributes++ > 0) out.byte(COMMA)
        if (!this.#pair(reader.pos, to)) return false
        reader.pos = to
      } else if (tag === 0x1a) {
        const length = reader.length()
        ;[stateFrom, stateTo] = [reader.pos, reader.pos + length]
        reader.pos = stateTo
      } else if (tag === 0x7a) {
        const length = reader.length()
        // A code alone has two bytes; what is longer has a message.
        if (length > 2) return false
        reader.pos += length
      } else if (tag === 0x5a || tag === 0x6a) return false
      else reader.skip(tag)
    }
    if (reader.bad) return false
    out.byte(CLOSE)
    out.byte(COMMA)
    if (!out.plainText(batch.rest, stateFrom, stateTo)) return false
    out.raw(PLAIN_END)
    return true
  }

  /** `"key":"value"` of the attribute in rest[from .. to); false where it is garbled. */
  #pair(from: number, to: number): boolean {
    const out = this.bytes
    const { rest } = this.#batch
    const before = out.length
    if (this.#plainPair(from, to)) return true
    out.length = before
    const attribute = attributeOf(rest, from, to)
    if (attribute === undefined) return false
    out.text(pairOf(attribute))
    return true
  }

  /** Texts without escapes and whole numbers, with their one member and nothing else. */
  #plainPair(from: number, to: number): boolean {
    const out = this.bytes
    const { rest } = this.#batch
    const keyTo = from + 2 + rest[from + 1]
    // Lengths of one byte: what is longer takes the longer way.
    if (rest[from] !== 0x0a || rest[from + 1] >= 0x80 || keyTo + 4 > to || rest[keyTo] !== 0x12) return false
    if (rest[keyTo + 1] >= 0x80 || keyTo + 2 + rest[keyTo + 1] !== to) return false
    if (!out.plainText(rest, from + 2, keyTo)) return false
    out.byte(COLON)
    const value = keyTo + 2
    if (rest[value] === 0x0a)
      return rest[value + 1] < 0x80 && value + 2 + rest[value + 1] === to && out.plainText(rest, value + 2, to)
    if (rest[value] !== 0x18) return false
    const reader = this.#reader
    const { pos, end } = reader
    reader.pos = value + 1
    reader.end = to
    reader.varint()
    const isWhole = !reader.bad && reader.pos === to
    if (isWhole) out.quotedInteger(reader.lo, reader.hi)
    reader.pos = pos
    reader.end = end
    reader.bad = false
    return isWhole
  }

  #full(i: number): void {
    const batch = this.#batch
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const span = decodeSpanRest(rest, NONE, NONE, NO_CORE)
    this.bytes.text(`${restOf(span)}]\n`)
  }

  #id(words: Uint32Array, i: number): void {
    this.bytes.hex(words[2 * i + 1])
    this.bytes.hex(words[2 * i])
  }

  #text(id: number): Uint8Array {
    this.#texts[id] ??= encodeUtf8(JSON.stringify(this.#batch.strings[id]))
    return this.#texts[id]
  }

  #resource(id: number, serviceId: number): Uint8Array {
    const known = this.#resources.get(id)
    if (known !== undefined) return known
    const { resource } = decodeSpanRest(NONE, this.#batch.resources[id] ?? NONE, NONE, NO_CORE)
    const json = encodeUtf8(`${JSON.stringify(this.#batch.strings[serviceId])},${mapOf(resource)},`)
    this.#resources.set(id, json)
    return json
  }

  #scope(id: number): Uint8Array {
    const known = this.#scopes.get(id)
    if (known !== undefined) return known
    const { scope } = decodeSpanRest(NONE, NONE, this.#batch.scopes[id] ?? NONE, NO_CORE)
    const json = encodeUtf8(`${JSON.stringify(scope?.name ?? '')},${JSON.stringify(scope?.version ?? '')},`)
    this.#scopes.set(id, json)
    return json
  }
}

/** From within the attributes on: all that comes from the span's own bytes. */
function restOf({ attributes, traceState, status, events, links }: SpanDetails): string {
  const texts = (values: readonly string[]) => JSON.stringify(values)
  const maps = (each: readonly { readonly attributes: readonly Attribute[] }[]) =>
    `[${each.map((one) => mapOf(one.attributes)).join()}]`
  return [
    `${attributes.map(pairOf).join()}}`,
    JSON.stringify(traceState ?? ''),
    JSON.stringify(status.message ?? ''),
    `[${events.map((event) => `"${seconds(event.timeUnixNano)}"`).join()}]`,
    texts(events.map((event) => event.name)),
    maps(events),
    texts(links.map((link) => link.traceId)),
    texts(links.map((link) => link.spanId)),
    texts(links.map(() => '')),
    maps(links),
  ].join()
}

function mapOf(attributes: readonly Attribute[]): string {
  return `{${attributes.map(pairOf).join()}}`
}

function pairOf({ key, value }: Attribute): string {
  return `${JSON.stringify(key)}:${JSON.stringify(value)}`
}

/** Unix seconds with nine decimals; what lies beyond ClickHouse's calendar is its last moment. */
function seconds(ns: string): string {
  const time = BigInt(ns)
  const digits = String(time > LAST_NS ? LAST_NS : time).padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`
}

function wordsOf(column: BigUint64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2)
}
