import type { SpanRows } from './span-rows.ts'

/** Differs per process, so that nobody can prepare ids that all fall into one slot. Results do not depend on it. */
const SEED = (Math.random() * 2 ** 32) | 0

function mix(h: number, word: number): number {
  h = Math.imul(h ^ word, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * Finds rows by (trace, span id), and repeats of a whole span. Open addressing over the rows' own columns: slots hold
 * row + 1, keys are not copied, and 64-bit values are compared as two 32-bit words (a bigint per row costs an allocation).
 */
export class SpanIndex {
  readonly #rows: SpanRows
  readonly #ids: Uint32Array
  readonly #parents: Uint32Array
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  readonly #mask: number
  readonly #first: Uint32Array
  /** Slots by whole span; only rows whose id repeats are in it, so most traces never allocate it. */
  #whole = new Uint32Array(0)

  constructor(rows: SpanRows) {
    this.#rows = rows
    this.#ids = wordsOf(rows.spanId)
    this.#parents = wordsOf(rows.parentId)
    this.#starts = wordsOf(rows.startNs)
    this.#ends = wordsOf(rows.endNs)
    let capacity = 16
    while (capacity < rows.count * 2) capacity *= 2
    this.#mask = capacity - 1
    this.#first = new Uint32Array(capacity)
  }

  /**
   * Adds `row`. Where its trace has this span id already, the one that comes before by `comesBefore` holds it from now on,
   * and the answer is false.
   */
  add(row: number, comesBefore: (a: number, b: number) => boolean): boolean {
    const slot = this.#slotOf(row, this.#ids[2 * row], this.#ids[2 * row + 1])
    const other = this.#first[slot] - 1
    if (other === -1 || comesBefore(row, other)) this.#first[slot] = row + 1
    return other === -1
  }

  /** The row that holds the span id of `row`, which was added: itself unless an earlier span shares the id. */
  holderOf(row: number): number {
    return this.#first[this.#slotOf(row, this.#ids[2 * row], this.#ids[2 * row + 1])] - 1
  }

  /** The row that `row` names as its parent, −1 when its trace has none. Only for rows that state a parent. */
  parentOf(row: number): number {
    return this.#first[this.#slotOf(row, this.#parents[2 * row], this.#parents[2 * row + 1])] - 1
  }

  statesParent(row: number): boolean {
    return (this.#parents[2 * row] | this.#parents[2 * row + 1]) !== 0
  }

  isOwnParent(row: number): boolean {
    return this.#parents[2 * row] === this.#ids[2 * row] && this.#parents[2 * row + 1] === this.#ids[2 * row + 1]
  }

  /** Whether a row with the same trace, id, start, end and name was given here before; remembers `row` otherwise. */
  isResend(row: number): boolean {
    if (this.#whole.length === 0) this.#whole = new Uint32Array(this.#mask + 1)
    const { traceNo, nameId } = this.#rows
    let slot = mix(mix(SEED, this.#ids[2 * row]), this.#ids[2 * row + 1])
    slot = mix(mix(slot, this.#starts[2 * row]), this.#ends[2 * row])
    slot = mix(mix(slot, nameId[row]), traceNo[row]) & this.#mask
    for (; this.#whole[slot] !== 0; slot = (slot + 1) & this.#mask) {
      const other = this.#whole[slot] - 1
      if (
        traceNo[other] === traceNo[row] &&
        nameId[other] === nameId[row] &&
        samePair(this.#ids, other, row) &&
        samePair(this.#starts, other, row) &&
        samePair(this.#ends, other, row)
      )
        return true
    }
    this.#whole[slot] = row + 1
    return false
  }

  /** The slot that holds (trace of `row`, id), or the free one where it belongs. */
  #slotOf(row: number, lo: number, hi: number): number {
    const ids = this.#ids
    const traceNo = this.#rows.traceNo
    const trace = traceNo[row]
    let slot = mix(mix(mix(SEED, lo), hi), trace) & this.#mask
    for (; ; slot = (slot + 1) & this.#mask) {
      const other = this.#first[slot] - 1
      if (other === -1) return slot
      if (ids[2 * other] === lo && ids[2 * other + 1] === hi && traceNo[other] === trace) return slot
    }
  }
}

function samePair(words: Uint32Array, a: number, b: number): boolean {
  return words[2 * a] === words[2 * b] && words[2 * a + 1] === words[2 * b + 1]
}

/** 64-bit integers as pairs of words, low word first: every machine that runs Node or a browser is little-endian. */
export function wordsOf(column: BigUint64Array | BigInt64Array): Uint32Array {
  return new Uint32Array(column.buffer, column.byteOffset, column.length * 2)
}
