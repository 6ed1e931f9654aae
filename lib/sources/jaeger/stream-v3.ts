import { growU8 } from '../../base/growable.ts'
import { JsonElements } from '../../base/json-elements.ts'
import { decodeTracesProtobuf } from '../../model/otlp/decode.ts'
import { Message, TRACE_REQUEST } from '../../model/otlp/json-schema.ts'
import { PiecewiseTranscoder } from '../../model/otlp/transcode.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'
import { pickBatch } from '../fetched/pick-batch.ts'

/** Bytes of JSON that become a batch: a few thousand spans. */
const PIECE_BYTES = 1 << 20
/** {"result":{"resourceSpans":[{"scopeSpans":[{"spans":[ */
const SPAN_DEPTH = 7
const ANSWER = new Message().add('result', 0, TRACE_REQUEST)

/** What was read of an answer. */
export interface ReadSpans {
  readonly batches: readonly SpanBatch[]
  readonly spans: number
  /** Spans that could not be read, by reason. */
  readonly rejected: ReadonlyMap<string, number>
  /** What is wrong with the answer, '' where nothing is: it may have ended early. */
  readonly problem: string
}

/** Reads an answer of Jaeger's spans while it arrives. */
export interface SpanStream {
  /** False: it needs no more. */
  take(chunk: Uint8Array): boolean
  /** `cut`: the answer was not read to its end. */
  finish(cut: boolean): ReadSpans
  /** The span limit was reached. */
  readonly isFull: boolean
}

/** v3: OTLP/JSON. Whole spans become columns as they come; no object per span, and of the JSON one piece at a time is kept. */
export class V3Stream implements SpanStream {
  readonly #mapping: AttributeMapping
  readonly #maxSpans: number
  readonly #elements = new JsonElements(SPAN_DEPTH)
  readonly #transcoder = new PiecewiseTranscoder(ANSWER)
  readonly #batches: SpanBatch[] = []
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(2 * PIECE_BYTES)
  #length = 0
  /** One past the last whole span in `pending`. */
  #wholeEnd = 0
  #spans = 0
  #problem = ''

  constructor(mapping: AttributeMapping, maxSpans: number) {
    this.#mapping = mapping
    this.#maxSpans = maxSpans
  }

  get isFull(): boolean {
    return this.#spans >= this.#maxSpans
  }

  take(chunk: Uint8Array): boolean {
    const from = this.#length
    this.#pending = growU8(this.#pending, from + chunk.length)
    this.#pending.set(chunk, from)
    this.#length += chunk.length
    this.#elements.scan(this.#pending, from, this.#length, ignore, (at) => {
      this.#wholeEnd = at
    })
    if (this.#wholeEnd >= PIECE_BYTES) this.#read(this.#wholeEnd)
    return this.#problem === '' && !this.isFull
  }

  finish(cut: boolean): ReadSpans {
    if (this.#problem === '' && !this.isFull) {
      // The whole spans first: what follows them may be half a span.
      if (this.#wholeEnd > 0) this.#read(this.#wholeEnd)
      if (this.#problem === '' && !cut) this.#read(this.#length)
      if (this.#problem === '' && !cut && !this.#transcoder.isComplete) this.#problem = 'it ends early'
    }
    return {
      batches: this.#batches,
      spans: this.#spans,
      rejected: this.#transcoder.rejected,
      problem: this.#problem,
    }
  }

  /** Reads pending[0 .. end) and keeps what follows. */
  #read(end: number): void {
    if (!this.#transcoder.add(this.#pending, 0, end)) this.#problem = this.#transcoder.problem
    this.#pending.copyWithin(0, end, this.#length)
    this.#length -= end
    this.#wholeEnd = 0
    const bytes = this.#problem === '' ? this.#transcoder.take() : undefined
    if (bytes === undefined || bytes.length === 0) return
    const decoded = decodeTracesProtobuf(bytes, this.#mapping)
    if (decoded.ok) this.#keep(decoded.value)
    else this.#problem = decoded.failure.what
  }

  #keep(batch: SpanBatch): void {
    const kept = firstOf(batch, this.#maxSpans - this.#spans)
    this.#spans += kept.count
    if (kept.count > 0 || kept.rejected.length > 0) this.#batches.push(kept)
  }
}

/** At most `most` spans of a batch. */
export function firstOf(batch: SpanBatch, most: number): SpanBatch {
  return batch.count <= most
    ? batch
    : pickBatch(
        batch,
        Uint32Array.from({ length: most }, (_, i) => i),
      )
}

function ignore(): void {}
