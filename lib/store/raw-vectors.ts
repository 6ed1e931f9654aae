import duckdb from '@duckdb/node-bindings'
import { type ColumnType, ELEMENT_BYTES } from './columns.ts'

const text = new TextDecoder()

/**
 * A chunk of a result as views on DuckDB's own memory: valid until the next chunk is fetched, so copy what must last.
 * A million rows take about 95 ms this way, 1.7 s through the driver's row values.
 */
export class RawChunk {
  readonly rows: number
  readonly #chunk: duckdb.DataChunk
  readonly #types: readonly ColumnType[]
  readonly #views: (Uint8Array | undefined)[] = []

  constructor(chunk: duckdb.DataChunk, rows: number, types: readonly ColumnType[]) {
    this.#chunk = chunk
    this.rows = rows
    this.#types = types
  }

  #bytes(column: number): Uint8Array {
    let view = this.#views[column]
    if (view === undefined) {
      const vector = duckdb.data_chunk_get_vector(this.#chunk, column)
      view = duckdb.vector_get_data(vector, this.rows * ELEMENT_BYTES[this.#types[column]])
      this.#views[column] = view
    }
    return view
  }

  /** Whether a row has a value at all (not NULL). */
  isValid(column: number, row: number): boolean {
    const vector = duckdb.data_chunk_get_vector(this.#chunk, column)
    const validity: Uint8Array | null = duckdb.vector_get_validity(vector, Math.ceil(this.rows / 64) * 8)
    return validity === null || validity.length === 0 || (validity[row >> 3] & (1 << (row & 7))) !== 0
  }

  u8(column: number): Uint8Array {
    return this.#bytes(column)
  }
  u32(column: number): Uint32Array {
    const bytes = this.#bytes(column)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, this.rows)
  }
  u64(column: number): BigUint64Array {
    const bytes = this.#bytes(column)
    return new BigUint64Array(bytes.buffer, bytes.byteOffset, this.rows)
  }
  /** The same memory as `u64`, as pairs of words: low, high. */
  words(column: number): Uint32Array {
    const bytes = this.#bytes(column)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, this.rows * 2)
  }
  f32(column: number): Float32Array {
    const bytes = this.#bytes(column)
    return new Float32Array(bytes.buffer, bytes.byteOffset, this.rows)
  }
  f64(column: number): Float64Array {
    const bytes = this.#bytes(column)
    return new Float64Array(bytes.buffer, bytes.byteOffset, this.rows)
  }

  /** Byte lengths of a blob or text column: that of row i stands at 4 × i. */
  lengths(column: number): Uint32Array {
    const bytes = this.#bytes(column)
    return new Uint32Array(bytes.buffer, bytes.byteOffset, this.rows * 4)
  }

  /** A copy of one value of a blob or text column. */
  blob(column: number, row: number): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes(column)
    return this.#blobAt(bytes, row).slice()
  }

  texts(column: number): string[] {
    const bytes = this.#bytes(column)
    const answer: string[] = []
    for (let row = 0; row < this.rows; row++) answer.push(text.decode(this.#blobAt(bytes, row)))
    return answer
  }

  blobs(column: number): Uint8Array<ArrayBuffer>[] {
    const bytes = this.#bytes(column)
    const answer: Uint8Array<ArrayBuffer>[] = []
    for (let row = 0; row < this.rows; row++) answer.push(this.#blobAt(bytes, row).slice())
    return answer
  }

  /** duckdb_string_t: length, then up to 12 bytes in place, or 4 bytes of prefix and a pointer. */
  #blobAt(bytes: Uint8Array, row: number): Uint8Array {
    const at = bytes.byteOffset + row * 16
    const length = new DataView(bytes.buffer, at, 4).getUint32(0, true)
    if (length <= 12) return new Uint8Array(bytes.buffer, at + 4, length)
    // The driver types its buffers as ArrayBuffer; a view's buffer is one here.
    return duckdb.get_data_from_pointer(bytes.buffer as ArrayBuffer, at + 8, length)
  }
}
