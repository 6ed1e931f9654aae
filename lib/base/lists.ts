import { growF64, growU32 } from './growable.ts'

/** A list of doubles in one growing buffer. */
export class Float64List {
  length = 0
  private values = new Float64Array(64)

  push(value: number): void {
    this.values = growF64(this.values, this.length + 1)
    this.values[this.length++] = value
  }

  /** A tight copy. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.values.slice(0, this.length)
  }
}

/** A list of unsigned 32-bit integers in one growing buffer. */
export class Uint32List {
  length = 0
  private values = new Uint32Array(64)

  push(value: number): void {
    this.values = growU32(this.values, this.length + 1)
    this.values[this.length++] = value
  }

  /** A tight copy. */
  toArray(): Uint32Array<ArrayBuffer> {
    return this.values.slice(0, this.length)
  }
}
