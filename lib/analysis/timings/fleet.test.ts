import { describe, expect, test } from 'vitest'
import { MINUTE_MS } from '../../model/timings.ts'
import { fleetAnswer } from './fleet.ts'
import { FleetNames, type GuildMinute, type MinuteTotals } from './minute-totals.ts'

const NOW = Date.UTC(2026, 10, 22, 10, 0, 45)

/** One guild and one action; the last minute is the running one. */
function fleet(minutes: readonly Partial<GuildMinute>[]) {
  const names = new FleetNames()
  const [guild, action] = [names.guilds.id('7'), names.actions.id('reaction')]
  const first = Math.floor(NOW / MINUTE_MS) - minutes.length + 1
  const totals = (minute: number): MinuteTotals => {
    const stated: GuildMinute = { ...BLANK, guild, actions: [action], ...minutes[minute - first] }
    const { count, arrived, busyUs } = stated
    return {
      guilds: new Map([[guild, stated]]),
      actions: new Map([[action, { count, arrived, busyUs, top: [{ guild, weight: 1 }] }]]),
    }
  }
  return fleetAnswer({
    totals,
    names,
    holds: new Map(),
    lastTraceMs: new Map(),
    query: { minutes: minutes.length, limit: 10 },
    nowMs: NOW,
    notes: [],
  })
}

const BLANK: GuildMinute = {
  guild: 0,
  busyUs: 1e6,
  count: -1,
  waitUsTotal: -1,
  waited: 0,
  waitUsMax: -1,
  arrived: -1,
  depthMax: -1,
  sessions: -1,
  node: 0,
  nodeBusy: -1,
  histogram: undefined,
  actions: [],
}

describe('bursts', () => {
  const quiet = Array.from({ length: 6 }, () => ({ count: 100, arrived: 100 }))

  test('are read from arrivals, not from the backlog that is worked off after them', () => {
    const strip = fleet([
      ...quiet,
      { count: 300, arrived: 5000 },
      { count: 400, arrived: 90 },
      { count: 400, arrived: 90 },
      { count: 1, arrived: 1 },
    ]).actions[0]
    expect(strip).toMatchObject({ bursts: [6], burstsFrom: 'arrived' })
  })

  test('say so where only processed messages are known', () => {
    const counts = [100, 100, 100, 100, 100, 100, 400, 1].map((count) => ({ count }))
    expect(fleet(counts).actions[0]).toMatchObject({ bursts: [6], burstsFrom: 'processed' })
  })

  test('a minute that does not state a count is unknown, not zero', () => {
    expect(fleet([{ count: 5 }, {}, { count: 7 }]).actions[0].count).toEqual([5, -1, 7])
  })
})

describe('backlog', () => {
  const depths = (count: number, ...list: number[]) => fleet(list.map((depthMax) => ({ depthMax, count }))).guilds[0]

  test('has no trend while less than a second of work waits', () => {
    expect(depths(60_000, 100, 300, 500, 700, 900).backlog).toEqual({ depth: 900, perMinute: 0 })
    expect(depths(600, 100, 300, 500, 700, 900).backlog).toEqual({ depth: 900, perMinute: 200 })
  })

  test('of minutes ago is not the backlog of now', () => {
    expect(depths(600, 100, 500, 900, -1, -1, -1).backlog).toBeUndefined()
  })
})

test('a median above every bound gives way to the mean, else it is said to be at least the bound', () => {
  const histogram = { boundsUs: [1_000], counts: [1, 99] }
  expect(fleet([{ histogram, waitUsTotal: 6e9, waited: 100 }]).guilds[0]).toMatchObject({
    waitKind: 'mean',
    waitUs: 60e6,
  })
  expect(fleet([{ histogram }]).guilds[0]).toMatchObject({ waitKind: 'at least', waitUs: 1_000 })
})
