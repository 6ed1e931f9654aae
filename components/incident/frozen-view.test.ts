import { describe, expect, it } from 'vitest'
import { frozenGuildView, frozenRanges, madeFrom } from './frozen-view.ts'

const at = (hour: number, minute = 0) => Date.UTC(2026, 10, 22, hour, minute)
const ranges = [
  { label: 'The incident', fromMs: at(10), toMs: at(11) },
  { label: 'An hour before', fromMs: at(9), toMs: at(10) },
]

describe('the address of a frozen guild', () => {
  it('begins at the view the incident was made from', () => {
    const made = '?v=1&from=2026-11-22T10:00Z&to=2026-11-22T10:30Z&measure=wait'
    const codec = frozenGuildView(ranges, made)
    expect(codec.parse('').state).toMatchObject({ from: at(10), to: at(10, 30), measure: 'wait' })
    expect(codec.parse('?v=1&note=3').state).toMatchObject({ measure: 'wait' })
    // Going back to a default is a choice, too.
    const state = { ...codec.parse('').state, measure: 'share' as const }
    expect(codec.parse(codec.print(state)).state).toMatchObject({ measure: 'share', from: at(10) })
  })

  it('never leaves what is frozen, and is never live', () => {
    const codec = frozenGuildView(ranges, '')
    expect(codec.parse('').state).toMatchObject({ from: at(10), to: at(11) })
    const wide = codec.parse('?v=1&from=2026-11-22T10:30Z&to=2026-11-23T10:00Z').state
    expect(wide).toMatchObject({ from: at(10, 30), to: at(11) })
    const away = codec.parse('?v=1&from=2026-12-01T10:30Z&to=2026-12-01T11:00Z').state
    expect([at(9), at(10)]).toContain(away.from)
    expect(codec.parse('?v=1&from=2026-11-22T09:10Z&to=2026-11-22T09:20Z').state).toMatchObject({ from: at(9, 10) })
  })

  it('knows what is frozen, also without a manifest', () => {
    const incident = { sides: [{ guildId: '1', fromMs: at(10), toMs: at(11) }] }
    expect(frozenRanges(incident, undefined, '1')).toEqual([ranges[0]])
    expect(frozenRanges(incident, undefined, '2')).toEqual([])
  })

  it('takes over the view of this guild only', () => {
    const view = { path: '/guilds/1', search: '?v=1&measure=wait' }
    expect(madeFrom({ view }, '1')).toBe(view.search)
    expect(madeFrom({ view }, '2')).toBe('')
    expect(madeFrom({ view: { path: '/compare', search: '?v=1' } }, '1')).toBe('')
  })
})
