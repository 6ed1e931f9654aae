'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Radio, Search } from 'lucide-react'
import { useRef } from 'react'
import { TimingsBasis } from '@/components/guild/timings-basis.tsx'
import { HeaderActions } from '@/components/share/header-actions.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { LinkNotes } from '@/components/ui/link-notes.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { Tooltip } from '@/components/ui/tooltip.tsx'
import { useViewState } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatExact, formatTime, formatWhen, zoneName } from '@/lib/base/format.ts'
import { fetchFleet } from '@/lib/client/api.ts'
import type { FleetAnswer } from '@/lib/model/timings.ts'
import { ActionStrips } from './action-strip.tsx'
import { CompareTicked } from './compare-ticked.tsx'
import { FirstSteps } from './first-steps.tsx'
import { fleetShareable } from './fleet-proposal.ts'
import { commonSilence, lastCompleteMinute, nodesOf, selectGuilds, waitHeading } from './fleet-rows.ts'
import { FleetTable } from './fleet-table.tsx'
import { type FleetView, fleetView, type Sort, tickedWith, WINDOWS } from './fleet-view.ts'

const POLL_MS = 5_000

const WINDOW_LABEL: Readonly<Record<FleetView['minutes'], { readonly short: string; readonly long: string }>> = {
  '30': { short: '30m', long: 'last 30 min' },
  '60': { short: '1h', long: 'last hour' },
  '180': { short: '3h', long: 'last 3 h' },
  '360': { short: '6h', long: 'last 6 h' },
}

const SORT_WORD: Readonly<Record<Exclude<Sort, 'rank'>, string>> = {
  name: 'name',
  busy: 'busy time now',
  wait: 'wait',
  backlog: 'growth of the backlog',
  sessions: 'sessions',
  node: 'node',
  trace: 'last trace',
}

/** The fleet: which guilds are unhealthy now, ranked. */
export function FleetPage() {
  const { state: view, remarks, push, replace } = useViewState(fleetView)
  const { zone } = usePreferences()
  const search = useRef<HTMLInputElement>(null)
  const live = view.at === undefined
  const { timings } = useViewData().chosen
  const { data, error, refetch, isPending } = useQuery({
    queryKey: ['fleet', timings, view.minutes, view.at],
    queryFn: ({ signal }) => fetchFleet({ minutes: Number(view.minutes), atMs: view.at, timings }, signal),
    // Stops by itself while the page is hidden.
    refetchInterval: live ? POLL_MS : false,
    placeholderData: keepPreviousData,
  })
  const ticked = data?.guilds.filter((guild) => view.ticked.includes(guild.guildId)) ?? []
  const togglePause = () => push({ at: live ? (data?.nowMs ?? Date.now()) : undefined })
  useShortcuts('Guilds', [
    { keys: '/', label: 'Search the guilds', run: () => search.current?.focus() },
    { keys: 'p', label: 'Pause and go on', run: togglePause },
    { keys: ['ArrowDown', 'ArrowUp'], label: 'Move through the guilds (Enter opens)', run: () => focusTable() },
    { keys: 'x', label: 'Tick the focused guild to compare it', run: () => false },
  ])

  const shown = WINDOW_LABEL[view.minutes]
  const timeRange = (className: string) => (
    <SegmentedControl
      label="Time window"
      value={view.minutes}
      segments={WINDOWS.map((value) => ({ value, label: WINDOW_LABEL[value].short, name: WINDOW_LABEL[value].long }))}
      onChange={(minutes) => push({ minutes })}
      className={className}
    />
  )
  return (
    <PageFrame
      crumbs={[{ label: 'Guilds' }]}
      timeRange={timeRange('max-sm:hidden')}
      title={
        <span className="flex flex-wrap items-baseline gap-x-3">
          <span>
            Guilds {data !== undefined && <span className="font-normal text-text-2">{formatExact(data.total)}</span>}
          </span>
          <span className="text-table font-normal text-text-2">
            {shown.long}
            {data !== undefined &&
              (view.sort === 'rank' ? ` · ranked by ${data.rankedBy}` : ` · sorted by ${SORT_WORD[view.sort]}`)}
            {view.at !== undefined && ` · as of ${formatTime(view.at, zone)} ${zoneName(zone)}`}
          </span>
          <span className="text-table font-normal">
            <TimingsBasis notes={data?.notes ?? []} />
          </span>
        </span>
      }
      actions={
        <>
          {timeRange('sm:hidden')}
          <Tooltip label={live ? 'Read anew every 5 s; press to hold still (P)' : 'Follow the present (P)'}>
            <Button onClick={togglePause} aria-pressed={live}>
              <Radio size={14} aria-hidden className={live ? 'text-ok' : 'text-text-3'} />
              Live
            </Button>
          </Tooltip>
          <NodeFilter answer={data} node={view.node} onChange={(node) => push({ node })} />
          <label className="flex h-7 items-center gap-1.5 rounded-control border border-control-line px-2 focus-within:outline-2 focus-within:outline-accent pointer-coarse:h-10">
            <Search size={14} aria-hidden className="text-text-2" />
            <span className="sr-only">Search guilds by id or name</span>
            <input
              ref={search}
              type="search"
              value={view.q}
              placeholder="id or name"
              onChange={(event) => replace({ q: event.target.value })}
              onKeyDown={(event) => {
                if (event.key === 'ArrowDown' || event.key === 'Enter') focusTable()
                if (event.key === 'Escape') search.current?.blur()
              }}
              className="w-36 bg-transparent outline-none pointer-coarse:text-[1rem]"
            />
          </label>
          <HeaderActions
            view={fleetShareable(view, data, data === undefined ? [] : selectGuilds(data, view), ticked, zone)}
            compare={<CompareTicked view={view} data={data} onClear={() => push({ ticked: [] })} />}
          />
        </>
      }
    >
      <LinkNotes remarks={remarks} />
      {data === undefined ? (
        isPending ? (
          <PanelState kind="loading" waitsFor="the fleet’s minutes" skeleton={<TableSkeleton />} />
        ) : (
          <PanelState kind="failed" failure={failureOf(error)} retry={() => refetch()} />
        )
      ) : (
        <Fleet data={data} error={error} view={view} push={push} replace={replace} windowLabel={shown.long} />
      )}
    </PageFrame>
  )
}

/** The first row that Tab would reach. */
function focusTable(): void {
  document.querySelector<HTMLElement>('[data-guild][tabindex="0"]')?.focus()
}

interface FleetProps {
  readonly data: FleetAnswer
  readonly error: Error | null
  readonly view: FleetView
  readonly push: (change: Partial<FleetView>) => void
  readonly replace: (change: Partial<FleetView>) => void
  readonly windowLabel: string
}

function Fleet({ data, error, view, push, replace, windowLabel }: FleetProps) {
  const { zone } = usePreferences()
  if (data.total === 0) return <FirstSteps />
  const guilds = selectGuilds(data, view)
  const kinds = new Set(data.guilds.map((guild) => guild.waitKind).filter((kind) => kind === 'p50' || kind === 'mean'))
  const notes = [...data.notes]
  const silence = commonSilence(data.guilds)
  if (silence !== undefined) {
    notes.push(
      `${formatExact(silence.guilds)} of ${formatExact(data.guilds.length)} guilds fell silent together around ${formatWhen(silence.sinceMs, data.nowMs, zone)}: what sends their timings may have stopped, rather than each guild.`,
    )
  }
  if (error !== null) notes.push(`${failureOf(error).what} Showing what was known at ${formatTime(data.nowMs, zone)}.`)
  if (data.guilds.length < data.total) {
    notes.push(
      `Showing the first ${formatExact(data.guilds.length)} of ${formatExact(data.total)} guilds in this ranking; search and filters look at these.`,
    )
  }
  const filtered = guilds.length < data.guilds.length
  return (
    <>
      <ActionStrips
        answer={data}
        chosen={view.action}
        onChoose={(action) => push({ action })}
        all={view.strips}
        onAll={(strips) => push({ strips })}
      />
      <PanelState kind="partial" notes={notes} />
      {filtered && (
        <p role="status" className="flex flex-wrap items-center gap-x-3 px-3 py-1 text-table text-text-2">
          <span>
            {formatExact(guilds.length)} of {formatExact(data.guilds.length)} guilds
            {view.action !== '' && `, those that drive ${view.action} most`}
            {view.node !== '' && `, on ${view.node}`}
            {view.q !== '' && `, with “${view.q}” in id or name`}
          </span>
          <button
            type="button"
            className="min-h-6 text-accent hover:underline pointer-coarse:min-h-10"
            onClick={() => push({ q: '', node: '', action: '' })}
          >
            Show all
          </button>
        </p>
      )}
      <FleetTable
        guilds={guilds}
        view={view}
        context={{ zone, nowMs: data.nowMs, ended: lastCompleteMinute(data) + 1, mixedWaits: kinds.size > 1 }}
        waitLabel={waitHeading(data.guilds)}
        windowLabel={windowLabel.charAt(0).toUpperCase() + windowLabel.slice(1)}
        onSort={(sort, dir) => push({ sort, dir })}
        onFocusGuild={(on) => replace({ on })}
        onTick={(guildId) => push({ ticked: tickedWith(view.ticked, guildId) })}
      />
    </>
  )
}

interface NodeFilterProps {
  readonly answer: FleetAnswer | undefined
  readonly node: string
  readonly onChange: (node: string) => void
}

function NodeFilter({ answer, node, onChange }: NodeFilterProps) {
  const nodes = nodesOf(answer?.guilds ?? [])
  if (nodes.length < 2 && node === '') return undefined
  return (
    <select
      aria-label="Node"
      value={node}
      onChange={(event) => onChange(event.target.value)}
      className="h-7 max-w-44 rounded-control border border-control-line bg-bg px-1.5 text-ui pointer-coarse:h-10"
    >
      <option value="">All nodes</option>
      {node !== '' && !nodes.some((one) => one.node === node) && <option value={node}>{node} (no guilds now)</option>}
      {nodes.map((one) => (
        <option key={one.node} value={one.node}>
          {one.node} ({one.guilds})
        </option>
      ))}
    </select>
  )
}

function TableSkeleton() {
  return (
    <div aria-hidden className="flex flex-col">
      <div className="h-24 border-b border-line" />
      {Array.from({ length: 12 }, (_, i) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a fixed picture
        <div key={i} className="flex h-9 items-center gap-6 border-b border-line px-3">
          <div className="skeleton h-3 w-40" />
          <div className="skeleton h-3 w-12" />
          <div className="skeleton h-3 flex-1" />
          <div className="skeleton h-3 w-24" />
        </div>
      ))}
    </div>
  )
}
