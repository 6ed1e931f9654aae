import type { SliceStrings } from './slice-strings.ts'
import { subtract, wordsOf } from './words.ts'

/**
 * Moves columns of a batch to their rows: `out[to[k]] = column[from[k]]`. One function per element type: a shared one would see
 * several kinds of arrays and lose its fast path. Ingest spends a third of its time here.
 */
export function moveU8(out: Uint8Array, column: Uint8Array, from: Uint32Array, to: Uint32Array): void {
  for (let k = 0; k < from.length; k++) out[to[k]] = column[from[k]]
}

export function moveF64(out: Float64Array, column: Float64Array, from: Uint32Array, to: Uint32Array): void {
  for (let k = 0; k < from.length; k++) out[to[k]] = column[from[k]]
}

/** `out[k] = column[at[k]]`, bytes. */
export function pickU8(column: Uint8Array, at: Uint32Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(at.length)
  for (let k = 0; k < at.length; k++) out[k] = column[at[k]]
  return out
}

/** `out[k] = column[at[k]]`, 32-bit numbers. */
export function pickU32(column: Uint32Array, at: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(at.length)
  for (let k = 0; k < at.length; k++) out[k] = column[at[k]]
  return out
}

export function pickF32(column: Float32Array, at: Uint32Array): Float32Array<ArrayBuffer> {
  return new Float32Array(pickU32(new Uint32Array(column.buffer, column.byteOffset, column.length), at).buffer)
}

export function pickU64(column: BigUint64Array | BigInt64Array, at: Uint32Array): BigUint64Array<ArrayBuffer> {
  return new BigUint64Array(pickPairs(wordsOf(column), at).buffer)
}

export function pickI64(column: BigInt64Array, at: Uint32Array): BigInt64Array<ArrayBuffer> {
  return new BigInt64Array(pickPairs(wordsOf(column), at).buffer)
}

function pickPairs(words: Uint32Array, at: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(2 * at.length)
  for (let k = 0; k < at.length; k++) {
    const i = 2 * at[k]
    out[2 * k] = words[i]
    out[2 * k + 1] = words[i + 1]
  }
  return out
}

/** 64-bit columns, as pairs of words. */
export function moveWords(out: Uint32Array, column: Uint32Array, from: Uint32Array, to: Uint32Array): void {
  for (let k = 0; k < from.length; k++) {
    const i = 2 * from[k]
    const j = 2 * to[k]
    out[j] = column[i]
    out[j + 1] = column[i + 1]
  }
}

/** left − right modulo 2^64, as pairs of words. */
export function moveDifferences(
  out: Uint32Array,
  left: Uint32Array,
  right: Uint32Array,
  from: Uint32Array,
  to: Uint32Array,
): void {
  for (let k = 0; k < from.length; k++) subtract(out, to[k], left, right, from[k])
}

/** NaN becomes −1: a column that is all −1 takes no room. */
export function moveRates(out: Float32Array, column: Float32Array, from: Uint32Array, to: Uint32Array): void {
  for (let k = 0; k < from.length; k++) {
    const value = column[from[k]]
    out[to[k]] = value >= 0 ? value : -1
  }
}

/** Ids of the batch become ids of the slice, looked up once per string. */
export function mapIds(
  ids: Uint32Array,
  column: Uint32Array,
  from: Uint32Array,
  texts: readonly string[],
  strings: SliceStrings,
): void {
  for (let k = 0; k < from.length; k++) {
    const local = column[from[k]]
    if (local !== 0 && ids[local] === 0) ids[local] = strings.id(texts[local])
  }
}

export function moveMapped(
  out: Uint32Array,
  column: Uint32Array,
  from: Uint32Array,
  to: Uint32Array,
  ids: Uint32Array,
): void {
  for (let k = 0; k < from.length; k++) out[to[k]] = ids[column[from[k]]]
}

const INLINE_BYTES = 12
const UNKNOWN = 0
const INLINE = 1
const LONG = 2
const utf8 = new TextEncoder()

/** The texts of a batch as DuckDB lays short ones out: length, then 12 bytes. Each distinct text is encoded once. */
export class InlineTexts {
  readonly #texts: readonly string[]
  readonly #words: Uint32Array<ArrayBuffer>
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #state: Uint8Array<ArrayBuffer>
  readonly #long = new Map<number, Uint8Array>()

  constructor(texts: readonly string[]) {
    this.#texts = texts
    this.#words = new Uint32Array(4 * texts.length)
    this.#bytes = new Uint8Array(this.#words.buffer)
    this.#state = new Uint8Array(texts.length)
    this.#state[0] = INLINE
  }

  /** Writes the texts of a column into the words of their rows; longer ones are added to `long`. */
  move(
    out: Uint32Array,
    column: Uint32Array,
    from: Uint32Array,
    to: Uint32Array,
    long: { readonly row: number; readonly text: Uint8Array }[],
  ): void {
    const words = this.#words
    for (let k = 0; k < from.length; k++) {
      const id = column[from[k]]
      if (id === 0) continue
      if (this.#state[id] === UNKNOWN) this.#encode(id)
      if (this.#state[id] === LONG) {
        const text = this.#long.get(id)
        if (text !== undefined) long.push({ row: to[k], text })
        continue
      }
      const i = 4 * id
      const j = 4 * to[k]
      out[j] = words[i]
      out[j + 1] = words[i + 1]
      out[j + 2] = words[i + 2]
      out[j + 3] = words[i + 3]
    }
  }

  #encode(id: number): void {
    const text = this.#texts[id]
    const at = 16 * id + 4
    if (text.length <= INLINE_BYTES) {
      let i = 0
      for (; i < text.length; i++) {
        const code = text.charCodeAt(i)
        if (code > 0x7f) break
        this.#bytes[at + i] = code
      }
      if (i === text.length) {
        this.#words[4 * id] = i
        this.#state[id] = INLINE
        return
      }
    }
    const bytes = utf8.encode(text)
    if (bytes.length <= INLINE_BYTES) {
      this.#bytes.set(bytes, at)
      this.#words[4 * id] = bytes.length
      this.#state[id] = INLINE
      return
    }
    this.#long.set(id, bytes)
    this.#state[id] = LONG
  }
}
