import { decodeUtf8 } from '../base/utf8.ts'

/** Texts by number, as UTF-8 in one buffer: a text becomes a string when somebody asks for it. Number 0 is '' (absent). */
export interface TextTable {
  readonly bytes: Uint8Array
  /** Text t is bytes[end[t − 1] .. end[t]); end[0] = 0. */
  readonly end: Uint32Array
}

export function textOf(table: TextTable, id: number): string {
  return id === 0 ? '' : decodeUtf8(table.bytes, table.end[id - 1], table.end[id])
}

/** Ends from lengths; undefined where they do not add up to `total`. */
export function endsOf(lengths: Uint32Array, total: number): Uint32Array<ArrayBuffer> | undefined {
  const end = new Uint32Array(lengths.length)
  let sum = 0
  for (let i = 0; i < lengths.length; i++) {
    sum += lengths[i]
    if (sum > total) return undefined
    end[i] = sum
  }
  return sum === total ? end : undefined
}

/** A copy in a buffer of its own: `slice` of Node's Buffer is a view. */
export function copyOf(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes)
}
