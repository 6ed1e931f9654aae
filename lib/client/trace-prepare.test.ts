import { expect, test } from 'vitest'
import { spansFromText } from '../analysis/waterfall-fixture.ts'
import type { Trace } from '../model/span-columns.ts'
import { buffersOf, prepareTrace } from './trace-prepare.ts'

const trace: Trace = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  source: 'embedded',
  guilds: [],
  totalSpans: 5,
  notes: [],
  spans: spansFromText(`
    api:post 0 100
      guild:handle 50 20 wait=30 error
        session:push 60 10
        session:push 61 12
        session:push 62 9
  `),
}

test('a prepared trace survives being handed over, buffers and all', () => {
  const loaded = prepareTrace(trace, 2)
  const copy = structuredClone(loaded, { transfer: buffersOf(loaded) })
  expect(loaded.trace.spans.start).toHaveLength(0)
  expect(copy.rows.count).toBe(3)
  expect(Array.from(copy.rows.value)).toEqual([0, 1, 5])
  expect(copy.fold.primary.members).toEqual(Uint32Array.of(2, 3, 4))
  expect(copy.totals).toMatchObject({ errors: 1, toNs: 100 })
  expect(copy.fold.open.size).toBe(0)
})

test('an empty trace is ordinary', () => {
  const loaded = prepareTrace({ ...trace, totalSpans: 0, spans: spansFromText('') }, 50)
  expect(loaded.rows.count).toBe(0)
  expect(loaded.totals.toNs).toBeGreaterThan(loaded.totals.fromNs)
})
