/** What must not go out: collected from the evidence, with what stands in for each value. */
import { fromBase64 } from '../base/base64.ts'
import { decodeUtf8, encodeUtf8 } from '../base/utf8.ts'
import { type DetailColumns, TYPES } from './detail-columns.ts'
import { type Choices, type How, type RedactableField, stronger } from './redaction-fields.ts'
import { GONE, Scrubber, SHORTEST_SCRUBBED } from './scrubber.ts'
import { textOf } from './text-table.ts'

/** SHA-256 of bytes: the platform's, handed in because this layer knows neither browser nor server. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Promise<Uint8Array>

const [BOOL, ARRAY, MAP, EMPTY, BYTES] = (['bool', 'array', 'map', 'empty', 'bytes'] as const).map((type) =>
  TYPES.indexOf(type),
)
/** Consonants: a hash must neither read as a word nor look like a number. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz'
const HASH_LETTERS = 14
/** Each hash is a hop to another thread and back where the platform computes it. */
const HASHED_AT_ONCE = 512

/** Values on their way into a `Redactor`. */
export class ValueCollector {
  readonly #choices: Choices
  /** Values of attributes, which are looked for everywhere. */
  readonly attributes = new Map<string, How>()
  readonly columns = new Map<RedactableField, Set<string>>()

  constructor(choices: Choices) {
    this.#choices = choices
  }

  /** The values of the chosen keys in one trace. */
  addDetails({ lists, texts }: DetailColumns): void {
    const slots = lists.shapes.map(({ keys, types }) =>
      Array.from(keys, (key, k) => ({ k, type: types[k], how: this.#choices.keys.get(textOf(texts, key)) })),
    )
    const chosen = slots.map((shape) => shape.filter(({ how }) => how !== undefined))
    const nested = slots.map((shape) => shape.filter(({ how, type }) => how === undefined && type === MAP))
    const seen = new Uint8Array(texts.end.length)
    for (let l = 0; l < lists.shapeOf.length; l++) {
      const shape = lists.shapeOf[l]
      for (const { k, type, how } of chosen[shape]) {
        const id = lists.values[lists.from[l] + k]
        const bit = how === 'dropped' ? 1 : 2
        if (how === undefined || type === BOOL || type === EMPTY || (seen[id] & bit) !== 0) continue
        seen[id] |= bit
        const value = textOf(texts, id)
        this.#add(value, how)
        if (type === BYTES) this.#add(textInBytes(value), how)
        if (type === ARRAY || type === MAP) for (const leaf of leavesOf(value)) this.#add(leaf, how)
      }
      for (const { k } of nested[shape]) this.#addNested(textOf(texts, lists.values[lists.from[l] + k]))
    }
  }

  addColumn(field: RedactableField, value: string): void {
    if (value === '' || !this.#choices.fields.has(field)) return
    const values = this.columns.get(field) ?? new Set()
    values.add(value)
    this.columns.set(field, values)
  }

  #add(value: string, how: How): void {
    if (value !== '') this.attributes.set(value, stronger(this.attributes.get(value), how))
  }

  /** A chosen key can also stand inside of a map. */
  #addNested(json: string): void {
    for (const [key, how] of this.#choices.keys) {
      if (!json.includes(JSON.stringify(key))) continue
      for (const [name, value] of pairsOf(json))
        if (name === key) for (const leaf of leavesOf(JSON.stringify(value))) this.#add(leaf, how)
    }
  }
}

/** Takes values out of texts. */
export class Redactor {
  readonly choices: Choices
  readonly #scrubber = new Scrubber()
  readonly #hashes = new Map<string, string>()
  readonly #columns = new Map<RedactableField, ReadonlyMap<string, string>>()
  readonly #cache = new Map<string, string>()
  /** Values that were too short to be looked for. */
  readonly tooShort: number

  private constructor(choices: Choices, tooShort: number) {
    this.choices = choices
    this.tooShort = tooShort
  }

  /** `salt`: at least 16 random bytes that nobody keeps; the same value has the same hash within one export only. */
  static async make(choices: Choices, found: ValueCollector, salt: Uint8Array, sha256: Sha256): Promise<Redactor> {
    const values = new Map(found.attributes)
    for (const [field, column] of found.columns) {
      const how = choices.fields.get(field)
      if (how !== undefined) for (const value of column) values.set(value, stronger(values.get(value), how))
    }
    let tooShort = 0
    for (const value of values.keys()) if (value.length < SHORTEST_SCRUBBED) tooShort++
    const redactor = new Redactor(choices, tooShort)
    const plain = new Scrubber()
    for (const value of values.keys()) plain.add(value, GONE)
    const hashed = [...values].filter(([, how]) => how === 'hashed').map(([value]) => value)
    for (let from = 0; from < hashed.length; from += HASHED_AT_ONCE) {
      const some = hashed.slice(from, from + HASHED_AT_ONCE)
      const hashes = await Promise.all(some.map((value) => hashOf(value, salt, sha256, plain)))
      for (const [n, value] of some.entries()) redactor.#hashes.set(value, hashes[n])
    }
    for (const field of found.columns.keys()) redactor.#fill(field, found.columns.get(field) ?? new Set(), plain)
    for (const [value, how] of values) {
      const standIn = redactor.#columns.get('guild')?.get(value) ?? redactor.#columns.get('action')?.get(value)
      redactor.#scrubber.add(value, redactor.#hashes.get(value) ?? (how === 'dropped' ? (standIn ?? GONE) : GONE))
    }
    return redactor
  }

  /** Guilds and actions keep things apart, so that numbers stand in for dropped ones; what else is dropped is absent. */
  #fill(field: RedactableField, values: ReadonlySet<string>, plain: Scrubber): void {
    const column = new Map<string, string>()
    const numbered = field === 'guild' || field === 'action'
    let number = 0
    for (const value of values) {
      const hash = this.#hashes.get(value)
      if (hash !== undefined) column.set(value, hash)
      else if (!numbered) column.set(value, '')
      else {
        do number++
        while (plain.occursIn(`▒${number}▒`))
        column.set(value, `▒${number}▒`)
      }
    }
    this.#columns.set(field, column)
  }

  /** Any text: without the values that are long enough to be found. */
  text(text: string): string {
    if (text.length < SHORTEST_SCRUBBED) return text
    const known = this.#cache.get(text)
    if (known !== undefined) return known
    const clean = this.#scrubber.scrub(text)
    // Texts that come again and again are short.
    if (text.length < 100 && this.#cache.size < 200_000) this.#cache.set(text, clean)
    return clean
  }

  /** A value of type `bytes` (base64): the text in it without the values, where it held any; undefined where it held none. */
  bytes(base64: string): string | undefined {
    const text = textInBytes(base64)
    const clean = this.text(text)
    return clean === text ? undefined : clean
  }

  /** The text of a column that a chosen key may feed; '' stays ''. */
  column(field: RedactableField, text: string): string {
    return this.#columns.get(field)?.get(text) ?? this.text(text)
  }

  /** What an attribute's own value becomes where its key is hashed. */
  hash(value: string): string {
    return value === '' ? '' : (this.#hashes.get(value) ?? GONE)
  }
}

/** HMAC-like: the salt goes in before and after. Tried again while it holds a redacted value by accident. */
async function hashOf(value: string, salt: Uint8Array, sha256: Sha256, plain: Scrubber): Promise<string> {
  const text = encodeUtf8(value)
  for (let round = 0; round < 100; round++) {
    const inner = await sha256(joined(salt, Uint8Array.of(0x36, round), text))
    const digest = await sha256(joined(salt, Uint8Array.of(0x5c), inner))
    let letters = ''
    for (let i = 0; i < HASH_LETTERS; i++) letters += ALPHABET[digest[i] % ALPHABET.length]
    if (!plain.occursIn(letters)) return letters
  }
  return GONE
}

/** '' where it is no base64. */
function textInBytes(base64: string): string {
  const ascii = encodeUtf8(base64)
  const bytes = fromBase64(ascii, 0, ascii.length)
  return bytes === undefined ? '' : decodeUtf8(bytes, 0, bytes.length)
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Texts and numbers in JSON text, at any depth. */
function leavesOf(json: string): string[] {
  const leaves: string[] = []
  walk(json, (_, value) => {
    if (typeof value === 'string') leaves.push(value)
    // With the digits that stand in the text: a 64-bit number is not one of JavaScript's.
    else if (typeof value === 'number') leaves.push(String(value))
  })
  for (const digits of json.match(/\d{16,}/g) ?? []) leaves.push(digits)
  return leaves
}

function pairsOf(json: string): (readonly [name: string, value: unknown])[] {
  const pairs: (readonly [string, unknown])[] = []
  walk(json, (name, value) => pairs.push([name, value]))
  return pairs
}

/** Visits everything in a JSON text, without recursion; nothing where it is none. */
function walk(json: string, visit: (name: string, value: unknown) => void): void {
  let root: unknown
  try {
    root = JSON.parse(json)
  } catch {
    return // the text as a whole is a value, and is looked for as such
  }
  const open: (readonly [string, unknown])[] = [['', root]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [name, value] = next
    visit(name, value)
    if (typeof value === 'object' && value !== null) open.push(...Object.entries(value))
  }
}
