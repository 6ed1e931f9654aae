import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../model/timings.ts'
import { actionDiff, per1000Sessions, ratioOf, type SideRange, sortRows } from './action-diff.ts'
import { FIXTURE_FROM, guildFixture } from './guild-fixture.ts'

const calm = guildFixture(`
  reaction busy  1    1    1
  reaction count 1000 1000 1000
  reaction wait  1    1    1
  connect  busy  2    2    2
  connect  count 900  900  900
  tick     busy  .    0.5  .
`)
const sick = guildFixture(`
  state          data   data   zero rotated
  reaction busy  50     58     .    .
  reaction count 50000  58000  .    .
  reaction wait  5000   58000  .    .
  connect  busy  1      1      .    .
  connect  count 450    450    .    .
`)
const whole = (data: SideRange['data']): SideRange => ({
  data,
  fromMs: data.fromMs,
  toMs: data.fromMs + data.minutes * MINUTE_MS,
})
const rowOf = (diff: ReturnType<typeof actionDiff>, action: string) => {
  const row = diff.rows.find((one) => one.action === action)
  if (row === undefined) throw new Error(action)
  return row
}

describe('action types of several sides', () => {
  const diff = actionDiff([whole(calm), whole(sick)])

  it('are figures a minute, over minutes of which something is known', () => {
    expect(diff.bases).toEqual([
      { minutes: 3, missing: 0, partial: false, sessions: -1 },
      { minutes: 3, missing: 1, partial: false, sessions: -1 },
    ])
    expect(rowOf(diff, 'reaction').figures.map((one) => [one.busyUsPerMinute, one.countPerMinute, one.costUs])).toEqual(
      [
        [1e6, 1000, 1000],
        [36e6, 36000, 1000],
      ],
    )
    expect(rowOf(diff, 'reaction').figures[1].waitUs).toBeCloseTo(63e9 / 108_000)
  })

  it('keep unknown and zero apart', () => {
    const [inCalm, inSick] = rowOf(diff, 'tick').figures
    // Never had it, and its minutes are known: zero. How much it would cost is unknown.
    expect([inSick.busyUsPerMinute, inSick.countPerMinute, inSick.costUs]).toEqual([0, 0, -1])
    expect(inCalm.costUs).toBe(-1)
    const bare = actionDiff([whole(guildFixture('x busy 1 1'))])
    expect(rowOf(bare, 'x').figures[0]).toMatchObject({ countPerMinute: -1, arrivedPerMinute: -1, waitUs: -1 })
    const outside = actionDiff([{ data: calm, fromMs: FIXTURE_FROM + 3_600_000, toMs: FIXTURE_FROM + 3_660_000 }])
    expect(outside.totals[0].busyUsPerMinute).toBe(-1)
    expect(outside.bases[0]).toMatchObject({ minutes: 0, missing: 1 })
  })

  it('leave the running minute out, and say so', () => {
    const running = { ...calm, partialMinuteMs: FIXTURE_FROM + 2 * MINUTE_MS, nowMs: FIXTURE_FROM + 2.2 * MINUTE_MS }
    expect(actionDiff([whole(running)]).bases[0]).toEqual({ minutes: 2, missing: 0, partial: true, sessions: -1 })
  })

  it('come with what changed the load most first', () => {
    expect(sortRows(diff.rows, 0, 'difference').map((row) => row.action)).toEqual(['reaction', 'connect', 'tick'])
    expect(sortRows(diff.rows, 0, 'cost').map((row) => row.action)).toEqual(['connect', 'reaction', 'tick'])
    expect(sortRows(diff.rows, 0, 'name').map((row) => row.action)).toEqual(['connect', 'reaction', 'tick'])
  })

  it('are known per 1,000 sessions where the sessions are', () => {
    const [basis] = diff.bases
    const [figures] = rowOf(diff, 'reaction').figures
    expect(per1000Sessions(figures, { ...basis, sessions: 500_000 })).toMatchObject({ countPerMinute: 2, costUs: 1000 })
    expect(per1000Sessions(figures, basis)).toMatchObject({ countPerMinute: -1, busyUsPerMinute: -1, costUs: 1000 })
  })

  it('sum to what the samples sum to, however they are cut (seed 41)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 3 }), (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const cut = actionDiff([
          { data: calm, fromMs: FIXTURE_FROM + from * MINUTE_MS, toMs: FIXTURE_FROM + to * MINUTE_MS },
        ])
        const total = cut.rows.reduce((sum, row) => sum + row.figures[0].busyUsPerMinute, 0)
        expect(cut.totals[0].busyUsPerMinute).toBeCloseTo(to === from ? -1 : total)
      }),
      { seed: 41 },
    )
  })

  it('name a ratio only where there is one', () => {
    expect(ratioOf(2, 3)).toEqual({ kind: 'times', times: 1.5 })
    expect(ratioOf(0, 3).kind).toBe('new')
    expect(ratioOf(3, 0).kind).toBe('gone')
    expect(ratioOf(0, 0).kind).toBe('none')
    expect(ratioOf(-1, 3).kind).toBe('none')
  })
})
