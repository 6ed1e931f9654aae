import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bandHalf, ecdf, ecdfAt, intervalRanks, neededFor, quantile, valueAt } from './ecdf.ts'

const ones = (values: readonly number[]) => values.map(() => 1)
const of = (values: readonly number[]) => ecdf(values, ones(values))

/** Mulberry32: the same numbers every time. */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('the distribution of a sample', () => {
  const sample = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 1, max: 9 })), {
    minLength: 1,
    maxLength: 60,
  })

  it('is what counting says, weighted (seed 51)', () => {
    fc.assert(
      fc.property(sample, fc.integer({ min: -1, max: 51 }), (pairs, at) => {
        const curve = ecdf(
          pairs.map(([value]) => value),
          pairs.map(([, weight]) => weight),
        )
        const sum = pairs.reduce((all, [, weight]) => all + weight, 0)
        const naive = pairs.filter(([value]) => value <= at).reduce((all, [, weight]) => all + weight, 0) / sum
        expect(ecdfAt(curve, at)).toBeCloseTo(naive, 12)
        expect(curve.population).toBe(sum)
        expect(curve.effectiveN).toBeLessThanOrEqual(curve.n + 1e-9)
      }),
      { seed: 51 },
    )
  })

  it('rises to 1, over ascending values (seed 52)', () => {
    fc.assert(
      fc.property(sample, (pairs) => {
        const { x, f } = of(pairs.map(([value]) => value))
        for (let i = 1; i < x.length; i++) {
          expect(x[i]).toBeGreaterThan(x[i - 1])
          expect(f[i]).toBeGreaterThan(f[i - 1])
        }
        expect(f.at(-1)).toBe(1)
      }),
      { seed: 52 },
    )
  })

  it('gives values by nearest rank (seed 53)', () => {
    fc.assert(
      fc.property(sample, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pairs, p) => {
        const values = pairs.map(([value]) => value).sort((a, b) => a - b)
        expect(valueAt(of(values), p)).toBe(values[Math.ceil(p * values.length - 1e-9) - 1])
      }),
      { seed: 53 },
    )
  })

  it('is of the kept ones where a weight is unknown, and does not guess a population', () => {
    const curve = ecdf([1, 2, 3], [10, -1, 10])
    expect(curve).toMatchObject({ n: 3, effectiveN: 3, population: undefined })
    expect(ecdfAt(curve, 1)).toBeCloseTo(1 / 3)
  })

  it('counts unequal weights for less', () => {
    expect(ecdf([1, 2], [1, 1]).effectiveN).toBe(2)
    expect(ecdf([1, 2], [9, 1]).effectiveN).toBeCloseTo(100 / 82)
  })
})

describe('quantiles', () => {
  it('need as many values as their confidence does', () => {
    expect([neededFor(0.99), neededFor(0.95), neededFor(0.9), neededFor(0.5)]).toEqual([299, 59, 29, 6])
    expect(quantile(of(Array.from({ length: 298 }, (_, i) => i)), 0.99)).toBeUndefined()
    expect(quantile(of(Array.from({ length: 299 }, (_, i) => i)), 0.99)).toMatchObject({ high: 298 })
    expect(quantile(of([]), 0.5)).toBeUndefined()
  })

  it('have the textbook ranks', () => {
    // n = 100, median: X(40) … X(61) at 95 %.
    expect(intervalRanks(100, 0.5)).toEqual({ low: 40, high: 61 })
  })

  it.each([
    [6, 0.5],
    [40, 0.5],
    [59, 0.95],
    [200, 0.95],
    [299, 0.99],
    [1_000, 0.99],
  ])('hold the true one in 95 of 100 samples: n = %i, p = %f', (n, p) => {
    const next = random(n)
    const ranks = intervalRanks(n, p)
    if (ranks === undefined) throw new Error('unsupported')
    let held = 0
    const runs = 1_000
    for (let run = 0; run < runs; run++) {
      const sorted = Float64Array.from({ length: n }, next).sort()
      if (sorted[ranks.low - 1] <= p && p <= sorted[ranks.high - 1]) held++
    }
    // Three standard errors below 95 %.
    expect(held / runs).toBeGreaterThanOrEqual(0.95 - 3 * Math.sqrt((0.95 * 0.05) / runs))
  })

  it('lie in their interval, which narrows with n (seed 54)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 2_000 }), fc.constantFrom(0.5, 0.9, 0.95, 0.99), (n, p) => {
        const found = quantile(of(Array.from({ length: n }, (_, i) => i)), p)
        if (found === undefined) {
          expect(n).toBeLessThan(neededFor(p))
          return
        }
        expect(found.low).toBeLessThanOrEqual(found.value)
        expect(found.high).toBeGreaterThanOrEqual(found.value)
      }),
      { seed: 54, numRuns: 60 },
    )
  })
})

describe('the band', () => {
  it('holds the whole curve in 95 of 100 samples', () => {
    const next = random(7)
    const n = 80
    let held = 0
    const runs = 600
    for (let run = 0; run < runs; run++) {
      const curve = of(Array.from({ length: n }, next))
      let furthest = 0
      curve.x.forEach((x, i) => {
        furthest = Math.max(furthest, Math.abs(curve.f[i] - x), Math.abs((i === 0 ? 0 : curve.f[i - 1]) - x))
      })
      if (furthest <= bandHalf(n)) held++
    }
    expect(held / runs).toBeGreaterThanOrEqual(0.95 - 3 * Math.sqrt((0.95 * 0.05) / runs))
  })
})
