'use client'
import { useQuery } from '@tanstack/react-query'
import { Snowflake } from 'lucide-react'
import { Link } from '@/components/ui/navigation.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDate, formatMinute, formatWhen } from '@/lib/base/format.ts'
import { fetchIncidents } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { IncidentSummary } from '@/lib/model/incident.ts'
import { guildView } from '../guild/guild-view.ts'

export type WantedEvidence =
  | { readonly guildId: string; readonly fromMs: number; readonly toMs: number }
  | { readonly traceId: string }

const SHOWN = 5

/** Where something that is gone here has been frozen: links to the same in those incidents. Nothing where there is none. */
export function FrozenElsewhere({ wanted }: { readonly wanted: WantedEvidence }) {
  const { zone } = usePreferences()
  const live = useViewData().frozen === undefined
  const only = 'traceId' in wanted ? { trace: wanted.traceId } : { guild: wanted.guildId }
  const query = useQuery({
    queryKey: ['incidents', only],
    queryFn: ({ signal }) => fetchIncidents(signal, only),
    enabled: live,
  })
  const found = (query.data?.incidents ?? []).filter((incident) => holds(incident, wanted))
  if (found.length === 0) return undefined
  return (
    <section aria-label="Frozen in incidents" className="flex flex-col gap-1 px-3 py-2 text-table">
      <p className="flex items-center gap-1.5 text-text-2">
        <Snowflake size={14} aria-hidden className="shrink-0 text-accent" />
        {'traceId' in wanted ? 'This trace is frozen in' : 'Minutes of this range are frozen in'}{' '}
        {found.length === 1 ? 'an incident:' : `${found.length} incidents:`}
      </p>
      <ul>
        {found.slice(0, SHOWN).map((incident) => (
          <li key={incident.id} className="flex min-w-0 flex-wrap items-center gap-x-2 pl-5">
            <Link
              href={hrefIn(incident, wanted)}
              className="inline-flex min-h-6 min-w-0 items-center text-accent underline pointer-coarse:min-h-10"
            >
              <span className="min-w-0 wrap-anywhere">{visibleText(incident.title)}</span>
            </Link>
            <span className="text-text-2">
              {incident.status}, frozen {formatDate(incident.createdMs, zone)} {formatMinute(incident.createdMs, zone)}
            </span>
          </li>
        ))}
      </ul>
      {found.length > SHOWN && (
        <p className="pl-5 text-text-2">
          The {SHOWN} newest of {found.length}, as of {formatWhen(Date.now(), Date.now(), zone)}; all stand on{' '}
          <Link href="/incidents" className="text-accent underline">
            Incidents
          </Link>
          .
        </p>
      )}
    </section>
  )
}

function sideIn(incident: IncidentSummary, wanted: Extract<WantedEvidence, { readonly guildId: string }>) {
  return incident.sides.find(
    (side) => side.guildId === wanted.guildId && side.fromMs < wanted.toMs && side.toMs > wanted.fromMs,
  )
}

function holds(incident: IncidentSummary, wanted: WantedEvidence): boolean {
  return 'traceId' in wanted || sideIn(incident, wanted) !== undefined
}

function hrefIn(incident: IncidentSummary, wanted: WantedEvidence): string {
  const base = `/incidents/${encodeURIComponent(incident.id)}`
  if ('traceId' in wanted) return `${base}/traces/${encodeURIComponent(wanted.traceId)}`
  const side = sideIn(incident, wanted)
  const view = { ...guildView.parse('').state, from: side?.fromMs, to: side?.toMs }
  return `${base}/guilds/${encodeURIComponent(wanted.guildId)}${guildView.print(view)}`
}
