const QUOTE = 34
const BACKSLASH = 92

/**
 * Finds, in JSON that arrives in pieces, the objects that are elements of an array at one depth of nesting, without reading anything else:
 * brackets are counted, strings passed over. What is not valid JSON is found out by whoever reads the elements.
 *
 *   {"data":[{"spans":[{…},{…}],"processes":{…}}]}        depth 4: the two objects in "spans" (and in any other array there)
 */
export class JsonElements {
  /** Brackets around the elements. */
  readonly #depth: number
  #at = 0
  #inString = false
  #escaped = false
  /** Whether the bracket that leads to `depth` is an array's. */
  #inArray = false

  constructor(depth: number) {
    this.#depth = depth
  }

  /** Whether the place after the last piece lies inside of an element. */
  get isInside(): boolean {
    return this.#at > this.#depth && this.#inArray
  }

  /** `begin` and `end`: where an element begins, and one past its end, in `bytes`. */
  scan(bytes: Uint8Array, from: number, to: number, begin: (at: number) => void, end: (at: number) => void): void {
    const depth = this.#depth
    let at = this.#at
    let pos = from
    while (pos < to) {
      if (this.#inString) {
        if (this.#escaped) {
          this.#escaped = false
          pos++
        }
        while (pos < to && bytes[pos] !== QUOTE && bytes[pos] !== BACKSLASH) pos++
        if (pos === to) break
        if (bytes[pos++] === QUOTE) this.#inString = false
        else this.#escaped = true
        continue
      }
      const byte = bytes[pos++]
      if (byte === QUOTE) this.#inString = true
      else if (byte === 123 || byte === 91) {
        if (at === depth && this.#inArray && byte === 123) begin(pos - 1)
        if (++at === depth) this.#inArray = byte === 91
      } else if (byte === 125 || byte === 93) {
        at--
        if (at === depth && this.#inArray && byte === 125) end(pos)
      }
    }
    this.#at = at
  }
}
