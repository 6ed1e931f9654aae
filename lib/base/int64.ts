/**
 * 64-bit integers as two unsigned 32-bit halves, in exact arithmetic on doubles: a bigint per value would cost an allocation each,
 * and a decoder meets several per span.
 */
export interface Halves {
  lo: number
  hi: number
}

const WORD = 0x1_0000_0000
const CHUNK = 1_000_000

/**
 * Writes the decimal text of a signed 64-bit integer into the end of `out` (at least 21 bytes) and returns where it begins.
 * Division goes by 10^6, because (10^6 − 1) · 2^32 + 2^32 − 1 is still exact in a double.
 */
export function writeInt64(lo: number, hi: number, out: Uint8Array): number {
  const negative = hi >= 0x8000_0000
  if (negative) {
    lo = lo === 0 ? 0 : WORD - lo
    hi = (WORD - hi - (lo === 0 ? 0 : 1)) % WORD
  }
  let at = out.length
  do {
    const rest = (hi % CHUNK) * WORD + lo
    hi = Math.floor(hi / CHUNK)
    lo = Math.floor(rest / CHUNK)
    let digits = rest % CHUNK
    const last = hi === 0 && lo === 0
    for (let k = 0; k < 6 && (!last || digits > 0); k++) {
      out[--at] = 48 + (digits % 10)
      digits = Math.floor(digits / 10)
    }
  } while (hi > 0 || lo > 0)
  if (at === out.length) out[--at] = 48
  if (negative) out[--at] = 45
  return at
}

/** Decimal text of a signed 64-bit integer. */
export function int64Text(lo: number, hi: number): string {
  return BigInt.asIntN(64, (BigInt(hi) << 32n) | BigInt(lo)).toString()
}

/** Decimal text of an unsigned 64-bit integer. */
export function uint64Text(lo: number, hi: number): string {
  return ((BigInt(hi) << 32n) | BigInt(lo)).toString()
}

/**
 * Reads the decimal integer in bytes[from .. to), with an optional sign, as 64 bits (two's complement).
 * False where it is not one, or does not fit into either int64 or uint64.
 */
export function parseInt64(bytes: Uint8Array, from: number, to: number, into: Halves): boolean {
  const negative = bytes[from] === 45 && from < to
  if (negative) from++
  if (from >= to) return false
  let lo = 0
  let hi = 0
  for (let i = from; i < to; i++) {
    const digit = bytes[i] - 48
    if (digit < 0 || digit > 9) return false
    lo = lo * 10 + digit
    const carry = Math.floor(lo / WORD)
    lo -= carry * WORD
    hi = hi * 10 + carry
    if (hi >= WORD) return false
  }
  if (negative) {
    if (hi > 0x8000_0000 || (hi === 0x8000_0000 && lo > 0)) return false
    lo = lo === 0 ? 0 : WORD - lo
    hi = (WORD - hi - (lo === 0 ? 0 : 1)) % WORD
  }
  into.lo = lo
  into.hi = hi
  return true
}
