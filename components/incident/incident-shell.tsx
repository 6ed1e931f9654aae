'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { BarPartsContext } from '@/components/shell/bar-parts.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { incidentHost, newId } from '@/lib/client/incident-host.ts'
import { IncidentLive } from '@/lib/client/incident-live.ts'
import { fetchIncident } from '@/lib/client/incidents.ts'
import { evidenceData } from '@/lib/client/view-data.ts'
import type { IncidentAnswer } from '@/lib/evidence/answers.ts'
import { type IncidentFacts, IncidentScope } from './scope.tsx'

/** Around every page of an incident: asks for it once, follows its log, and gives what is below its evidence. */
export function IncidentShell({ id, children }: { readonly id: string; readonly children: ReactNode }) {
  const query = useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => fetchIncident(id, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  if (query.data !== undefined) {
    return (
      <Known id={id} answer={query.data}>
        {children}
      </Known>
    )
  }
  return (
    <BarPartsContext value={WAITING_BAR}>
      <PageFrame crumbs={[{ label: 'Incidents', href: '/incidents' }, { label: 'Incident' }]}>
        {query.isError ? (
          <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
        ) : (
          <PanelState kind="loading" waitsFor="the incident" className="h-96" />
        )}
      </PageFrame>
    </BarPartsContext>
  )
}

/** Until it is known who reads: a guest may not ask for sources or search. */
const WAITING_BAR = { home: '/incidents', tools: undefined } as const

interface KnownProps {
  readonly id: string
  readonly answer: IncidentAnswer
  readonly children: ReactNode
}

function Known({ id, answer, children }: KnownProps) {
  const { manifest, damaged, you } = answer
  const mayWrite = you.kind === 'owner'
  const [live] = useState(
    () => new IncidentLive(id, answer.incident, { name: you.name, known: true }, incidentHost(id)),
  )
  const state = useSyncExternalStore(live.subscribe, live.state, live.state)
  useEffect(() => {
    live.start()
    const wake = () => {
      if (document.visibilityState === 'visible') live.wake()
    }
    window.addEventListener('online', wake)
    document.addEventListener('visibilitychange', wake)
    return () => {
      window.removeEventListener('online', wake)
      document.removeEventListener('visibilitychange', wake)
      live.stop()
    }
  }, [live])

  const incident = state.incident ?? answer.incident
  // More was frozen: what is shown of the evidence is asked for again.
  const client = useQueryClient()
  const frozenAs = incident.manifest
  const answered = answer.incident.manifest
  useEffect(() => {
    if (frozenAs === answered) return
    void client.invalidateQueries({ queryKey: ['incident', id] })
    void client.invalidateQueries({ queryKey: [evidenceData(id, 0).key] })
  }, [client, id, frozenAs, answered])

  const frozenAtMs = manifest?.frozenAtMs ?? incident.createdMs
  const data = useMemo(() => evidenceData(id, frozenAtMs), [id, frozenAtMs])
  const facts = useMemo(
    (): IncidentFacts => ({
      incident,
      manifest,
      damaged,
      entries: state.entries,
      href: `/incidents/${encodeURIComponent(id)}`,
      listHref: mayWrite ? '/incidents' : undefined,
      writing: mayWrite
        ? {
            you: { name: you.name, known: true },
            write: (change) => live.write(change),
            pending: state.pending,
            connection: state.connection,
            again: (entryId) => live.again(entryId),
            discard: (entryId) => live.discard(entryId),
            newId,
          }
        : undefined,
    }),
    [id, incident, manifest, damaged, state, live, mayWrite, you.name],
  )
  return (
    <IncidentScope facts={facts} data={data}>
      {children}
    </IncidentScope>
  )
}
