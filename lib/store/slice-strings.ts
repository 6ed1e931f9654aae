import { appendRows } from './append.ts'
import type { DuckConnection } from './duck.ts'
import type { Slice } from './slices.ts'
import { STRING_COLUMNS } from './span-schema.ts'

const utf8 = new TextEncoder()

export function encodeText(text: string): Uint8Array {
  return utf8.encode(text)
}

/**
 * The string table of one slice, in memory as long as the slice is in use. Id 0 is '' (absent). Only the writer adds; new strings
 * go to disk in the same transaction as the rows that use them.
 */
export class SliceStrings {
  readonly texts: string[] = ['']
  readonly #ids = new Map<string, number>([['', 0]])
  #onDisk = 1

  /** The one table of a slice, whoever asks first: reader and writer must see the same ids. */
  static async of(connection: DuckConnection, slice: Slice): Promise<SliceStrings> {
    if (slice.strings !== undefined) return slice.strings
    slice.stringsPending ??= SliceStrings.#load(connection, slice).finally(() => {
      slice.stringsPending = undefined
    })
    const strings = await slice.stringsPending
    slice.strings ??= strings
    return slice.strings
  }

  static async #load(connection: DuckConnection, slice: Slice): Promise<SliceStrings> {
    const strings = new SliceStrings()
    await connection.stream(`SELECT id, value FROM ${slice.catalog}.strings`, ['u32', 'text'], (chunk) => {
      const ids = chunk.u32(0)
      const texts = chunk.texts(1)
      for (let i = 0; i < chunk.rows; i++) {
        strings.texts[ids[i]] = texts[i]
        strings.#ids.set(texts[i], ids[i])
      }
      return true
    })
    strings.#onDisk = strings.texts.length
    return strings
  }

  id(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.texts.length
    this.texts.push(text)
    this.#ids.set(text, id)
    return id
  }

  find(text: string): number | undefined {
    return this.#ids.get(text)
  }

  /** Appends what is new; inside the transaction of the rows that use it. */
  append(connection: DuckConnection, slice: Slice): void {
    const from = this.#onDisk
    const count = this.texts.length - from
    const ids = new Uint32Array(count)
    for (let i = 0; i < count; i++) ids[i] = from + i
    const texts = this.texts.slice(from).map(encodeText)
    appendRows(connection, slice.catalog, 'strings', STRING_COLUMNS, [ids, texts], count)
  }

  committed(): void {
    this.#onDisk = this.texts.length
  }
}
