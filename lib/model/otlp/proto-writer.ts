import { growU8 } from '../../base/growable.ts'
import { encodeUtf8 } from '../../base/utf8.ts'

/** Bytes reserved for the length of a message that is still open: a varint of up to 2^28 − 1, padded. */
const RESERVED = 4
/** Texts up to here have a length of one byte. */
const SHORT = 127

/** Appends protobuf to a growing buffer. Messages are opened and closed; lengths are filled in on closing. */
export class ProtoWriter {
  bytes: Uint8Array<ArrayBuffer>
  pos = 0

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity)
  }

  /** What has been written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(0, this.pos)
  }

  /** Room for `more` bytes. */
  private room(more: number): void {
    if (this.pos + more > this.bytes.length) this.bytes = growU8(this.bytes, this.pos + more)
  }

  tag(field: number, wire: number): void {
    this.varint(((field << 3) | wire) >>> 0, 0)
  }

  /** A varint from its halves. */
  varint(lo: number, hi: number): void {
    this.room(10)
    while (hi > 0 || lo > 127) {
      this.bytes[this.pos++] = (lo & 127) | 128
      lo = ((lo >>> 7) | (hi << 25)) >>> 0
      hi >>>= 7
    }
    this.bytes[this.pos++] = lo
  }

  fixed64(lo: number, hi: number): void {
    this.fixed32(lo)
    this.fixed32(hi)
  }

  fixed32(value: number): void {
    this.room(4)
    this.bytes[this.pos++] = value & 255
    this.bytes[this.pos++] = (value >>> 8) & 255
    this.bytes[this.pos++] = (value >>> 16) & 255
    this.bytes[this.pos++] = value >>> 24
  }

  double(value: number): void {
    this.room(8)
    new DataView(this.bytes.buffer).setFloat64(this.pos, value, true)
    this.pos += 8
  }

  /** One byte of something whose length is filled in by `close`. */
  byte(value: number): void {
    if (this.pos === this.bytes.length) this.room(1)
    this.bytes[this.pos++] = value
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.room(to - from)
    if (to - from < 48) {
      for (let i = from; i < to; i++) this.bytes[this.pos++] = bytes[i]
      return
    }
    this.bytes.set(bytes.subarray(from, to), this.pos)
    this.pos += to - from
  }

  /** A string field. */
  text(field: number, text: string): void {
    this.tag(field, 2)
    if (text.length <= SHORT && this.shortAscii(text)) return
    const bytes = encodeUtf8(text)
    this.varint(bytes.length, 0)
    this.raw(bytes)
  }

  /** Keys and most values: the encoder's fixed cost would be most of the work. False, and nothing written, where it is not ASCII. */
  private shortAscii(text: string): boolean {
    const { length } = text
    this.room(length + 1)
    const { bytes, pos } = this
    bytes[pos] = length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code > 127) return false
      bytes[pos + 1 + i] = code
    }
    this.pos = pos + 1 + length
    return true
  }

  /** Opens a length-delimited field; the mark goes to `close`. */
  open(field: number): number {
    this.tag(field, 2)
    this.room(RESERVED)
    this.pos += RESERVED
    return this.pos
  }

  /**
   * Fills in the length of what was written since `mark`. Short contents move up to the length's one byte; longer ones stay, behind a
   * padded varint (which every decoder reads): moving them at each level of a deep nesting would be quadratic.
   */
  close(mark: number): void {
    const length = this.pos - mark
    const at = mark - RESERVED
    if (length < 128) {
      this.bytes[at] = length
      this.bytes.copyWithin(at + 1, mark, this.pos)
      this.pos = at + 1 + length
      return
    }
    this.bytes[at] = (length & 127) | 128
    this.bytes[at + 1] = ((length >>> 7) & 127) | 128
    this.bytes[at + 2] = ((length >>> 14) & 127) | 128
    this.bytes[at + 3] = (length >>> 21) & 127
  }
}
