import fc from 'fast-check'
import { expect, test } from 'vitest'
import { aggregate } from './waterfall-aggregates.ts'
import { type SpanLine, spansFromList, spansFromText } from './waterfall-fixture.ts'
import { lastPath } from './waterfall-last-path.ts'

function pathOf(text: string) {
  const spans = spansFromText(text)
  return lastPath(spans, aggregate(spans).aggregates)
}

test('waits, work and what lies between hops add up to the whole', () => {
  const { spans, parts, totalNs } = pathOf(`
    api:post 0 100
      api:db 5 10
      guild:handle 60 50 wait=40
        session:push 150 30
  `)
  expect(spans).toEqual([0, 2, 3])
  expect(parts).toEqual([
    { kind: 'work', stageId: 2, ns: 20 },
    { kind: 'wait', stageId: 3, ns: 40 },
    { kind: 'work', stageId: 3, ns: 50 },
    { kind: 'between', stageId: 5, ns: 40 },
    { kind: 'work', stageId: 5, ns: 30 },
  ])
  expect(totalNs).toBe(180)
})

test('a parent that ends last is the last', () => {
  expect(pathOf('api:post 0 100\n  guild:a 10 20').spans).toEqual([0])
})

test('the parts always add up', () => {
  const line = fc.tuple(fc.nat(3), fc.nat(20), fc.nat(40), fc.option(fc.nat(30)))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 40 }), (items) => {
      let depth = -1
      const last: number[] = []
      const spans = spansFromList(
        items.map(([up, step, duration, wait]): SpanLine => {
          depth = Math.max(0, depth + 1 - up)
          last.length = Math.min(last.length, depth + 1)
          last[depth] = (last[depth] ?? last[depth - 1] ?? 0) + step
          return { depth, name: 'x', stage: 'guild', start: last[depth], duration, wait: wait ?? Number.NaN }
        }),
      )
      const path = lastPath(spans, aggregate(spans).aggregates)
      expect(path.parts.reduce((sum, part) => sum + part.ns, 0)).toBeCloseTo(path.totalNs, 6)
      expect(path.parts.every((part) => part.ns > 0)).toBe(true)
    }),
    { seed: 20_261_124, numRuns: 200 },
  )
})
