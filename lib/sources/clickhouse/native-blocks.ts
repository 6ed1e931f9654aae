/** Blocks of ClickHouse's `Native` format, as a body over HTTP carries them: the driver's format, so that it stays as it is. */

/** What an answer's columns must be. `text`: `LowCardinality(String)`, so that a repeated text is sent once a block. */
export type NativeType = 'UInt8' | 'UInt64' | 'Int64' | 'Float32' | 'text'

const BYTES = { UInt8: 1, UInt64: 8, Int64: 8, Float32: 4 } as const
const TYPE_NAMES: Readonly<Record<NativeType, string>> = {
  UInt8: 'UInt8',
  UInt64: 'UInt64',
  Int64: 'Int64',
  Float32: 'Float32',
  text: 'LowCardinality(String)',
}
/** Flags of a LowCardinality column's part: its own keys follow; keys of other blocks are referred to. */
const [OWN_KEYS, SHARED_KEYS] = [1 << 9, 1 << 8]
const INDEX_BYTES = [1, 2, 4, 8]
/** A block beyond these is none: the server sends 65,000 rows at once. */
const MOST_ROWS = 1 << 22
const MOST_BLOCK_BYTES = 1 << 30
const MOST_NAME_BYTES = 10_000

/** One column of a block, as places in its bytes. */
export interface NativeColumn {
  /** Where the values (fixed types) or the indexes into the keys (texts) begin, and how many bytes one has. */
  readonly from: number
  readonly width: number
  /** Texts only: where each key begins and ends. */
  readonly keyFrom: Uint32Array
  readonly keyTo: Uint32Array
}

export interface NativeBlock {
  readonly rows: number
  /** Good until `take` returns. */
  readonly bytes: Uint8Array
  readonly columns: readonly NativeColumn[]
}

const NO_KEYS = new Uint32Array(0)

/** Puts a body together into blocks. Throws nothing, whatever comes: `state` tells. */
export class NativeBlocks {
  /** `whole`: every byte belonged to a block. `foreign`: this is not such a body, or no longer (an exception). */
  state: 'whole' | 'within' | 'foreign' = 'whole'
  readonly #types: readonly NativeType[]
  readonly #onBlock: (block: NativeBlock) => boolean
  #bytes = new Uint8Array(1 << 16)
  #length = 0
  /** Fewer bytes than that hold no whole block. */
  #needed = 1
  #at = 0

  /** `onBlock` answers false once it has enough. */
  constructor(types: readonly NativeType[], onBlock: (block: NativeBlock) => boolean) {
    this.#types = types
    this.#onBlock = onBlock
  }

  /** False: it has enough. */
  take(chunk: Uint8Array): boolean {
    if (this.state === 'foreign') return true
    this.#append(chunk)
    while (this.#length >= this.#needed) {
      this.#at = 0
      const block = this.#block()
      if (block === 'foreign') {
        this.state = 'foreign'
        return true
      }
      if (block === undefined) break
      const more = this.#onBlock(block)
      this.#bytes.copyWithin(0, this.#at, this.#length)
      this.#length -= this.#at
      this.#needed = 1
      if (!more) return false
    }
    this.state = this.#length === 0 ? 'whole' : 'within'
    return true
  }

  #append(chunk: Uint8Array): void {
    const length = this.#length + chunk.length
    if (length > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(length, this.#bytes.length * 2))
      bytes.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = bytes
    }
    this.#bytes.set(chunk, this.#length)
    this.#length = length
  }

  /** Undefined: not all of it is here; `#needed` is then beyond what is. */
  #block(): NativeBlock | 'foreign' | undefined {
    const columns = this.#varint()
    const rows = this.#varint()
    if (columns === undefined || rows === undefined) return undefined
    if (columns !== this.#types.length || rows > MOST_ROWS) return 'foreign'
    const found: NativeColumn[] = []
    for (const type of this.#types) {
      if (this.#string() === undefined) return undefined
      const name = this.#string()
      if (name === undefined) return undefined
      if (name !== TYPE_NAMES[type]) return 'foreign'
      const column = type === 'text' ? this.#texts(rows) : this.#fixed(rows, BYTES[type])
      if (column === undefined || column === 'foreign') return column
      found.push(column)
    }
    return { rows, bytes: this.#bytes, columns: found }
  }

  #fixed(rows: number, width: number): NativeColumn | 'foreign' | undefined {
    const from = this.#at
    return this.#skip(rows * width) ? { from, width, keyFrom: NO_KEYS, keyTo: NO_KEYS } : this.#lacking()
  }

  #texts(rows: number): NativeColumn | 'foreign' | undefined {
    if (rows === 0) return { from: this.#at, width: 1, keyFrom: NO_KEYS, keyTo: NO_KEYS }
    const version = this.#number()
    const flags = this.#number()
    const keys = this.#number()
    if (version === undefined || flags === undefined || keys === undefined) return this.#lacking()
    const width = INDEX_BYTES[flags & 0xff]
    if (version !== 1 || width === undefined || (flags & SHARED_KEYS) !== 0 || (flags & OWN_KEYS) === 0)
      return 'foreign'
    // There may be more than rows: a column of the table brings its dictionary along.
    if (keys > MOST_ROWS) return 'foreign'
    const keyFrom = new Uint32Array(keys)
    const keyTo = new Uint32Array(keys)
    for (let k = 0; k < keys; k++) {
      const length = this.#varint()
      if (length === undefined) return this.#lacking()
      keyFrom[k] = this.#at
      if (!this.#skip(length)) return this.#lacking()
      keyTo[k] = this.#at
    }
    const again = this.#number()
    if (again === undefined) return this.#lacking()
    if (again !== rows) return 'foreign'
    const from = this.#at
    return this.#skip(rows * width) ? { from, width, keyFrom, keyTo } : this.#lacking()
  }

  #lacking(): 'foreign' | undefined {
    return this.#needed > MOST_BLOCK_BYTES ? 'foreign' : undefined
  }

  #skip(bytes: number): boolean {
    this.#at += bytes
    if (this.#at <= this.#length) return true
    this.#needed = this.#at
    return false
  }

  #varint(): number | undefined {
    let value = 0
    for (let shift = 0; shift < 50; shift += 7) {
      if (this.#at >= this.#length) {
        this.#needed = this.#length + 1
        return undefined
      }
      const byte = this.#bytes[this.#at++]
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
    return Number.MAX_SAFE_INTEGER
  }

  /** A UInt64 that is a count. */
  #number(): number | undefined {
    const at = this.#at
    if (!this.#skip(8)) return undefined
    const view = new DataView(this.#bytes.buffer, at, 8)
    return view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32
  }

  /** A short text; names are ASCII. */
  #string(): string | undefined {
    const length = this.#varint()
    if (length === undefined) return undefined
    if (length > MOST_NAME_BYTES) return ''
    const from = this.#at
    return this.#skip(length) ? String.fromCharCode(...this.#bytes.subarray(from, this.#at)) : undefined
  }
}
