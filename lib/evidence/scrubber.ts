/**
 * Finds many values in many texts. Values are found by their first four characters (a set of bits says "no" for nearly every place), then
 * by length: a hundred thousand values that begin alike cost as much as one.
 *
 * A value that begins (or ends) with a digit is not found inside a longer number: user 12345 is no part of the time 1712345678.
 */

/** Shorter values are removed under their own key only: they would be found in everything. */
export const SHORTEST_SCRUBBED = 4
/** Longer values are looked up by so many characters first. */
const LONG = 64
const BITS = 1 << 20

export class Scrubber {
  /** Value → what stands in for it. */
  readonly #values = new Map<string, string>()
  readonly #bits = new Uint32Array(BITS >>> 5)
  /** First four characters → lengths of the values that begin so, longest first. */
  readonly #lengths = new Map<string, number[]>()
  /** First `LONG` characters → the values that begin so. */
  readonly #long = new Map<string, string[]>()

  get size(): number {
    return this.#values.size
  }

  /** Also finds the value as it stands inside JSON text and in a URL. */
  add(value: string, replacement: string): void {
    for (const form of new Set([value, JSON.stringify(value).slice(1, -1), urlEncoded(value)]))
      if (form.length >= SHORTEST_SCRUBBED && !this.#values.has(form)) this.#add(form, replacement)
  }

  #add(form: string, replacement: string): void {
    this.#values.set(form, replacement)
    const bit = hashAt(form, 0)
    this.#bits[bit >>> 5] |= 1 << (bit & 31)
    const length = Math.min(form.length, LONG)
    const lengths = this.#lengths.get(form.slice(0, SHORTEST_SCRUBBED)) ?? []
    if (!lengths.includes(length)) {
      lengths.push(length)
      lengths.sort((a, b) => b - a)
      this.#lengths.set(form.slice(0, SHORTEST_SCRUBBED), lengths)
    }
    if (form.length < LONG) return
    const alike = this.#long.get(form.slice(0, LONG)) ?? []
    alike.push(form)
    this.#long.set(form.slice(0, LONG), alike)
  }

  /** Whether some value occurs in `text`. */
  occursIn(text: string): boolean {
    for (let at = 0; at + SHORTEST_SCRUBBED <= text.length; at++) if (this.#at(text, at) !== undefined) return true
    return false
  }

  /** The text without any of the values. */
  scrub(text: string): string {
    const exact = this.#values.get(text)
    if (exact !== undefined) return exact
    let clean = this.#pass(text)
    // What stood around a value may have become one.
    for (let pass = 0; clean !== text && this.occursIn(clean); pass++) {
      if (pass === 3) return GONE
      clean = this.#pass(clean)
    }
    return clean
  }

  #pass(text: string): string {
    let out = ''
    let copied = 0
    for (let at = 0; at + SHORTEST_SCRUBBED <= text.length; at++) {
      const value = this.#at(text, at)
      if (value === undefined) continue
      out += text.slice(copied, at) + (this.#values.get(value) ?? GONE)
      at += value.length - 1
      copied = at + 1
    }
    return copied === 0 ? text : out + text.slice(copied)
  }

  /** The longest value that stands at this place. */
  #at(text: string, at: number): string | undefined {
    const bit = hashAt(text, at)
    if ((this.#bits[bit >>> 5] & (1 << (bit & 31))) === 0) return undefined
    const lengths = this.#lengths.get(text.slice(at, at + SHORTEST_SCRUBBED))
    if (lengths === undefined) return undefined
    for (const length of lengths) {
      if (at + length > text.length) continue
      const found = text.slice(at, at + length)
      const value =
        length < LONG ? (this.#values.has(found) ? found : undefined) : longest(this.#long.get(found) ?? [], text, at)
      if (value !== undefined && !isInNumber(text, at, value)) return value
    }
    return undefined
  }
}

function longest(values: readonly string[], text: string, at: number): string | undefined {
  let best: string | undefined
  for (const value of values)
    if ((best === undefined || value.length > best.length) && text.startsWith(value, at)) best = value
  return best
}

/** Stands where a value was; too short to hold one. */
export const GONE = '▒▒▒'

function hashAt(text: string, at: number): number {
  let hash = text.charCodeAt(at)
  for (let i = at + 1; i < at + SHORTEST_SCRUBBED; i++)
    hash = Math.imul(hash ^ (hash >>> 7), 0x9e37) + text.charCodeAt(i)
  return (hash ^ (hash >>> 13)) & (BITS - 1)
}

function isInNumber(text: string, at: number, value: string): boolean {
  const end = at + value.length
  return (
    (isDigit(value.charCodeAt(0)) && at > 0 && isDigit(text.charCodeAt(at - 1))) ||
    (isDigit(value.charCodeAt(value.length - 1)) && end < text.length && isDigit(text.charCodeAt(end)))
  )
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

function urlEncoded(value: string): string {
  try {
    return encodeURIComponent(value)
  } catch {
    return value // a lone surrogate stands in no URL
  }
}
