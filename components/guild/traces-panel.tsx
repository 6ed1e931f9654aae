'use client'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useForeignSources } from '@/components/shell/asked-sources.ts'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { dropScroll } from '@/components/ui/use-kept-scroll.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatExact } from '@/lib/base/format.ts'
import { FREEZE_TRACES_MAX } from '@/lib/model/freeze.ts'
import type { TraceSummary } from '@/lib/model/trace-list.ts'
import type { Layer } from '@/lib/view/frame.ts'
import { TRACE_ROWS } from './guild-view.ts'
import type { LowerPanelsProps } from './lower-panels.tsx'
import { TraceScatter } from './trace-scatter.tsx'
import { TraceTable } from './trace-table.tsx'
import { useHeld } from './use-held.ts'

/** What one answer may hold: the scatter shows them all, the table grows by rows. */
const PAGE = 1_000
/** More points and rows than this help nobody; the filters do. */
const MOST = 5_000

/** The traces of the selection: duration over time, and a table. */
export function TracesPanel(props: LowerPanelsProps & { readonly words: string }) {
  const { guildId, view, range, selection, live, zone, words, move } = props
  const { fromMs, toMs } = selection ?? range
  const source = useViewData()
  const { traces: asked } = useForeignSources()
  const overlay = useRef<Layer | undefined>(undefined)
  const marked = useRef<string | undefined>(undefined)
  // Pointing at a point or a row redraws one ring; nothing renders.
  const mark = useCallback((traceId: string | undefined) => {
    if (marked.current === traceId) return
    marked.current = traceId
    overlay.current?.invalidate()
  }, [])
  const { rows } = view
  const query = useInfiniteQuery({
    queryKey: [source.key, 'guild traces', guildId, fromMs, toMs, view.action, view.sort, view.complete],
    queryFn: ({ signal, pageParam }) =>
      source.traces(
        {
          guild: guildId,
          fromMs,
          toMs,
          action: view.action === '' ? undefined : view.action,
          sort: view.sort,
          completeOnly: view.complete,
          limit: PAGE,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: firstPage(),
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
    refetchInterval: live ? 15_000 : false,
  })
  const newest = useMemo(() => distinct(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data])
  const question = [selection?.fromMs, selection?.toMs, view.span, view.from, view.action, view.sort, view.complete]
  const list = question.join(' ')
  const listed = useRef(list)
  useEffect(() => {
    if (listed.current === list) return
    listed.current = list
    dropScroll('traces')
  }, [list])
  const { shown: traces, hold, release } = useHeld(newest, `${list} ${query.isPlaceholderData}`)
  const first = query.data?.pages[0]
  const total = first?.total
  // Of the newest there may be more than fetched: the axis then begins where they do, not in an emptiness that is none.
  const cut = view.sort === 'newest' && query.hasNextPage && traces.length > 0
  const scatterFromMs = cut ? Math.max(fromMs, (traces.at(-1)?.startMs ?? fromMs) - 1_000) : fromMs
  // A link may show more rows than one page holds.
  const { hasNextPage, isFetching, fetchNextPage } = query
  useEffect(() => {
    if (rows > newest.length && newest.length > 0 && newest.length < MOST && hasNextPage && !isFetching)
      void fetchNextPage()
  }, [rows, newest.length, hasNextPage, isFetching, fetchNextPage])
  const tick = (traceId: string) => {
    const without = view.ticked.filter((one) => one !== traceId)
    move({
      ticked: without.length < view.ticked.length ? without : [...view.ticked, traceId].slice(-FREEZE_TRACES_MAX),
    })
  }
  const showMore = () => {
    release()
    move({ rows: rows + TRACE_ROWS })
  }
  return (
    <Panel
      title="Traces"
      className="flex-1"
      note={
        <>
          <span className="text-text">{words}</span>
          {asked !== undefined && ` · from ${asked.name}`}
          {query.data !== undefined && <span> · {countWords(traces.length, total, query.hasNextPage)}</span>}
        </>
      }
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 pb-1.5">
        <SegmentedControl
          label="Order"
          value={view.sort}
          segments={[
            { value: 'newest', label: 'Newest' },
            { value: 'slowest', label: 'Slowest' },
            { value: 'longest-wait', label: 'Longest wait' },
          ]}
          onChange={(sort) => move({ sort })}
        />
        <Button
          tone="outline"
          aria-pressed={view.complete}
          onClick={() => move({ complete: !view.complete })}
          title="Reaches from the client or API to the guild, with a root and no missing parents"
          className="text-table"
        >
          Complete only
        </Button>
      </div>
      {first !== undefined && <PanelState kind="partial" notes={first.notes} />}
      {query.isError ? (
        <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <PanelState kind="loading" waitsFor={`the traces of ${words}`} />
      ) : traces.length === 0 ? (
        <PanelState
          kind="empty"
          what={`No ${view.complete ? 'complete ' : ''}traces are stored for ${words}. Sampling can miss a quiet minute: widen the selection.`}
          action={
            view.complete ? (
              <Button onClick={() => move({ complete: false })}>Show incomplete ones too</Button>
            ) : undefined
          }
        />
      ) : (
        <div
          className={cx('flex min-h-0 flex-1 flex-col', query.isPlaceholderData && 'opacity-50')}
          aria-busy={query.isPlaceholderData}
        >
          <TraceScatter
            traces={traces}
            fromMs={scatterFromMs}
            toMs={toMs}
            zone={zone}
            marked={marked}
            overlay={overlay}
            onMark={mark}
          />
          <TraceTable
            // Another question begins at its top.
            key={list}
            traces={traces}
            rows={rows}
            zone={zone}
            ticked={view.ticked}
            onTick={tick}
            onMark={mark}
            onHold={hold}
            onRelease={release}
            footer={
              rows >= MOST && (query.hasNextPage || rows < traces.length) ? (
                <p className="px-3 py-1 text-table text-text-2">
                  {formatExact(MOST)} are enough to look at; narrow the selection to see others.
                </p>
              ) : rows < traces.length || query.hasNextPage ? (
                <Button tone="plain" className="m-1" disabled={query.isFetchingNextPage} onClick={showMore}>
                  {query.isFetchingNextPage ? 'Waiting for more traces …' : `Show ${TRACE_ROWS} more`}
                </Button>
              ) : undefined
            }
          />
        </div>
      )}
    </Panel>
  )
}

/** While traces arrive, two pages fetched at different times can overlap. */
function distinct(traces: readonly TraceSummary[]): readonly TraceSummary[] {
  return [...new Map(traces.map((trace) => [`${trace.source} ${trace.traceId}`, trace])).values()]
}

/** The first page has no cursor; said with the type that later pages have. */
function firstPage(): string | undefined {
  return undefined
}

function countWords(shown: number, total: number | undefined, more: boolean): string {
  if (total !== undefined && total > shown) return `${formatExact(shown)} of ${formatExact(total)}`
  return more ? `the first ${formatExact(shown)}` : `${formatExact(shown)}`
}
