'use client'
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { guildFacts } from '@/components/guild/heat-model.ts'
import { HeatPanel } from '@/components/guild/heat-panel.tsx'
import { TracePage } from '@/components/trace/trace-page.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { HeatMeasure } from '@/lib/analysis/heat-map.ts'
import type { RangeMs } from '@/lib/client/api.ts'
import type { Incident, Side } from '@/lib/model/incident.ts'
import { type EmbedProps, EmbedShell } from './embed-shell.tsx'

/** Band and heat map of a guild of the incident; the first unless the address names one. */
export function EmbedHeat({ guildId, ...shell }: EmbedProps & { readonly guildId: string | undefined }) {
  return <EmbedShell {...shell}>{(incident) => <Heat incident={incident} guildId={guildId} />}</EmbedShell>
}

/** The waterfall of a trace of the incident. */
export function EmbedTrace({ traceId, ...shell }: EmbedProps & { readonly traceId: string }) {
  return <EmbedShell {...shell}>{() => <TracePage id={traceId} />}</EmbedShell>
}

function Heat({ incident, guildId }: { readonly incident: Incident; readonly guildId: string | undefined }) {
  const side = guildId === undefined ? incident.sides[0] : incident.sides.find((one) => one.guildId === guildId)
  if (side === undefined) return <PanelState kind="empty" what="That guild is not part of this incident." />
  return <SideHeat side={side} />
}

function SideHeat({ side }: { readonly side: Side }) {
  const { zone } = usePreferences()
  const source = useViewData()
  const minutes = useQuery({
    queryKey: [source.key, 'guild minutes', side.guildId, [side.fromMs, side.toMs]],
    queryFn: ({ signal }) => source.minutes(side.guildId, side, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
  const facts = useMemo(() => (minutes.data === undefined ? undefined : guildFacts(minutes.data)), [minutes.data])
  const [measure, setMeasure] = useState<HeatMeasure>('share')
  const [all, setAll] = useState(false)
  const [cell, setCell] = useState<{ readonly atMs: number; readonly row: number } | undefined>(undefined)
  const [selected, select] = useState<{ readonly range: RangeMs | undefined; readonly action: string }>(NOTHING)
  if (facts === undefined)
    return minutes.isError ? (
      <PanelState kind="failed" failure={failureOf(minutes.error)} retry={() => void minutes.refetch()} />
    ) : (
      <PanelState kind="loading" waitsFor="the minutes" className="h-full" />
    )
  return (
    <main className="relative min-h-0 flex-1 overflow-auto">
      <PanelState kind="partial" notes={facts.data.notes} />
      <HeatPanel
        facts={facts}
        zone={zone}
        measure={measure}
        onMeasure={setMeasure}
        all={all}
        onAll={setAll}
        selection={selected.range}
        action={selected.action}
        onSelect={(range, action) => select({ range, action: action ?? '' })}
        cell={cell}
        onCell={setCell}
        keptWords=""
        stale={false}
      />
    </main>
  )
}

const NOTHING = { range: undefined, action: '' } as const
