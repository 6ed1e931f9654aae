import { expect, test } from 'vitest'
import { drawSample } from './sample.ts'

const IDS = Array.from({ length: 50 }, (_, i) => `trace ${i}`)

test('draws without replacement, the same again for the same seed, whatever the order of the list', () => {
  const drawn = drawSample(IDS, 20, 'seed')
  expect(new Set(drawn).size).toBe(20)
  expect(drawSample([...IDS].reverse(), 20, 'seed')).toEqual(drawn)
  expect(drawSample(IDS, 20, 'other')).not.toEqual(drawn)
  expect(drawSample(IDS, 10, 'seed')).toEqual(drawn.slice(0, 10))
  expect(drawSample(IDS, 500, 'seed')).toHaveLength(50)
  expect(drawSample([...IDS, ...IDS], 500, 'seed')).toHaveLength(50)
})

test('each is as likely as any other', () => {
  const runs = 4_000
  const drawn = new Map<string, number>()
  for (let run = 0; run < runs; run++) {
    for (const id of drawSample(IDS, 10, `seed ${run}`)) drawn.set(id, (drawn.get(id) ?? 0) + 1)
  }
  // Binomial(4,000, 0.2): 800 ± 25; chi-square with 49 degrees of freedom stays below 85.4 in 999 of 1,000 cases.
  const expected = runs * 0.2
  const chiSquare = IDS.reduce((sum, id) => sum + ((drawn.get(id) ?? 0) - expected) ** 2 / (expected * 0.8), 0)
  expect(chiSquare).toBeLessThan(85.4)
})
