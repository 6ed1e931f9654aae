import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JSON_TOKEN, JsonReader } from './json-reader.ts'
import { encodeUtf8 } from './utf8.ts'

/** Rebuilds a value from the tokens; undefined where the reader refuses. Objects as entry lists, because keys may repeat. */
function viaReader(bytes: Uint8Array): { readonly value: unknown } | undefined {
  const reader = new JsonReader(bytes)
  const stack: { readonly list: unknown[]; readonly isObject: boolean; key: string }[] = [
    { list: [], isObject: false, key: '' },
  ]
  for (;;) {
    const token = reader.next()
    const top = stack[stack.length - 1]
    const put = (value: unknown) => top.list.push(top.isObject ? [top.key, value] : value)
    if (token === JSON_TOKEN.error) return undefined
    if (token === JSON_TOKEN.end) return { value: stack[0].list[0] }
    if (token === JSON_TOKEN.key) top.key = reader.text()
    else if (token === JSON_TOKEN.string) put(reader.text())
    else if (token === JSON_TOKEN.number) put(reader.number())
    else if (token === JSON_TOKEN.true || token === JSON_TOKEN.false) put(token === JSON_TOKEN.true)
    else if (token === JSON_TOKEN.null) put(null)
    else if (token === JSON_TOKEN.objectStart || token === JSON_TOKEN.arrayStart) {
      const isObject = token === JSON_TOKEN.objectStart
      const list: unknown[] = []
      put(isObject ? { entries: list } : list)
      stack.push({ list, isObject, key: '' })
    } else stack.pop()
  }
}

function viaParse(text: string): { readonly value: unknown } | undefined {
  const entries = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(entries)
    if (typeof value !== 'object' || value === null) return value
    return { entries: Object.entries(value).map(([key, inner]) => [key, entries(inner)]) }
  }
  try {
    return { value: entries(JSON.parse(text)) }
  } catch {
    return undefined
  }
}

test('property (seed 7): reads what JSON.parse reads', () => {
  // Integer-like keys are moved to the front by JavaScript objects; a prefix keeps the order comparable.
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.string({ unit: 'grapheme' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => (Object.is(x, -0) ? 0 : x)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value')),
      fc.dictionary(
        fc.string().map((key) => `k${key}`),
        tie('value'),
      ),
    ),
  })).value
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2, '\t'), (input, indent) => {
      const text = JSON.stringify(input, undefined, indent)
      expect(viaReader(encodeUtf8(text))).toEqual(viaParse(text))
    }),
    { seed: 7, numRuns: 300 },
  )
})

test('property (seed 8): accepts and refuses the same texts as JSON.parse', () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"a"',
    '"\\u00e4\\n"',
    '"\\x"',
    '0',
    '01',
    '-1.5e3',
    '1.',
    '-',
    'true',
    'nul',
    'null',
    ' ',
    '"',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const text = pieces.join('')
      const ours = viaReader(encodeUtf8(text))
      const theirs = viaParse(text)
      expect(ours === undefined).toBe(theirs === undefined)
    }),
    { seed: 8, numRuns: 5_000 },
  )
})

test('reads escapes, surrogate pairs and lone surrogates', () => {
  const text = '"\\u0041\\ud83d\\ude00\\ud83d \\udc00\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000"'
  expect(viaReader(encodeUtf8(text))?.value).toBe('A😀\ufffd \ufffd"\\/\b\f\n\r\t\u0000')
})

test('skips values nested a million deep', () => {
  const deep = `{"a":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)},"b":1}`
  const reader = new JsonReader(encodeUtf8(deep))
  reader.next()
  reader.next()
  expect(reader.skipValue()).toBe(true)
  expect(reader.next()).toBe(JSON_TOKEN.key)
  expect(reader.text()).toBe('b')
})

test('keeps the digits of integers beyond 2^53', () => {
  const bytes = encodeUtf8('18446744073709551615')
  const reader = new JsonReader(bytes)
  expect(reader.next()).toBe(JSON_TOKEN.number)
  expect([reader.from, reader.to]).toEqual([0, 20])
})
