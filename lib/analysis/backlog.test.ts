import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MINUTE_MS, SATURATED_US } from '../model/timings.ts'
import { backlogSeries, findOnset, minuteTotals, outlook, silentFrom } from './backlog.ts'
import { FIXTURE_FROM, guildFixture } from './guild-fixture.ts'

function read(text: string, extra = {}) {
  const data = guildFixture(text, extra)
  const totals = minuteTotals(data)
  const series = backlogSeries(data, totals)
  return { data, totals, series, onset: findOnset(data, totals.busyUs), outlook: outlook(data, totals, series) }
}

describe('onset', () => {
  it('is the first minute of three saturated ones in a row', () => {
    expect(read('a busy 10 60 60 20 59 60 60 60 12').onset).toEqual({
      kind: 'saturation',
      minute: 4,
      atMs: FIXTURE_FROM + 4 * MINUTE_MS,
      length: 4,
      orEarlier: false,
    })
  })

  it('may lie before the range, or before what has rotated', () => {
    expect(read('a busy 60 60 60').onset).toMatchObject({ minute: 0, orEarlier: true })
    const rotated = read('state rotated data data data\n a busy . 60 60 60').onset
    expect(rotated).toMatchObject({ minute: 1, orEarlier: true })
  })

  it('adds up action types, and is not reached at 58.9 s', () => {
    expect(read('a busy 30 30 30\n b busy 30 29 29').onset).toMatchObject({ minute: 0, length: 3 })
    expect(read('a busy 58.9 58.9 58.9 58.9').onset).toBeUndefined()
  })

  it('takes silence after load for a finding, also where saturation was too short to count', () => {
    const { onset } = read('state data data silent silent\n a busy 60 60 . .')
    expect(onset).toMatchObject({ kind: 'silence', minute: 2, length: 2 })
  })

  it('finds present silence also behind a saturation', () => {
    const { data, onset } = read('state data data data silent silent future\n a busy 60 60 60 . . .')
    expect(onset).toMatchObject({ kind: 'saturation', minute: 0 })
    expect(silentFrom(data)).toBe(3)
    expect(silentFrom(read('state silent data\n a busy . 5').data)).toBe(-1)
  })

  it('is not touched by the running minute', () => {
    const running = { partialMinuteMs: FIXTURE_FROM + 3 * MINUTE_MS }
    expect(read('a busy 60 60 60 5', running).onset).toMatchObject({ minute: 0, length: 3 })
    expect(read('a busy 20 60 60 60', running).onset).toBeUndefined()
  })

  it('agrees with reading the minutes one by one (seed 21)', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(60, 59, 58, 10), { minLength: 1, maxLength: 20 }), (busy) => {
        const found = read(`a busy ${busy.join(' ')}`).onset
        const at = (m: number) => busy[m] * 1e6 >= SATURATED_US
        const first = busy.findIndex((_, m) => at(m) && at(m + 1) && at(m + 2))
        expect(found?.minute ?? -1).toBe(first)
        if (found !== undefined) expect(at(found.minute + found.length)).toBe(false)
      }),
      { seed: 21, numRuns: 300 },
    )
  })
})

describe('backlog', () => {
  it('is what was stated, where it was', () => {
    const { series } = read('a busy 1 1\n a depth 5 9\n b busy 1 1\n b depth 7 .')
    expect(series?.from).toBe('depth')
    expect([...(series?.messages ?? [])]).toEqual([7, 9])
  })

  it('is arrived − processed otherwise, never below zero', () => {
    const { series } = read(`
      a busy    1  1   1   1
      a arrived 50 120 120 0
      a count   50 63  63  500
    `)
    expect(series?.from).toBe('arrivals')
    expect([...(series?.messages ?? [])]).toEqual([0, 57, 114, 0])
  })

  it('is unknown where neither is stated', () => {
    const { series, outlook: out } = read('a busy 60 60 60 60\n a count 5 5 5 5')
    expect(series).toBeUndefined()
    expect(out.kind).toBe('unknown')
  })

  it('counts only actions that state both sides (seed 22)', () => {
    const side = fc.integer({ min: -1, max: 100 })
    const minute = fc.array(fc.tuple(side, side), { minLength: 2, maxLength: 2 })
    fc.assert(
      fc.property(fc.array(minute, { minLength: 1, maxLength: 10 }), (columns) => {
        const line = (a: number, kind: number) =>
          columns.map((column) => (column[a][kind] < 0 ? '.' : column[a][kind])).join(' ')
        const { series } = read(
          `a arrived ${line(0, 0)}\n a count ${line(0, 1)}\n b arrived ${line(1, 0)}\n b count ${line(1, 1)}`,
        )
        let queue = 0
        const naive = columns.map((column) => {
          const both = column.filter(([arrived, count]) => arrived >= 0 && count >= 0)
          if (both.length === 0) {
            // Nothing is known of the minute: the queue can have emptied in it.
            queue = 0
            return Number.NaN
          }
          for (const [arrived, count] of both) queue += arrived - count
          queue = Math.max(0, queue)
          return queue
        })
        expect([...(series?.messages ?? naive.map(() => Number.NaN))]).toEqual(naive)
      }),
      { seed: 22, numRuns: 300 },
    )
  })
})

describe('totals', () => {
  it('does not dilute the mean wait by messages whose wait is not stated', () => {
    const { totals } = read('a count 10 10\n a wait 20 .\n b count 90 5')
    expect([...totals.count]).toEqual([100, 15])
    expect([...totals.waitUs]).toEqual([2e6, Number.NaN])
  })
})

describe('outlook', () => {
  it('says when a draining backlog ends, and how it knows', () => {
    const out = read(`
      a busy  60    60    60    60
      a count 30000 30000 30000 30000
      a depth 90000 80000 70000 60000
    `).outlook
    expect(out).toEqual({
      kind: 'draining',
      from: 'depth',
      messages: 60000,
      perMinute: -10000,
      points: 4,
      workMinutes: 2,
      asOfMs: FIXTURE_FROM + 4 * MINUTE_MS,
      clearsAtMs: FIXTURE_FROM + 10 * MINUTE_MS,
    })
  })

  it('promises no end while it grows or stands still', () => {
    expect(read('a busy 60 60 60\n a depth 10 20 30').outlook).toMatchObject({ kind: 'growing', perMinute: 10 })
    expect(read('a busy 60 60 60\n a depth 5000 5001 5000').outlook.kind).toBe('steady')
  })

  it('takes no trend from scatter', () => {
    expect(read('a depth 5000 900 4800 1100 3500').outlook.kind).toBe('steady')
    expect(read('a depth 900 2100 2900 4100 5000').outlook.kind).toBe('growing')
  })

  it('calls less than a second of work clear', () => {
    expect(read('a busy 9 9 9\n a count 6000 6000 6000\n a depth 9 60 30').outlook.kind).toBe('clear')
    expect(read('a busy 9 9 9\n a depth 0 1 0').outlook.kind).toBe('clear')
  })

  it('leaves the running minute out', () => {
    const running = { partialMinuteMs: FIXTURE_FROM + 3 * MINUTE_MS }
    expect(read('a busy 60 60 60 10\n a depth 30 20 10 500', running).outlook).toMatchObject({
      kind: 'draining',
      messages: 10,
      asOfMs: FIXTURE_FROM + 3 * MINUTE_MS,
    })
  })

  it('needs three minutes, the newest among them', () => {
    expect(read('a busy 60 60\n a depth 20 10').outlook.kind).toBe('unknown')
    expect(read('a busy 60 60 60 60\n a depth 30 20 10 .').outlook.kind).toBe('unknown')
  })

  it('finds the end of any straight line (seed 23)', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 9 }),
        fc.integer({ min: 100, max: 10_000 }),
        fc.integer({ min: 1, max: 50 }),
        (minutes, rate, left) => {
          const depths = Array.from({ length: minutes }, (_, m) => rate * (left + minutes - 1 - m))
          const out = read(`a depth ${depths.join(' ')}`).outlook
          expect(out.kind).toBe('draining')
          if (out.kind !== 'draining') return
          expect(out.clearsAtMs).toBeCloseTo(FIXTURE_FROM + (minutes + left) * MINUTE_MS, 3)
        },
      ),
      { seed: 23, numRuns: 200 },
    )
  })
})
