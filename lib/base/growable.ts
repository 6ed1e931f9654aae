/** Typed arrays that grow: append in amortised constant time, then take a tight copy or a view. */

type Numeric = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

function grown<A extends Numeric>(array: A, needed: number, make: (length: number) => A): A {
  const next = make(Math.max(needed, array.length * 2, 16))
  next.set(array)
  return next
}

/** Grows `array` to hold at least `needed` elements, keeping its content. */
export function growU8(array: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  return needed <= array.length ? array : grown(array, needed, (n) => new Uint8Array(n))
}
export function growU32(array: Uint32Array<ArrayBuffer>, needed: number): Uint32Array<ArrayBuffer> {
  return needed <= array.length ? array : grown(array, needed, (n) => new Uint32Array(n))
}
export function growF32(array: Float32Array<ArrayBuffer>, needed: number): Float32Array<ArrayBuffer> {
  return needed <= array.length ? array : grown(array, needed, (n) => new Float32Array(n))
}
export function growF64(array: Float64Array<ArrayBuffer>, needed: number): Float64Array<ArrayBuffer> {
  return needed <= array.length ? array : grown(array, needed, (n) => new Float64Array(n))
}
export function growU64(array: BigUint64Array<ArrayBuffer>, needed: number): BigUint64Array<ArrayBuffer> {
  if (needed <= array.length) return array
  const next = new BigUint64Array(Math.max(needed, array.length * 2, 16))
  next.set(array)
  return next
}
