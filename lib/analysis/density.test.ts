import fc from 'fast-check'
import { expect, test } from 'vitest'
import { densityStrip, stageLanes } from './density.ts'
import { spansFromList, spansFromText } from './waterfall-fixture.ts'

test('running, starting, longest', () => {
  const spans = spansFromText(`
    a 0 20
    a 5 30
    a 5 2 error
    a 38 40
  `)
  const strip = densityStrip(spans, Uint32Array.of(0, 1, 2, 3), { from: 0, to: 40 }, 4)
  expect(Array.from(strip.running)).toEqual([3, 2, 1, 2])
  expect(Array.from(strip.starting)).toEqual([3, 0, 0, 1])
  expect(Array.from(strip.longest)).toEqual([1, -1, -1, 3])
  expect(Array.from(strip.errors)).toEqual([1, 0, 0, 0])
  expect(strip).toMatchObject({ inside: 4, before: 0, peak: 3 })
})

const list = fc.array(fc.record({ start: fc.nat(200), duration: fc.nat(80), error: fc.boolean() }), { maxLength: 60 })
const seed = 20_261_124

test('every span of the window is counted exactly once; a pixel runs what overlaps it', () => {
  fc.assert(
    fc.property(
      list,
      fc.nat(150),
      fc.integer({ min: 1, max: 10 }),
      fc.integer({ min: 1, max: 8 }),
      (items, from, nsPerPx, width) => {
        const spans = spansFromList(items.map((item) => ({ depth: 0, name: 'x', stage: 'guild', ...item })))
        const members = Uint32Array.from(items, (_, i) => i)
        const to = from + nsPerPx * width
        const strip = densityStrip(spans, members, { from, to }, width)
        const startsIn = (i: number, lo: number, hi: number) => spans.start[i] >= lo && spans.start[i] < hi
        let [inside, before] = [0, 0]
        for (const i of members) {
          const end = spans.start[i] + spans.duration[i]
          if (startsIn(i, from, to)) inside++
          else if (spans.start[i] < from && end > from) {
            inside++
            before++
          }
        }
        expect([strip.inside, strip.before]).toEqual([inside, before])
        expect(strip.starting.reduce((a, b) => a + b, 0)).toBe(inside - before)
        for (let x = 0; x < width; x++) {
          const [lo, hi] = [from + x * nsPerPx, from + (x + 1) * nsPerPx]
          const here = Array.from(members).filter((i) => startsIn(i, lo, hi))
          const running = Array.from(members).filter(
            (i) => startsIn(i, lo, hi) || (spans.start[i] < lo && spans.start[i] + spans.duration[i] > lo),
          )
          expect(strip.starting[x]).toBe(here.length)
          expect(strip.errors[x]).toBe(here.filter((i) => items[i].error).length)
          expect(strip.running[x]).toBe(running.length)
          const most = Math.max(-1, ...here.map((i) => spans.duration[i]))
          expect(strip.longest[x] < 0 ? -1 : spans.duration[strip.longest[x]]).toBe(most)
        }
      },
    ),
    { seed, numRuns: 300 },
  )
})

test('panning by whole pixels changes no pixel', () => {
  fc.assert(
    fc.property(list, fc.nat(100), fc.integer({ min: 1, max: 8 }), (items, from, shift) => {
      const spans = spansFromList(items.map((item) => ({ depth: 0, name: 'x', stage: 'guild', ...item })))
      const members = Uint32Array.from(items, (_, i) => i)
      const here = densityStrip(spans, members, { from, to: from + 160 }, 40)
      const there = densityStrip(spans, members, { from: from + shift * 4, to: from + shift * 4 + 160 }, 40)
      expect(Array.from(there.running.subarray(0, 40 - shift))).toEqual(Array.from(here.running.subarray(shift)))
      expect(Array.from(there.starting.subarray(0, 40 - shift))).toEqual(Array.from(here.starting.subarray(shift)))
    }),
    { seed, numRuns: 200 },
  )
})

test('lanes hold every span of their stage, and its wait', () => {
  const spans = spansFromText(`
    api:a 0 100
      guild:b 50 50 wait=30 error
  `)
  const { lanes } = stageLanes(spans, [2, 3], { from: 0, to: 100 }, 10)
  expect(Array.from(lanes[0].running.subarray(0, 10))).toEqual(Array(10).fill(1))
  expect(Array.from(lanes[1].waiting.subarray(0, 10))).toEqual(
    [0, 0, 1, 1, 1, 1, 0, 0, 0, 0].map((v, i) => (i === 5 ? 1 : v)),
  )
  expect(lanes[1].errors[5]).toBe(1)
  expect(lanes.map((lane) => lane.peak)).toEqual([1, 1])
})
