import { growU8 } from '../base/growable.ts'
import { writeInt64 } from '../base/int64.ts'
import { encodeUtf8 } from '../base/utf8.ts'

const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0))
const [QUOTE, BACKSLASH, DOT, ZERO] = [34, 92, 46, 48]
const NANO_DIGITS = 9

/** JSON as bytes that grow: rows of an insert are written without a text for each. */
export class RowBytes {
  length = 0
  #bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1 << 16)
  readonly #digits = new Uint8Array(24)

  /** What was written; good until the next writing. */
  written(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length)
  }

  byte(byte: number): void {
    this.#room(1)
    this.#bytes[this.length++] = byte
  }

  /** Copies bytes that are JSON already. */
  raw(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.#room(to - from)
    const into = this.#bytes
    let at = this.length
    if (to - from < 64) for (let i = from; i < to; i++) into[at++] = bytes[i]
    else {
      into.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), at)
      at += to - from
    }
    this.length = at
  }

  text(json: string): void {
    this.raw(encodeUtf8(json))
  }

  /** A JSON string of bytes that need no escapes; false, with nothing written, where some do or where they may be no valid UTF-8. */
  plainText(bytes: Uint8Array, from: number, to: number): boolean {
    this.#room(to - from + 2)
    const into = this.#bytes
    let at = this.length
    into[at++] = QUOTE
    for (let i = from; i < to; i++) {
      const byte = bytes[i]
      if (byte < 0x20 || byte >= 0x7f || byte === QUOTE || byte === BACKSLASH) return false
      into[at++] = byte
    }
    into[at++] = QUOTE
    this.length = at
    return true
  }

  /** A JSON string with the digits of a signed 64-bit integer. */
  quotedInteger(lo: number, hi: number): void {
    this.byte(QUOTE)
    this.integer(lo, hi)
    this.byte(QUOTE)
  }

  integer(lo: number, hi: number): void {
    const start = writeInt64(lo, hi, this.#digits)
    this.raw(this.#digits, start, this.#digits.length)
  }

  /** Unix ns (below 2^63) as seconds with nine decimals in quotes, as ClickHouse reads a DateTime64(9). */
  quotedSeconds(lo: number, hi: number): void {
    const digits = this.#digits
    let start = writeInt64(lo, hi, digits)
    while (digits.length - start <= NANO_DIGITS) digits[--start] = ZERO
    this.byte(QUOTE)
    this.raw(digits, start, digits.length - NANO_DIGITS)
    this.byte(DOT)
    this.raw(digits, digits.length - NANO_DIGITS, digits.length)
    this.byte(QUOTE)
  }

  /** Eight hexadecimal digits. */
  hex(word: number): void {
    this.#room(8)
    for (let shift = 28; shift >= 0; shift -= 4) this.#bytes[this.length++] = HEX[(word >>> shift) & 15]
  }

  #room(more: number): void {
    if (this.length + more > this.#bytes.length) this.#bytes = growU8(this.#bytes, this.length + more)
  }
}
