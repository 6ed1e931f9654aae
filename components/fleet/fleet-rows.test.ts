import { describe, expect, it } from 'vitest'
import type { FleetAnswer, GuildLoad } from '@/lib/model/timings.ts'
import { busyBars, linePath, toColumns } from './bars.ts'
import {
  actionNow,
  commonSilence,
  inOrderOf,
  lastCompleteMinute,
  nodesOf,
  selectGuilds,
  waitHeading,
} from './fleet-rows.ts'
import { type FleetView, fleetView } from './fleet-view.ts'

function guild(guildId: string, more: Partial<GuildLoad> = {}): GuildLoad {
  return {
    guildId,
    node: 'a',
    busyUs: [],
    busyNow: -1,
    waitUs: -1,
    waitKind: 'none',
    waitMaxUs: -1,
    sessions: -1,
    saturatedMinutes: 0,
    held: false,
    actions: [],
    ...more,
  }
}

function answer(guilds: readonly GuildLoad[], more: Partial<FleetAnswer> = {}): FleetAnswer {
  const now = 1_800_000_000_000
  const fromMs = now - 60 * 60_000
  return {
    nowMs: now,
    fromMs,
    minutes: 60,
    rankedBy: 'wait',
    total: guilds.length,
    guilds,
    actions: [],
    notes: [],
    ...more,
  }
}

const view = (change: Partial<FleetView> = {}): FleetView => ({ ...fleetView.parse('').state, ...change })
const ids = (guilds: readonly GuildLoad[]) => guilds.map((one) => one.guildId).join(' ')

describe('selectGuilds', () => {
  const fleet = answer([
    guild('11', { guildName: 'Pixel Arena', busyNow: 1, node: 'b', sessions: 5 }),
    guild('22', { guildName: 'Book Club', busyNow: 0.2 }),
    guild('113', { busyNow: -1, sessions: 9 }),
  ])

  it('keeps the server’s ranking', () => expect(ids(selectGuilds(fleet, view()))).toBe('11 22 113'))

  it('finds by part of an id or of a name, in any case', () => {
    expect(ids(selectGuilds(fleet, view({ q: '11' })))).toBe('11 113')
    expect(ids(selectGuilds(fleet, view({ q: ' CLUB ' })))).toBe('22')
  })

  it('filters by node and by the guilds that drive an action', () => {
    expect(ids(selectGuilds(fleet, view({ node: 'b' })))).toBe('11')
    const strip = {
      action: 'connect',
      count: [],
      busyUs: [],
      bursts: [],
      burstsFrom: 'processed' as const,
      topGuilds: ['22'],
    }
    expect(ids(selectGuilds({ ...fleet, actions: [strip] }, view({ action: 'connect' })))).toBe('22')
    // An action that has left the window must not empty the table.
    expect(ids(selectGuilds(fleet, view({ action: 'gone' })))).toBe('11 22 113')
  })

  it('sorts by most first, names from A, and puts the unknown last both ways', () => {
    expect(ids(selectGuilds(fleet, view({ sort: 'busy' })))).toBe('11 22 113')
    expect(ids(selectGuilds(fleet, view({ sort: 'busy', dir: 'reverse' })))).toBe('22 11 113')
    expect(ids(selectGuilds(fleet, view({ sort: 'sessions' })))).toBe('113 11 22')
    expect(ids(selectGuilds(fleet, view({ sort: 'name' })))).toBe('113 22 11')
    expect(ids(selectGuilds(fleet, view({ sort: 'name', dir: 'reverse' })))).toBe('11 22 113')
  })

  it('does not disturb the answer it was given', () => {
    const before = ids(fleet.guilds)
    selectGuilds(fleet, view({ sort: 'sessions' }))
    expect(ids(fleet.guilds)).toBe(before)
  })
})

it('names what the wait column holds', () => {
  expect(waitHeading([guild('1')])).toBe('Wait')
  expect(waitHeading([guild('1', { waitKind: 'p50' }), guild('2')])).toBe('Wait p50 / max')
  expect(waitHeading([guild('1', { waitKind: 'mean' })])).toBe('Wait mean / max')
  expect(waitHeading([guild('1', { waitKind: 'mean' }), guild('2', { waitKind: 'p50' })])).toBe('Wait / max')
})

it('keeps rows in place, newcomers after them', () => {
  expect(ids(inOrderOf([guild('4'), guild('2'), guild('1'), guild('3')], ['1', '2', 'gone']))).toBe('1 2 4 3')
})

describe('commonSilence', () => {
  const silent = (...minutes: readonly number[]) =>
    minutes.map((m, i) => guild(String(i), { silentSinceMs: m * 60_000 }))
  const healthy = (n: number) => Array.from({ length: n }, (_, i) => guild(`h${i}`))

  it('says nothing about a few, or about many at different times', () => {
    expect(commonSilence([...silent(7, 7, 7, 7), ...healthy(3)])).toBeUndefined()
    expect(commonSilence(silent(1, 11, 21, 31, 41, 51))).toBeUndefined()
    expect(commonSilence([...silent(7, 7, 7, 7, 7), ...healthy(30)])).toBeUndefined()
  })

  it('names many that stopped together, whatever stopped before', () => {
    expect(commonSilence([...silent(1, 20, 20, 21, 22, 22), ...healthy(10)])).toEqual({
      guilds: 5,
      sinceMs: 20 * 60_000,
    })
  })
})

it('counts guilds per node', () => {
  expect(nodesOf([guild('1', { node: 'b' }), guild('2'), guild('3'), guild('4', { node: '' })])).toEqual([
    { node: 'a', guilds: 2 },
    { node: 'b', guilds: 1 },
  ])
})

it('reads an action’s rate and mean from complete minutes only', () => {
  const fleet = { nowMs: 4 * 60_000 + 30_000, fromMs: 0, minutes: 5 }
  expect(lastCompleteMinute(fleet)).toBe(3)
  const strip = {
    action: 'x',
    count: [10, 0, -1, 20, 3],
    busyUs: [100, 0, -1, 500, 9],
    bursts: [3],
    burstsFrom: 'arrived' as const,
    topGuilds: [],
  }
  const now = actionNow(strip, 3)
  expect(now.perMinute).toBe(20)
  expect(now.meanUs).toBe(20)
  expect(now.meanByMinute).toEqual([10, -1, -1, 25, 3])
  expect(now.bursting).toBe(true)
})

describe('small charts', () => {
  it('caps saturated minutes and marks unknown ones', () => {
    const paths = busyBars([-1, 0, 30_000_000, 60_000_000], 20, 60_000_000)
    expect(paths.unknown).toBe('M0.35 19.4h.3')
    expect(paths.ordinary).toBe('M2.1 20v-10h.8v10z')
    expect(paths.saturated).toBe('M3.1 20v-20h.8v20z')
    expect(paths.caps).toBe('M3 0h1')
  })

  it('lets minutes share a column by their largest', () => {
    const { columns, perColumn } = toColumns(Array.from({ length: 180 }, (_, i) => (i === 100 ? 7 : -1)))
    expect(perColumn).toBe(3)
    expect(columns).toHaveLength(60)
    expect(columns.indexOf(7)).toBe(33)
  })

  it('breaks the line where nothing is known', () => {
    expect(linePath([1, -1, 2], 11)).toBe('M0.5 6h.01M2.5 1h.01')
  })
})
