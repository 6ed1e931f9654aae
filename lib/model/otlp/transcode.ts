import { fromBase64 } from '../../base/base64.ts'
import { hexDigit } from '../../base/hex.ts'
import { type Halves, parseInt64 } from '../../base/int64.ts'
import { JSON_TOKEN, JsonReader } from '../../base/json-reader.ts'
import {
  type Field,
  type Message,
  RESOURCE,
  SCOPE,
  SPAN,
  SPAN_KINDS,
  STATUS_CODES,
  TRACE_REQUEST,
} from './json-schema.ts'
import { WIRE } from './proto-reader.ts'
import { ProtoWriter } from './proto-writer.ts'

export interface Transcoded {
  /** An `ExportTraceServiceRequest` in binary protobuf. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Spans that were left out because a value in them has the wrong type. */
  readonly rejected: ReadonlyMap<string, number>
  /** What is wrong with the whole, '' where nothing is. */
  readonly problem: string
}

/**
 * Rewrites an OTLP/JSON trace request as binary protobuf, so that one decoder serves both. Token by token, with an explicit stack: a body
 * of 64 MiB becomes no tree of objects, and nesting may be as deep as the body allows.
 *
 * Accepted beyond the letter of the specification: snake_case names, ids in base64, enums by name, 64-bit integers as numbers or
 * texts. Unknown fields and nulls are passed over. A wrong value inside a span leaves out that span only.
 */
export function transcodeTraces(json: Uint8Array): Transcoded {
  return new Transcoder(json).run()
}

/** One open bracket: an object that is a message, or the list of a repeated field. */
interface Frame {
  readonly message: Message
  /** The field whose elements these are; undefined in an object. */
  readonly list: Field | undefined
  /** From `ProtoWriter.open`; −1 for lists and the outermost object. */
  mark: number
  /** The message's field number in the one around it, and where that field begins in the output. */
  readonly number: number
  readonly at: number
  /** The resource or scope that was read in it, as a field: repeated where what follows goes into another request. */
  context: Uint8Array | undefined
}

/**
 * The same for a document that arrives in pieces, each cut behind a whole span (`JsonElements` finds such places): what has arrived can be
 * taken at any time as a request of its own, which states resource and scope again. Several documents may follow each other.
 *
 * `root`: the outermost object. Fields with number 0 are wrappers, which are not written.
 */
export class PiecewiseTranscoder {
  readonly #transcoder: Transcoder

  constructor(root: Message) {
    this.#transcoder = new Transcoder(new Uint8Array(0), root)
  }

  /** Reads bytes[from .. to). False: it is not such a document; `problem` says why. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    return this.#transcoder.add(bytes, from, to)
  }

  get problem(): string {
    return this.#transcoder.problem || this.#transcoder.reader.problemText
  }

  /** Whether all that was begun has ended. */
  get isComplete(): boolean {
    return this.#transcoder.isComplete
  }

  get rejected(): ReadonlyMap<string, number> {
    return this.#transcoder.rejected
  }

  /** What was read since the last time; undefined where it cannot be cut here, because a resource may still come. */
  take(): Uint8Array<ArrayBuffer> | undefined {
    return this.#transcoder.take()
  }
}

class Transcoder {
  readonly reader: JsonReader
  readonly rejected = new Map<string, number>()
  problem = ''
  private readonly root: Message
  private readonly out: ProtoWriter
  private readonly halves: Halves = { lo: 0, hi: 0 }
  private readonly stack: Frame[] = []
  /** Where the current span's field begins in the output, −1 outside of spans; its depth in the stack; what is wrong with it. */
  private spanAt = -1
  private spanDepth = 0
  private spanProblem = ''

  constructor(json: Uint8Array, root: Message = TRACE_REQUEST) {
    this.root = root
    this.reader = new JsonReader(json)
    this.out = new ProtoWriter(Math.max(256, json.length >>> 1))
  }

  run(): Transcoded {
    const { reader, out } = this
    if (this.begin()) this.walk(false)
    else if (reader.problem === '') this.problem = 'it is not a JSON object'
    if (reader.problem === '' && this.problem === '' && reader.next() === JSON_TOKEN.end) {
      return { bytes: out.finish(), rejected: this.rejected, problem: '' }
    }
    const problem = this.problem || `it is not valid JSON (${reader.problemText})`
    return { bytes: new Uint8Array(0), rejected: this.rejected, problem }
  }

  private begin(): boolean {
    if (this.reader.next() !== JSON_TOKEN.objectStart) return false
    this.stack.push({ message: this.root, list: undefined, mark: -1, number: 0, at: 0, context: undefined })
    return true
  }

  add(bytes: Uint8Array, from: number, to: number): boolean {
    const { reader } = this
    reader.resume(bytes, from, to)
    while (!reader.isDrained) {
      if (this.stack.length === 0) {
        // The next document.
        reader.reset(reader.place, to)
        if (!this.begin()) {
          if (reader.problem === '') this.problem = 'it is not a JSON object'
          return false
        }
      }
      this.walk(true)
      if (reader.problem !== '' || this.problem !== '') return false
    }
    return true
  }

  get isComplete(): boolean {
    return this.stack.length === 0 && this.reader.problem === '' && this.problem === ''
  }

  take(): Uint8Array<ArrayBuffer> | undefined {
    const { out, stack } = this
    const open = stack.filter((frame) => frame.mark >= 0)
    if (this.spanAt >= 0 || open.some((frame) => frame.context === undefined)) return undefined
    for (const frame of open.toReversed()) out.close(frame.mark)
    const bytes = out.bytes.slice(0, out.pos)
    out.pos = 0
    for (const frame of open) {
      frame.mark = out.open(frame.number)
      if (frame.context !== undefined) out.raw(frame.context)
    }
    return bytes
  }

  /** `inPieces`: stops where the piece ends. */
  private walk(inPieces: boolean): void {
    const { reader, out, stack } = this
    while (stack.length > 0 && this.problem === '') {
      if (inPieces && reader.isDrained) return
      const top = stack[stack.length - 1]
      const token = reader.next()
      if (token === JSON_TOKEN.error) return
      if (token === JSON_TOKEN.objectEnd || token === JSON_TOKEN.arrayEnd) {
        stack.pop()
        if (top.mark >= 0) out.close(top.mark)
        if (inPieces && (top.message === RESOURCE || top.message === SCOPE) && stack.length > 0)
          stack[stack.length - 1].context = out.bytes.slice(top.at, out.pos)
        if (this.spanAt >= 0 && stack.length === this.spanDepth) this.endSpan()
        continue
      }
      let field = top.list
      let value = token
      if (field === undefined) {
        const { message } = top
        field = reader.escaped
          ? reader.utf8((bytes, from, to) => message.find(bytes, from, to))
          : message.find(reader.bytes, reader.from, reader.to)
        if (field === undefined) {
          if (!reader.skipValue()) return
          continue
        }
        value = reader.next()
        if (value === JSON_TOKEN.arrayStart && field.repeated) {
          stack.push({ message: field.message, list: field, mark: -1, number: 0, at: 0, context: undefined })
          continue
        }
        // null stands for "not stated"; in a list, it is an element without content.
        if (value === JSON_TOKEN.null) continue
        if (field.repeated) {
          if (!reader.skipRest(value)) return
          this.wrong(field, 'a list')
          continue
        }
      }
      if (field.kind !== 'message') {
        if (!this.scalar(field, value)) return
      } else if (value === JSON_TOKEN.objectStart) {
        if (field.message === SPAN) {
          this.spanAt = out.pos
          this.spanDepth = stack.length
        }
        const { number, message } = field
        const at = out.pos
        stack.push({
          message,
          list: undefined,
          mark: number === 0 ? -1 : out.open(number),
          number,
          at,
          context: undefined,
        })
      } else {
        if (!reader.skipRest(value)) return
        if (value === JSON_TOKEN.null) out.close(out.open(field.number))
        else this.wrong(field, 'an object')
      }
    }
  }

  private endSpan(): void {
    if (this.spanProblem !== '') {
      this.out.pos = this.spanAt
      this.rejected.set(this.spanProblem, (this.rejected.get(this.spanProblem) ?? 0) + 1)
    }
    this.spanAt = -1
    this.spanProblem = ''
  }

  private wrong(field: Field, expected: string): void {
    const sentence = `${field.label} is not ${expected}`
    if (this.spanAt >= 0) this.spanProblem ||= sentence
    else if (field.message === SPAN) this.rejected.set(sentence, (this.rejected.get(sentence) ?? 0) + 1)
    else this.problem ||= sentence
  }

  /** Writes the value whose first token is `token`. False where the JSON ends. */
  private scalar(field: Field, token: number): boolean {
    const { reader, out } = this
    switch (field.kind) {
      case 'string':
        if (token !== JSON_TOKEN.string) return this.refuse(field, token, 'a text')
        this.copyString(field.number)
        return true
      case 'traceId':
      case 'spanId':
        if (token !== JSON_TOKEN.string) return this.refuse(field, token, 'a text')
        this.id(field.number, field.kind === 'traceId' ? 16 : 8)
        return true
      case 'bytes': {
        const bytes =
          token === JSON_TOKEN.string ? reader.utf8((utf8, from, to) => fromBase64(utf8, from, to)) : undefined
        if (bytes === undefined) return this.refuse(field, token, 'base64')
        out.tag(field.number, WIRE.bytes)
        out.varint(bytes.length, 0)
        out.raw(bytes)
        return true
      }
      case 'bool':
        if (token !== JSON_TOKEN.true && token !== JSON_TOKEN.false) return this.refuse(field, token, 'true or false')
        out.tag(field.number, WIRE.varint)
        out.varint(token === JSON_TOKEN.true ? 1 : 0, 0)
        return true
      case 'double': {
        const value = this.double(token)
        if (value === undefined) return this.refuse(field, token, 'a number')
        out.tag(field.number, WIRE.fixed64)
        out.double(value)
        return true
      }
      default:
        return this.integer(field, token)
    }
  }

  private integer(field: Field, token: number): boolean {
    const { out, halves } = this
    const names = field.kind === 'spanKind' ? SPAN_KINDS : field.kind === 'statusCode' ? STATUS_CODES : undefined
    if (!this.int64(token, names))
      return this.refuse(field, token, names === undefined ? 'an integer' : 'a known value')
    if (field.kind === 'fixed64') {
      out.tag(field.number, WIRE.fixed64)
      out.fixed64(halves.lo, halves.hi)
    } else if (field.kind === 'fixed32') {
      out.tag(field.number, WIRE.fixed32)
      out.fixed32(halves.lo)
    } else {
      out.tag(field.number, WIRE.varint)
      out.varint(halves.lo, field.kind === 'uint32' ? 0 : halves.hi)
    }
    return true
  }

  private refuse(field: Field, token: number, expected: string): boolean {
    this.wrong(field, expected)
    return this.reader.skipRest(token)
  }

  private copyString(number: number): void {
    const { reader, out } = this
    out.tag(number, WIRE.bytes)
    if (!reader.escaped) {
      out.varint(reader.to - reader.from, 0)
      out.raw(reader.bytes, reader.from, reader.to)
      return
    }
    reader.utf8((bytes, from, to) => {
      out.varint(to - from, 0)
      out.raw(bytes, from, to)
    })
  }

  /**
   * An id of `length` bytes in hex, or in base64 as some servers send it: their text lengths differ, so they cannot be mistaken. Anything
   * else becomes a single byte, which the decoder refuses as an id of the wrong length.
   */
  private id(number: number, length: number): void {
    const { reader, out } = this
    const { bytes, from, to } = reader
    const digits = to - from
    if (digits === 0) return
    out.tag(number, WIRE.bytes)
    if (digits === 2 * length && !reader.escaped) {
      const start = out.pos
      out.varint(length, 0)
      for (let i = from; i < to; i += 2) {
        const high = hexDigit(bytes[i])
        const low = hexDigit(bytes[i + 1])
        if (high < 0 || low < 0) {
          out.pos = start
          break
        }
        out.byte(high * 16 + low)
      }
      if (out.pos > start) return
    }
    const decoded = digits === 2 * length ? undefined : reader.utf8((utf8, a, b) => fromBase64(utf8, a, b))
    const valid = decoded !== undefined && decoded.length === length ? decoded : Uint8Array.of(0)
    out.varint(valid.length, 0)
    out.raw(valid)
  }

  /** A number, or one of the texts that stand for a number in protobuf's JSON; undefined otherwise. */
  private double(token: number): number | undefined {
    const { reader } = this
    if (token === JSON_TOKEN.number) return reader.number()
    if (token !== JSON_TOKEN.string || reader.to - reader.from > 400) return undefined
    const text = reader.text()
    if (text === 'NaN') return Number.NaN
    if (text === 'Infinity') return Number.POSITIVE_INFINITY
    if (text === '-Infinity') return Number.NEGATIVE_INFINITY
    return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined
  }

  /** Reads an integer or an enum's name into `halves`, every digit of it. */
  private int64(token: number, names: readonly string[] | undefined): boolean {
    const { reader, halves } = this
    if (token !== JSON_TOKEN.number && token !== JSON_TOKEN.string) return false
    if (!reader.escaped && parseInt64(reader.bytes, reader.from, reader.to, halves)) return true
    if (token === JSON_TOKEN.string && (names === undefined || reader.to - reader.from > 100)) return false
    const at = token === JSON_TOKEN.string ? (names ?? []).indexOf(reader.text()) : reader.number()
    // 1.5e3 is an integer too, as long as a double holds it.
    if (!Number.isSafeInteger(at) || at < 0) return false
    halves.lo = at % 0x1_0000_0000
    halves.hi = Math.floor(at / 0x1_0000_0000)
    return true
  }
}
