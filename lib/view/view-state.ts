/**
 * View state ↔ URL.
 *
 * Why: a link is how a view travels: into a chat, an incident, another year. So the text is versioned, each field is read
 * alone (one bad value falls back to its default and spoils nothing else), defaults are left out, and a link written by an
 * older version is upgraded step by step before it is read.
 *
 *   ?v=1&from=2026-11-22T10:00Z&action=connect  →  upgrade 1→2→…→current  →  each field parses its own parameter
 *
 * Parameters that no field owns are carried along untouched: other parts of the page may keep theirs there.
 */
export interface Field<T> {
  readonly fallback: T
  /** The value in `text`, or undefined where it cannot be read. */
  parse(text: string): T | undefined
  print(value: T): string
}

export type Fields = Readonly<Record<string, Field<unknown>>>
export type StateOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never }

/** Rewrites the parameters of one version into those of the next, in place. */
export type Upgrader = (params: URLSearchParams) => void

export interface ParsedView<S> {
  readonly state: S
  /** Names of parameters that were present but unreadable; their fields have their defaults. */
  readonly rejected: readonly string[]
  /** Written by a version newer than this one: read as well as possible. */
  readonly newer: boolean
  /** Names that a newer version wrote and this one does not know. */
  readonly unknown: readonly string[]
  /** The address bar had no room for the view; what is left of it is the page alone. */
  readonly cut: boolean
}

export interface ViewCodec<S> {
  parse(search: string): ParsedView<S>
  /** `?v=1&…`, or '' where everything is as by default. Parameters of `carry` that no field owns are kept. */
  print(state: S, carry?: string): string
}

const VERSION_KEY = 'v'
/** In an address that stands for a view too long for it. */
export const CUT_KEY = 'cut'
/** Parameters of the page's frame and its scrolled regions, beside those of any view: `tz`, the sources that are asked, and `y` or `y.<region>`, `d` (opened details). */
const FRAME = /^(tz|source|timings|d|y|y\.[a-z]+)$/

/** Fields of every codec in the page: several views can share an address. */
const KNOWN = new Set<string>()
const RESERVED: ReadonlySet<string> = new Set([VERSION_KEY, CUT_KEY])

function isCut(params: URLSearchParams): boolean {
  return params.get(CUT_KEY) === '1'
}

/** The query string without what only the frame and scrolled regions read: what a view renders again for. */
export function withoutFrame(search: string): string {
  if (!/[?&](tz|source|timings|d|y)/.test(search)) return search
  const params = new URLSearchParams(search)
  for (const name of [...params.keys()]) if (FRAME.test(name)) params.delete(name)
  return params.size === 0 ? '' : `?${params}`
}

/** The query string with one of the frame's parameters set, or removed where `text` is undefined. */
export function withParam(search: string, name: string, text: string | undefined): string {
  const params = new URLSearchParams(search)
  if (text === undefined) params.delete(name)
  else params.set(name, text)
  return params.size === 0 ? '' : `?${params}`
}

/**
 * `upgraders[i]` leads from version i + 1 to i + 2; a missing one throws here, when the page's module loads, not when the
 * first old link arrives.
 */
export function viewCodec<F extends Fields>(
  fields: F,
  version = 1,
  upgraders: readonly Upgrader[] = [],
): ViewCodec<StateOf<F>> {
  if (upgraders.length !== version - 1) {
    throw new Error(
      `view state version ${version} needs ${version - 1} upgraders, one per step; ${upgraders.length} given`,
    )
  }
  for (const name of Object.keys(fields)) {
    if (RESERVED.has(name) || FRAME.test(name)) throw new Error(`"${name}" is a parameter of the address itself`)
    KNOWN.add(name)
  }
  const entries = Object.entries(fields)
  const strangers = (params: URLSearchParams): readonly string[] =>
    [...new Set(params.keys())].filter((name) => !KNOWN.has(name) && !RESERVED.has(name) && !FRAME.test(name))
  return {
    parse(search) {
      const params = new URLSearchParams(search)
      const stated = params.get(VERSION_KEY)
      const from = stated !== null && /^[1-9]\d{0,5}$/.test(stated) ? Number(stated) : version
      for (let v = from; v < version; v++) upgraders[v - 1](params)
      const rejected: string[] = []
      const state: Record<string, unknown> = {}
      for (const [name, field] of entries) {
        const text = params.get(name)
        const value = text === null ? undefined : field.parse(text)
        if (text !== null && value === undefined) rejected.push(name)
        state[name] = value ?? field.fallback
      }
      // The record was filled from exactly the fields' names and parsers just above; a mapped type cannot be built key by key.
      const newer = from > version
      return {
        state: state as StateOf<F>,
        rejected,
        newer,
        unknown: newer ? strangers(params) : [],
        cut: isCut(params),
      }
    },
    print(state, carry = '') {
      const params = new URLSearchParams()
      const values: Readonly<Record<string, unknown>> = state
      for (const [name, field] of entries) {
        const text = field.print(values[name])
        if (text !== field.print(field.fallback)) params.set(name, text)
      }
      const carried = new URLSearchParams(carry)
      const others = [...carried].filter(([name]) => !RESERVED.has(name) && !(name in fields))
      // Parameters of others may be of a codec, too: then its version stays with them.
      const stated = params.size > 0 ? String(version) : others.length > 0 ? carried.get(VERSION_KEY) : null
      const out = new URLSearchParams([...(stated === null ? [] : [[VERSION_KEY, stated]]), ...params, ...others])
      return out.size === 0 ? '' : `?${out}`
    },
  }
}

/** One of a fixed list. */
export function choice<const C extends readonly string[]>(choices: C, fallback: C[number]): Field<C[number]> {
  return { fallback, parse: (text) => choices.find((one) => one === text), print: (value) => value }
}

/** Free text; longer than `maxLength` is unreadable. */
export function text(fallback = '', maxLength = 1_000): Field<string> {
  return { fallback, parse: (given) => (given.length <= maxLength ? given : undefined), print: (value) => value }
}

export function flag(fallback = false): Field<boolean> {
  return {
    fallback,
    parse: (given) => (given === '1' ? true : given === '0' ? false : undefined),
    print: (value) => (value ? '1' : '0'),
  }
}

/** A whole number in [min, max]. */
export function integer(fallback: number, min = 0, max = Number.MAX_SAFE_INTEGER): Field<number> {
  return { fallback, parse: (given) => parseInteger(given, min, max), print: String }
}

/** A whole number in [min, max], or nothing. */
export function optionalInteger(min = 0, max = Number.MAX_SAFE_INTEGER): Field<number | undefined> {
  return {
    fallback: undefined,
    parse: (given) => parseInteger(given, min, max),
    print: (value) => value?.toString() ?? '',
  }
}

/** A number in [min, max] with at most two decimals. */
export function hundredths(fallback: number, min = 0, max = 1e12): Field<number> {
  return {
    fallback,
    parse: (given) => {
      const value = /^-?\d{1,13}(\.\d{1,2})?$/.test(given) ? Number(given) : Number.NaN
      return value >= min && value <= max ? value : undefined
    },
    print: (value) => String(Math.round(value * 100) / 100),
  }
}

/** A finite number in [min, max], or nothing. Prints the shortest text that reads back exactly. */
export function optionalNumber(min = -Infinity, max = Infinity): Field<number | undefined> {
  return {
    fallback: undefined,
    parse: (given) => {
      const value = /^-?\d+(\.\d+)?(e[+-]?\d+)?$/.test(given) ? Number(given) : Number.NaN
      return Number.isFinite(value) && value >= min && value <= max ? value : undefined
    },
    print: (value) => value?.toString() ?? '',
  }
}

/**
 * An instant, Unix milliseconds, written as ISO 8601 in UTC and as short as it goes: `2026-11-22T10:05Z`. Plain Unix milliseconds are read, too: that is
 * what other systems (Grafana's `${__from}`) can put into a link.
 */
export function optionalInstant(): Field<number | undefined> {
  return {
    fallback: undefined,
    parse: (given) => {
      if (/^\d{12,14}$/.test(given)) return Number(given)
      if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z$/.test(given)) return undefined
      const value = Date.parse(given)
      return Number.isNaN(value) ? undefined : value
    },
    print: (value) => (value === undefined ? '' : new Date(value).toISOString().replace(/(:00)?\.000Z$/, 'Z')),
  }
}

/** Within a list's text: parts are divided by `~`, items by `!`. */
export function escapePart(part: string): string {
  return part.replace(/[%~!]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)
}

export function unescapePart(part: string): string {
  return part.replace(/%(25|7e|21)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** Texts (ids), none of them empty, as `a!b`; more or longer ones are unreadable. */
export function textList(maxCount: number, maxLength = 256): Field<readonly string[]> {
  return {
    fallback: [],
    parse: (given) => {
      const parts = given.split('!').map(unescapePart)
      const fits = parts.length <= maxCount && parts.every((part) => part !== '' && part.length <= maxLength)
      return fits ? parts : undefined
    },
    print: (values) => values.map(escapePart).join('!'),
  }
}

/** Up to here numbers are written out; larger sets as steps in base 36, which takes half the room. */
const WRITTEN_OUT = 100

/**
 * A set of whole numbers, ascending, for fold states: `1.5.9`; beyond `WRITTEN_OUT` of them `~1.4.4`, each the step from the one
 * before, in base 36. More than `maxCount` is unreadable.
 */
export function integerSet(maxCount = 200): Field<ReadonlySet<number>> {
  const fallback: ReadonlySet<number> = new Set<number>()
  return {
    fallback,
    parse: (given) => {
      const steps = given.startsWith('~')
      const parts = (steps ? given.slice(1) : given).split('.')
      if (parts.length > maxCount) return undefined
      const values = new Set<number>()
      let last = 0
      for (const part of parts) {
        const value = steps ? parseStep(part, last) : parseInteger(part, 0, Number.MAX_SAFE_INTEGER)
        if (value === undefined) return undefined
        values.add(value)
        last = value
      }
      return values
    },
    print: (value) => {
      const sorted = [...value].sort((a, b) => a - b)
      if (sorted.length <= WRITTEN_OUT) return sorted.join('.')
      return `~${sorted.map((n, k) => (n - (k === 0 ? 0 : sorted[k - 1])).toString(36)).join('.')}`
    },
  }
}

/** Words without dots of the given shape, each once, joined by dots: `a1b2.c3d4`. More than `maxCount` is unreadable. */
export function wordSet(shape: RegExp, maxCount: number): Field<readonly string[]> {
  return {
    fallback: [],
    parse: (given) => {
      const parts = given.split('.')
      return parts.length <= maxCount && parts.every((part) => shape.test(part)) ? [...new Set(parts)] : undefined
    },
    print: (value) => value.join('.'),
  }
}

function parseStep(given: string, from: number): number | undefined {
  if (!/^[0-9a-z]{1,11}$/.test(given)) return undefined
  const value = from + Number.parseInt(given, 36)
  return Number.isSafeInteger(value) ? value : undefined
}

function parseInteger(given: string, min: number, max: number): number | undefined {
  if (!/^-?\d{1,16}$/.test(given)) return undefined
  const value = Number(given)
  return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined
}
