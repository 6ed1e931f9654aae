import { ByteWriter } from './bytes.ts'

/**
 * Writes OTLP trace requests (protobuf) span by span: spans collect in one buffer per resource, `take` frames them as one
 * `ExportTraceServiceRequest`. Attributes that repeat are encoded once (`attribute`) and copied: a span costs about 1 µs.
 */

const utf8 = new TextEncoder()

/** Field tags: (number << 3) | wire type. */
const TAG = {
  keyValueKey: 0x0a,
  keyValueValue: 0x12,
  anyString: 0x0a,
  anyBool: 0x10,
  anyInt: 0x18,
  anyDouble: 0x21,
  spanTraceId: 0x0a,
  spanId: 0x12,
  spanTraceState: 0x1a,
  spanParentId: 0x22,
  spanName: 0x2a,
  spanKind: 0x30,
  spanStart: 0x39,
  spanEnd: 0x41,
  spanAttribute: 0x4a,
  spanEvent: 0x5a,
  spanLink: 0x6a,
  spanStatus: 0x7a,
} as const

export const SPAN_KIND = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 } as const

/** A 64-bit number in two unsigned 32-bit halves; both 0 stands for "none". */
export interface Id64 {
  readonly hi: number
  readonly lo: number
}

/** A trace id in four 32-bit words, most significant first, and its `tracestate` (already encoded as a field). */
export interface TraceContext {
  readonly words: readonly [number, number, number, number]
  readonly traceState: Uint8Array
}

export function traceIdText(trace: TraceContext): string {
  return trace.words.map((word) => word.toString(16).padStart(8, '0')).join('')
}

/** An int64 attribute value as exact decimal text, to tell it from a string. */
export interface IntText {
  readonly int: string
}

export type AttributeValue = string | boolean | number | IntText

function anyValue(value: AttributeValue): Uint8Array {
  const out = new ByteWriter(32)
  if (typeof value === 'string') out.field(TAG.anyString, utf8.encode(value))
  else if (typeof value === 'boolean') {
    out.byte(TAG.anyBool)
    out.byte(value ? 1 : 0)
  } else if (typeof value === 'number') {
    out.byte(TAG.anyDouble)
    out.append(new Uint8Array(new Float64Array([value]).buffer))
  } else {
    const bits = BigInt.asUintN(64, BigInt(value.int))
    out.byte(TAG.anyInt)
    out.varint64(Number(bits >> 32n), Number(bits & 0xffffffffn))
  }
  return out.view()
}

/** The `KeyValue` message of an attribute. JavaScript numbers become doubles; integers are `{ int: '123' }`. */
export function keyValue(key: string, value: AttributeValue): Uint8Array {
  const out = new ByteWriter(64)
  out.field(TAG.keyValueKey, utf8.encode(key))
  out.field(TAG.keyValueValue, anyValue(value))
  return out.view()
}

/** Attributes as fields of a span, ready to be copied into many spans. */
export function attributes(values: Readonly<Record<string, AttributeValue>>): Uint8Array {
  const out = new ByteWriter(128)
  for (const [key, value] of Object.entries(values)) out.field(TAG.spanAttribute, keyValue(key, value))
  return out.view()
}

/** `tracestate` as a span's field; empty text: no field. */
export function traceStateField(text: string): Uint8Array {
  if (text === '') return new Uint8Array(0)
  const out = new ByteWriter(32)
  out.field(TAG.spanTraceState, utf8.encode(text))
  return out.view()
}

/** A span's name as its field. */
export function nameField(name: string): Uint8Array {
  const out = new ByteWriter(32)
  out.field(TAG.spanName, utf8.encode(name))
  return out.view()
}

/** The key part of an attribute whose value differs from span to span. */
export function attributeKey(key: string): Uint8Array {
  const out = new ByteWriter(32)
  out.field(TAG.keyValueKey, utf8.encode(key))
  return out.view()
}

interface ResourceBuffer {
  readonly resource: Uint8Array
  readonly offsetUs: number
  readonly spans: ByteWriter
}

export class SpanEncoder {
  /** Spans written since the last `take`. */
  pending = 0
  #resources: ResourceBuffer[] = []
  #scope: Uint8Array
  #span = new ByteWriter(4096)
  #current = 0
  readonly #baseHi: number
  readonly #baseLo: number
  /** Halves of the last converted instant. */
  #hi = 0
  #lo = 0

  /** `baseMs`: the Unix milliseconds from which all times of spans count. */
  constructor(baseMs: number, scopeName: string, scopeVersion: string) {
    const base = BigInt(baseMs) * 1_000_000n
    this.#baseHi = Number(base >> 32n)
    this.#baseLo = Number(base & 0xffffffffn)
    const scope = new ByteWriter(64)
    scope.field(0x0a, utf8.encode(scopeName))
    scope.field(0x12, utf8.encode(scopeVersion))
    const field = new ByteWriter(64)
    field.field(0x0a, scope.view())
    this.#scope = field.view()
  }

  /** A new resource; `offsetUs`: by how much its clock is ahead. Returns its number. */
  resource(values: Readonly<Record<string, AttributeValue>>, offsetUs: number): number {
    const resource = new ByteWriter(128)
    for (const [key, value] of Object.entries(values)) resource.field(0x0a, keyValue(key, value))
    const field = new ByteWriter(128)
    field.field(0x0a, resource.view())
    this.#resources.push({ resource: field.view(), offsetUs, spans: new ByteWriter(4096) })
    return this.#resources.length - 1
  }

  /** Begins a span. Times in µs since the base, by the true clock; the resource's clock offset is added. */
  begin(
    resource: number,
    trace: TraceContext,
    id: Id64,
    parent: Id64 | undefined,
    name: Uint8Array,
    kind: number,
    startUs: number,
    endUs: number,
  ): void {
    this.#current = resource
    const { offsetUs } = this.#resources[resource]
    const out = this.#span
    out.clear()
    out.reserve(256)
    out.byte(TAG.spanTraceId)
    out.byte(16)
    for (let i = 0; i < 4; i++) out.fixed32BigEndian(trace.words[i])
    out.byte(TAG.spanId)
    out.byte(8)
    out.fixed32BigEndian(id.hi)
    out.fixed32BigEndian(id.lo)
    out.append(trace.traceState)
    if (parent !== undefined) {
      out.byte(TAG.spanParentId)
      out.byte(8)
      out.fixed32BigEndian(parent.hi)
      out.fixed32BigEndian(parent.lo)
    }
    out.append(name)
    out.byte(TAG.spanKind)
    out.byte(kind)
    out.byte(TAG.spanStart)
    this.#instant(startUs + offsetUs)
    out.fixed32LittleEndian(this.#lo)
    out.fixed32LittleEndian(this.#hi)
    out.byte(TAG.spanEnd)
    this.#instant(endUs + offsetUs)
    out.fixed32LittleEndian(this.#lo)
    out.fixed32LittleEndian(this.#hi)
  }

  /** Adds attributes that `attributes` encoded. */
  add(fields: Uint8Array): void {
    this.#span.append(fields)
  }

  addString(key: Uint8Array, value: string): void {
    const text = utf8.encode(value)
    const any = 1 + varintSize(text.length) + text.length
    this.#keyThenValue(key, any)
    this.#span.field(TAG.anyString, text)
  }

  /** A non-negative integer below 2⁵³. */
  addInt(key: Uint8Array, value: number): void {
    this.#addInt64(key, Math.floor(value / 4_294_967_296), value >>> 0)
  }

  /** An instant as Unix nanoseconds (int64), by the resource's clock. */
  addInstant(key: Uint8Array, atUs: number): void {
    this.#instant(atUs + this.#resources[this.#current].offsetUs)
    this.#addInt64(key, this.#hi, this.#lo)
  }

  addDouble(key: Uint8Array, value: number): void {
    this.#keyThenValue(key, 9)
    this.#span.byte(TAG.anyDouble)
    this.#span.append(new Uint8Array(new Float64Array([value]).buffer))
  }

  /** An event; `fields` are key-values from `keyValue`. */
  event(atUs: number, name: string, values: readonly Uint8Array[]): void {
    const event = new ByteWriter(64)
    this.#instant(atUs + this.#resources[this.#current].offsetUs)
    event.byte(0x09)
    event.fixed32LittleEndian(this.#lo)
    event.fixed32LittleEndian(this.#hi)
    event.field(0x12, utf8.encode(name))
    for (const value of values) event.field(0x1a, value)
    this.#span.field(TAG.spanEvent, event.view())
  }

  link(trace: TraceContext, id: Id64, values: readonly Uint8Array[]): void {
    const link = new ByteWriter(64)
    link.byte(0x0a)
    link.byte(16)
    for (const word of trace.words) link.fixed32BigEndian(word)
    link.byte(0x12)
    link.byte(8)
    link.fixed32BigEndian(id.hi)
    link.fixed32BigEndian(id.lo)
    for (const value of values) link.field(0x22, value)
    this.#span.field(TAG.spanLink, link.view())
  }

  /** Marks the span as failed. */
  error(message: string): void {
    const status = new ByteWriter(64)
    status.field(0x12, utf8.encode(message))
    status.byte(0x18)
    status.byte(2)
    this.#span.field(TAG.spanStatus, status.view())
  }

  /** Ends the span begun last. */
  end(): void {
    this.#resources[this.#current].spans.field(0x12, this.#span.view())
    this.pending++
  }

  /** Everything written so far as one request; the encoder is empty afterwards. */
  take(): Uint8Array<ArrayBuffer> {
    let total = 0
    for (const { spans } of this.#resources) if (spans.length > 0) total += spans.length + 512
    const out = new ByteWriter(total)
    for (const { resource, spans } of this.#resources) {
      if (spans.length === 0) continue
      const scopeSpans = this.#scope.length + spans.length
      const resourceSpans = resource.length + 1 + varintSize(scopeSpans) + scopeSpans
      out.byte(0x0a)
      out.varint(resourceSpans)
      out.append(resource)
      out.byte(0x12)
      out.varint(scopeSpans)
      out.append(this.#scope)
      out.append(spans.view())
      spans.clear()
    }
    this.pending = 0
    return out.view()
  }

  #keyThenValue(key: Uint8Array, anyLength: number): void {
    const value = 1 + varintSize(anyLength) + anyLength
    this.#span.byte(TAG.spanAttribute)
    this.#span.varint(key.length + value)
    this.#span.append(key)
    this.#span.byte(TAG.keyValueValue)
    this.#span.varint(anyLength)
  }

  #addInt64(key: Uint8Array, hi: number, lo: number): void {
    this.#keyThenValue(key, 1 + varint64Size(hi, lo))
    this.#span.byte(TAG.anyInt)
    this.#span.varint64(hi, lo)
  }

  /** µs since the base → Unix nanoseconds in `#hi`, `#lo`. Exact: the sum is made in halves, never as one double. */
  #instant(us: number): void {
    const relative = Math.round(us * 1000)
    const relativeHi = Math.floor(relative / 4_294_967_296)
    const lo = this.#baseLo + (relative - relativeHi * 4_294_967_296)
    const carry = lo >= 4_294_967_296 ? 1 : 0
    this.#lo = lo - carry * 4_294_967_296
    this.#hi = this.#baseHi + relativeHi + carry
  }
}

function varintSize(value: number): number {
  let size = 1
  while (value > 127) {
    value >>>= 7
    size++
  }
  return size
}

function varint64Size(hi: number, lo: number): number {
  let size = 1
  while (hi !== 0 || lo > 127) {
    lo = ((lo >>> 7) | (hi << 25)) >>> 0
    hi >>>= 7
    size++
  }
  return size
}
