import { describe, expect, it } from 'vitest'
import { headRateOf } from '../model/otlp/tracestate.ts'
import { halvedRate } from './model/world.ts'
import { traceIdText } from './otlp-encode.ts'
import { TraceIds, thresholdText } from './trace-ids.ts'

/** The text of a `tracestate` field: its tag and length are one byte each. */
const stateOf = (field: Uint8Array) => new TextDecoder().decode(field.subarray(2))

describe('TraceIds', () => {
  it('states exactly the rate that was asked for, and gives ids that this rate keeps', () => {
    const ids = new TraceIds('seed', 0)
    for (const halvings of [0, 1, 5, 12, 20]) {
      const rate = halvedRate(0.005, halvings)
      const trace = ids.trace(rate)
      const state = new TextEncoder().encode(stateOf(trace.traceState))
      expect(headRateOf(state, 0, state.length)).toBe(rate)
      const randomness = BigInt(`0x${traceIdText(trace).slice(-14)}`)
      const threshold = BigInt(`0x${stateOf(trace.traceState).slice('ot=th:'.length).padEnd(14, '0')}`)
      expect(randomness).toBeGreaterThanOrEqual(threshold)
    }
  })

  it('says th:0 for a trace that is always kept, and nothing where sampling is unknown', () => {
    const ids = new TraceIds('seed', 0)
    expect(stateOf(ids.trace(1).traceState)).toBe('ot=th:0')
    expect(ids.trace(undefined).traceState).toHaveLength(0)
    expect(thresholdText(0x80_0000)).toBe('8')
  })

  it('never gives the ids of another seed or another start', () => {
    const texts = [new TraceIds('a', 1), new TraceIds('a', 2), new TraceIds('b', 1), new TraceIds('a', 1)].map((ids) =>
      traceIdText(ids.trace(0.005)),
    )
    expect(new Set(texts.slice(0, 3)).size).toBe(3)
    expect(texts[3]).toBe(texts[0])
  })
})
