import { expect, test } from 'vitest'
import { linkNotes } from './link-notes.tsx'

const FINE = { rejected: [], newer: false, unknown: [], cut: false }

test('an address that was understood needs no words', () => {
  expect(linkNotes(FINE)).toEqual([])
})

test('a newer version is named, with what was not understood', () => {
  expect(linkNotes({ ...FINE, newer: true, unknown: ['hue'] })[0]).toContain('1 setting was not understood (hue)')
  expect(linkNotes({ ...FINE, newer: true })[0]).toContain('every setting in it was understood')
})

test('long names and many of them stay within a line', () => {
  const rejected = Array.from({ length: 40 }, (_, k) => `${'x'.repeat(500)}${k}`)
  const [note] = linkNotes({ ...FINE, rejected })
  expect(note).toContain('and 35 more')
  expect(note.length).toBeLessThan(300)
})
