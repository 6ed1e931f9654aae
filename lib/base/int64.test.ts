import fc from 'fast-check'
import { expect, test } from 'vitest'
import { int64Text, parseInt64, uint64Text, writeInt64 } from './int64.ts'
import { encodeUtf8 } from './utf8.ts'

const halves = { lo: 0, hi: 0 }
const lo = (value: bigint) => Number(BigInt.asUintN(32, value))
const hi = (value: bigint) => Number(BigInt.asUintN(32, value >> 32n))
const written = (value: bigint) => {
  const out = new Uint8Array(24)
  return new TextDecoder().decode(out.subarray(writeInt64(lo(value), hi(value), out)))
}
const edges = [0n, 1n, -1n, 999_999n, 1_000_000n, 2n ** 32n, -(2n ** 32n), 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)]
const int64 = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.constantFrom(...edges))

test('property (seed 21): int64 to text and back, digit for digit', () => {
  fc.assert(
    fc.property(int64, (value) => {
      expect(written(value)).toBe(String(value))
      expect(int64Text(lo(value), hi(value))).toBe(String(value))
      const text = encodeUtf8(`x${value}y`)
      expect(parseInt64(text, 1, text.length - 1, halves)).toBe(true)
      expect(halves).toEqual({ lo: lo(value), hi: hi(value) })
    }),
    { seed: 21, numRuns: 2_000 },
  )
})

test('unsigned values beyond int64', () => {
  const text = encodeUtf8('18446744073709551615')
  expect(parseInt64(text, 0, text.length, halves)).toBe(true)
  expect(uint64Text(halves.lo, halves.hi)).toBe('18446744073709551615')
})

test.each([
  '',
  '-',
  '+1',
  '1.0',
  '1e3',
  ' 1',
  '18446744073709551616',
  '-9223372036854775809',
  '99999999999999999999999',
])('refuses “%s”', (input) => {
  const text = encodeUtf8(input)
  expect(parseInt64(text, 0, text.length, halves)).toBe(false)
})
