import { z } from 'zod'
import { fromBase64 } from '../../base/base64.ts'
import { growU8 } from '../../base/growable.ts'
import { JsonElements } from '../../base/json-elements.ts'
import { decodeUtf8, encodeUtf8 } from '../../base/utf8.ts'
import { decodeTracesProtobuf } from '../../model/otlp/decode.ts'
import { type AttributeWriter, OtlpSpanWriter } from '../../model/otlp/span-writer.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'
import { WARNINGS } from './remarks.ts'
import { firstOf, type ReadSpans, type SpanStream } from './stream-v3.ts'

/** {"data":[{"spans":[ */
const SPAN_DEPTH = 4
/** Of OTLP that becomes a batch: some thousand spans. */
const PIECE_BYTES = 1 << 20
const COMMA = 44
const SPACE = 32
const UNREADABLE = 'it is not a span of Jaeger’s v1 API'

const tag = z.object({
  key: z.string(),
  type: z.string().nullish(),
  value: z.union([z.string(), z.number(), z.boolean(), z.null()]).optional(),
})
type Tag = z.infer<typeof tag>
const tags = z.array(tag).nullish()
const whole = z.number().int().nullish()
const v1Span = z.object({
  traceID: z.string(),
  spanID: z.string(),
  operationName: z.string().nullish(),
  references: z.array(z.object({ refType: z.string(), traceID: z.string(), spanID: z.string() })).nullish(),
  startTime: whole,
  duration: whole,
  tags,
  logs: z.array(z.object({ timestamp: whole, fields: tags })).nullish(),
  processID: z.string().nullish(),
  warnings: z.array(z.string()).nullish(),
})
type V1Span = z.infer<typeof v1Span>
const process = z.object({ serviceName: z.string().nullish(), tags })
/** What is left of an answer without its spans. */
const frame = z.object({
  data: z.array(z.object({ traceID: z.string(), processes: z.record(z.string(), process).nullish() })).nullish(),
})

const KINDS = new Map([
  ['internal', 1],
  ['server', 2],
  ['client', 3],
  ['producer', 4],
  ['consumer', 5],
])

/**
 * v1, Jaeger's older JSON: µs, tags, logs, references. Each span is written as OTLP when it has arrived and forgotten; which resource it
 * has is known only when the processes come, behind the spans, so each process has a writer of its own until then.
 */
export class V1Stream implements SpanStream {
  readonly #mapping: AttributeMapping
  readonly #maxSpans: number
  readonly #elements = new JsonElements(SPAN_DEPTH)
  /** By trace id and process id. */
  readonly #writers = new Map<string, OtlpSpanWriter>()
  readonly #rejected = new Map<string, number>()
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16)
  #length = 0
  #frame: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 12)
  #frameLength = 0
  /** What comes next follows a span. */
  #isAfterSpan = false
  #spans = 0

  constructor(mapping: AttributeMapping, maxSpans: number) {
    this.#mapping = mapping
    this.#maxSpans = maxSpans
  }

  get isFull(): boolean {
    return this.#spans > this.#maxSpans
  }

  take(chunk: Uint8Array): boolean {
    const from = this.#length
    this.#pending = growU8(this.#pending, from + chunk.length)
    this.#pending.set(chunk, from)
    this.#length += chunk.length
    // Before `done`, everything was used; a span that is not whole yet stays.
    const pending = this.#pending
    let done = 0
    let begun = this.#elements.isInside ? 0 : -1
    const begin = (at: number) => {
      this.#keepFrame(pending, done, at)
      done = at
      begun = at
    }
    const end = (at: number) => {
      this.#element(decodeUtf8(pending, begun, at))
      this.#isAfterSpan = true
      done = at
      begun = -1
    }
    this.#elements.scan(pending, from, this.#length, begin, end)
    if (begun === -1) {
      this.#keepFrame(pending, done, this.#length)
      done = this.#length
    }
    pending.copyWithin(0, done, this.#length)
    this.#length -= done
    return !this.isFull
  }

  finish(cut: boolean): ReadSpans {
    const problem = cut || this.isFull ? '' : this.#frameProblem()
    const batches: SpanBatch[] = []
    let left = this.#maxSpans
    for (const bytes of this.#requests()) {
      const decoded = decodeTracesProtobuf(bytes, this.#mapping)
      if (!decoded.ok)
        return { batches, spans: this.#maxSpans - left, rejected: this.#rejected, problem: decoded.failure.what }
      const kept = firstOf(decoded.value, left)
      left -= kept.count
      batches.push(kept)
    }
    return { batches, spans: this.#maxSpans - left, rejected: this.#rejected, problem }
  }

  /**
   * What was written, under the resources known by now. A search answers thousands of processes of a few spans each: requests set one
   * behind the other are one request, and to decode one large one takes a tenth of the time.
   */
  *#requests(): Generator<Uint8Array<ArrayBuffer>> {
    const processes = this.#processes()
    let piece: Uint8Array<ArrayBuffer> = new Uint8Array(PIECE_BYTES)
    let length = 0
    for (const [key, writer] of this.#writers) {
      const found = processes.get(key)
      const bytes = writer.takeUnder((attributes) => {
        if (found === undefined) return
        if (typeof found.serviceName === 'string') attributes.string('service.name', found.serviceName)
        for (const one of found.tags ?? []) writeTag(attributes, one)
      })
      this.#writers.delete(key)
      if (length > 0 && length + bytes.length > PIECE_BYTES) {
        yield piece.subarray(0, length)
        length = 0
      }
      piece = growU8(piece, length + bytes.length)
      piece.set(bytes, length)
      length += bytes.length
    }
    if (length > 0) yield piece.subarray(0, length)
  }

  /** The comma between two spans is no part of the frame. */
  #keepFrame(bytes: Uint8Array, from: number, to: number): void {
    while (this.#isAfterSpan && from < to && (bytes[from] === COMMA || bytes[from] <= SPACE)) from++
    if (from === to) return
    this.#isAfterSpan = false
    this.#frame = growU8(this.#frame, this.#frameLength + to - from)
    this.#frame.set(bytes.subarray(from, to), this.#frameLength)
    this.#frameLength += to - from
  }

  #parsedFrame(): z.infer<typeof frame> | undefined {
    try {
      const parsed = frame.safeParse(JSON.parse(decodeUtf8(this.#frame, 0, this.#frameLength)))
      return parsed.success ? parsed.data : undefined
    } catch {
      return undefined
    }
  }

  #frameProblem(): string {
    return this.#parsedFrame() === undefined ? 'it ends early, or is no answer of Jaeger’s v1 API' : ''
  }

  #processes(): Map<string, z.infer<typeof process>> {
    const found = new Map<string, z.infer<typeof process>>()
    for (const { traceID, processes } of this.#parsedFrame()?.data ?? [])
      for (const [id, one] of Object.entries(processes ?? {})) found.set(`${traceID} ${id}`, one)
    return found
  }

  #element(text: string): void {
    if (this.isFull) return
    const parsed = parseSpan(text)
    if (parsed === undefined) {
      this.#rejected.set(UNREADABLE, (this.#rejected.get(UNREADABLE) ?? 0) + 1)
      return
    }
    this.#spans++
    const key = `${parsed.traceID} ${parsed.processID ?? ''}`
    let writer = this.#writers.get(key)
    if (writer === undefined) {
      writer = new OtlpSpanWriter()
      this.#writers.set(key, writer)
    }
    writeSpan(writer, parsed)
  }
}

function parseSpan(text: string): V1Span | undefined {
  try {
    const parsed = v1Span.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : undefined
  } catch {
    return undefined
  }
}

function micros(us: number | null | undefined): bigint {
  return us === undefined || us === null ? 0n : BigInt(us) * 1_000n
}

function writeSpan(writer: OtlpSpanWriter, span: V1Span): void {
  const traceId = span.traceID.padStart(32, '0')
  const texts = new Map<string, string>()
  for (const { key, value } of span.tags ?? []) if (typeof value === 'string') texts.set(key, value)
  writer.scope(
    texts.get('otel.scope.name') ?? texts.get('otel.library.name') ?? '',
    texts.get('otel.scope.version') ?? texts.get('otel.library.version'),
  )
  const startNs = micros(span.startTime)
  writer.begin(
    traceId,
    span.spanID.padStart(16, '0'),
    span.operationName ?? '',
    startNs,
    startNs + micros(span.duration),
  )
  let hasParent = false
  for (const reference of span.references ?? []) {
    const of = reference.traceID.padStart(32, '0')
    const id = reference.spanID.padStart(16, '0')
    if (reference.refType === 'CHILD_OF' && of === traceId && !hasParent) {
      writer.parent(id)
      hasParent = true
    } else writer.link(of, id)
  }
  const status = texts.get('otel.status_code')
  const isError = (span.tags ?? []).some(({ key, value }) => key === 'error' && (value === true || value === 'true'))
  const code = status === 'ERROR' || (status === undefined && isError) ? 2 : status === 'OK' ? 1 : 0
  const description = texts.get('otel.status_description')
  if (code !== 0 || description !== undefined) writer.status(code, description ?? '')
  const kind = KINDS.get(texts.get('span.kind') ?? '')
  if (kind !== undefined) writer.kind(kind)
  const traceState = texts.get('w3c.tracestate')
  if (traceState !== undefined) writer.traceState(traceState)
  for (const one of span.tags ?? []) if (!isField(one, status !== undefined)) writeTag(writer.attributes, one)
  for (const warning of span.warnings ?? []) writer.attributes.string(WARNINGS, warning)
  for (const { timestamp, fields } of span.logs ?? []) {
    const name = (fields ?? []).find(({ key }) => key === 'event')
    writer.event(micros(timestamp), typeof name?.value === 'string' ? name.value : '', (attributes) => {
      for (const one of fields ?? []) if (one !== name) writeTag(attributes, one)
    })
  }
  writer.end()
}

/** Fields of an OTLP span that v1 keeps among the tags. `error` is one where the status stands beside it. */
function isField({ key }: Tag, hasStatus: boolean): boolean {
  switch (key) {
    case 'otel.scope.name':
    case 'otel.scope.version':
    case 'otel.library.name':
    case 'otel.library.version':
    case 'otel.status_code':
    case 'otel.status_description':
    case 'span.kind':
    case 'w3c.tracestate':
      return true
    case 'error':
      return hasStatus
    default:
      return false
  }
}

function writeTag(attributes: AttributeWriter, { key, type, value }: Tag): void {
  if (value === undefined || value === null) return
  const text = String(value)
  if (type === 'bool' || typeof value === 'boolean') attributes.bool(key, value === true || value === 'true')
  else if (type === 'int64' && isInt64(text)) attributes.int(key, BigInt(text))
  else if (type === 'float64' && text !== '' && !Number.isNaN(Number(text))) attributes.double(key, Number(text))
  else if (type === 'binary') {
    const utf8 = encodeUtf8(text)
    const bytes = fromBase64(utf8, 0, utf8.length)
    if (bytes === undefined) attributes.string(key, text)
    else attributes.bytes(key, bytes)
  } else attributes.string(key, text)
}

function isInt64(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
}
