/** How an incident's pages read the guild's part of the address: evidence only, and at first as the incident was made. */
import { type GuildView, guildView } from '@/components/guild/guild-view.ts'
import { type FrozenRange, nearestRange } from '@/components/ui/view-data.tsx'
import type { EvidenceFacts } from '@/lib/evidence/answers.ts'
import type { Incident } from '@/lib/model/incident.ts'
import { choice, flag, text, type ViewCodec, viewCodec } from '@/lib/view/view-state.ts'

const ROLES = {
  range: 'The incident',
  'hour-before': 'An hour before',
  'day-before': 'A day before',
  'week-before': 'A week before',
} as const

/** What is frozen of a guild's minutes; without a evidence what the incident says it is about. */
export function frozenRanges(
  incident: Pick<Incident, 'sides'>,
  evidence: EvidenceFacts | undefined,
  guildId: string,
): readonly FrozenRange[] {
  const frozen = (evidence?.minutes ?? [])
    .filter(({ side }) => side.guildId === guildId)
    .map(({ side, role }) => ({ label: ROLES[role], fromMs: side.fromMs, toMs: side.toMs }))
  if (frozen.length > 0) return frozen
  return incident.sides
    .filter((side) => side.guildId === guildId)
    .map(({ fromMs, toMs }) => ({ label: ROLES.range, fromMs, toMs }))
}

/** Every guild with frozen minutes, those the incident is about first. */
export function frozenGuilds(
  incident: Pick<Incident, 'sides'>,
  evidence: EvidenceFacts | undefined,
): readonly { readonly guildId: string; readonly name: string }[] {
  const names = new Map<string, string>()
  for (const { guildId, guildName } of [...incident.sides, ...(evidence?.minutes ?? []).map(({ side }) => side)]) {
    names.set(guildId, names.get(guildId) ?? guildName ?? '')
  }
  return [...names].map(([guildId, name]) => ({ guildId, name: name === '' ? guildId : name }))
}

/** The view that the incident was made from, where it was one of this guild's; else ''. */
export function madeFrom(incident: Pick<Incident, 'view'>, guildId: string): string {
  const { path, search } = incident.view
  return path === `/guilds/${encodeURIComponent(guildId)}` ? search : ''
}

/** An address without a range means the view the incident was made from; every range stays within what is frozen. */
export function frozenGuildView(ranges: readonly FrozenRange[], first: string): ViewCodec<GuildView> {
  return {
    parse(search) {
      const asked = new URLSearchParams(search)
      const parsed = guildView.parse(asked.has('from') ? search : first)
      const { from, to, sel, selTo } = parsed.state
      const kept =
        from !== undefined && to !== undefined
          ? nearestRange(ranges, from, to)
          : sel !== undefined
            ? nearestRange(ranges, sel, selTo ?? sel + 60_000)
            : ranges[0]
      if (kept === undefined) return parsed
      const [within, end] = [Math.max(kept.fromMs, from ?? kept.fromMs), Math.min(kept.toMs, to ?? kept.toMs)]
      const range = within < end ? { from: within, to: end } : { from: kept.fromMs, to: kept.toMs }
      return { ...parsed, state: { ...parsed.state, ...range } }
    },
    print: guildView.print,
  }
}

const fields = {
  /** The note or marker that is read. */
  note: text('', 64),
  /** Minutes on each side of a marker. */
  around: choice(['5', '10', '20'], '10'),
  /** What is missing is spelled out. */
  missing: flag(),
}

/** The incident's own part of the address, beside that of the views. */
export const incidentView = viewCodec(fields)
