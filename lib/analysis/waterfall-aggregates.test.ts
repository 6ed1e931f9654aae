import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aggregate } from './waterfall-aggregates.ts'
import { type SpanLine, spansFromList, spansFromText } from './waterfall-fixture.ts'

test('self time counts overlapping children once, and late children not at all', () => {
  const spans = spansFromText(`
    api:root 0 100
      guild:a 10 30 wait=5
      guild:b 20 30 error
      session:late 150 10 error
  `)
  const { aggregates, totals } = aggregate(spans)
  expect(aggregates.self[0]).toBe(60)
  expect(Array.from(aggregates.errors)).toEqual([2, 0, 1, 1])
  expect(aggregates.subtreeLatest[0]).toBe(160)
  expect(totals).toMatchObject({ fromNs: 0, toNs: 160, errors: 2, roots: 1, late: 1, unweighted: 4 })
  expect(totals.stages.map((stage) => [stage.stageId, stage.spans, stage.waitNs])).toEqual([
    [2, 1, 0],
    [3, 2, 5],
    [5, 1, 0],
  ])
})

test('a wait that began before the first start widens the picture', () => {
  const spans = spansFromText('guild:handle 0 10 wait=300')
  expect(aggregate(spans).totals.fromNs).toBe(-300)
})

const anyForest = fc
  .array(fc.tuple(fc.nat(3), fc.nat(20), fc.nat(40), fc.boolean()), { minLength: 1, maxLength: 60 })
  .map((items) => {
    let depth = -1
    const lastStart: number[] = []
    return spansFromList(
      items.map(([up, step, duration, error]): SpanLine => {
        depth = Math.max(0, depth + 1 - up)
        lastStart.length = Math.min(lastStart.length, depth + 1)
        const start = (lastStart[depth] ?? lastStart[depth - 1] ?? 0) + step
        lastStart[depth] = start
        return { depth, name: 'x', stage: 'guild', start, duration, error }
      }),
    )
  })

test('aggregates agree with a naive model', () => {
  fc.assert(
    fc.property(anyForest, (spans) => {
      const { aggregates, totals } = aggregate(spans)
      for (let i = 0; i < spans.count; i++) {
        let [self, errors, latest] = [0, 0, 0]
        const children: number[] = []
        for (let k = i; k < spans.subtreeEnd[i]; k++) {
          errors += spans.flags[k] & 1
          latest = Math.max(latest, spans.start[k] + spans.duration[k])
          if (spans.parent[k] === i) children.push(k)
        }
        for (let t = spans.start[i]; t < spans.start[i] + spans.duration[i]; t++) {
          if (!children.some((k) => spans.start[k] <= t && t < spans.start[k] + spans.duration[k])) self++
        }
        expect(aggregates.self[i]).toBe(self)
        expect(aggregates.errors[i]).toBe(errors)
        expect(aggregates.subtreeLatest[i]).toBe(latest)
      }
      expect(totals.stages.reduce((sum, stage) => sum + stage.spans, 0)).toBe(spans.count)
    }),
    { seed: 20_261_124, numRuns: 150 },
  )
})
