/**
 * Columns as bytes. Integers are cut into planes: all lowest bytes, then all second bytes, and so on. The high planes are
 * nearly constant and cost nothing once gzipped, so one outlier does not make a column dear, and no value is ever rounded.
 *
 *   values 1, 258, 3   →   plane 0: 01 02 03   plane 1: 00 01 00
 */
import { ok, type Result } from '../base/result.ts'
import { broken, type Slab } from './wire-slabs.ts'

export const ENCODING = {
  /** Eight bytes: one float64 that every element has. */
  constant: 0,
  /** Planes of unsigned integers. */
  integers: 1,
  /** Planes of zigzag differences to the element before (0 before the first). */
  deltas: 2,
  /** Planes of value + 1; 0 stands for NaN. */
  optional: 3,
  /** Four planes: the bits of float32. */
  float32: 4,
  /** Eight planes: the bits of float64. Where a value is not an integer, or too large for the others. */
  float64: 5,
} as const

/** Differences of integers below this fit a float64 even when doubled by the zigzag. */
const MAX_EXACT = 2 ** 52

export function packIntegers(kind: number, values: Uint8Array | Uint32Array | Int32Array, count: number): Slab {
  let max = 0
  let varied = false
  for (let i = 0; i < count; i++) {
    if (values[i] > max) max = values[i]
    if (values[i] !== values[0]) varied = true
  }
  return varied ? planesSlab(kind, ENCODING.integers, widthOf(max), values, count) : constantSlab(kind, values[0] ?? 0)
}

/** Like `packIntegers`, but never one constant: readers trust this column's length to bound the number of elements. */
export function packBounding(kind: number, values: Uint32Array, count: number): Slab {
  let max = 0
  for (let i = 0; i < count; i++) if (values[i] > max) max = values[i]
  return planesSlab(kind, ENCODING.integers, widthOf(max), values, count)
}

/** Values ≥ 0 that mostly ascend. `scratch` holds at least `count` elements. */
export function packAscending(kind: number, values: Float64Array, count: number, scratch: Float64Array): Slab {
  let max = 0
  let before = 0
  for (let i = 0; i < count; i++) {
    const value = values[i]
    if (!(value >= 0 && value < MAX_EXACT && value === Math.floor(value))) return float64Slab(kind, values, count)
    const delta = value - before
    const zigzag = delta >= 0 ? 2 * delta : -2 * delta - 1
    scratch[i] = zigzag
    if (zigzag > max) max = zigzag
    before = value
  }
  return planesSlab(kind, ENCODING.deltas, widthOf(max), scratch, count)
}

/** Values ≥ 0 or NaN. `scratch` holds at least `count` elements. */
export function packOptional(kind: number, values: Float64Array, count: number, scratch: Float64Array): Slab {
  let max = 0
  let exact = true
  let varied = false
  for (let i = 0; i < count; i++) {
    const value = values[i]
    const stored = Number.isNaN(value) ? 0 : value + 1
    if (!(stored >= 0 && stored < MAX_EXACT && stored === Math.floor(stored))) exact = false
    if (!Object.is(value, values[0])) varied = true
    if (stored > max) max = stored
    scratch[i] = stored
  }
  if (!varied) return constantSlab(kind, values[0] ?? Number.NaN)
  if (!exact) return float64Slab(kind, values, count)
  return planesSlab(kind, ENCODING.optional, widthOf(max), scratch, count)
}

export function packFloat32(kind: number, values: Float32Array, count: number): Slab {
  let varied = false
  for (let i = 0; i < count && !varied; i++) varied = !Object.is(values[i], values[0])
  if (!varied) return constantSlab(kind, values[0] ?? Number.NaN)
  return planesSlab(kind, ENCODING.float32, 4, new Uint32Array(values.buffer, values.byteOffset, count), count)
}

function constantSlab(kind: number, value: number): Slab {
  return { kind, encoding: ENCODING.constant, width: 8, bytes: new Uint8Array(Float64Array.of(value).buffer) }
}

function float64Slab(kind: number, values: Float64Array, count: number): Slab {
  const from = new Uint8Array(values.buffer, values.byteOffset, count * 8)
  const bytes = new Uint8Array(count * 8)
  for (let plane = 0; plane < 8; plane++)
    for (let i = 0, at = plane * count; i < count; i++) bytes[at + i] = from[i * 8 + plane]
  return { kind, encoding: ENCODING.float64, width: 8, bytes }
}

/** How many bytes hold the integer `max`; at least one. */
function widthOf(max: number): number {
  let width = 1
  for (let limit = 256; max >= limit; limit *= 256) width++
  return width
}

function planesSlab(
  kind: number,
  encoding: number,
  width: number,
  values: Uint8Array | Uint32Array | Int32Array | Float64Array,
  count: number,
): Slab {
  const bytes = new Uint8Array(width * count)
  // A typed array keeps the low byte of what is stored, and `>>>` the low 32 bits of a double: no masks needed.
  for (let plane = 0; plane < Math.min(width, 4); plane++) {
    const at = plane * count
    const shift = plane * 8
    for (let i = 0; i < count; i++) bytes[at + i] = values[i] >>> shift
  }
  for (let plane = 4; plane < width; plane++) {
    const at = plane * count
    const divisor = 256 ** plane
    for (let i = 0; i < count; i++) bytes[at + i] = values[i] / divisor
  }
  return { kind, encoding, width, bytes }
}

/** Reads a column of ids or flags, each < `limit`. */
export function unpackIntegers(
  slab: Slab,
  count: number,
  limit: number,
  what: string,
): Result<Uint32Array<ArrayBuffer>> {
  const values = new Uint32Array(count)
  if (slab.encoding === ENCODING.constant) {
    const value = constantOf(slab)
    if (count > 0 && !(value >= 0 && value < limit && value === Math.floor(value))) return broken(`has a wrong ${what}`)
    return ok(values.fill(value))
  }
  if (slab.encoding !== ENCODING.integers || slab.width > 4 || !hasPlanes(slab, count))
    return broken(`has a ${what} column of the wrong size or kind`)
  addLowPlanes(slab, values, count)
  let max = 0
  for (let i = 0; i < count; i++) if (values[i] > max) max = values[i]
  return count > 0 && max >= limit ? broken(`has a wrong ${what}`) : ok(values)
}

/** The same for columns of small values. */
export function unpackBytes(slab: Slab, count: number, limit: number, what: string): Result<Uint8Array<ArrayBuffer>> {
  const values = unpackIntegers(slab, count, Math.min(limit, 256), what)
  return values.ok ? ok(new Uint8Array(values.value)) : values
}

/** Reads a column of times: each ≥ 0 and finite, or NaN where `optional`. */
export function unpackTimes(
  slab: Slab,
  count: number,
  optional: boolean,
  what: string,
): Result<Float64Array<ArrayBuffer>> {
  const values = new Float64Array(count)
  if (slab.encoding === ENCODING.constant) values.fill(constantOf(slab))
  else if (!hasPlanes(slab, count)) return broken(`has a ${what} column of the wrong size`)
  else if (slab.encoding === ENCODING.float64) joinFloat64(slab, values, count)
  else if (slab.encoding === ENCODING.float32) return broken(`has a ${what} column of the wrong kind`)
  else {
    addPlanes(slab, values, count)
    if (slab.encoding === ENCODING.deltas) sumDeltas(values)
    else if (slab.encoding === ENCODING.optional)
      for (let i = 0; i < count; i++) values[i] = values[i] === 0 ? Number.NaN : values[i] - 1
    else if (slab.encoding !== ENCODING.integers) return broken(`has a ${what} column of an unknown kind`)
  }
  for (let i = 0; i < count; i++) {
    const value = values[i]
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY) && !(optional && Number.isNaN(value)))
      return broken(`has a wrong ${what}`)
  }
  return ok(values)
}

/** Reads a column of weights: each > 0 or NaN. */
export function unpackFloat32(slab: Slab, count: number, what: string): Result<Float32Array<ArrayBuffer>> {
  const values = new Float32Array(count)
  if (slab.encoding === ENCODING.constant) values.fill(constantOf(slab))
  else if (slab.encoding !== ENCODING.float32 || slab.width !== 4 || !hasPlanes(slab, count))
    return broken(`has a ${what} column of the wrong size or kind`)
  else addLowPlanes(slab, new Uint32Array(values.buffer), count)
  for (let i = 0; i < count; i++) if (values[i] <= 0) return broken(`has a wrong ${what}`)
  return ok(values)
}

function constantOf(slab: Slab): number {
  if (slab.bytes.length !== 8) return Number.NEGATIVE_INFINITY // no column takes it
  return new DataView(slab.bytes.buffer, slab.bytes.byteOffset, 8).getFloat64(0, true)
}

function hasPlanes(slab: Slab, count: number): boolean {
  return slab.width >= 1 && slab.width <= 8 && slab.bytes.length === slab.width * count
}

function addLowPlanes(slab: Slab, values: Uint32Array, count: number): void {
  const bytes = slab.bytes
  const [b, c, d] = [count, 2 * count, 3 * count]
  if (slab.width === 1) values.set(bytes)
  else if (slab.width === 2) for (let i = 0; i < count; i++) values[i] = bytes[i] | (bytes[b + i] << 8)
  else if (slab.width === 3)
    for (let i = 0; i < count; i++) values[i] = bytes[i] | (bytes[b + i] << 8) | (bytes[c + i] << 16)
  else
    for (let i = 0; i < count; i++)
      values[i] = bytes[i] | (bytes[b + i] << 8) | (bytes[c + i] << 16) | (bytes[d + i] << 24)
}

function addPlanes(slab: Slab, values: Float64Array, count: number): void {
  const low = new Uint32Array(count)
  addLowPlanes(slab, low, count)
  values.set(low)
  for (let plane = 4; plane < slab.width; plane++) {
    const at = plane * count
    const factor = 256 ** plane
    for (let i = 0; i < count; i++) values[i] += slab.bytes[at + i] * factor
  }
}

function sumDeltas(values: Float64Array): void {
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    const zigzag = values[i]
    sum += zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
    values[i] = sum
  }
}

function joinFloat64(slab: Slab, values: Float64Array, count: number): void {
  const to = new Uint8Array(values.buffer)
  if (slab.width !== 8)
    values.fill(Number.NEGATIVE_INFINITY) // no column takes it
  else
    for (let plane = 0; plane < 8; plane++)
      for (let i = 0, at = plane * count; i < count; i++) to[i * 8 + plane] = slab.bytes[at + i]
}
