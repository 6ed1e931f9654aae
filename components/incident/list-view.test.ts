import { describe, expect, it } from 'vitest'
import type { IncidentSummary } from '@/lib/model/incident.ts'
import { findIncidents, sidesRange } from './list-view.ts'

const at = (day: number, hour: number) => Date.UTC(2026, 10, day, hour)

function incident(title: string, status: IncidentSummary['status'], guildName: string): IncidentSummary {
  const by = { name: 'Ann', known: true }
  const sides = [{ guildId: '42', guildName, fromMs: at(22, 10), toMs: at(22, 11) }]
  return { id: title, title, severity: 'major', status, sides, createdMs: 0, createdBy: by, changedMs: 0, notes: 0 }
}

describe('the list of incidents', () => {
  const all = [incident('Reaction flurry', 'open', 'Pixel Arena'), incident('Slow node', 'resolved', 'Book Club')]
  const titles = (query: string, status: 'any' | 'open' | 'resolved') =>
    findIncidents(all, query, status).map(({ title }) => title)

  it('is searched by title and guild, and filtered by status', () => {
    expect(titles('FLURRY', 'any')).toEqual(['Reaction flurry'])
    expect(titles('book', 'any')).toEqual(['Slow node'])
    expect(titles('42', 'any')).toHaveLength(2)
    expect(titles('', 'resolved')).toEqual(['Slow node'])
    expect(titles('flurry', 'resolved')).toEqual([])
  })

  it('says the range of all sides', () => {
    expect(sidesRange(all[0].sides, 'UTC')).toBe('2026-11-22 10:00–11:00')
    expect(sidesRange([...all[0].sides, { guildId: '1', fromMs: at(23, 1), toMs: at(23, 2) }], 'UTC')).toBe(
      '2026-11-22 10:00 – 2026-11-23 02:00',
    )
  })
})
