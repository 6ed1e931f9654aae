import { expect, test } from 'vitest'
import { MINUTE_MS, MINUTE_STATE } from '../../model/timings.ts'
import { fleetFromSamples, historiesFromSamples, minutesFromSamples, SampleColumns } from './answers.ts'

const NOW = 30_000_000
const nowMs = NOW * MINUTE_MS + 30_000

function columns(samples: readonly { guild: string; ago: number; busyUs: number; node?: string }[]) {
  const set = new SampleColumns()
  for (const { guild, ago, busyUs, node = 'n' } of samples)
    set.add({ guildId: guild, minuteMs: (NOW - ago) * MINUTE_MS, node, action: 'a', busyUs })
  return set.rows
}

test('the sample that came last stands, nodes add up, gaps between are zero', () => {
  const rows = columns([
    { guild: 'g', ago: 4, busyUs: 1 },
    { guild: 'g', ago: 4, busyUs: 7 },
    { guild: 'g', ago: 4, busyUs: 3, node: 'm' },
    { guild: 'g', ago: 2, busyUs: 5 },
  ])
  const answer = minutesFromSamples('g', rows, NOW - 5, NOW - 1, { nowMs, notes: [] })
  expect(answer.cells.busyUs).toEqual([-1, 10, -1, 5])
  expect(answer.state).toEqual([MINUTE_STATE.none, MINUTE_STATE.data, MINUTE_STATE.zero, MINUTE_STATE.data])
  expect(answer.retainedFromMs).toBeUndefined()
})

test('silent after load, where others report', () => {
  const busy = Array.from({ length: 10 }, (_, k) => ({ guild: 'dead', ago: 20 - k, busyUs: 20e6 }))
  const rows = columns([...busy, ...busy.map((each) => ({ ...each, guild: 'alive', ago: each.ago - 10 }))])
  const { newest } = historiesFromSamples(rows)
  expect(newest).toBe(NOW - 1)
  const answer = minutesFromSamples('dead', rows, NOW - 12, NOW, { nowMs, newestMinute: NOW - 1, notes: [] })
  expect(answer.state).toEqual([1, 1, ...new Array<number>(10).fill(MINUTE_STATE.silent)])
  const fleet = fleetFromSamples(rows, { minutes: 30, limit: 10 }, { nowMs, notes: [] })
  expect(fleet.guilds.map((guild) => guild.guildId)).toEqual(['dead', 'alive'])
})

test('more samples than the limit are refused, known ones still replaced', () => {
  const set = new SampleColumns()
  const sample = { guildId: 'g', minuteMs: nowMs, node: 'n', action: 'a', busyUs: 1 }
  expect(set.add(sample, 1)).toBe(true)
  expect(set.add({ ...sample, action: 'b' }, 1)).toBe(false)
  expect(set.add({ ...sample, busyUs: 2 }, 1)).toBe(true)
  expect([set.rows.count, set.rows.values[0][0]]).toEqual([1, 2])
})
