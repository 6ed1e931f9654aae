import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { clamped, tickStep, ticks, zoomed } from './waterfall-axis.ts'
import { findSpans, stepHit } from './waterfall-find.ts'
import { spansFromText } from './waterfall-fixture.ts'
import { siblingStanding } from './waterfall-siblings.ts'

const SECOND = 1e9
const seed = 20_261_124

describe('axis', () => {
  test.each([
    [0, 2 * SECOND, 5, ['0 ms', '500 ms', '1.0 s', '1.5 s']],
    [0, 950 * SECOND, 4, ['0 m', '5 m', '10 m', '15 m']],
    [70 * SECOND, 71 * SECOND, 2, ['1 m 10.0 s', '1 m 10.5 s']],
    [-200e6, 400e6, 3, ['−200 ms', '0 ms', '200 ms']],
    [0, 50, 5, ['0 ns', '10 ns', '20 ns', '30 ns', '40 ns']],
  ])('%d … %d', (from, to, most, labels) => {
    expect(ticks({ from, to }, most).map((tick) => tick.label)).toEqual(labels)
  })

  test('days where hours are too many', () => {
    const day = 86_400e9
    expect(ticks({ from: 0, to: 5 * day }, 5).map((tick) => tick.label)).toEqual(['0 d', '1 d', '2 d', '3 d', '4 d'])
  })

  test('never more ticks than asked for, never two alike', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e13, noNaN: true }),
        fc.double({ min: 10, max: 1e15, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (from, span, most) => {
          const got = ticks({ from, to: from + span }, most)
          expect(got.length).toBeLessThanOrEqual(most + 1)
          expect(new Set(got.map((tick) => tick.label)).size).toBe(got.length)
          expect(tickStep(span, most) * most).toBeGreaterThanOrEqual(span * 0.999)
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  test('zooming keeps the point under the cursor, inside the whole', () => {
    const whole = { from: 0, to: 1000 }
    expect(zoomed({ from: 0, to: 1000 }, 0.5, 250, whole)).toEqual({ from: 125, to: 625 })
    expect(zoomed({ from: 0, to: 100 }, 4, 50, whole)).toEqual({ from: 0, to: 400 })
    expect(clamped({ from: 900, to: 1100 }, whole)).toEqual({ from: 800, to: 1000 })
    expect(clamped({ from: -5, to: 5000 }, whole)).toEqual(whole)
  })
})

describe('find', () => {
  const spans = spansFromText(`
    root 0 10
      session.push 1 1
      session.dispatch 2 1
      gateway.send 3 1
  `)
  test('any part of a name, any case', () => {
    expect(Array.from(findSpans(spans, 'SESSION'))).toEqual([1, 2])
    expect(Array.from(findSpans(spans, ' s'))).toEqual([1, 2, 3])
    expect(findSpans(spans, 'nothing')).toHaveLength(0)
    expect(findSpans(spans, '')).toHaveLength(0)
  })
  test('steps wrap around', () => {
    const hits = Uint32Array.of(1, 2, 5)
    expect([stepHit(hits, -1, 1), stepHit(hits, 1, 1), stepHit(hits, 5, 1)]).toEqual([0, 1, 0])
    expect([stepHit(hits, 5, -1), stepHit(hits, 3, -1), stepHit(hits, 1, -1)]).toEqual([1, 1, 2])
    expect(stepHit(new Uint32Array(0), 0, 1)).toBe(-1)
  })
})

test('standing among siblings of one name', () => {
  const spans = spansFromText(`
    root 0 10
      a 1 5
      b 1 100
      a 2 7
        a 3 900
      a 3 5
  `)
  expect(siblingStanding(spans, 3)).toEqual({ count: 3, faster: 2, equal: 1, min: 5, max: 7 })
  expect(siblingStanding(spans, 1)).toEqual({ count: 3, faster: 0, equal: 2, min: 5, max: 7 })
})
