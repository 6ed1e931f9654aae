/**
 * A string table: each distinct string gets a dense id in order of first sight.
 * Id 0 is always the empty string, which stands for "absent".
 */
export class Interner {
  readonly strings: string[] = ['']
  readonly #ids = new Map<string, number>([['', 0]])

  id(text: string): number {
    const known = this.#ids.get(text)
    if (known !== undefined) return known
    const id = this.strings.length
    this.strings.push(text)
    this.#ids.set(text, id)
    return id
  }

  /** The id of a string seen before, or undefined. */
  find(text: string): number | undefined {
    return this.#ids.get(text)
  }

  get size(): number {
    return this.strings.length
  }
}
