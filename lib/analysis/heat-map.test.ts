import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GuildMinutes } from '../model/timings.ts'
import { FIXTURE_FROM, guildFixture } from './guild-fixture.ts'
import {
  ABSENT,
  actionsOfRow,
  cellFacts,
  elapsedShare,
  HEAT_MEASURES,
  heatMap,
  heatMapOf,
  OTHERS,
  offeredMeasures,
  partialIndex,
  sharedOrder,
} from './heat-map.ts'
import { heatLevels, heatScale } from './heat-map-scale.ts'

const flurry = guildFixture(`
  message  busy   9   3   0
  message  count  90  30  0
  reaction busy   12  41  60
  reaction count  10  100 .
  message  wait   9   30  0
  reaction wait   1   200 .
`)

/** Rows as text: `reaction 12 41 60 = 113`. */
function picture(data: GuildMinutes, measure: 'share' | 'count' | 'cost' | 'wait', maxRows?: number): string[] {
  const map = heatMap(data, measure, maxRows)
  const unit = measure === 'count' ? 1 : 1e6
  return Array.from({ length: map.rows }, (_, r) => {
    const name = map.rowAction[r] === OTHERS ? `${map.others} others` : data.actions[map.rowAction[r]]
    const cells = Array.from({ length: map.minutes }, (_, m) => +(map.values[m * map.rows + r] / unit).toFixed(2))
    return `${name} ${cells.join(' ')} = ${+(map.rowTotal[r] / unit).toFixed(2)}`
  })
}

describe('heat map matrix', () => {
  it('puts the heaviest action first, whatever is measured', () => {
    expect(picture(flurry, 'share')).toEqual(['reaction 12 41 60 = 113', 'message 9 3 0 = 12'])
    expect(picture(flurry, 'count')).toEqual(['reaction 10 100 NaN = 110', 'message 90 30 0 = 120'])
    expect(picture(flurry, 'cost')[0]).toBe('reaction 1.2 0.41 NaN = 0.48')
    expect(picture(flurry, 'wait')[0]).toBe('reaction 0.1 2 NaN = 1.83')
  })

  it('gathers what has no row of its own into the last', () => {
    const many = guildFixture(`
      a busy 1 1
      b busy 9 9
      c busy 3 .
      d busy 2 2
    `)
    expect(picture(many, 'share', 2)).toEqual(['b 9 9 = 18', '3 others 6 3 = 9'])
    const map = heatMap(many, 'share', 2)
    expect(actionsOfRow(many, map, 1)).toEqual([0, 2, 3])
    expect(actionsOfRow(many, map, 0)).toEqual([1])
  })

  it('offers only what the samples can answer', () => {
    expect(offeredMeasures(['busyUs'])).toEqual(['share'])
    expect(offeredMeasures(['busyUs', 'count'])).toEqual(['share', 'count', 'cost'])
    expect(offeredMeasures(['busyUs', 'waitUsTotal'])).toEqual(['share'])
    expect(offeredMeasures(['busyUs', 'waitUsMax'])).toEqual(['share', 'wait'])
    expect(offeredMeasures(['busyUs', 'count', 'waitUsTotal'])).toEqual([...HEAT_MEASURES])
  })

  it('falls back to the longest wait where no totals are stated', () => {
    const data = guildFixture(`
      a busy    1 1
      a maxwait 5 8
    `)
    const map = heatMap(data, 'wait')
    expect(map.waitKind).toBe('max')
    expect([...map.values]).toEqual([5e6, 8e6])
    expect(map.rowTotal[0]).toBe(8e6)
  })

  it('reads cells and ranges', () => {
    expect(cellFacts(flurry, 1, 2, [1])).toMatchObject({ busyUs: 41e6, count: 100, costUs: 410_000, waitMeanUs: 2e6 })
    expect(cellFacts(flurry, 0, 3)).toMatchObject({ busyUs: 125e6, count: 230, depth: -1, arrived: -1 })
  })

  it('takes means over what states both sides only', () => {
    const data = guildFixture(`
      a busy  10  10
      a count 100 .
      a wait  300 .
      b busy  50  .
      b count 900 7
    `)
    // b's 900 messages state no wait, and the second minute's busy time no count.
    expect(cellFacts(data, 0, 1)).toMatchObject({ waitMeanUs: 3e6, costUs: 60_000 })
    expect(cellFacts(data, 0, 2, [0])).toMatchObject({ busyUs: 20e6, costUs: 100_000 })
    expect(cellFacts(data, 1, 2)).toMatchObject({ count: 7, costUs: -1, waitMeanUs: -1 })
  })

  it('calls only a minute or a cell overbooked that itself is', () => {
    const data = { ...guildFixture('long busy 60.0004 179 1\n short busy 0 2 1'), overbooked: [0, 1] }
    expect(cellFacts(data, 0, 1).overbooked).toBe(false)
    expect(cellFacts(data, 1, 2).overbooked).toBe(true)
    expect(cellFacts(data, 1, 2, [0]).overbooked).toBe(true)
    expect(cellFacts(data, 1, 2, [1]).overbooked).toBe(false)
    expect(cellFacts(data, 1, 3).overbooked).toBe(false)
  })

  it('knows the running minute', () => {
    const data = guildFixture('a busy 1 1', { partialMinuteMs: FIXTURE_FROM + 60_000, nowMs: FIXTURE_FROM + 75_000 })
    expect(partialIndex(data)).toBe(1)
    expect(elapsedShare(data, 1)).toBe(0.25)
    expect(elapsedShare(data, 0)).toBe(1)
    expect(cellFacts(data, 1, 2).partial).toBe(true)
  })

  it('loses nothing: rows add up to the minutes, however many rows there are (seed 11)', () => {
    const cell = fc.integer({ min: -1, max: 60 })
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 12 })
          .chain((actions) =>
            fc.array(fc.array(cell, { minLength: actions, maxLength: actions }), { minLength: 1, maxLength: 9 }),
          ),
        fc.integer({ min: 1, max: 14 }),
        (columns, maxRows) => {
          const data = fromColumns(columns)
          const map = heatMap(data, 'share', maxRows)
          expect(map.rows).toBe(Math.min(maxRows, data.actions.length))
          columns.forEach((column, m) => {
            const drawn = [...map.values.slice(m * map.rows, (m + 1) * map.rows)].filter((value) => value >= 0)
            expect(total(drawn)).toBe(total(column.filter((value) => value >= 0)))
          })
          const totals = [...map.rowTotal.slice(0, map.others > 0 ? -1 : undefined)].map((value) => value || 0)
          expect(totals).toEqual([...totals].sort((a, b) => b - a))
        },
      ),
      { seed: 11, numRuns: 200 },
    )
  })
})

describe('heat scale', () => {
  it('keeps zero apart from the least', () => {
    for (const measure of HEAT_MEASURES) {
      const scale = heatScale(measure, 1e6)
      expect(scale.position(0)).toBe(0)
      expect(scale.position(Number.NaN)).toBe(0)
      expect(scale.position(1e-9)).toBeGreaterThan(0)
      expect(scale.position(1e12)).toBe(1)
    }
  })

  it('ascends with the value, and its ticks lie on it (seed 12)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...HEAT_MEASURES),
        fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
        fc.array(fc.double({ min: 0, max: 1e9, noNaN: true })),
        (measure, max, values) => {
          const scale = heatScale(measure, max)
          const positions = values.sort((a, b) => a - b).map(scale.position)
          expect(positions).toEqual([...positions].sort((a, b) => a - b))
          for (const tick of scale.ticks) expect(tick.position).toBe(scale.position(tick.value))
        },
      ),
      { seed: 12, numRuns: 200 },
    )
  })

  it('paints a full minute with the last colour and an empty one with the first', () => {
    const data = guildFixture('a busy 60 0 . 0.0001')
    expect([...heatLevels(heatMap(data, 'share'), heatScale('share', 60e6))]).toEqual([255, 0, 0, 1])
  })
})

function fromColumns(columns: readonly (readonly number[])[]): GuildMinutes {
  const lines = columns[0].map(
    (_, a) => `a${a} busy ${columns.map((column) => (column[a] < 0 ? '.' : column[a] * 1e-6)).join(' ')}`,
  )
  const data = guildFixture(lines.join('\n'))
  return { ...data, cells: { ...data.cells, busyUs: columns.flat() } }
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}

describe('rows in a given order', () => {
  const healthy = guildFixture(`
    message busy  12 12 12
    connect busy  1  1  1
  `)

  it('is shared: by the guild in which an action weighs most', () => {
    expect(sharedOrder([flurry, healthy])).toEqual(['reaction', 'message', 'connect'])
    expect(sharedOrder([healthy, flurry])).toEqual(['reaction', 'message', 'connect'])
  })

  it('leaves a row without values where a guild never had the action, and gathers what has none', () => {
    const map = heatMapOf(healthy, 'share', ['reaction', 'message'], true)
    expect([...map.rowAction]).toEqual([ABSENT, 0, OTHERS])
    expect(map.others).toBe(1)
    expect([...map.rowTotal]).toEqual([Number.NaN, 36e6, 3e6])
    expect(actionsOfRow(healthy, map, 0)).toEqual([])
    expect(actionsOfRow(healthy, map, 2)).toEqual([1])
  })

  it('is the guild’s own picture in its own order', () => {
    for (const measure of HEAT_MEASURES) {
      expect(heatMapOf(flurry, measure, ['reaction', 'message'], false)).toEqual(heatMap(flurry, measure))
    }
  })
})
