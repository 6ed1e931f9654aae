'use client'
import { useQuery } from '@tanstack/react-query'
import { type MouseEvent, type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { BareFrameContext } from '@/components/shell/bare-frame.ts'
import { Mark } from '@/components/shell/top-bar.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { ViewDataContext } from '@/components/ui/view-data.tsx'
import { formatDate, formatMinute, zoneName } from '@/lib/base/format.ts'
import type { Failure } from '@/lib/base/result.ts'
import { enterAsGuest } from '@/lib/client/access.ts'
import { authorize } from '@/lib/client/api.ts'
import { fetchIncident } from '@/lib/client/incidents.ts'
import { evidenceData } from '@/lib/client/view-data.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Incident } from '@/lib/model/incident.ts'

export interface EmbedProps {
  readonly incidentId: string
  /** Whether the configuration names any site that may frame this. */
  readonly allowed: boolean
}

interface Props extends EmbedProps {
  /** The view, once the incident is known. */
  readonly children: (incident: Incident) => ReactNode
}

/**
 * One view of an incident for another site's frame: no bar, no way to anything else within the frame. There are no cookies in such
 * a frame, so a guest link's secret comes in the fragment (`#link.secret`) and is sent along with each request.
 */
export function EmbedShell({ incidentId, allowed, children }: Props) {
  const [entered, setEntered] = useState<'not-yet' | 'yes' | Failure>('not-yet')
  const begun = useRef(false)
  useEffect(() => {
    if (begun.current) return
    begun.current = true
    const [linkId, secret] = location.hash.slice(1).split('.')
    if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search)
    if (linkId === '' || secret === undefined) {
      setEntered('yes')
      return
    }
    authorize(`Guest ${linkId}.${secret}`)
    enterAsGuest(linkId, secret, false).then(
      () => setEntered('yes'),
      (error) => setEntered(failureOf(error)),
    )
  }, [])
  const query = useQuery({
    queryKey: ['incident', incidentId],
    queryFn: ({ signal }) => fetchIncident(incidentId, signal),
    enabled: allowed && entered === 'yes',
    staleTime: Number.POSITIVE_INFINITY,
  })
  const frozenAtMs = query.data?.evidence?.frozenAtMs ?? query.data?.incident.createdMs ?? 0
  const data = useMemo(() => evidenceData(incidentId, frozenAtMs), [incidentId, frozenAtMs])
  const failure = !allowed ? NOT_ALLOWED : typeof entered === 'object' ? entered : undefined

  return (
    <BareFrameContext value={true}>
      <div className="flex h-dvh flex-col" onClickCapture={leadOut}>
        {failure !== undefined ? (
          <PanelState kind="failed" failure={failure} />
        ) : query.data !== undefined ? (
          <>
            <Caption incident={query.data.incident} frozenAtMs={frozenAtMs} />
            <ViewDataContext value={data}>{children(query.data.incident)}</ViewDataContext>
          </>
        ) : query.isError ? (
          <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
        ) : (
          <PanelState kind="loading" waitsFor="the incident" className="h-full" />
        )}
      </div>
    </BareFrameContext>
  )
}

const NOT_ALLOWED: Failure = {
  kind: 'forbidden',
  source: 'embedding',
  what: 'This instance lets no site embed its incidents.',
  tryThis: 'Whoever runs it can name the sites that may in embedHosts (GUILDSCOPE_EMBED_HOSTS).',
}

function Caption({ incident, frozenAtMs }: { readonly incident: Incident; readonly frozenAtMs: number }) {
  const { zone } = usePreferences()
  return (
    <header className="flex h-8 shrink-0 items-center gap-2 border-b border-line px-3 text-table">
      <Mark />
      <h1 className="min-w-0 truncate font-semibold">{visibleText(incident.title)}</h1>
      <span className="ml-auto shrink-0 text-text-2 max-sm:hidden">
        frozen at {formatDate(frozenAtMs, zone)} {formatMinute(frozenAtMs, zone)} {zoneName(zone)}
      </span>
      <a href={`/incidents/${encodeURIComponent(incident.id)}`} className="shrink-0 text-accent underline">
        Open<span className="sr-only"> the incident in Guildscope, in a new tab</span>
      </a>
    </header>
  )
}

/** Nothing else may stand in a frame, so whatever is followed opens beside it. */
function leadOut(event: MouseEvent): void {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null
  if (link === null) return
  event.preventDefault()
  event.stopPropagation()
  window.open(new URL(link.getAttribute('href') ?? '', location.href), '_blank', 'noopener')
}
