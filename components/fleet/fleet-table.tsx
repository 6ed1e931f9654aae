'use client'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp, Pin } from 'lucide-react'
import { type KeyboardEvent, useEffect, useRef } from 'react'
import { cx } from '@/components/ui/cx.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { useIsWide } from '@/components/ui/use-media-query.ts'
import { formatExact } from '@/lib/base/format.ts'
import { SIDES_MAX } from '@/lib/model/incident.ts'
import type { GuildLoad } from '@/lib/model/timings.ts'
import { Backlog, BusyNow, type CellContext, Finding, LastTrace, Sessions, Wait } from './columns.tsx'
import { ASCENDING_FIRST } from './fleet-rows.ts'
import type { FleetView, Sort } from './fleet-view.ts'
import { BusySparkline } from './sparkline.tsx'
import { useHeldOrder } from './use-held-order.ts'

/** The guild's page, with the address of the window it is opened from. */
export function guildHref(guildId: string): string {
  return `/guilds/${encodeURIComponent(guildId)}`
}

const ROW_WIDE_PX = 36
const ROW_NARROW_PX = 76

const GRID =
  'grid grid-cols-[minmax(0,1fr)_auto] gap-x-3 px-3 ' +
  'md:grid-cols-[minmax(14rem,1.6fr)_4.5rem_minmax(7rem,15rem)_minmax(9rem,11rem)_6rem] ' +
  'lg:grid-cols-[minmax(13rem,1.6fr)_4.5rem_minmax(10rem,15rem)_11rem_7rem_4.5rem_minmax(7rem,10rem)_5.5rem]'

interface Column {
  readonly sort: Sort | undefined
  readonly label: string
  readonly className?: string
}

function columnsOf(waitLabel: string, windowLabel: string): readonly Column[] {
  return [
    { sort: 'name', label: 'Guild' },
    { sort: 'busy', label: 'Busy now', className: 'justify-end max-md:hidden' },
    { sort: undefined, label: `${windowLabel}, 60 s line`, className: 'max-md:hidden' },
    { sort: 'wait', label: waitLabel, className: 'justify-end' },
    { sort: 'backlog', label: 'Backlog', className: 'justify-end max-md:hidden' },
    { sort: 'sessions', label: 'Sessions', className: 'justify-end max-lg:hidden' },
    { sort: 'node', label: 'Node', className: 'max-lg:hidden' },
    { sort: 'trace', label: 'Last trace', className: 'justify-end max-lg:hidden' },
  ]
}

export interface FleetTableProps {
  readonly guilds: readonly GuildLoad[]
  readonly view: FleetView
  readonly context: CellContext
  readonly waitLabel: string
  readonly windowLabel: string
  readonly onSort: (sort: Sort, dir: FleetView['dir']) => void
  readonly onFocusGuild: (guildId: string) => void
  /** Ticks a guild to compare it, or unticks it. */
  readonly onTick: (guildId: string) => void
}

/** One row a guild, only those on screen in the page. Arrow keys move, Enter opens. */
export function FleetTable(props: FleetTableProps) {
  const { guilds: ranked, view, context, waitLabel, windowLabel, onSort, onFocusGuild, onTick } = props
  const { rows: guilds, hold, release } = useHeldOrder(ranked)
  const scroller = useRef<HTMLElement>(null)
  const wide = useIsWide()
  const rowPx = wide ? ROW_WIDE_PX : ROW_NARROW_PX
  const rows = useVirtualizer({
    count: guilds.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPx,
    overscan: 8,
    getItemKey: (index) => guilds[index]?.guildId ?? index,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new row height makes every measured place stale
  useEffect(() => rows.measure(), [rowPx])

  const keepScroll = useKeptScroll('list', { unitPx: { y: rowPx }, ref: scroller })
  const focused = view.on === '' ? undefined : view.on
  const setFocused = (guildId: string) => {
    if (guildId !== view.on) onFocusGuild(guildId)
  }
  const focusRow = (index: number) => {
    const guild = guilds[Math.max(0, Math.min(guilds.length - 1, index))]
    if (guild === undefined) return
    setFocused(guild.guildId)
    rows.scrollToIndex(guilds.indexOf(guild), { align: 'auto' })
    // The row may only now come into the page.
    requestAnimationFrame(() => {
      scroller.current?.querySelector<HTMLElement>(`[data-guild="${CSS.escape(guild.guildId)}"]`)?.focus()
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'x' && focused !== undefined) {
      event.preventDefault()
      onTick(focused)
      return
    }
    const at = guilds.findIndex((guild) => guild.guildId === focused)
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2)
    const to: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: guilds.length - 1,
    }
    const target = to[event.key]
    if (target === undefined) return
    event.preventDefault()
    focusRow(target)
  }
  // Tab enters the list at the row last used, else at the first on screen.
  const entry =
    focused !== undefined && guilds.some((guild) => guild.guildId === focused) ? focused : guilds[0]?.guildId
  const items = rows.getVirtualItems()

  return (
    <div ref={keepScroll} className="min-h-0 flex-1 overflow-auto overscroll-contain max-md:min-h-96">
      {/* Virtual rows have places of their own: the table's elements keep their meaning, not their layout. */}
      <table className="block" aria-label="Guilds" aria-rowcount={guilds.length + 1}>
        <thead className="sticky top-0 z-20 block border-b border-line bg-bg">
          <tr aria-rowindex={1} className={cx(GRID, 'h-8 items-center text-table text-text-2')}>
            {columnsOf(waitLabel, windowLabel).map((column) => (
              <Heading key={column.label} column={column} view={view} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody
          className="relative block"
          style={{ height: rows.getTotalSize() }}
          onKeyDown={onKeyDown}
          onPointerMove={(event) => event.pointerType === 'mouse' && hold()}
          onPointerLeave={release}
        >
          {items.map((item) => {
            const guild = guilds[item.index]
            if (guild === undefined) return undefined
            return (
              <tr
                key={item.key}
                aria-rowindex={item.index + 2}
                className={cx(
                  GRID,
                  'absolute inset-x-0 top-0 items-center border-b border-line text-table hover:bg-surface',
                  'has-focus-visible:bg-accent-fill',
                )}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}
              >
                <Row
                  guild={guild}
                  context={context}
                  tabStop={guild.guildId === entry}
                  onFocus={() => setFocused(guild.guildId)}
                  ticked={view.ticked.includes(guild.guildId)}
                  full={view.ticked.length >= SIDES_MAX}
                  onTick={() => onTick(guild.guildId)}
                />
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

interface HeadingProps {
  readonly column: Column
  readonly view: FleetView
  readonly onSort: FleetTableProps['onSort']
}

function Heading({ column, view, onSort }: HeadingProps) {
  const { sort, label, className } = column
  const sorted = sort !== undefined && view.sort === sort
  const up = sorted && ASCENDING_FIRST.has(view.sort) === (view.dir === 'default')
  const press = () => {
    if (sort === undefined) return
    // First press: the interesting end; second: the other; third: the ranking again.
    if (!sorted) onSort(sort, 'default')
    else if (view.dir === 'default') onSort(sort, 'reverse')
    else onSort('rank', 'default')
  }
  return (
    <th
      scope="col"
      aria-sort={sorted ? (up ? 'ascending' : 'descending') : undefined}
      className={cx('flex min-w-0 items-center font-normal', className)}
    >
      {sort === undefined ? (
        <span className="truncate">{label}</span>
      ) : (
        <button
          type="button"
          onClick={press}
          className={cx('flex min-w-0 items-center gap-0.5 hover:text-text pointer-coarse:h-10', sorted && 'text-text')}
        >
          <span className="truncate">{label}</span>
          {sorted && (up ? <ArrowUp size={12} aria-hidden /> : <ArrowDown size={12} aria-hidden />)}
        </button>
      )}
    </th>
  )
}

interface RowProps {
  readonly guild: GuildLoad
  readonly context: CellContext
  readonly tabStop: boolean
  readonly onFocus: () => void
  readonly ticked: boolean
  /** As many as can be compared are ticked. */
  readonly full: boolean
  readonly onTick: () => void
}

function Row({ guild, context, tabStop, onFocus, ticked, full, onTick }: RowProps) {
  const name = guild.guildName ?? guild.guildId
  return (
    <>
      <td className="flex min-w-0 items-center gap-2 max-md:col-start-1 max-md:row-start-1">
        {/* Above the link, which covers the row. */}
        <label
          title={full && !ticked ? `At most ${SIDES_MAX} guilds can be compared` : 'Tick to compare (X)'}
          className="relative z-10 -m-1 flex shrink-0 items-center justify-center p-1 pointer-coarse:-m-3 pointer-coarse:p-3"
        >
          <input
            type="checkbox"
            checked={ticked}
            disabled={full && !ticked}
            onChange={onTick}
            onFocus={onFocus}
            tabIndex={tabStop ? 0 : -1}
            aria-label={`Compare ${name}`}
            className="size-4 accent-accent"
          />
        </label>
        <Link
          href={guildHref(guild.guildId)}
          data-guild={guild.guildId}
          tabIndex={tabStop ? 0 : -1}
          onFocus={onFocus}
          title={`${name} · ${guild.guildId}`}
          className={cx(
            'min-w-0 truncate py-1 font-medium outline-none after:absolute after:inset-0',
            'focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-accent',
            guild.guildName === undefined && 'font-mono',
          )}
        >
          <bdi>{name}</bdi>
        </Link>
        <span className="flex shrink-0 whitespace-nowrap">
          <Finding guild={guild} context={context} />
        </span>
        {guild.held && (
          <span
            title="Its minutes are held beyond their ordinary retention."
            className="inline-flex shrink-0 items-center gap-0.5 text-text-2 max-md:hidden"
          >
            <Pin size={12} aria-hidden />
            <span className="max-lg:sr-only">held</span>
          </span>
        )}
      </td>
      <td className="text-right max-md:col-start-2 max-md:row-start-2 max-md:justify-self-end">
        <BusyNow guild={guild} />
      </td>
      <td className="max-md:col-span-2 max-md:col-start-1 max-md:row-start-2 max-md:pr-16">
        <BusySparkline busyUs={guild.busyUs.slice(0, context.ended)} className="h-5 w-full" />
      </td>
      <td className="text-right whitespace-nowrap max-md:col-start-2 max-md:row-start-1">
        <Wait guild={guild} context={context} />
      </td>
      <td className="text-right whitespace-nowrap max-md:hidden">
        <Backlog guild={guild} />
      </td>
      <td className="text-right max-lg:hidden" title={guild.sessions < 0 ? undefined : formatExact(guild.sessions)}>
        <Sessions guild={guild} />
      </td>
      <td className="truncate max-lg:hidden" title={guild.node}>
        {guild.node}
      </td>
      <td className="text-right whitespace-nowrap text-text-2 max-lg:hidden">
        <LastTrace guild={guild} context={context} />
      </td>
    </>
  )
}
