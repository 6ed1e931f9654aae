/** The list of incidents: what its address holds, and which it shows. */
import { formatDate, formatMinute, type Zone } from '@/lib/base/format.ts'
import type { IncidentSummary, Side } from '@/lib/model/incident.ts'
import { choice, text, viewCodec } from '@/lib/view/view-state.ts'

export const incidentList = viewCodec({
  q: text('', 200),
  status: choice(['any', 'open', 'mitigated', 'resolved'], 'any'),
})

/** By title, guild name or guild id, whatever the case. */
export function findIncidents(
  incidents: readonly IncidentSummary[],
  query: string,
  status: 'any' | IncidentSummary['status'],
): readonly IncidentSummary[] {
  const wanted = query.trim().toLowerCase()
  return incidents.filter((incident) => {
    if (status !== 'any' && incident.status !== status) return false
    const { title, sides } = incident
    const names = sides.flatMap(({ guildId, guildName }) => [guildId, guildName ?? ''])
    return wanted === '' || [title, ...names].some((name) => name.toLowerCase().includes(wanted))
  })
}

/** `2026-11-22 10:05–10:40`: from the first begin to the last end. */
export function sidesRange(sides: readonly Side[], zone: Zone): string {
  if (sides.length === 0) return '–'
  const fromMs = Math.min(...sides.map((side) => side.fromMs))
  const toMs = Math.max(...sides.map((side) => side.toMs))
  const [from, to] = [formatDate(fromMs, zone), formatDate(toMs - 1, zone)]
  const start = `${from} ${formatMinute(fromMs, zone)}`
  return from === to ? `${start}–${formatMinute(toMs, zone)}` : `${start} – ${to} ${formatMinute(toMs, zone)}`
}
