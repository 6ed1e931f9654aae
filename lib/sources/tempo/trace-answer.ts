import { formatExact } from '../../base/format.ts'
import { JSON_TOKEN, JsonReader } from '../../base/json-reader.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import { decodeTracesProtobuf } from '../../model/otlp/decode.ts'
import { decodeTracesJson } from '../../model/otlp/json.ts'
import { ProtoReader } from '../../model/otlp/proto-reader.ts'
import { countSpans } from '../../model/otlp/request-outline.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'

/** What Tempo answers for one id, its envelope opened. */
export interface TraceAnswer {
  readonly batches: readonly SpanBatch[]
  readonly totalSpans?: number
  readonly notes: readonly string[]
}

export interface AnswerLimits {
  readonly source: string
  readonly maxSpans: number
  /** The body ended at the limit of bytes. */
  readonly cut: boolean
}

/** `{trace, status, message}`, from either encoding: the range of the trace in the body. */
interface Envelope {
  readonly from: number
  readonly to: number
  readonly partial: boolean
  readonly message: string
}

/**
 * Opens `tempopb.TraceByIDResponse` in protobuf. A trace that goes on beyond the end of the body (which was cut) ends there.
 * `bare`: the body is a `tempopb.Trace` without envelope, as `/api/traces/{id}` has it.
 */
export function openProtobuf(
  body: Uint8Array,
  bare: boolean,
  mapping: AttributeMapping,
  limits: AnswerLimits,
): Result<TraceAnswer> {
  const envelope = bare ? { from: 0, to: body.length, partial: false, message: '' } : protobufEnvelope(body, limits.cut)
  if (envelope === undefined) return garbled(limits.source, 'its protobuf is garbled')
  const { kept, spans, left } = wholeParts(body, envelope, limits)
  const decoded = decodeTracesProtobuf(kept, mapping)
  if (!decoded.ok) return garbled(limits.source, 'its protobuf is garbled')
  const notes = partialNotes(envelope, limits.source)
  if (left > 0)
    notes.push(
      `${limits.source} holds ${formatExact(spans + left)} spans of this trace; ${formatExact(spans)} are shown, because no more than ${formatExact(limits.maxSpans)} are read of one trace.`,
    )
  return ok({
    batches: [decoded.value],
    ...(left > 0 ? { totalSpans: spans + left } : {}),
    notes: [...notes, ...cutNote(limits, spans)],
  })
}

function protobufEnvelope(body: Uint8Array, cut: boolean): Envelope | undefined {
  const reader = new ProtoReader(body)
  let [from, to, partial, message] = [0, 0, false, '']
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) {
      // Not `length()`: where the body was cut, the trace is longer than what is there.
      reader.varint()
      if (reader.bad || reader.hi !== 0) return undefined
      from = reader.pos
      to = from + reader.lo
      if (to > body.length) return cut ? { from, to: body.length, partial, message } : undefined
      reader.pos = to
    } else if (tag === 0x18) {
      reader.varint()
      partial = reader.lo === 1
    } else if (tag === 0x22) {
      const length = reader.length()
      message = decodeUtf8(body, reader.pos, reader.pos + length)
      reader.pos += length
    } else reader.skip(tag)
  }
  return reader.bad && !cut ? undefined : { from, to, partial, message }
}

/** The `ResourceSpans` that are there as a whole, up to the limit of spans; how many spans were left out is counted. */
function wholeParts(body: Uint8Array, envelope: Envelope, limits: AnswerLimits) {
  const reader = new ProtoReader(body, envelope.from, envelope.to)
  let keptTo = envelope.from
  let spans = 0
  let left = 0
  while (reader.pos < reader.end) {
    const at = reader.pos
    reader.skip(reader.tag())
    if (reader.bad) break
    const here = countSpans(new ProtoReader(body, at, reader.pos))
    if (left > 0 || (spans > 0 && spans + here > limits.maxSpans)) left += here
    else {
      spans += here
      keptTo = reader.pos
    }
  }
  // Bytes that are garbled for another reason than the cut are the decoder's to refuse.
  const end = reader.bad && !limits.cut ? envelope.to : keptTo
  return { kept: body.subarray(envelope.from, end), spans, left }
}

/** Opens `/api/v2/traces/{id}` in JSON: ids in base64, enums by name. */
export function openJson(body: Uint8Array, mapping: AttributeMapping, limits: AnswerLimits): Result<TraceAnswer> {
  if (limits.cut)
    return fail(
      'too-large',
      limits.source,
      `${limits.source} answers with a trace in JSON that is longer than what is read of one answer.`,
      'Raise "maxAnswerBytes" of the source in the configuration.',
    )
  const envelope = jsonEnvelope(body)
  if (envelope === undefined) return garbled(limits.source, 'it is not JSON')
  const notes = partialNotes(envelope, limits.source)
  if (envelope.to === envelope.from) return ok({ batches: [], notes })
  const decoded = decodeTracesJson(body.subarray(envelope.from, envelope.to), mapping)
  if (!decoded.ok) return garbled(limits.source, 'its JSON does not hold spans as OpenTelemetry has them')
  return ok({ batches: [decoded.value], notes })
}

function jsonEnvelope(body: Uint8Array): Envelope | undefined {
  const reader = new JsonReader(body)
  if (reader.next() !== JSON_TOKEN.objectStart) return undefined
  let [from, to, partial, message] = [0, 0, false, '']
  for (let token = reader.next(); token === JSON_TOKEN.key; token = reader.next()) {
    const key = reader.text()
    const value = reader.next()
    if (key === 'trace' && value === JSON_TOKEN.objectStart) {
      from = reader.at
      if (!reader.skipRest(value)) return undefined
      to = reader.at + 1
    } else if (key === 'status' && value === JSON_TOKEN.string) partial = reader.text() === 'PARTIAL'
    else if (key === 'message' && value === JSON_TOKEN.string) message = reader.text()
    else if (!reader.skipRest(value)) return undefined
  }
  return reader.problem === '' ? { from, to, partial, message } : undefined
}

function partialNotes(envelope: Envelope, source: string): string[] {
  if (!envelope.partial) return []
  const why = envelope.message === '' ? '.' : `: ${envelope.message.slice(0, 500)}`
  return [`${source} answers only a part of this trace${why}`]
}

function cutNote(limits: AnswerLimits, spans: number): string[] {
  if (!limits.cut) return []
  return [
    `The answer of ${limits.source} is longer than what is read of one answer: the first ${formatExact(spans)} spans are shown. "maxAnswerBytes" in the configuration is the limit.`,
  ]
}

function garbled(source: string, why: string): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} answered with something that is not a trace: ${why}.`,
    'Ask again. If it stays so, check the address and the kind of the source in the configuration.',
  )
}
