import { expect, test } from 'vitest'
import { medianAtLeastUs, mergeHistograms, quantileUs, readHistogram } from './histogram.ts'

test('histograms with the same bounds add up, others get all bounds', () => {
  const a = { boundsUs: [10, 20], counts: [1, 2, 3] }
  expect(mergeHistograms(a, a)).toEqual({ boundsUs: [10, 20], counts: [2, 4, 6] })
  const b = { boundsUs: [15], counts: [5, 7] }
  expect(mergeHistograms(a, b)).toEqual({ boundsUs: [10, 15, 20], counts: [1, 5, 2, 10] })
  expect(mergeHistograms(undefined, b)).toBe(b)
})

test('a quantile is linear inside its bucket; above every bound it is unknown, not the bound', () => {
  const histogram = { boundsUs: [100, 200], counts: [0, 10, 0] }
  expect(quantileUs(histogram, 0.5)).toBe(150)
  expect(quantileUs(histogram, 1)).toBe(200)
  const high = { boundsUs: [100], counts: [1, 99] }
  expect(quantileUs(high, 0.5)).toBe(-1)
  expect(medianAtLeastUs(high)).toBe(100)
  expect(medianAtLeastUs(histogram)).toBe(-1)
  expect(medianAtLeastUs({ boundsUs: [100], counts: [0, 0] })).toBe(-1)
  expect(quantileUs({ boundsUs: [100], counts: [0, 0] }, 0.5)).toBe(-1)
})

test('bytes that cannot be a histogram are none', () => {
  expect(readHistogram(new Uint8Array(0))).toBeUndefined()
  expect(readHistogram(new Uint8Array(16))).toBeUndefined()
  expect(readHistogram(new Uint8Array(Float64Array.of(10, 1, 2).buffer))).toEqual({ boundsUs: [10], counts: [1, 2] })
})
