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

export interface IncidentShellProps {
  readonly id: string
  /** As the server wrote it into the page; undefined: it is asked for. */
  readonly first: IncidentAnswer | undefined
  readonly children: ReactNode
}

/** Around every page of an incident: knows it once, follows its log, and gives what is below its evidence. */
export function IncidentShell({ id, first, children }: IncidentShellProps) {
  const query = useQuery({
    queryKey: ['incident', id],
    queryFn: ({ signal }) => fetchIncident(id, signal),
    initialData: first,
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

/** A tab that nobody looks at lets its stream go after this: browsers have six connections to a server, and it has 64 readers. */
const REST_AFTER_MS = 60_000

/** A guest writes nothing. */
const NOBODY = { name: '', known: false } as const

interface KnownProps {
  readonly id: string
  readonly answer: IncidentAnswer
  readonly children: ReactNode
}

function Known({ id, answer, children }: KnownProps) {
  const { evidence, damaged, you } = answer
  const author = you.kind === 'owner' ? you.author : undefined
  const [live] = useState(() => new IncidentLive(id, answer.incident, author ?? NOBODY, incidentHost(id)))
  const state = useSyncExternalStore(live.subscribe, live.state, live.state)
  useEffect(() => {
    live.start()
    let rest: number | undefined
    const looked = () => {
      clearTimeout(rest)
      if (document.visibilityState === 'visible') live.wake()
      else rest = window.setTimeout(() => live.rest(), REST_AFTER_MS)
    }
    window.addEventListener('online', looked)
    document.addEventListener('visibilitychange', looked)
    return () => {
      clearTimeout(rest)
      window.removeEventListener('online', looked)
      document.removeEventListener('visibilitychange', looked)
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

  const frozenAtMs = evidence?.frozenAtMs ?? incident.createdMs
  const data = useMemo(() => evidenceData(id, frozenAtMs), [id, frozenAtMs])
  const facts = useMemo(
    (): IncidentFacts => ({
      incident,
      evidence,
      damaged,
      entries: state.entries,
      href: `/incidents/${encodeURIComponent(id)}`,
      listHref: author === undefined ? undefined : '/incidents',
      writing:
        author === undefined
          ? undefined
          : {
              you: author,
              write: (change) => live.write(change),
              pending: state.pending,
              connection: state.connection,
              again: (entryId) => live.again(entryId),
              discard: (entryId) => live.discard(entryId),
              newId,
            },
    }),
    [id, incident, evidence, damaged, state, live, author],
  )
  return (
    <IncidentScope facts={facts} data={data}>
      {children}
    </IncidentScope>
  )
}
