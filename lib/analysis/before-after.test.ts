import { describe, expect, it } from 'vitest'
import { MINUTE_MS } from '../model/timings.ts'
import { type BeforeAfter, beforeAfter, type Compared } from './before-after.ts'
import { FIXTURE_FROM, guildFixture } from './guild-fixture.ts'

const at = (minute: number, seconds = 0) => FIXTURE_FROM + minute * MINUTE_MS + seconds * 1_000
const of = (result: BeforeAfter, kind: Compared) => {
  const found = result.total.find((change) => change.kind === kind)
  if (found === undefined) throw new Error(`no ${kind}`)
  return found
}

const STORM = guildFixture(`
  react busy     60   60   60   60   30   30   30   30
  react count    6000 6000 6000 6000 3000 3000 3000 3000
  react arrived  9000 9100 8900 9000 3000 3100 2900 3000
  react wait     6000 6000 6000 6000 300  300  300  300
`)

describe('before and after', () => {
  it('compares equal lengths of the same numbers, with what they rest on', () => {
    const result = beforeAfter(STORM, at(4), 4)
    expect(of(result, 'arrived')).toMatchObject({
      before: { value: 9_000, minutes: 4, n: 36_000 },
      after: { value: 3_000, minutes: 4, n: 12_000 },
    })
    expect(of(result, 'arrived').ratio).toBeCloseTo(1 / 3, 10)
    expect(of(result, 'busy')).toMatchObject({ before: { value: 60e6 }, after: { value: 30e6 }, ratio: 0.5 })
    // Fewer messages at the same cost: the load went, the service did not get faster.
    expect(of(result, 'cost')).toMatchObject({
      before: { value: 10_000, n: 24_000 },
      after: { value: 10_000 },
      ratio: 1,
    })
    expect(of(result, 'wait')).toMatchObject({ before: { value: 1e6 }, after: { value: 1e5 } })
  })

  it('leaves the minute of the marker to neither side', () => {
    const result = beforeAfter(STORM, at(4, 20), 3)
    expect(result.before).toMatchObject({ fromMs: at(1), toMs: at(4), used: 3 })
    expect(result.after).toMatchObject({ fromMs: at(5), toMs: at(8), used: 3 })
  })

  it('leaves out what is rotated, missing, running or outside, and says so', () => {
    const data = guildFixture(
      `
      state       rotated none data data data data
      a count     .       .    10   10   20   20
    `,
      { partialMinuteMs: at(5) },
    )
    const result = beforeAfter(data, at(4), 4)
    expect(result.before).toMatchObject({ used: 2, leftOut: ['1 min rotated away', '1 min without data'] })
    expect(result.after).toMatchObject({ used: 1, leftOut: ['1 min still running', '2 min not in the evidence'] })
    expect(of(result, 'count')).toMatchObject({ before: { value: 10, minutes: 2 }, after: { value: 20, minutes: 1 } })
    expect(of(result, 'count').interval).toBeUndefined()
  })

  it('keeps unknown unknown', () => {
    const result = beforeAfter(guildFixture('a busy 10 10 20 20'), at(2), 2)
    expect(of(result, 'count').before).toMatchObject({ value: Number.NaN, minutes: 0 })
    expect(of(result, 'wait').ratio).toBeNaN()
    expect(of(result, 'busy').ratio).toBe(2)
    expect(of(beforeAfter(guildFixture('a count 0 0 5 5'), at(2), 2), 'count').ratio).toBeNaN()
  })

  it('counts an action that booked nothing in a reported minute as 0, arrivals of a minute without report as unknown', () => {
    const data = guildFixture(`
      state     data zero data data
      a count   4    .    4    4
      a arrived 4    .    4    4
      b count   .    .    2    2
      b busy    .    .    1    1
    `)
    const result = beforeAfter(data, at(2), 2)
    const b = result.actions.find(({ action }) => action === 'b')
    expect(b?.changes.find(({ kind }) => kind === 'count')?.before).toMatchObject({ value: 0, minutes: 2 })
    expect(of(result, 'count').before).toMatchObject({ value: 2, minutes: 2 })
    expect(of(result, 'arrived').before).toMatchObject({ value: 4, minutes: 1 })
  })

  it('gives an interval that holds the ratio and is wider where the minutes scatter', () => {
    const steady = of(beforeAfter(STORM, at(4), 4), 'arrived')
    const bursts = of(
      beforeAfter(guildFixture('a arrived 3000 15000 4000 14000 500 6000 900 4600'), at(4), 4),
      'arrived',
    )
    const width = ({ interval, ratio }: typeof steady) =>
      (interval === undefined ? 0 : interval[1] - interval[0]) / ratio
    expect(steady.interval?.[0]).toBeLessThan(steady.ratio)
    expect(steady.interval?.[1]).toBeGreaterThan(steady.ratio)
    expect(width(bursts)).toBeGreaterThan(5 * width(steady))
    // Without any scatter the counts are still those of a Poisson process.
    const even = of(beforeAfter(guildFixture('a count 4 4 4 2 2 2'), at(3), 3), 'count')
    expect(even.interval?.[1]).toBeGreaterThan(2)
  })

  it('lists the actions whose busy time moved most first', () => {
    const data = guildFixture(`
      quiet busy  1  1  1  1
      storm busy 50 50  5  5
    `)
    expect(beforeAfter(data, at(2), 2).actions.map(({ action }) => action)).toEqual(['storm', 'quiet'])
  })
})
