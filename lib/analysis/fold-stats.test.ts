import fc from 'fast-check'
import { expect, test } from 'vitest'
import { groupStats, quantile } from './fold-stats.ts'
import { spansFromText } from './waterfall-fixture.ts'

test('a group row in words', () => {
  const spans = spansFromText(`
    a 0 5 wait=2 weight=10
    a 1 9 error wait=8 weight=10
    a 2 7
    a 4 1
  `)
  expect(groupStats(spans, Uint32Array.of(0, 1, 2, 3))).toEqual({
    count: 4,
    errors: 1,
    weighted: 20,
    unweighted: 2,
    p50: 5,
    p95: Number.NaN,
    max: 9,
    waitP50: 2,
    waitMax: 8,
    from: 0,
    to: 10,
    slowest: [1, 2, 0, 3],
  })
})

test('a p95 needs 59 spans', () => {
  const p95 = (count: number) => {
    const spans = spansFromText(Array.from({ length: count }, (_, i) => `a ${i} ${i + 1}`).join('\n'))
    return groupStats(
      spans,
      Uint32Array.from({ length: count }, (_, i) => i),
    ).p95
  }
  expect(p95(58)).toBeNaN()
  expect(p95(59)).toBe(57)
})

test('quantiles are nearest ranks of the sorted values', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { minLength: 1 }), fc.double({ min: 0, max: 1, noNaN: true }), (list, q) => {
      const sorted = [...list].sort((a, b) => a - b)
      expect(quantile(Float64Array.from(list), q)).toBe(sorted[Math.max(0, Math.ceil(q * list.length) - 1)])
    }),
    { seed: 20_261_124, numRuns: 300 },
  )
  expect(quantile(new Float64Array(0), 0.5)).toBeNaN()
})
