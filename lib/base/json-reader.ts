import { growU8 } from './growable.ts'
import { hexDigit } from './hex.ts'
import { decodeUtf8 } from './utf8.ts'

/** What `JsonReader.next` found. */
export const JSON_TOKEN = {
  /** The document is over. */
  end: 0,
  /** Not JSON; `problem` says why. Stays so. */
  error: 1,
  objectStart: 2,
  objectEnd: 3,
  arrayStart: 4,
  arrayEnd: 5,
  key: 6,
  string: 7,
  number: 8,
  true: 9,
  false: 10,
  null: 11,
} as const

const EXPECT = { value: 0, keyOrEnd: 1, key: 2, commaOrEnd: 3, valueOrEnd: 4, nothing: 5 } as const
const IN_OBJECT = 1
const IN_ARRAY = 2

/**
 * Reads JSON from UTF-8 bytes token by token: no tree of objects for a body of 64 MiB, integers beyond 2^53 keep their digits, and the
 * depth of nesting costs a byte a level instead of a stack frame. Strict grammar; strings may hold any bytes but raw control characters.
 *
 *   {"a":[1,"x"]}   →   objectStart  key a  arrayStart  number 1  string x  arrayEnd  objectEnd  end
 */
export class JsonReader {
  bytes: Uint8Array
  private pos: number
  private end: number
  /** Raw bytes of the last key or string (without quotes) or number: bytes[from .. to). */
  from = 0
  to = 0
  /** Whether the last key or string contains escapes; if not, its raw bytes are its UTF-8. */
  escaped = false
  /** Where the last token began; for messages. */
  at = 0
  /** What is wrong; '' as long as nothing is. */
  problem = ''
  private expect: number = EXPECT.value
  private stack = new Uint8Array(64)
  depth = 0
  private scratch = new Uint8Array(64)

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes
    this.pos = from
    this.end = to
    this.reset(from, to)
  }

  /** Starts over with another document in the same bytes. */
  reset(from: number, to: number): void {
    const bytes = this.bytes
    const hasMark = to - from >= 3 && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf
    this.pos = hasMark ? from + 3 : from
    this.end = to
    this.depth = 0
    this.expect = EXPECT.value
    this.problem = ''
  }

  /** Goes on with the next piece of the same document, which was cut between two tokens. */
  resume(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes
    this.pos = from
    this.end = to
  }

  /** Where the next token will be looked for. */
  get place(): number {
    return this.pos
  }

  /** Whether nothing but white space is left of this piece. */
  get isDrained(): boolean {
    return this.blank() === -1
  }

  next(): number {
    if (this.problem !== '') return JSON_TOKEN.error
    let byte = this.blank()
    if (this.expect === EXPECT.commaOrEnd) {
      if (byte === 44) {
        this.pos++
        this.expect = this.stack[this.depth - 1] === IN_OBJECT ? EXPECT.key : EXPECT.value
        byte = this.blank()
      } else return this.close(byte)
    }
    this.at = this.pos
    switch (this.expect) {
      case EXPECT.nothing:
        return byte === -1 ? JSON_TOKEN.end : this.error('something stands behind the end')
      case EXPECT.keyOrEnd:
        if (byte === 125) return this.close(byte)
        return this.key(byte)
      case EXPECT.key:
        return this.key(byte)
      case EXPECT.valueOrEnd:
        if (byte === 93) return this.close(byte)
        return this.value(byte)
      default:
        return this.value(byte)
    }
  }

  /** Steps over the value that comes next (after a key, or as an element). False where it is not JSON. */
  skipValue(): boolean {
    return this.skipRest(this.next())
  }

  /** Steps over the rest of the value whose first token was `token`. */
  skipRest(token: number): boolean {
    if (token === JSON_TOKEN.objectStart || token === JSON_TOKEN.arrayStart) {
      const outside = this.depth - 1
      while (this.depth > outside) if (this.next() === JSON_TOKEN.error) return false
    }
    return token !== JSON_TOKEN.error
  }

  /** The last key or string as text. Lone surrogates and invalid UTF-8 become U+FFFD. */
  text(): string {
    if (!this.escaped) return decodeUtf8(this.bytes, this.from, this.to)
    const length = this.unescape()
    return decodeUtf8(this.scratch, 0, length)
  }

  /** Calls `use` with the UTF-8 of the last key or string. */
  utf8<T>(use: (bytes: Uint8Array, from: number, to: number) => T): T {
    if (!this.escaped) return use(this.bytes, this.from, this.to)
    const length = this.unescape()
    return use(this.scratch, 0, length)
  }

  /** The last number. */
  number(): number {
    return Number(decodeUtf8(this.bytes, this.from, this.to))
  }

  /** What is wrong and where, in words. Made on demand: a body can hold millions of broken lines. */
  get problemText(): string {
    return `${this.problem} at byte ${this.pos.toLocaleString('en')}`
  }

  private error(problem: string): number {
    this.problem = problem
    return JSON_TOKEN.error
  }

  /** Steps over white space; the byte there, −1 at the end. */
  private blank(): number {
    const bytes = this.bytes
    while (this.pos < this.end) {
      const byte = bytes[this.pos]
      if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) return byte
      this.pos++
    }
    return -1
  }

  private close(byte: number): number {
    const inside = this.depth === 0 ? 0 : this.stack[this.depth - 1]
    this.at = this.pos
    if (byte === -1) return this.error('it ends early')
    if (!((byte === 125 && inside === IN_OBJECT) || (byte === 93 && inside === IN_ARRAY))) {
      return this.error('a comma or a closing bracket is missing')
    }
    this.pos++
    this.depth--
    this.expect = this.depth === 0 ? EXPECT.nothing : EXPECT.commaOrEnd
    return byte === 125 ? JSON_TOKEN.objectEnd : JSON_TOKEN.arrayEnd
  }

  private open(kind: number): void {
    this.stack = growU8(this.stack, this.depth + 1)
    this.stack[this.depth++] = kind
    this.pos++
    this.expect = kind === IN_OBJECT ? EXPECT.keyOrEnd : EXPECT.valueOrEnd
  }

  private key(byte: number): number {
    if (byte !== 34) return this.error(byte === -1 ? 'it ends early' : 'a key in double quotes is missing')
    if (!this.string()) return JSON_TOKEN.error
    if (this.blank() !== 58) return this.error('a colon is missing')
    this.pos++
    this.expect = EXPECT.value
    return JSON_TOKEN.key
  }

  private value(byte: number): number {
    switch (byte) {
      case 123:
        this.open(IN_OBJECT)
        return JSON_TOKEN.objectStart
      case 91:
        this.open(IN_ARRAY)
        return JSON_TOKEN.arrayStart
      case 34:
        if (!this.string()) return JSON_TOKEN.error
        this.afterValue()
        return JSON_TOKEN.string
      case 116:
        return this.word('true', JSON_TOKEN.true)
      case 102:
        return this.word('false', JSON_TOKEN.false)
      case 110:
        return this.word('null', JSON_TOKEN.null)
      case -1:
        return this.error('it ends early')
      default:
        return this.numeral()
    }
  }

  private afterValue(): void {
    this.expect = this.depth === 0 ? EXPECT.nothing : EXPECT.commaOrEnd
  }

  private word(word: string, token: number): number {
    for (let i = 0; i < word.length; i++) {
      if (this.pos + i >= this.end || this.bytes[this.pos + i] !== word.charCodeAt(i)) {
        return this.error('a value is missing')
      }
    }
    this.pos += word.length
    this.afterValue()
    return token
  }

  /** −? (0 | 1–9 digits) (. digits)? (e ±? digits)? */
  private numeral(): number {
    const start = this.pos
    if (this.byteAt(this.pos) === 45) this.pos++
    const first = this.pos
    if (!this.digits()) return this.error('a value is missing')
    if (this.bytes[first] === 48 && this.pos - first > 1) return this.error('a number begins with 0')
    if (this.byteAt(this.pos) === 46) {
      this.pos++
      if (!this.digits()) return this.error('a number is incomplete')
    }
    if ((this.byteAt(this.pos) | 32) === 101) {
      this.pos++
      const sign = this.byteAt(this.pos)
      if (sign === 43 || sign === 45) this.pos++
      if (!this.digits()) return this.error('a number is incomplete')
    }
    this.from = start
    this.to = this.pos
    this.afterValue()
    return JSON_TOKEN.number
  }

  private byteAt(pos: number): number {
    return pos < this.end ? this.bytes[pos] : 0
  }

  private digits(): boolean {
    const start = this.pos
    while (this.pos < this.end && this.bytes[this.pos] >= 48 && this.bytes[this.pos] <= 57) this.pos++
    return this.pos > start
  }

  /** Finds the end of the string whose opening quote is at `pos`, and checks its escapes. */
  private string(): boolean {
    const bytes = this.bytes
    let pos = this.pos + 1
    this.from = pos
    this.escaped = false
    while (pos < this.end) {
      const byte = bytes[pos]
      if (byte === 34) {
        this.to = pos
        this.pos = pos + 1
        return true
      }
      if (byte === 92) {
        this.escaped = true
        const length = this.escape(pos)
        if (length === 0) {
          this.pos = pos
          this.error('an escape in a string is wrong')
          return false
        }
        pos += length
      } else if (byte < 32) {
        this.pos = pos
        this.error('a control character stands in a string')
        return false
      } else pos++
    }
    this.pos = this.end
    this.error('it ends early')
    return false
  }

  /** Length of the escape at `pos`, 0 where it is none. */
  private escape(pos: number): number {
    const letter = this.byteAt(pos + 1)
    if (letter === 117) return pos + 6 <= this.end && this.unit(pos) >= 0 ? 6 : 0
    // " \ / b f n r t
    const simple = [34, 92, 47, 98, 102, 110, 114, 116].includes(letter)
    return simple ? 2 : 0
  }

  /** The UTF-16 unit of the `\uXXXX` at `pos`, negative where its digits are wrong. */
  private unit(pos: number): number {
    let unit = 0
    for (let i = pos + 2; i < pos + 6; i++) {
      const digit = hexDigit(this.bytes[i])
      if (digit < 0) return -1
      unit = unit * 16 + digit
    }
    return unit
  }

  /** Writes the last string's UTF-8 into `scratch`, which never needs more bytes than the escaped form; returns its length. */
  private unescape(): number {
    const { bytes, from, to } = this
    this.scratch = growU8(this.scratch, to - from)
    const out = this.scratch
    let n = 0
    let pos = from
    while (pos < to) {
      const byte = bytes[pos]
      if (byte !== 92) {
        out[n++] = byte
        pos++
        continue
      }
      const letter = bytes[pos + 1]
      if (letter !== 117) {
        out[n++] = plain(letter)
        pos += 2
        continue
      }
      let point = this.unit(pos)
      pos += 6
      if (point >= 0xd800 && point < 0xdc00 && pos + 6 <= to && bytes[pos] === 92 && bytes[pos + 1] === 117) {
        const low = this.unit(pos)
        if (low >= 0xdc00 && low < 0xe000) {
          point = 0x1_0000 + ((point - 0xd800) << 10) + (low - 0xdc00)
          pos += 6
        }
      }
      if (point >= 0xd800 && point < 0xe000) point = 0xfffd
      if (point < 0x80) out[n++] = point
      else if (point < 0x800) {
        out[n++] = 0xc0 | (point >> 6)
        out[n++] = 0x80 | (point & 63)
      } else if (point < 0x1_0000) {
        out[n++] = 0xe0 | (point >> 12)
        out[n++] = 0x80 | ((point >> 6) & 63)
        out[n++] = 0x80 | (point & 63)
      } else {
        out[n++] = 0xf0 | (point >> 18)
        out[n++] = 0x80 | ((point >> 12) & 63)
        out[n++] = 0x80 | ((point >> 6) & 63)
        out[n++] = 0x80 | (point & 63)
      }
    }
    return n
  }
}

/** The character that a simple escape stands for. */
function plain(letter: number): number {
  switch (letter) {
    case 98:
      return 8
    case 102:
      return 12
    case 110:
      return 10
    case 114:
      return 13
    case 116:
      return 9
    default:
      return letter
  }
}
