import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromBase64, toBase64 } from './base64.ts'
import { ByteInterner, ByteTable } from './byte-interner.ts'
import { decodeUtf8, encodeUtf8 } from './utf8.ts'

test('property (seed 22): base64 as Node writes and reads it, padded, bare and URL-safe', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
      const padded = Buffer.from(bytes).toString('base64')
      expect(toBase64(bytes)).toBe(padded)
      for (const text of [padded, padded.replaceAll('=', ''), Buffer.from(bytes).toString('base64url')]) {
        expect(fromBase64(encodeUtf8(text), 0, text.length)).toEqual(Uint8Array.from(bytes))
      }
    }),
    { seed: 22, numRuns: 200 },
  )
})

test('what is no base64 is refused', () => {
  for (const text of ['a', 'ab c', 'a=b=', 'ä', 'abcde']) {
    const bytes = encodeUtf8(text)
    expect(fromBase64(bytes, 0, bytes.length)).toBeUndefined()
  }
})

test('property (seed 23): a byte interner gives ids as a map of strings would', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 3 }), { maxLength: 500 }), (texts) => {
      const interner = new ByteInterner()
      const model = new Map([['', 0]])
      for (const text of texts) {
        if (!model.has(text)) model.set(text, model.size)
        const padded = encodeUtf8(`<${text}>`)
        expect(interner.id(padded, 1, padded.length - 1)).toBe(model.get(text))
        expect(interner.find(padded, 1, padded.length - 1)).toBe(model.get(text))
      }
      expect(interner.strings).toEqual([...model.keys()])
    }),
    { seed: 23, numRuns: 200 },
  )
})

test('a byte table keeps bytes that are no text', () => {
  const table = new ByteTable()
  const bytes = Uint8Array.from([0xff, 0, 0xff, 0])
  expect(table.id(bytes, 0, 2)).toBe(1)
  expect(table.id(bytes, 2, 4)).toBe(1)
  expect([...table.bytesOf(1)]).toEqual([0xff, 0])
  expect(table.bytesOf(0)).toHaveLength(0)
})

test('UTF-8: a byte order mark stays, invalid bytes are replaced', () => {
  const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62])
  expect(decodeUtf8(bytes, 0, 6)).toBe('\ufeffa\ufffdb')
  expect(decodeUtf8(bytes, 3, 4)).toBe('a')
})
