import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  choice,
  flag,
  integer,
  integerSet,
  optionalInstant,
  optionalInteger,
  optionalNumber,
  text,
  textList,
  viewCodec,
  withoutFrame,
  withParam,
} from './view-state.ts'

const fields = {
  measure: choice(['share', 'count', 'wait'], 'share'),
  from: optionalInstant(),
  action: text(),
  live: flag(true),
  limit: integer(50, 1, 1000),
  row: optionalInteger(),
  zoom: optionalNumber(0, 1),
  folds: integerSet(),
  ids: textList(4),
}
const codec = viewCodec(fields)
const defaults = codec.parse('').state

describe('view state in the URL', () => {
  it('leaves defaults out, down to nothing', () => {
    expect(codec.print(defaults)).toBe('')
    expect(codec.print({ ...defaults, measure: 'wait' })).toBe('?v=1&measure=wait')
  })

  it('reads what a person would write', () => {
    const { state } = codec.parse('?v=1&from=2026-11-22T10:05Z&action=message_create&live=0&folds=3.1')
    expect(state.from).toBe(Date.UTC(2026, 10, 22, 10, 5))
    expect(state.action).toBe('message_create')
    expect(state.live).toBe(false)
    expect([...state.folds]).toEqual([3, 1])
    expect(codec.parse('?v=1&from=1795514400000').state.from).toBe(1_795_514_400_000)
  })

  it('does not let one bad value spoil the rest', () => {
    const parsed = codec.parse('?v=1&measure=evil&limit=9999&from=yesterday&zoom=NaN&action=connect')
    expect(parsed.rejected).toEqual(['measure', 'from', 'limit', 'zoom'])
    expect(parsed.state).toEqual({ ...defaults, action: 'connect' })
  })

  it('carries parameters of others along', () => {
    expect(codec.print({ ...defaults, action: 'a' }, '?v=1&tz=local&action=b')).toBe('?v=1&action=a&tz=local')
    expect(codec.print(defaults, '?v=1&action=b&other=x')).toBe('?v=1&other=x')
    expect(codec.print(defaults, '?v=1&action=b')).toBe('')
  })

  it('upgrades old links one step at a time, and reads newer ones as well as it can', () => {
    const third = viewCodec({ kind: text() }, 3, [
      (params) => rename(params, 'type', 'sort'),
      (params) => rename(params, 'sort', 'kind'),
    ])
    expect(third.parse('?v=1&type=x').state.kind).toBe('x')
    expect(third.parse('?v=2&sort=x').state.kind).toBe('x')
    expect(third.parse('?v=3&sort=x').state.kind).toBe('')
    expect(third.parse('?v=9&kind=x')).toMatchObject({ state: { kind: 'x' }, rejected: [], newer: true })
  })

  it('refuses a chain with a step missing', () => {
    expect(() => viewCodec({}, 3, [() => {}])).toThrow('needs 2 upgraders')
  })

  it('says what a newer version wrote that is not known here; an older link keeps what is not its own in silence', () => {
    const { newer, unknown, cut } = codec.parse('?v=99&measure=wait&sphere=1&hue=2&tz=UTC&y=10&y.list=3')
    expect([newer, unknown, cut]).toEqual([true, ['sphere', 'hue'], false])
    expect(codec.parse('?v=1&sphere=1').unknown).toEqual([])
    expect(codec.parse('?cut=1').cut).toBe(true)
    expect(codec.print(codec.parse('?cut=1').state, '?cut=1&tz=UTC')).toBe('?tz=UTC')
  })

  it('leaves to the frame what is the frame’s', () => {
    expect(withoutFrame('?v=1&tz=UTC&y=10&y.list=3,4&measure=wait')).toBe('?v=1&measure=wait')
    expect(withoutFrame('?y=10')).toBe('')
    expect(withoutFrame('?year=10')).toBe('?year=10')
    expect(withParam('?v=1&y=3', 'y', undefined)).toBe('?v=1')
    expect(() => viewCodec({ 'y.list': text() })).toThrow('parameter of the address')
  })

  it('writes large sets as steps, and reads both ways', () => {
    const field = integerSet(20_000)
    const many = new Set(Array.from({ length: 15_000 }, (_, k) => k * 37 + (k % 5)))
    expect(field.parse(field.print(many))).toEqual(many)
    expect(field.print(many).length).toBeLessThan(15_000 * 3.2)
    expect(field.parse('1.5.9')).toEqual(new Set([1, 5, 9]))
    for (const bad of ['~', '~1.-2', '~zzzzzzzzzzzz', '1.~2', '~1.A']) expect(field.parse(bad)).toBeUndefined()
  })

  it('restores any state exactly (seed 7)', () => {
    const states = fc.record({
      measure: fc.constantFrom('share' as const, 'count' as const, 'wait' as const),
      from: fc.option(fc.integer({ min: 0, max: 4e12 }), { nil: undefined }),
      action: fc.string({ unit: 'grapheme', maxLength: 40 }),
      live: fc.boolean(),
      limit: fc.integer({ min: 1, max: 1000 }),
      row: fc.option(fc.maxSafeNat(), { nil: undefined }),
      zoom: fc.option(
        fc.double({ min: 0, max: 1, noNaN: true }).map((x) => x + 0),
        { nil: undefined },
      ),
      ids: fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), { maxLength: 4 }),
      folds: fc.uniqueArray(fc.nat(), { maxLength: 20 }).map((list) => new Set(list)),
    })
    fc.assert(
      fc.property(states, (state) => {
        const parsed = codec.parse(codec.print(state))
        expect(parsed.state).toEqual(state)
        expect(parsed.rejected).toEqual([])
      }),
      { seed: 7, numRuns: 300 },
    )
  })

  it('never throws, whatever stands in the address bar (seed 8)', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('v', ...Object.keys(fields)), fc.string())), (pairs) => {
        const first = codec.parse(`?${new URLSearchParams(pairs)}`).state
        expect(codec.parse(codec.print(first)).state).toEqual(first)
      }),
      { seed: 8, numRuns: 300 },
    )
  })
})

function rename(params: URLSearchParams, from: string, to: string): void {
  const value = params.get(from)
  if (value === null) return
  params.delete(from)
  params.set(to, value)
}
