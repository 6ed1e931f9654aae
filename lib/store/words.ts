/** 64-bit columns as pairs of 32-bit words (low, high): arithmetic without a bigint per element. */

export function wordsOf(column: BigUint64Array | BigInt64Array): Uint32Array<ArrayBuffer> {
  // A typed array over a plain buffer; the driver and our own code make no shared ones.
  return new Uint32Array(column.buffer as ArrayBuffer, column.byteOffset, column.length * 2)
}

/** out[j] = a[i] − b[i], modulo 2^64; all are word arrays. */
export function subtract(out: Uint32Array, j: number, a: Uint32Array, b: Uint32Array, i: number): void {
  const low = a[2 * i] - b[2 * i]
  out[2 * j] = low
  out[2 * j + 1] = a[2 * i + 1] - b[2 * i + 1] - (low < 0 ? 1 : 0)
}

/** out[j] = a[i] + b[i], modulo 2^64. */
export function add(out: Uint32Array, j: number, a: Uint32Array, b: Uint32Array, i: number): void {
  const low = a[2 * i] + b[2 * i]
  out[2 * j] = low
  out[2 * j + 1] = a[2 * i + 1] + b[2 * i + 1] + (low > 0xffff_ffff ? 1 : 0)
}

/** Mixes two words to a hash; the caller masks it. */
export function mix(a: number, b: number): number {
  let h = Math.imul(a ^ 0x9e37_79b9, 0x85eb_ca6b) ^ Math.imul(b, 0xc2b2_ae35)
  h ^= h >>> 15
  h = Math.imul(h, 0x27d4_eb2f)
  return (h ^ (h >>> 13)) >>> 0
}

/** Smallest power of two ≥ 2n, at least 16: the size of an open-addressing table for n keys. */
export function tableSize(n: number): number {
  return 2 ** Math.max(4, Math.ceil(Math.log2(Math.max(1, n) * 2)))
}
