import { expect, test } from 'vitest'
import { isOfTraces, linkFrom } from './link-template.ts'

const values = { traceId: 'ab12', guild: '7/../8?x=&y"', fromMs: 1_000, toMs: 61_000 }

test('values are encoded in place', () => {
  expect(linkFrom('https://jaeger/trace/{traceId}', values)).toBe('https://jaeger/trace/ab12')
  expect(linkFrom('https://g/d/x?var-guild={guild}&from={fromMs}&to={toMs}', values)).toBe(
    'https://g/d/x?var-guild=7%2F..%2F8%3Fx%3D%26y%22&from=1000&to=61000',
  )
  expect(linkFrom('https://l/?q={fromIso}/{toIso}', values)).toBe(
    'https://l/?q=1970-01-01T00%3A00%3A01.000Z/1970-01-01T00%3A01%3A01.000Z',
  )
})

test('what is not known is not offered, and only http(s) is', () => {
  expect(linkFrom('https://jaeger/trace/{traceId}', { guild: '1' })).toBeUndefined()
  expect(linkFrom('javascript:alert({guild})', values)).toBeUndefined()
  expect(linkFrom('//elsewhere/{guild}', values)).toBeUndefined()
  expect(linkFrom('mailto:{guild}', values)).toBeUndefined()
})

test('braces of the other system stay', () => {
  expect(linkFrom('https://l/?q=%7Bapp="x"%7D{traceId}', values)).toBe('https://l/?q=%7Bapp=%22x%22%7Dab12')
  expect(isOfTraces('https://l/{traceId}')).toBe(true)
  expect(isOfTraces('https://l/{guild}')).toBe(false)
})
