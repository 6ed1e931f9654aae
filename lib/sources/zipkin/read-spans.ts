import { hexDigit } from '../../base/hex.ts'
import { type Halves, parseInt64 } from '../../base/int64.ts'
import { JSON_TOKEN, JsonReader } from '../../base/json-reader.ts'
import { WIRE } from '../../model/otlp/proto-reader.ts'
import { ProtoWriter } from '../../model/otlp/proto-writer.ts'
import { AttributeWriter, fixed64, OtlpSpanWriter } from '../../model/otlp/span-writer.ts'
import { ExporterTags, writeEvent } from './exporter-tags.ts'

/** Zipkin's spans as an OTLP trace request. */
export interface OtlpSpans {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly spans: number
  /** Spans beyond the limit, which were only counted. */
  readonly left: number
  /** By span: bits of `SPAN`. */
  readonly marks: Uint8Array
  /** '' where the JSON is whole; else what is wrong with it, and the spans are those before. */
  readonly problem: string
}

/** What Zipkin says of a span that OTLP has no field for. */
export const SPAN = { shared: 1, noTime: 2 } as const

const KINDS: Readonly<Record<string, number>> = { SERVER: 2, CLIENT: 3, PRODUCER: 4, CONSUMER: 5 }

/** Of one message; several, one after the other, are one request, too. */
const PART_BYTES = 8 * 2 ** 20

/**
 * Rewrites Zipkin's JSON v2 (a list of spans, or of traces, which are lists of spans) as binary OTLP, token by token: no object a span. A span
 * is written into a buffer of its own first, because its service and scope, which OTLP states before the spans, may come last.
 */
export function readZipkinSpans(json: Uint8Array, maxSpans: number): OtlpSpans {
  return new ZipkinReader(json, maxSpans).run()
}

class ZipkinReader {
  private readonly reader: JsonReader
  private readonly writer = new OtlpSpanWriter()
  private readonly parts: Uint8Array<ArrayBuffer>[] = []
  /** The fields of the current span. */
  private readonly span = new ProtoWriter(1_024)
  private readonly attributes = new AttributeWriter(this.span, 9)
  private readonly halves: Halves = { lo: 0, hi: 0 }
  private readonly id = new Uint8Array(16)
  private readonly maxSpans: number
  private marks = new Uint8Array(1_024)
  private spans = 0
  private left = 0
  /** Of whom spans are being written. */
  private service: string | undefined
  private scope: string | undefined

  // Of the current span.
  private ofService = ''
  private startUs = 0n
  private durationUs = 0n
  private firstEventUs = 0n
  private mark = 0
  private readonly fields = new ExporterTags()
  /** Where the tag `error` stands in `span`. */
  private errorFrom = 0
  private errorTo = 0

  constructor(json: Uint8Array, maxSpans: number) {
    this.reader = new JsonReader(json)
    this.maxSpans = maxSpans
  }

  run(): OtlpSpans {
    const { reader } = this
    let problem = reader.next() === JSON_TOKEN.arrayStart ? '' : 'it is not a list of spans'
    while (problem === '') {
      const token = reader.next()
      if (token === JSON_TOKEN.end) break
      if (token === JSON_TOKEN.error) problem = reader.problemText
      else if (token === JSON_TOKEN.objectStart) {
        if (this.readSpan()) this.endSpan()
      } else if (token !== JSON_TOKEN.arrayStart && token !== JSON_TOKEN.arrayEnd) problem = 'it is not a list of spans'
    }
    this.parts.push(this.writer.take())
    const { spans, left } = this
    return { bytes: joined(this.parts), spans, left, marks: this.marks.subarray(0, spans), problem }
  }

  /** The rest of the object whose bracket was read. False where the JSON ends before it. */
  private readSpan(): boolean {
    const { reader, span } = this
    span.pos = 0
    this.ofService = ''
    this.fields.reset()
    this.startUs = this.durationUs = this.firstEventUs = 0n
    this.mark = 0
    this.errorTo = 0
    for (let token = reader.next(); token === JSON_TOKEN.key; token = reader.next()) {
      const key = reader.text()
      if (!this.field(key, reader.next())) return false
    }
    return reader.problem === ''
  }

  private field(key: string, token: number): boolean {
    const { reader, span } = this
    const isText = token === JSON_TOKEN.string
    switch (key) {
      case 'traceId':
        return isText ? this.copyId(1, 16) : reader.skipRest(token)
      case 'id':
        return isText ? this.copyId(2, 8) : reader.skipRest(token)
      case 'parentId':
        return isText ? this.copyId(4, 8) : reader.skipRest(token)
      case 'name':
        if (isText) this.copyText(span, 5)
        return reader.skipRest(token)
      case 'kind': {
        const kind = isText ? (KINDS[reader.text()] ?? 0) : 0
        if (kind > 0) {
          span.tag(6, WIRE.varint)
          span.varint(kind, 0)
        }
        return reader.skipRest(token)
      }
      case 'timestamp':
        this.startUs = this.microseconds(token)
        return reader.skipRest(token)
      case 'duration':
        this.durationUs = this.microseconds(token)
        return reader.skipRest(token)
      case 'shared':
        if (token === JSON_TOKEN.true) this.mark |= SPAN.shared
        return reader.skipRest(token)
      case 'localEndpoint':
        return this.endpoint(token, true)
      case 'remoteEndpoint':
        return this.endpoint(token, false)
      case 'tags':
        return this.tags(token)
      case 'annotations':
        return this.annotations(token)
      default:
        return reader.skipRest(token)
    }
  }

  private microseconds(token: number): bigint {
    const { reader, halves } = this
    if (token !== JSON_TOKEN.number && token !== JSON_TOKEN.string) return 0n
    if (!parseInt64(reader.bytes, reader.from, reader.to, halves)) return 0n
    const value = (BigInt(halves.hi) << 32n) | BigInt(halves.lo)
    // What does not fit into nanoseconds of 64 bits is no time.
    return value < 2n ** 63n / 1_000n ? value : 0n
  }

  /** An id in hex, padded with zeros on the left. One that is none is left out, and the decoder then refuses the span. */
  private copyId(field: number, length: number): boolean {
    const { reader, span, id } = this
    const digits = reader.to - reader.from
    if (digits === 0 || digits > 2 * length || reader.escaped) return true
    id.fill(0)
    for (let k = 0; k < digits; k++) {
      const digit = hexDigit(reader.bytes[reader.to - 1 - k])
      if (digit < 0) return true
      id[length - 1 - (k >> 1)] |= digit << (4 * (k & 1))
    }
    span.tag(field, WIRE.bytes)
    span.varint(length, 0)
    span.raw(id, 0, length)
    return true
  }

  /** The string that was read last, as a field. */
  private copyText(to: ProtoWriter, field: number): void {
    this.reader.utf8((bytes, from, end) => {
      to.tag(field, WIRE.bytes)
      to.varint(end - from, 0)
      to.raw(bytes, from, end)
    })
  }

  private endpoint(token: number, local: boolean): boolean {
    const { reader } = this
    if (token !== JSON_TOKEN.objectStart) return reader.skipRest(token)
    for (let at = reader.next(); at === JSON_TOKEN.key; at = reader.next()) {
      const key = reader.text()
      const value = reader.next()
      if (key === 'serviceName' && value === JSON_TOKEN.string) {
        if (local) this.ofService = reader.text()
        else this.attributes.string('peer.service', reader.text())
      } else if (key === 'port' && value === JSON_TOKEN.number)
        this.attributes.string(local ? 'net.host.port' : 'net.peer.port', reader.text())
      else if ((key === 'ipv4' || key === 'ipv6') && value === JSON_TOKEN.string)
        this.attributes.string(local ? 'net.host.ip' : 'net.peer.ip', reader.text())
      if (!reader.skipRest(value)) return false
    }
    return reader.problem === ''
  }

  private tags(token: number): boolean {
    const { reader, span } = this
    if (token !== JSON_TOKEN.objectStart) return reader.skipRest(token)
    for (let at = reader.next(); at === JSON_TOKEN.key; at = reader.next()) {
      const start = span.pos
      const mark = span.open(9)
      this.copyText(span, 1)
      const key = reader.text()
      const value = reader.next()
      const inner = span.open(2)
      // Tags are texts; whatever else a sender put there is kept as it is written.
      if (value === JSON_TOKEN.string) this.copyText(span, 1)
      else if (value === JSON_TOKEN.number) this.copyText(span, 1)
      else if (value === JSON_TOKEN.true || value === JSON_TOKEN.false) span.text(1, String(value === JSON_TOKEN.true))
      const isField = value === JSON_TOKEN.string && this.fields.mayBe(key) && this.fields.keep(key, reader.text())
      span.close(inner)
      span.close(mark)
      if (value === JSON_TOKEN.null || isField) span.pos = start
      else if (key === 'error') [this.errorFrom, this.errorTo] = [start, span.pos]
      if (!reader.skipRest(value)) return false
    }
    return reader.problem === ''
  }

  private annotations(token: number): boolean {
    const { reader, span } = this
    if (token !== JSON_TOKEN.arrayStart) return reader.skipRest(token)
    for (let item = reader.next(); item !== JSON_TOKEN.arrayEnd; item = reader.next()) {
      if (item === JSON_TOKEN.error) return false
      if (item !== JSON_TOKEN.objectStart) {
        if (!reader.skipRest(item)) return false
        continue
      }
      const mark = span.open(11)
      for (let at = reader.next(); at === JSON_TOKEN.key; at = reader.next()) {
        const key = reader.text()
        const value = reader.next()
        if (key === 'timestamp') {
          const us = this.microseconds(value)
          if (us > 0n && (this.firstEventUs === 0n || us < this.firstEventUs)) this.firstEventUs = us
          fixed64(span, 1, us * 1_000n)
        } else if (key === 'value' && value === JSON_TOKEN.string && !this.eventInText()) this.copyText(span, 2)
        if (!reader.skipRest(value)) return false
      }
      span.close(mark)
    }
    return true
  }

  /** Only what ends like `…}|0` can be one; all others are copied as they are. */
  private eventInText(): boolean {
    const { reader } = this
    let at = reader.to - 1
    while (at > reader.from && reader.bytes[at] >= 48 && reader.bytes[at] <= 57) at--
    const isOne = at < reader.to - 1 && reader.bytes[at] === 124 && reader.bytes[at - 1] === 125
    return isOne && writeEvent(this.span, reader.text())
  }

  private endSpan(): void {
    const { span, writer } = this
    if (this.spans >= this.maxSpans) {
      this.left++
      return
    }
    const startUs = this.startUs > 0n ? this.startUs : this.firstEventUs
    if (startUs === 0n) this.mark |= SPAN.noTime
    this.writeFields()
    fixed64(span, 7, startUs * 1_000n)
    fixed64(span, 8, (startUs + this.durationUs) * 1_000n)
    const { ofService: service, fields } = this
    const { scopeName, scopeVersion } = fields
    const scope = `${scopeName}\n${scopeVersion}`
    if (this.service !== service) {
      writer.resource((attributes) => (service === '' ? undefined : attributes.string('service.name', service)))
      this.scope = undefined
    }
    if (this.scope !== scope) writer.scope(scopeName, scopeVersion)
    this.service = service
    this.scope = scope
    writer.whole(span.bytes.subarray(0, span.pos))
    if (writer.size > PART_BYTES) this.parts.push(writer.take())
    if (this.spans === this.marks.length) {
      const grown = new Uint8Array(2 * this.marks.length)
      grown.set(this.marks)
      this.marks = grown
    }
    this.marks[this.spans++] = this.mark
  }

  /** Where OpenTelemetry's status stands beside the tag `error`, that one says nothing of its own. */
  private writeFields(): void {
    const { span, fields } = this
    if (fields.hasStatus && this.errorTo > 0) {
      span.bytes.copyWithin(this.errorFrom, this.errorTo, span.pos)
      span.pos -= this.errorTo - this.errorFrom
    }
    fields.write(span)
  }
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0]
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
