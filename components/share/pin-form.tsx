'use client'
import { useQuery } from '@tanstack/react-query'
import { Pin } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatExact, formatWhen } from '@/lib/base/format.ts'
import { fetchIncidents } from '@/lib/client/incidents.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { freezeJob } from './freeze-job.ts'
import type { FreezeProposal } from './view.ts'

export interface PinFormProps {
  readonly proposal: FreezeProposal
  readonly onCancel: () => void
}

/** More evidence for an incident that there is: the open or ticked traces, and the flame graph of the selection. */
export function PinForm({ proposal, onCancel }: PinFormProps) {
  const { zone } = usePreferences()
  const { traceIds, flames } = proposal
  const source = useViewData()
  const query = useQuery({ queryKey: ['incidents'], queryFn: ({ signal }) => fetchIncidents(signal) })
  // What is still worked on comes first.
  const incidents = [...(query.data?.incidents ?? [])].sort(
    (a, b) => Number(a.status === 'resolved') - Number(b.status === 'resolved') || b.changedMs - a.changedMs,
  )
  const [picked, setPicked] = useState<string | undefined>(undefined)
  const chosen = incidents.find((incident) => incident.id === picked) ?? incidents[0]
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (chosen === undefined) return
    freezeJob.start({
      kind: 'pin',
      incidentId: chosen.id,
      title: chosen.title,
      request: { traceIds, flames, ...source.chosen },
    })
  }
  const what = [
    traceIds.length === 1 ? `the trace ${traceIds[0].slice(0, 8)}` : '',
    traceIds.length > 1 ? `the ${formatExact(traceIds.length)} ticked traces` : '',
    flames.length > 0 ? 'the flame graph as it is shown' : '',
  ].filter((part) => part !== '')

  if (query.isPending) return <PanelState kind="loading" waitsFor="the incidents" />
  if (query.isError) {
    return <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
  }
  if (incidents.length === 0 || what.length === 0) {
    return (
      <PanelState
        kind="empty"
        what={
          incidents.length === 0
            ? 'There is no incident yet to pin to: freeze a new one.'
            : 'Tick traces in the list first: they are what is pinned.'
        }
      />
    )
  }
  return (
    <form onSubmit={submit} className="flex min-h-0 flex-1 flex-col">
      <div
        role="radiogroup"
        aria-label="Incident"
        className="flex min-h-32 flex-1 flex-col gap-1 overflow-y-auto border-t border-line p-4"
      >
        {incidents.map((incident) => (
          <label
            key={incident.id}
            className="flex min-h-8 items-baseline gap-2 rounded-control px-2 py-1 hover:bg-surface has-checked:bg-accent-fill pointer-coarse:min-h-10"
          >
            <input
              type="radio"
              name="incident"
              checked={incident === chosen}
              onChange={() => setPicked(incident.id)}
              className="accent-accent"
            />
            <span className="min-w-0 flex-1 wrap-anywhere">{visibleText(incident.title)}</span>
            <span className="shrink-0 text-table text-text-2">
              {incident.status}, {formatWhen(incident.createdMs, Date.now(), zone)}
            </span>
          </label>
        ))}
      </div>
      <div className="flex flex-wrap items-center gap-2 border-t border-line px-4 py-3">
        <p className="min-w-0 flex-1 basis-60 text-table text-text-2">Adds {what.join(' and ')} to its evidence.</p>
        <div className="ml-auto flex gap-2">
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" tone="accent">
            <Pin size={14} aria-hidden />
            Pin
          </Button>
        </div>
      </div>
    </form>
  )
}
