import { ByteInterner, ByteTable } from '../../base/byte-interner.ts'
import { growU8 } from '../../base/growable.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { AttributeMapping, SpanBatch } from '../span-batch.ts'
import { FLAG } from '../span-columns.ts'
import { stageIdOf } from '../stages.ts'
import { AttributeSlots, MappingIndex, SLOT, TEXT_SLOTS } from './attribute-slots.ts'
import { BatchColumns } from './batch-columns.ts'
import { ProtoReader } from './proto-reader.ts'
import { countSpans, fieldOne } from './request-outline.ts'
import { headRateOf } from './tracestate.ts'

export const REASON = {
  traceIdLength: 'trace id is not 16 bytes (32 hex digits) long',
  traceIdZero: 'trace id is all zeros',
  spanIdLength: 'span id is not 8 bytes (16 hex digits) long',
  spanIdZero: 'span id is all zeros',
  parentIdLength: 'parent span id is not 8 bytes (16 hex digits) long',
} as const

/** Mappings change only with the configuration; their key tables are worth keeping. */
const indexes = new WeakMap<AttributeMapping, MappingIndex>()

function indexOf(mapping: AttributeMapping): MappingIndex {
  const known = indexes.get(mapping)
  if (known !== undefined) return known
  const index = new MappingIndex(mapping)
  indexes.set(mapping, index)
  return index
}

/**
 * Decodes an OTLP `ExportTraceServiceRequest` (the same bytes as `TracesData`) into columns.
 * Spans with unusable ids are left out and counted in `rejected`; bytes that are not protobuf at all are a `bad-request`.
 */
export function decodeTracesProtobuf(bytes: Uint8Array, mapping: AttributeMapping): Result<SpanBatch> {
  const batch = new BatchDecoder(bytes, mapping).decode()
  if (batch !== undefined) return ok(batch)
  return fail(
    'bad-request',
    'request',
    'The body is not a valid OTLP trace request: its protobuf ends early or is garbled.',
    'Send an ExportTraceServiceRequest as binary protobuf, and check that nothing on the way cuts or re-encodes the body.',
  )
}

/** One request's decoding. Message numbers and tags: opentelemetry/proto/trace/v1/trace.proto. */
class BatchDecoder {
  private readonly bytes: Uint8Array
  private readonly reader: ProtoReader
  private readonly strings = new ByteInterner()
  private readonly resources = new ByteTable()
  private readonly scopes = new ByteTable()
  private readonly rejected = new Map<string, number>()
  private readonly stageOfService: ReadonlyMap<string, number>
  private readonly ofSpan: AttributeSlots
  private readonly ofResource: AttributeSlots
  private columns = new BatchColumns(0)
  private rest = new Uint8Array(0)
  private restAt = 0
  private readonly stageOfText = new Map<number, number>()

  // What the current resource states, resolved once for all of its spans.
  private readonly resourceText = new Uint32Array(Math.max(...TEXT_SLOTS) + 1)
  private resourceStage = 0
  private serviceStage = 0

  constructor(bytes: Uint8Array, mapping: AttributeMapping) {
    this.bytes = bytes
    this.reader = new ProtoReader(bytes)
    const index = indexOf(mapping)
    this.ofSpan = new AttributeSlots(this.reader, index)
    this.ofResource = new AttributeSlots(this.reader, index)
    this.stageOfService = new Map(
      Object.entries(mapping.stageOfService).map(([service, stage]) => [service, stageIdOf(stage)]),
    )
  }

  decode(): SpanBatch | undefined {
    const reader = this.reader
    const capacity = countSpans(reader)
    if (reader.bad) return undefined
    this.columns = new BatchColumns(capacity)
    reader.pos = 0
    while (reader.pos < reader.end) {
      const tag = reader.tag()
      if (tag === 0x0a) this.resourceSpans(reader.length())
      else reader.skip(tag)
    }
    if (reader.bad) return undefined
    const tableOf = (table: ByteTable) => Array.from({ length: table.size }, (_, id) => table.bytesOf(id))
    return this.columns.finish({
      resources: tableOf(this.resources),
      scopes: tableOf(this.scopes),
      strings: this.strings.strings,
      rest: this.rest.subarray(0, this.restAt),
      rejected: [...this.rejected].map(([reason, count]) => ({ count, reason })),
    })
  }

  /**
   * `ResourceSpans` of `length` bytes: first the resource, wherever in the message it stands, then the spans, because these fall back
   * on its attributes.
   */
  private resourceSpans(length: number): void {
    const reader = this.reader
    const outer = reader.end
    const start = reader.pos
    const end = start + length
    reader.end = end
    // Found out when the first scope comes: millions of empty ResourceSpans fit into one request.
    let resourceId = -1
    while (reader.pos < end) {
      const tag = reader.tag()
      if (tag !== 0x12) {
        reader.skip(tag)
        continue
      }
      const scopeLength = reader.length()
      const scopeStart = reader.pos
      if (resourceId < 0 && scopeLength > 0) {
        this.ofResource.clear()
        resourceId = fieldOne(reader, this.resources, start, end, (to) => this.attributes(to))
        this.resolveResource()
        reader.pos = scopeStart
      }
      if (reader.bad) return
      this.scopeSpans(scopeLength, resourceId)
    }
    reader.end = outer
  }

  private scopeSpans(length: number, resourceId: number): void {
    const reader = this.reader
    const outer = reader.end
    const start = reader.pos
    const end = start + length
    reader.end = end
    const scopeId = fieldOne(reader, this.scopes, start, end)
    reader.pos = start
    while (reader.pos < end) {
      const tag = reader.tag()
      if (tag === 0x12) {
        const spanEnd = reader.length() + reader.pos
        reader.end = spanEnd
        this.span(spanEnd, resourceId, scopeId)
        reader.end = end
      } else reader.skip(tag)
    }
    reader.end = outer
  }

  /** The attributes (field 1) of the resource in [reader.pos, end). */
  private attributes(end: number): void {
    const reader = this.reader
    const outer = reader.end
    reader.end = end
    while (reader.pos < end) {
      const tag = reader.tag()
      if (tag === 0x0a) this.ofResource.read(reader.length() + reader.pos)
      else reader.skip(tag)
    }
    reader.end = outer
  }

  private resolveResource(): void {
    for (const slot of TEXT_SLOTS) {
      this.resourceText[slot] = this.ofResource.has(slot) ? this.ofResource.textId(slot, this.strings) : 0
    }
    const service = this.strings.strings[this.resourceText[SLOT.service]]
    this.serviceStage = this.stageOfService.get(service) ?? 0
    this.resourceStage = this.stageOf(this.resourceText[SLOT.stage])
  }

  private stageOf(textId: number): number {
    if (textId === 0) return 0
    const known = this.stageOfText.get(textId)
    if (known !== undefined) return known
    const stage = stageIdOf(this.strings.strings[textId])
    this.stageOfText.set(textId, stage)
    return stage
  }

  private reject(reason: string): void {
    this.rejected.set(reason, (this.rejected.get(reason) ?? 0) + 1)
  }

  /** The `Span` in [reader.pos, end). */
  private span(end: number, resourceId: number, scopeId: number): void {
    const { reader, bytes, ofSpan } = this
    const restStart = this.restAt
    let traceAt = 0
    let traceLength = 0
    let spanAt = 0
    let spanLength = 0
    let parentAt = 0
    let parentLength = 0
    let nameAt = 0
    let nameLength = 0
    let startLo = 0
    let startHi = 0
    let endLo = 0
    let endHi = 0
    let kind = 0
    let status = 0
    let flags = 0
    let headRate = Number.NaN
    // Beginning of the run of fields that belong into `rest`; −1: none.
    let run = -1
    ofSpan.clear()
    while (reader.pos < end) {
      const at = reader.pos
      const tag = reader.tag()
      const isColumn = tag === 0x0a || tag === 0x12 || tag === 0x22 || tag === 0x2a || tag === 0x39 || tag === 0x41
      if (!isColumn) {
        if (run < 0) run = at
      } else if (run >= 0) {
        this.keepRest(run, at)
        run = -1
      }
      switch (tag) {
        case 0x0a:
          traceLength = reader.length()
          traceAt = reader.pos
          reader.pos += traceLength
          break
        case 0x12:
          spanLength = reader.length()
          spanAt = reader.pos
          reader.pos += spanLength
          break
        case 0x1a: {
          const length = reader.length()
          headRate = headRateOf(bytes, reader.pos, reader.pos + length)
          reader.pos += length
          break
        }
        case 0x22:
          parentLength = reader.length()
          parentAt = reader.pos
          reader.pos += parentLength
          break
        case 0x2a:
          nameLength = reader.length()
          nameAt = reader.pos
          reader.pos += nameLength
          break
        case 0x30:
          reader.varint()
          kind = reader.hi === 0 && reader.lo <= 5 ? reader.lo : 0
          break
        case 0x39:
          reader.fixed64()
          startLo = reader.lo
          startHi = reader.hi
          break
        case 0x41:
          reader.fixed64()
          endLo = reader.lo
          endHi = reader.hi
          break
        case 0x4a:
          ofSpan.read(reader.length() + reader.pos)
          break
        case 0x5a:
          flags |= FLAG.hasEvents
          reader.skip(tag)
          break
        case 0x6a:
          flags |= FLAG.hasLinks
          reader.skip(tag)
          break
        case 0x7a:
          status = this.status(reader.length() + reader.pos)
          break
        default:
          reader.skip(tag)
      }
    }
    if (reader.bad) return
    if (run >= 0) this.keepRest(run, end)
    const reason =
      traceLength !== 16
        ? REASON.traceIdLength
        : spanLength !== 8
          ? REASON.spanIdLength
          : parentLength !== 0 && parentLength !== 8
            ? REASON.parentIdLength
            : isZero(bytes, traceAt, 16)
              ? REASON.traceIdZero
              : isZero(bytes, spanAt, 8)
                ? REASON.spanIdZero
                : undefined
    if (reason !== undefined) {
      this.restAt = restStart
      this.reject(reason)
      return
    }
    const c = this.columns
    const i = c.count++
    c.traceIdHi.set(i, word(bytes, traceAt + 4), word(bytes, traceAt))
    c.traceIdLo.set(i, word(bytes, traceAt + 12), word(bytes, traceAt + 8))
    c.spanId.set(i, word(bytes, spanAt + 4), word(bytes, spanAt))
    if (parentLength === 8) c.parentId.set(i, word(bytes, parentAt + 4), word(bytes, parentAt))
    c.startNs.set(i, startLo, startHi)
    c.endNs.set(i, endLo, endHi)
    c.kind[i] = kind
    c.status[i] = status
    c.flags[i] = status === 2 ? flags | FLAG.error : flags
    c.headRate[i] = headRate
    c.resourceId[i] = resourceId
    c.scopeId[i] = scopeId
    c.restEnd[i] = this.restAt
    c.nameId[i] = this.strings.id(bytes, nameAt, nameAt + nameLength)
    c.serviceId[i] = this.resourceText[SLOT.service]
    this.mapped(c, i)
  }

  /** Fills the columns of mapped attributes for span i: its own first, then its resource's. */
  private mapped(c: BatchColumns, i: number): void {
    const { ofSpan, ofResource } = this
    c.guildId[i] = this.text(SLOT.guild)
    c.guildIsInt[i] = (ofSpan.has(SLOT.guild) ? ofSpan : ofResource).isInt(SLOT.guild) && c.guildId[i] !== 0 ? 1 : 0
    c.guildNameId[i] = this.text(SLOT.guildName)
    c.actionId[i] = this.text(SLOT.action) || c.nameId[i]
    c.relayId[i] = this.text(SLOT.relay)
    c.nodeId[i] = this.text(SLOT.node)
    c.processId[i] = this.text(SLOT.process)
    c.userId[i] = this.text(SLOT.user)
    c.sessionId[i] = this.text(SLOT.session)
    c.channelId[i] = this.text(SLOT.channel)
    const ownStage = ofSpan.has(SLOT.stage) ? this.stageOf(ofSpan.textId(SLOT.stage, this.strings)) : 0
    c.stageId[i] = ownStage || this.resourceStage || this.serviceStage
    const enqueued = this.slotsOf(SLOT.enqueued)?.nanoseconds(SLOT.enqueued)
    if (enqueued !== undefined) c.enqueuedNs.set(i, enqueued.lo, enqueued.hi)
    c.mailboxDepth[i] = this.amount(SLOT.mailboxDepth)
    c.recipients[i] = this.amount(SLOT.recipients)
    c.sessions[i] = this.amount(SLOT.sessions)
    const keepRate = this.slotsOf(SLOT.keepRate)?.number(SLOT.keepRate) ?? Number.NaN
    c.keepRate[i] = keepRate > 0 && keepRate <= 1 ? keepRate : Number.NaN
  }

  private slotsOf(slot: number): AttributeSlots | undefined {
    if (this.ofSpan.has(slot)) return this.ofSpan
    return this.ofResource.has(slot) ? this.ofResource : undefined
  }

  private text(slot: number): number {
    return this.ofSpan.has(slot) ? this.ofSpan.textId(slot, this.strings) : this.resourceText[slot]
  }

  /** A number ≥ 0, −1 where none is stated. */
  private amount(slot: number): number {
    const value = this.slotsOf(slot)?.number(slot) ?? -1
    return value >= 0 ? value : -1
  }

  /** The code of the `Status` in [reader.pos, end): 0 unset, 1 ok, 2 error; others count as unset. */
  private status(end: number): number {
    const reader = this.reader
    const outer = reader.end
    reader.end = end
    let code = 0
    while (reader.pos < end) {
      const tag = reader.tag()
      if (tag === 0x18) {
        reader.varint()
        code = reader.hi === 0 && reader.lo <= 2 ? reader.lo : 0
      } else reader.skip(tag)
    }
    reader.end = outer
    return code
  }

  /** Appends bytes[from .. to) to `rest`. */
  private keepRest(from: number, to: number): void {
    const at = this.restAt
    const length = to - from
    if (at + length > this.rest.length) this.rest = growU8(this.rest, Math.max(at + length, this.bytes.length >>> 2))
    const rest = this.rest
    if (length < 48) for (let k = 0; k < length; k++) rest[at + k] = this.bytes[from + k]
    else rest.set(this.bytes.subarray(from, to), at)
    this.restAt = at + length
  }
}

/** Four bytes, big-endian. */
function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]) >>> 0
}

function isZero(bytes: Uint8Array, at: number, length: number): boolean {
  for (let i = at; i < at + length; i++) if (bytes[i] !== 0) return false
  return true
}
