import { growU8, growU32 } from './growable.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

/** Byte strings with dense ids in order of first sight; id 0 is the empty one. Equal bytes have equal ids. */
export class ByteTable {
  size = 1
  private arena = new Uint8Array(1024)
  /** End of entry `id` in the arena; it begins where `id − 1` ends. */
  private end = new Uint32Array(64)
  private hash = new Uint32Array(64)
  /** Open addressing; 0 is free, because id 0 is never stored. */
  private slots = new Uint32Array(128)
  /** Differs per table, so that nobody can prepare strings that all fall into one slot. */
  private readonly seed = Math.floor(Math.random() * 0x1_0000_0000)

  /** The id of bytes[from .. to), new or known. */
  id(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0
    const hash = this.hashOf(bytes, from, to)
    const slot = this.slotOf(bytes, from, to, hash)
    const known = this.slots[slot]
    return known !== 0 ? known : this.add(bytes, from, to, hash, slot)
  }

  /** The id of bytes seen before, 0 where they are new (or empty). */
  find(bytes: Uint8Array, from: number, to: number): number {
    if (from === to) return 0
    return this.slots[this.slotOf(bytes, from, to, this.hashOf(bytes, from, to))]
  }

  /** A copy of entry `id`. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    return id === 0 ? new Uint8Array(0) : this.arena.slice(this.end[id - 1], this.end[id])
  }

  /** Writes entry `id` into `into` from `at` on; returns where it ends. `into` has room for `lengthOf(id)` bytes. */
  copy(id: number, into: Uint8Array, at: number): number {
    const start = id === 0 ? 0 : this.end[id - 1]
    const length = this.lengthOf(id)
    if (length < 32) for (let i = 0; i < length; i++) into[at + i] = this.arena[start + i]
    else into.set(this.arena.subarray(start, start + length), at)
    return at + length
  }

  lengthOf(id: number): number {
    return id === 0 ? 0 : this.end[id] - this.end[id - 1]
  }

  private hashOf(bytes: Uint8Array, from: number, to: number): number {
    let hash = this.seed
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i], 0x0100_0193)
    hash ^= hash >>> 15
    hash = Math.imul(hash, 0x2c1b_3c6d)
    return (hash ^ (hash >>> 13)) >>> 0
  }

  private slotOf(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (;;) {
      const id = this.slots[slot]
      if (id === 0 || (this.hash[id] === hash && this.same(id, bytes, from, to))) return slot
      slot = (slot + 1) & mask
    }
  }

  private same(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.end[id - 1]
    if (this.end[id] - start !== to - from) return false
    const arena = this.arena
    const shift = start - from
    for (let i = from; i < to; i++) if (arena[i + shift] !== bytes[i]) return false
    return true
  }

  private add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const id = this.size++
    const start = this.end[id - 1]
    this.arena = growU8(this.arena, start + to - from)
    this.end = growU32(this.end, id + 1)
    this.hash = growU32(this.hash, id + 1)
    if (to - from < 64) for (let i = from; i < to; i++) this.arena[start + i - from] = bytes[i]
    else this.arena.set(bytes.subarray(from, to), start)
    this.end[id] = start + to - from
    this.hash[id] = hash
    this.slots[slot] = id
    if (id * 2 >= this.slots.length) this.rehash()
    return id
  }

  private rehash(): void {
    const slots = new Uint32Array(this.slots.length * 4)
    const mask = slots.length - 1
    for (let id = 1; id < this.size; id++) {
      let slot = this.hash[id] & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.slots = slots
  }
}

/**
 * A string table fed with UTF-8 bytes: the same bytes are hashed and compared, and turned into a JavaScript string once only.
 * Id 0 is the empty string, which stands for "absent".
 */
export class ByteInterner {
  readonly strings: string[] = ['']
  private readonly table = new ByteTable()

  /** The id of the UTF-8 in bytes[from .. to), new or known. */
  id(bytes: Uint8Array, from: number, to: number): number {
    const id = this.table.id(bytes, from, to)
    if (id === this.strings.length) this.strings.push(decodeUtf8(bytes, from, to))
    return id
  }

  /** The id of bytes seen before, 0 where they are new (or empty). */
  find(bytes: Uint8Array, from: number, to: number): number {
    return this.table.find(bytes, from, to)
  }

  idOfText(text: string): number {
    const bytes = encodeUtf8(text)
    return this.id(bytes, 0, bytes.length)
  }
}
