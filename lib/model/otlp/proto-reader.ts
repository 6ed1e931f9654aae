const WORD = 0x1_0000_0000

/** Protobuf wire types, the low three bits of a tag. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/**
 * A bounds-checked cursor over protobuf. Whatever the bytes are, it never reads outside [pos, end) and always moves forward:
 * the first violation sets `bad`, which stays set, and later reads return 0. Callers look at `bad` once, at the end.
 *
 * To read a nested message, a caller narrows `end` to it and widens it again afterwards: every read is then bounded by the
 * innermost message.
 */
export class ProtoReader {
  readonly bytes: Uint8Array
  private readonly view: DataView
  pos: number
  end: number
  bad = false
  /** Halves of the last 64-bit value read. */
  lo = 0
  hi = 0

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.pos = from
    this.end = to
  }

  fail(): number {
    this.bad = true
    this.pos = this.end
    return 0
  }

  /** The next tag (field number · 8 + wire type), 0 on failure. */
  tag(): number {
    const bytes = this.bytes
    const first = this.pos < this.end ? bytes[this.pos] : 128
    if (first < 128 && first >= 8) {
      this.pos++
      return first
    }
    this.varint()
    // Field numbers are 1 .. 2^29 − 1.
    return this.hi !== 0 || this.lo < 8 ? this.fail() : this.lo
  }

  /** Reads a varint of up to 64 bits into `lo` and `hi`. */
  varint(): void {
    const bytes = this.bytes
    const end = this.end
    let pos = this.pos
    let lo = 0
    let hi = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (pos >= end) break
      const byte = bytes[pos++]
      const low = byte & 127
      if (shift < 28) lo |= low << shift
      else if (shift === 28) {
        lo |= low << 28
        hi = low >>> 4
      } else if (shift < 63) hi |= low << (shift - 32)
      else hi |= (low & 1) << 31
      if (byte < 128) {
        this.pos = pos
        this.lo = lo >>> 0
        this.hi = hi >>> 0
        return
      }
    }
    this.lo = 0
    this.hi = 0
    this.fail()
  }

  /** Reads a length and checks that so many bytes are there; they begin at `pos`. */
  length(): number {
    const first = this.pos < this.end ? this.bytes[this.pos] : 128
    if (first < 128) {
      this.pos++
      return first <= this.end - this.pos ? first : this.fail()
    }
    this.varint()
    return this.hi !== 0 || this.lo > this.end - this.pos ? this.fail() : this.lo
  }

  /** Reads eight little-endian bytes into `lo` and `hi`. */
  fixed64(): void {
    if (this.end - this.pos < 8) {
      this.lo = 0
      this.hi = 0
      this.fail()
      return
    }
    this.lo = this.view.getUint32(this.pos, true)
    this.hi = this.view.getUint32(this.pos + 4, true)
    this.pos += 8
  }

  fixed32(): number {
    if (this.end - this.pos < 4) return this.fail()
    this.pos += 4
    return this.view.getUint32(this.pos - 4, true)
  }

  double(): number {
    if (this.end - this.pos < 8) return this.fail()
    this.pos += 8
    return this.view.getFloat64(this.pos - 8, true)
  }

  /** Steps over the value of a field. Groups (wire types 3 and 4) do not exist in OTLP and count as garbage. */
  skip(tag: number): void {
    switch (tag & 7) {
      case WIRE.varint:
        this.varint()
        return
      case WIRE.fixed64:
        if (this.end - this.pos < 8) this.fail()
        else this.pos += 8
        return
      case WIRE.bytes: {
        const length = this.length()
        this.pos += length
        return
      }
      case WIRE.fixed32:
        if (this.end - this.pos < 4) this.fail()
        else this.pos += 4
        return
      default:
        this.fail()
    }
  }

  /** The last 64-bit value as a signed number, rounded beyond 2^53. */
  signed(): number {
    return (this.hi | 0) * WORD + this.lo
  }
}
