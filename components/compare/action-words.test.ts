import { describe, expect, it } from 'vitest'
import { basisWords, changeWords, differenceWords, timesWords } from './action-words.ts'

const figures = {
  busyUsPerMinute: 1.2e6,
  countPerMinute: 1_800,
  arrivedPerMinute: 1_800,
  costUs: 650,
  waitUs: 400,
  waitMaxUs: -1,
}

describe('the action table in words', () => {
  it('says how many, how costly and how late', () => {
    const sick = {
      ...figures,
      busyUsPerMinute: 42e6,
      countPerMinute: 63_000,
      arrivedPerMinute: 141_000,
      costUs: 715,
      waitUs: 4e7,
    }
    expect(changeWords('message_reaction_add', { letter: 'A', figures }, { letter: 'B', figures: sick })).toBe(
      'B against A: message_reaction_add: 78 × as many arrived, 35 × as many handled, each 1.1 × as costly, 100k × as long a wait; 42 s of each minute against 1.2 s.',
    )
    expect(changeWords('x', { letter: 'A', figures }, { letter: 'B', figures })).toContain(
      'as many handled, each as costly',
    )
  })

  it('says the unit of rates for every 1,000 sessions', () => {
    expect(changeWords('x', { letter: 'A', figures }, { letter: 'B', figures }, true)).toMatch(
      /1.2 s of each minute against 1.2 s, for every 1,000 sessions\.$/,
    )
  })

  it('does not guess', () => {
    const bare = { ...figures, countPerMinute: -1, arrivedPerMinute: -1, costUs: -1, waitUs: -1 }
    expect(changeWords('x', { letter: 'A', figures: bare }, { letter: 'B', figures: bare })).toBe(
      'B against A: x: 1.2 s of each minute against 1.2 s.',
    )
    const unknown = { ...bare, busyUsPerMinute: -1 }
    expect(changeWords('x', { letter: 'A', figures }, { letter: 'B', figures: unknown })).toContain(
      'B has no complete minute',
    )
    expect(timesWords(-1, 3)).toBe('')
    expect(differenceWords(-1, 3, String)).toBe('')
  })

  it('names what is new or gone', () => {
    const none = { ...figures, busyUsPerMinute: 0, countPerMinute: 0 }
    expect(changeWords('x', { letter: 'A', figures: none }, { letter: 'B', figures })).toContain('only in B')
    expect([timesWords(0, 3), timesWords(3, 0), timesWords(2, 5), timesWords(1, 77.6)]).toEqual([
      'new',
      'gone',
      '2.5 ×',
      '78 ×',
    ])
    expect(differenceWords(3, 1, String)).toBe('−2')
  })

  it('says what figures rest on', () => {
    expect(basisWords({ minutes: 12, missing: 3, partial: true, sessions: 601_204 })).toBe(
      '12 complete minutes with data, 3 without, the running one left out, 601k sessions on average',
    )
  })
})
