import { expect, test } from 'vitest'
import { rowsFromText, spansFromText, textFromSpans } from './fixtures.ts'

test('text comes out as it went in, and reads again', () => {
  const text = `api 0 100 service=api node=n1 action=message_create stage=api
  guild 20 90 service=guilds node=g1 stage=guild wait=15
    "#2" 60 70 name="two words" relay=r1 stage=relay error events
      #3 61 62 name="two words" links
lost 30 40`.replace('"#2"', '#2')
  expect(textFromSpans(spansFromText(text))).toBe(text)
})

test('indentation gives the parent, parent= overrides it, one label is one id', () => {
  const rows = rowsFromText(`
    a 0 1
      b 0 1
        c 0 1
      d 0 1 parent=-
      b 2 3`)
  expect([...rows.parentId]).toEqual([0n, rows.spanId[0], rows.spanId[1], 0n, rows.spanId[0]])
  expect(rows.spanId[4]).toBe(rows.spanId[1])
})

test('a line that says nothing is an error', () => {
  expect(() => rowsFromText('a 0')).toThrow('label start end')
  expect(() => rowsFromText('a 0 1 erorr')).toThrow('erorr')
})
