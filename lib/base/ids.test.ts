import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigIntToSpanId, halvesToTraceId, parseSpanId, parseTraceId, spanIdToBigInt, traceIdToHalves } from './ids.ts'

test('trace ids: 32 hex digits, or 16 that are padded; never all zeros', () => {
  expect(parseTraceId(' 0AF7651916CD43DD8448EB211C80319C ')).toBe('0af7651916cd43dd8448eb211c80319c')
  expect(parseTraceId('8448eb211c80319c')).toBe('00000000000000008448eb211c80319c')
  for (const text of ['', '0', '0'.repeat(16), '0'.repeat(32), `0x${'1'.repeat(30)}`, '1'.repeat(31), 'g'.repeat(32)])
    expect(parseTraceId(text)).toBeUndefined()
})

test('span ids: 16 hex digits, never all zeros', () => {
  expect(parseSpanId('B7AD6B7169203331')).toBe('b7ad6b7169203331')
  for (const text of ['', '0'.repeat(16), '1'.repeat(15), '1'.repeat(17), '１２３４５６７８９０１２３４５６'])
    expect(parseSpanId(text)).toBeUndefined()
})

test('halves and back (seed 1)', () => {
  const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
  fc.assert(
    fc.property(u64, u64, (hi, lo) => {
      expect(traceIdToHalves(halvesToTraceId(hi, lo))).toEqual([hi, lo])
      expect(spanIdToBigInt(bigIntToSpanId(hi))).toBe(hi)
    }),
    { seed: 1 },
  )
})
