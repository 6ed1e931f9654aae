import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CompareSide,
  type CompareView,
  compareSearch,
  compareView,
  freezeProposalOf,
  selectedRange,
  sideOf,
  sideState,
  TABLE_SORTS,
} from './compare-view.ts'

const FROM = Date.UTC(2026, 10, 22, 10)
const HOUR = 3_600_000
const none = compareView.parse('').state

const instants = fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined })
const names = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.constantFrom('a~b!c%7e', '!', '~', '%', '‮x'))
const sides: fc.Arbitrary<CompareSide> = fc.record({
  guildId: names.filter((name) => name !== ''),
  fromMs: instants,
  toMs: instants,
  atMs: instants,
  selFromMs: instants,
  selToMs: instants,
})
const states: fc.Arbitrary<CompareView> = fc.record({
  sides: fc.array(sides, { maxLength: 6 }),
  base: fc.integer({ min: 0, max: 3 }),
  align: fc.constantFrom('clock', 'offset'),
  measure: fc.constantFrom('share', 'count', 'cost', 'wait'),
  all: fc.boolean(),
  linked: fc.boolean(),
  cells: fc
    .array(fc.option(fc.record({ minute: fc.nat(99_999), row: fc.nat(99_999) }), { nil: undefined }), { maxLength: 4 })
    .filter((cells) => cells.length === 0 || cells.at(-1) !== undefined),
  action: names,
  sort: fc.constantFrom(...TABLE_SORTS),
  per1k: fc.boolean(),
  tab: fc.constantFrom('actions', 'flame', 'latency', 'traces'),
  against: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
  scope: fc.constantFrom('guild', 'trace'),
  norm: fc.constantFrom('traces', 'wall'),
  scale: fc.constantFrom('absolute', 'share'),
  flame: fc.constantFrom('graph', 'table'),
  zoom: names,
  find: names,
  quantity: fc.constantFrom('duration', 'wait'),
  a: fc.stringMatching(/^[0-9a-f]{0,32}$/),
  b: fc.stringMatching(/^[0-9a-f]{0,32}$/),
  at: names,
})

describe('the view of a comparison', () => {
  it('takes the selected minutes along, to the same place of each side', () => {
    const at = (fromMs: number) => ({ guildId: '42', fromMs, toMs: fromMs + HOUR })
    const search = compareSearch([at(FROM), at(FROM - HOUR)], {}, { fromMs: FROM + 120_000, toMs: FROM + 180_000 })
    const sides = compareView.parse(search).state.sides
    expect(sides.map(({ selFromMs, selToMs }) => [selFromMs, selToMs])).toEqual([
      [FROM + 120_000, FROM + 180_000],
      [FROM + 120_000 - HOUR, FROM + 180_000 - HOUR],
    ])
  })

  it('restores any state exactly (seed 31)', () => {
    fc.assert(
      fc.property(states, (state) => {
        const parsed = compareView.parse(compareView.print(state))
        expect(parsed.state).toEqual(state)
        expect(parsed.rejected).toEqual([])
      }),
      { seed: 31, numRuns: 500 },
    )
  })

  it('never throws on an address, and reads its own reading (seed 32)', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (given) => {
        const first = compareView.parse(`?sides=${encodeURIComponent(given)}`).state
        expect(compareView.parse(compareView.print(first)).state).toEqual(first)
        first.sides.forEach((_, i) => {
          sideState(first.sides, i)
        })
        freezeProposalOf(first)
      }),
      { seed: 32, numRuns: 300 },
    )
  })

  it('fits a link: four sides, a selection, an action', () => {
    const list = ['1', '2', '3', '4'].map((id) => sideOf(id.repeat(18), FROM, FROM + HOUR))
    const selected = list.map((side) => ({ ...side, selFromMs: FROM, selToMs: FROM + 600_000, atMs: FROM + 300_000 }))
    expect(compareView.print({ ...none, sides: selected, action: 'message_reaction_add' }).length).toBeLessThan(1_000)
  })

  it.each([
    ['x~2026-11-22T11:00Z~2026-11-22T10:00Z', 'ends before it begins'],
    ['x~2026-10-22T10:00Z~2026-11-22T10:00Z', '31 days long; a side shows at most 24 h'],
    ['x~yesterday~today', 'cannot be read'],
    ['~2026-11-22T10:00Z~2026-11-22T11:00Z', 'names no guild'],
  ])('%s: a sentence', (text, words) => {
    const { sides } = compareView.parse(`?sides=${text}`).state
    expect(sideState(sides, 0)).toEqual({ kind: 'problem', what: expect.stringContaining(words) })
  })

  it('says of the same side twice which one it repeats, and shows the others', () => {
    const list = [sideOf('1', FROM, FROM + HOUR), sideOf('2', FROM, FROM + HOUR), sideOf('1', FROM, FROM + HOUR)]
    expect(sideState(list, 2)).toEqual({
      kind: 'problem',
      what: expect.stringContaining('same guild and range as side A'),
    })
    expect(sideState(list, 1).kind).toBe('range')
  })

  it('proposes to freeze what it shows', () => {
    const search = compareSearch([{ guildId: '1', fromMs: FROM, toMs: FROM + HOUR }], { action: 'connect', a: 'ab' })
    const { state } = compareView.parse(search)
    const [side] = state.sides
    const selected = { ...state, sides: [{ ...side, selFromMs: FROM + 60_000, selToMs: FROM + 120_000 }] }
    expect(selectedRange(selected.sides[0], { fromMs: FROM, toMs: FROM + HOUR })).toEqual({
      fromMs: FROM + 60_000,
      toMs: FROM + 120_000,
    })
    expect(freezeProposalOf(selected)).toEqual({
      sides: [{ guildId: '1', fromMs: FROM, toMs: FROM + HOUR }],
      flames: [{ guildId: '1', fromMs: FROM + 60_000, toMs: FROM + 120_000, action: 'connect', scope: 'guild' }],
      traceIds: ['ab'],
    })
  })
})
