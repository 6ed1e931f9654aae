import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lowerBound, upperBound } from './bisect.ts'
import { growF32, growF64, growU8, growU32, growU64 } from './growable.ts'
import { Interner } from './interner.ts'
import { stableSortBy } from './stable-sort.ts'

test('bounds are where a scan finds them (seed 2)', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(9)), fc.nat(9), fc.nat(50), fc.nat(50), (list, x, a, b) => {
      const values = Float64Array.from(list.sort((p, q) => p - q))
      const [from, to] = [Math.min(a, b, values.length), Math.min(Math.max(a, b), values.length)]
      const scan = (wanted: (value: number) => boolean) => {
        for (let i = from; i < to; i++) if (wanted(values[i])) return i
        return to
      }
      expect(lowerBound(values, x, from, to)).toBe(scan((value) => value >= x))
      expect(upperBound(values, x, from, to)).toBe(scan((value) => value > x))
    }),
    { seed: 2 },
  )
})

describe('stableSortBy', () => {
  // Above 4,096 elements it sorts by digits, below by comparison: both must agree with the language's own sort.
  test.each([0, 1, 100, 4_095, 4_096, 20_000])('%d keys', (n) => {
    for (const [spread, descending] of [
      [7, false],
      [7, true],
      [2 ** 50, false],
      [2 ** 50, true],
      [0.001, false],
    ] as const) {
      const keys = Float64Array.from({ length: n }, (_, i) => ((i * 2_654_435_761) % 1_000_003) / 1_000_003).map((x) =>
        spread > 1 ? Math.floor(x * spread) : x * spread,
      )
      const order = Uint32Array.from({ length: n }, (_, i) => i)
      const expected = Array.from(order).sort((a, b) => (descending ? keys[b] - keys[a] : keys[a] - keys[b]) || a - b)
      stableSortBy(order, keys, descending)
      expect(Array.from(order)).toEqual(expected)
      stableSortBy(order, keys, descending)
      expect(Array.from(order)).toEqual(expected)
    }
  })
})

test('arrays grow with their content, and stay where they are long enough', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(growU8(bytes, 3)).toBe(bytes)
  expect(Array.from(growU8(bytes, 4).subarray(0, 4))).toEqual([1, 2, 3, 0])
  expect(growU32(new Uint32Array(100), 101).length).toBe(200)
  expect(growF32(new Float32Array(0), 1).length).toBe(16)
  expect(growF64(new Float64Array(16), 1_000).length).toBe(1_000)
  expect(growU64(BigUint64Array.of(7n), 2)[0]).toBe(7n)
})

test('an interner gives dense ids, 0 for absent, and is not fooled by names of the language', () => {
  const interner = new Interner()
  expect(['', 'b', 'a', 'b', '__proto__', 'constructor'].map((text) => interner.id(text))).toEqual([0, 1, 2, 1, 3, 4])
  expect(interner.strings).toEqual(['', 'b', 'a', '__proto__', 'constructor'])
  expect([interner.find('a'), interner.find('toString'), interner.size]).toEqual([2, undefined, 5])
})
