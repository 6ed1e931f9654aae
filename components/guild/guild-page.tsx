'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type ReactNode, useContext, useMemo } from 'react'
import { CompareWith } from '@/components/compare/compare-with.tsx'
import { FrozenElsewhere } from '@/components/share/frozen-elsewhere.tsx'
import { HeaderActions } from '@/components/share/header-actions.tsx'
import { useHomeCrumbs } from '@/components/shell/home-crumbs.tsx'
import { LinksOut } from '@/components/shell/links-out.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { LinkNotes } from '@/components/ui/link-notes.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewState } from '@/components/ui/use-view-state.ts'
import { FrozenRangesContext, nearestRange, useViewData } from '@/components/ui/view-data.tsx'
import { formatMinute } from '@/lib/base/format.ts'
import { FROZEN_RETENTION } from '@/lib/evidence/reader.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import type { ViewCodec } from '@/lib/view/view-state.ts'
import { guildShareable } from './guild-proposal.ts'
import {
  type GuildView,
  guildView,
  isLive,
  nothingSelected,
  type RangeMs,
  rangeOf,
  reframed,
  selectionOf,
  withSelection,
} from './guild-view.ts'
import { Headline, keptWords } from './headline.tsx'
import { guildFacts } from './heat-model.ts'
import { HeatPanel } from './heat-panel.tsx'
import { HourlyTotals } from './hourly-totals.tsx'
import { LowerPanels } from './lower-panels.tsx'
import { NoTimings, rotatedMinutes } from './no-timings.tsx'
import { TimeRange } from './time-range.tsx'

/** A minute that runs is asked for often; a day of them is 2 MB, and its picture hardly changes. */
const LIVE_EVERY_MS = 5_000
const LONG_EVERY_MS = 30_000
const LONG_MS = 360 * MINUTE_MS

/** The workbench in parts, for whoever puts them into a page. */
export interface GuildParts {
  readonly name: string
  readonly headline: ReactNode
  readonly actions: ReactNode
  readonly body: ReactNode
}

export interface GuildPageProps {
  readonly guildId: string
  /** How the address is read; an incident's page begins at the view it was made from. */
  readonly codec?: ViewCodec<GuildView>
  /** Left out, it is a page of its own. */
  readonly frame?: (parts: GuildParts) => ReactNode
}

/** The workbench of an incident: one guild, one time axis, everything below it follows the selection. */
export function GuildPage({ guildId, codec = guildView, frame }: GuildPageProps) {
  const { state: view, remarks, push: move, replace: slide } = useViewState(codec)
  const { zone } = usePreferences()
  const source = useViewData()
  const home = useHomeCrumbs()
  const rangesOf = useContext(FrozenRangesContext)?.of
  const frozen = source.frozen !== undefined
  const live = isLive(view)
  const minutes = useQuery({
    queryKey: [source.key, 'guild minutes', guildId, live ? view.span : [view.from, view.to]],
    queryFn: ({ signal }) => source.minutes(guildId, rangeOf(view, Date.now()), signal),
    placeholderData: keepPreviousData,
    // A fixed range that reaches into the present still changes.
    staleTime: frozen ? Number.POSITIVE_INFINITY : undefined,
    refetchInterval: (query) => {
      if (frozen) return false
      const { fromMs, toMs } = rangeOf(view, Date.now())
      if (!live && toMs <= (query.state.data?.nowMs ?? 0)) return false
      return toMs - fromMs > LONG_MS ? LONG_EVERY_MS : LIVE_EVERY_MS
    },
  })
  const retention = useQuery({
    queryKey: [source.key, 'guild retention', guildId],
    queryFn: ({ signal }) => source.retention(guildId, signal),
    initialData: frozen ? FROZEN_RETENTION : undefined,
    staleTime: frozen ? Number.POSITIVE_INFINITY : undefined,
    refetchInterval: frozen ? false : 60_000,
  })
  const data = minutes.data
  const facts = useMemo(() => (data === undefined ? undefined : guildFacts(data)), [data])
  // The lower panels go on without the minutes: the range is then what was asked for.
  const failedAt = data === undefined && minutes.isError ? minutes.errorUpdatedAt : undefined
  const asked = failedAt === undefined ? undefined : rangeOf(view, failedAt)
  const fromMs = data?.fromMs ?? asked?.fromMs
  const toMs = data === undefined ? asked?.toMs : data.fromMs + data.minutes * MINUTE_MS
  const range: RangeMs | undefined = useMemo(
    () => (fromMs === undefined || toMs === undefined ? undefined : { fromMs, toMs }),
    [fromMs, toMs],
  )
  const selection = useMemo(() => selectionOf(view), [view])
  const kept = keptWords(retention.data)

  const select = (next: RangeMs | undefined, action: string | undefined) => {
    if (range !== undefined) move(withSelection(range, next, action))
  }
  const stepSelection = (by: number) => {
    if (range === undefined || facts === undefined) return
    const newest = range.fromMs + Math.max(0, facts.newest) * MINUTE_MS
    const from = selection ?? { fromMs: newest - by * MINUTE_MS, toMs: newest - by * MINUTE_MS + MINUTE_MS }
    const length = from.toMs - from.fromMs
    const moved = Math.max(range.fromMs, Math.min(range.toMs - length, from.fromMs + by * length))
    slide(withSelection(range, { fromMs: moved, toMs: moved + length }, view.action === '' ? undefined : view.action))
  }
  /** Beyond what is frozen there is nothing to see. */
  const within = (next: RangeMs): RangeMs => {
    const kept = nearestRange(rangesOf?.(guildId) ?? [], next.fromMs, next.toMs)
    if (kept === undefined) return next
    const length = Math.min(next.toMs - next.fromMs, kept.toMs - kept.fromMs)
    const fromMs = Math.max(kept.fromMs, Math.min(kept.toMs - length, next.fromMs))
    return { fromMs, toMs: fromMs + length }
  }
  const reframe = (factor: number, shift: number) => {
    if (range === undefined) return
    const next = within(reframed(range, factor, shift))
    slide({ from: next.fromMs, to: next.toMs })
  }
  useShortcuts('Guild', [
    { keys: '[', label: 'Step the selection back', run: () => stepSelection(-1) },
    { keys: ']', label: 'Step the selection forward', run: () => stepSelection(1) },
    {
      keys: 'Escape',
      label: 'Reset the zoom, then clear the selection',
      run: () => {
        if (view.zoom !== '') move({ zoom: '' })
        else if (selection !== undefined || view.action !== '') move(nothingSelected)
        else return false
      },
    },
    {
      keys: 'f',
      label: 'Zoom time to the selection',
      run: () => selection !== undefined && move({ from: selection.fromMs, to: selection.toMs }),
    },
    { keys: 'KeyW', label: 'Zoom time in', run: () => reframe(0.5, 0) },
    { keys: 'KeyS', label: 'Zoom time out', run: () => reframe(2, 0) },
    { keys: 'KeyA', label: 'Pan time back', run: () => reframe(1, -0.25) },
    { keys: 'KeyD', label: 'Pan time forward', run: () => reframe(1, 0.25) },
    ...(frozen
      ? []
      : [
          {
            keys: '0',
            label: 'Show the last hour, live',
            run: () => move({ from: undefined, to: undefined, span: 60, ...nothingSelected }),
          },
          { keys: 'l', label: 'Live on or off', run: () => toggleLive() },
        ]),
  ])
  const toggleLive = () => {
    if (live && range !== undefined) move({ from: range.fromMs, to: range.toMs })
    else move({ from: undefined, to: undefined, ...nothingSelected })
  }

  const name = data?.guildName ?? guildId
  const headline = (
    <Headline guildId={guildId} name={data?.guildName} facts={facts} zone={zone} kept={kept} onSelect={select} />
  )
  const moveWithin = (patch: Partial<GuildView>) => {
    if (patch.from === undefined || patch.to === undefined) return move(patch)
    const { fromMs, toMs } = within({ fromMs: patch.from, toMs: patch.to })
    move({ ...patch, from: fromMs, to: toMs })
  }
  const actions = (
    <>
      <TimeRange
        view={view}
        range={range}
        zone={zone}
        frozen={rangesOf?.(guildId)}
        onMove={moveWithin}
        onToggleLive={toggleLive}
      />
      <LinksOut values={{ guild: guildId, ...(selection ?? range) }} />
      <HeaderActions
        view={guildShareable({ guildId, view, range, selection, facts, zone, ticked: view.ticked })}
        compare={
          range !== undefined && (
            <CompareWith side={{ guildId, ...range }} selection={selection} measure={view.measure} zone={zone} />
          )
        }
      />
    </>
  )
  const frozenElsewhere = range !== undefined && <FrozenElsewhere wanted={{ guildId, ...range }} />
  const body = (
    <>
      <LinkNotes remarks={remarks} />
      {data !== undefined && <PanelState kind="partial" notes={data.notes} />}
      {minutes.isError && data !== undefined && (
        <PanelState
          kind="partial"
          notes={[`${failureOf(minutes.error).what} Showing what was known at ${formatMinute(data.nowMs, zone)}.`]}
        />
      )}
      {facts !== undefined && facts.data.actions.length > 0 && rotatedMinutes(facts.data) > 0 && frozenElsewhere}
      {facts === undefined || range === undefined ? (
        minutes.isError ? (
          <>
            <PanelState kind="failed" failure={failureOf(minutes.error)} retry={() => void minutes.refetch()} />
            {frozenElsewhere}
          </>
        ) : (
          <PanelState
            kind="loading"
            waitsFor={`the minutes of guild ${guildId}`}
            className="h-96 shrink-0"
            skeleton={<HeatSkeleton />}
          />
        )
      ) : facts.data.actions.length === 0 ? (
        <>
          <NoTimings
            data={facts.data}
            range={range}
            retention={retention.data}
            kept={kept}
            zone={zone}
            onShow={({ fromMs, toMs }) => move({ from: fromMs, to: toMs, ...nothingSelected })}
          />
          {rotatedMinutes(facts.data) > 0 && (
            <HourlyTotals guildId={guildId} range={range} nowMs={facts.data.nowMs} zone={zone} />
          )}
          {frozenElsewhere}
        </>
      ) : (
        <HeatPanel
          facts={facts}
          zone={zone}
          measure={view.measure}
          onMeasure={(measure) => move({ measure })}
          all={view.all}
          onAll={(all) => move({ all })}
          selection={selection}
          action={view.action}
          onSelect={select}
          cell={view.cell === undefined ? undefined : { atMs: view.cell, row: view.cellRow }}
          onCell={({ atMs, row }) => slide({ cell: atMs, cellRow: row })}
          keptWords={kept}
          stale={minutes.isPlaceholderData}
        />
      )}
      {range !== undefined && (
        <LowerPanels
          guildId={guildId}
          view={view}
          range={range}
          selection={selection}
          live={live}
          zone={zone}
          move={move}
          slide={slide}
        />
      )}
    </>
  )
  if (frame !== undefined) return frame({ name, headline, actions, body })
  return (
    <PageFrame crumbs={[...home, { label: name }]} title={headline} actions={actions}>
      {body}
    </PageFrame>
  )
}

function HeatSkeleton() {
  return (
    <div aria-hidden className="flex flex-col gap-1 p-3">
      <div className="skeleton h-5 w-80" />
      <div className="skeleton h-32 w-full" />
      {[1, 2, 3, 4, 5, 6].map((row) => (
        <div key={row} className="skeleton h-4 w-full" />
      ))}
    </div>
  )
}
