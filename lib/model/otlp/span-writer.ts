import { hexDigit } from '../../base/hex.ts'
import { WIRE } from './proto-reader.ts'
import { ProtoWriter } from './proto-writer.ts'

/** Appends attributes to one message. Field numbers: opentelemetry/proto/common/v1/common.proto. */
export class AttributeWriter {
  private readonly out: ProtoWriter
  private readonly field: number

  /** `field`: the number of the message's repeated `KeyValue`. */
  constructor(out: ProtoWriter, field: number) {
    this.out = out
    this.field = field
  }

  string(key: string, value: string): void {
    this.value(key, (out) => out.text(1, value))
  }

  bool(key: string, value: boolean): void {
    this.value(key, (out) => {
      out.tag(2, WIRE.varint)
      out.varint(value ? 1 : 0, 0)
    })
  }

  /** Must fit into 64 bits. */
  int(key: string, value: bigint): void {
    this.value(key, (out) => {
      out.tag(3, WIRE.varint)
      out.varint(Number(value & WORD), Number((value >> 32n) & WORD))
    })
  }

  double(key: string, value: number): void {
    this.value(key, (out) => {
      out.tag(4, WIRE.fixed64)
      out.double(value)
    })
  }

  bytes(key: string, value: Uint8Array): void {
    this.value(key, (out) => {
      out.tag(7, WIRE.bytes)
      out.varint(value.length, 0)
      out.raw(value)
    })
  }

  private value(key: string, write: (out: ProtoWriter) => void): void {
    const { out } = this
    const pair = out.open(this.field)
    out.text(1, key)
    const value = out.open(2)
    write(out)
    out.close(value)
    out.close(pair)
  }
}

const WORD = 0xffff_ffffn
const EMPTY = new Uint8Array(0)

/**
 * Writes spans of other formats as an OTLP request in binary protobuf, one after the other, so that one decoder serves all formats and no
 * object per span is kept.
 *
 *   const writer = new OtlpSpanWriter()
 *   writer.resource((attributes) => attributes.string('service.name', 'api'))   // for all spans from here on
 *   writer.scope('library', '1.0')                                              // likewise; optional
 *   writer.begin(traceId, spanId, 'GET /', startNs, endNs)
 *   writer.attributes.string('guild.id', '7')                                   // and kind, status, event, link …
 *   writer.end()
 *   decodeTracesProtobuf(writer.take(), mapping)
 *
 * A request must stay below 256 MiB: call `take` when `size` has passed some megabytes; resource and scope stay stated.
 */
export class OtlpSpanWriter {
  /** Of the span that is open. */
  readonly attributes: AttributeWriter
  private out = new ProtoWriter(1_024)
  private readonly scratch = new ProtoWriter(256)
  private resourceBytes: Uint8Array<ArrayBuffer> = EMPTY
  private scopeBytes: Uint8Array<ArrayBuffer> = EMPTY
  /** Marks of the messages that are open, −1: none. */
  private resourceMark = -1
  private scopeMark = -1
  private spanMark = -1
  private written = 0

  constructor() {
    this.attributes = new AttributeWriter(this.out, 9)
  }

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.out.pos
  }

  /** Spans written since the last `take`. */
  get spans(): number {
    return this.written
  }

  /** States the resource of the spans that follow; its scope is none until stated. */
  resource(write: (attributes: AttributeWriter) => void): void {
    const bytes = this.scratched((out) => write(new AttributeWriter(out, 1)))
    this.closeScope()
    this.scopeBytes = EMPTY
    if (!isEqual(bytes, this.resourceBytes)) this.closeResource()
    this.resourceBytes = bytes
  }

  /** States the instrumentation scope of the spans that follow. */
  scope(name: string, version?: string, write?: (attributes: AttributeWriter) => void): void {
    const bytes = this.scratched((out) => {
      if (name !== '') out.text(1, name)
      if (version !== undefined && version !== '') out.text(2, version)
      write?.(new AttributeWriter(out, 3))
    })
    if (!isEqual(bytes, this.scopeBytes)) this.closeScope()
    this.scopeBytes = bytes
  }

  /** Opens a span. Ids in hex (32 and 16 digits); times in Unix ns. What no decoder can use (a wrong id) is counted by the decoder. */
  begin(traceId: string, spanId: string, name: string, startNs: bigint, endNs: bigint): void {
    const { out } = this
    this.openScope()
    this.spanMark = out.open(2)
    this.written++
    hexField(out, 1, traceId)
    hexField(out, 2, spanId)
    if (name !== '') out.text(5, name)
    fixed64(out, 7, startNs)
    fixed64(out, 8, endNs)
  }

  /** A span whose fields are written already, in place of `begin` … `end`. */
  whole(span: Uint8Array): void {
    this.openScope()
    message(this.out, 2, span)
    this.written++
  }

  private openScope(): void {
    const { out } = this
    if (this.resourceMark === -1) {
      this.resourceMark = out.open(1)
      if (this.resourceBytes.length > 0) message(out, 1, this.resourceBytes)
    }
    if (this.scopeMark === -1) {
      this.scopeMark = out.open(2)
      if (this.scopeBytes.length > 0) message(out, 1, this.scopeBytes)
    }
  }

  parent(spanId: string): void {
    hexField(this.out, 4, spanId)
  }

  traceState(text: string): void {
    this.out.text(3, text)
  }

  /** OTLP's numbers: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind(kind: number): void {
    this.number(6, kind)
  }

  /** 0 unset, 1 ok, 2 error. */
  status(code: number, text = ''): void {
    const mark = this.out.open(15)
    if (text !== '') this.out.text(2, text)
    if (code !== 0) this.number(3, code)
    this.out.close(mark)
  }

  flags(flags: number): void {
    this.out.tag(16, WIRE.fixed32)
    this.out.fixed32(flags)
  }

  dropped(attributes: number, events: number, links: number): void {
    if (attributes > 0) this.number(10, attributes)
    if (events > 0) this.number(12, events)
    if (links > 0) this.number(14, links)
  }

  event(timeNs: bigint, name: string, write?: (attributes: AttributeWriter) => void): void {
    const { out } = this
    const mark = out.open(11)
    fixed64(out, 1, timeNs)
    if (name !== '') out.text(2, name)
    write?.(new AttributeWriter(out, 3))
    out.close(mark)
  }

  link(traceId: string, spanId: string, write?: (attributes: AttributeWriter) => void): void {
    const { out } = this
    const mark = out.open(13)
    hexField(out, 1, traceId)
    hexField(out, 2, spanId)
    write?.(new AttributeWriter(out, 4))
    out.close(mark)
  }

  end(): void {
    this.out.close(this.spanMark)
    this.spanMark = -1
  }

  /** Between two spans: what was written as a whole request, and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    this.closeResource()
    const bytes = this.out.bytes.slice(0, this.out.pos)
    this.out.pos = 0
    this.written = 0
    return bytes
  }

  /** Likewise, with a resource that was not known before: none must have been stated. */
  takeUnder(write: (attributes: AttributeWriter) => void): Uint8Array<ArrayBuffer> {
    this.closeScope()
    const whole = new ProtoWriter(this.out.pos + 1_024)
    if (this.resourceMark !== -1) {
      const mark = whole.open(1)
      message(
        whole,
        1,
        this.scratched((out) => write(new AttributeWriter(out, 1))),
      )
      whole.raw(this.out.bytes, this.resourceMark, this.out.pos)
      whole.close(mark)
    }
    this.out.pos = 0
    this.resourceMark = -1
    this.written = 0
    return whole.finish()
  }

  private closeResource(): void {
    this.closeScope()
    if (this.resourceMark !== -1) this.out.close(this.resourceMark)
    this.resourceMark = -1
  }

  private closeScope(): void {
    if (this.scopeMark !== -1) this.out.close(this.scopeMark)
    this.scopeMark = -1
  }

  private number(field: number, value: number): void {
    this.out.tag(field, WIRE.varint)
    this.out.varint(value >>> 0, 0)
  }

  private scratched(write: (out: ProtoWriter) => void): Uint8Array<ArrayBuffer> {
    this.scratch.pos = 0
    write(this.scratch)
    return this.scratch.bytes.slice(0, this.scratch.pos)
  }
}

function message(out: ProtoWriter, field: number, bytes: Uint8Array): void {
  out.tag(field, WIRE.bytes)
  out.varint(bytes.length, 0)
  out.raw(bytes)
}

/** A fixed64 field, such as a time in Unix ns. */
export function fixed64(out: ProtoWriter, field: number, value: bigint): void {
  out.tag(field, WIRE.fixed64)
  out.fixed64(Number(value & WORD), Number((value >> 32n) & WORD))
}

/** An id in hex; what is not hex becomes one byte, which every decoder refuses. */
export function hexField(out: ProtoWriter, field: number, hex: string): void {
  out.tag(field, WIRE.bytes)
  const start = out.pos
  out.varint(hex.length >> 1, 0)
  for (let i = 0; i + 1 < hex.length; i += 2) {
    const high = hexDigit(hex.charCodeAt(i))
    const low = hexDigit(hex.charCodeAt(i + 1))
    if (high < 0 || low < 0) {
      out.pos = start
      out.varint(1, 0)
      out.byte(0)
      return
    }
    out.byte(high * 16 + low)
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
