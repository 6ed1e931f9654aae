'use client'
import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useMemo } from 'react'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useSources } from '@/components/shell/source-health-link.tsx'
import { Button } from '@/components/ui/button.tsx'
import { pageHost, useNavigate } from '@/components/ui/navigation.tsx'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import { useViewData, ViewDataContext } from '@/components/ui/view-data.tsx'
import { formatExact } from '@/lib/base/format.ts'
import { fetchTraceSources } from '@/lib/client/api.ts'
import { liveData } from '@/lib/client/view-data.ts'
import type { TraceFinding, TraceWhereabouts } from '@/lib/model/trace-whereabouts.ts'
import { withParam } from '@/lib/view/view-state.ts'
import { Loading } from './trace-loading.tsx'

const WhereaboutsContext = createContext<TraceWhereabouts | undefined>(undefined)
const ASK_AGAIN_MS = 1_000

interface Props {
  readonly traceId: string
  readonly children: ReactNode
}

/**
 * The trace from the source that has most of it, where nobody chose. For instances with several sources of traces; on evidence there is
 * only the evidence.
 */
export function TraceSources({ traceId, children }: Props) {
  return useViewData().frozen === undefined ? <Among traceId={traceId}>{children}</Among> : children
}

function Among({ traceId, children }: Props) {
  const given = useViewData()
  const { source, timings } = given.chosen
  const first = useQuery({
    queryKey: ['trace sources', traceId, 'first'],
    queryFn: ({ signal }) => fetchTraceSources(traceId, true, signal),
    retry: false,
    staleTime: 30_000,
  })
  const asking = (found: TraceWhereabouts | undefined) => found?.sources.some((one) => one.state === 'asking') === true
  const rest = useQuery({
    queryKey: ['trace sources', traceId, 'rest'],
    queryFn: ({ signal }) => fetchTraceSources(traceId, false, signal),
    enabled: asking(first.data),
    refetchInterval: (query) => (query.state.data === undefined || asking(query.state.data) ? ASK_AGAIN_MS : false),
  })
  // What was shown stays: a source that turns out to have more is offered, not put in its place.
  const best = source ?? first.data?.best
  const data = useMemo(
    () => (best === source ? given : liveData({ source: best, timings })),
    [best, source, timings, given],
  )
  if (source === undefined && first.isPending) {
    return (
      <PageFrame crumbs={[{ label: 'Trace' }]}>
        <Loading what="Asking every source for the trace …" share={undefined} />
      </PageFrame>
    )
  }
  return (
    <WhereaboutsContext value={rest.data ?? first.data}>
      <ViewDataContext value={data}>{children}</ViewDataContext>
    </WhereaboutsContext>
  )
}

/** In which sources the trace is, with a switch; nothing where there is one source only. */
export function OtherSources() {
  const found = useContext(WhereaboutsContext)
  return found === undefined ? undefined : <Findings found={found} />
}

function Findings({ found }: { readonly found: TraceWhereabouts }) {
  const { chosen } = useViewData()
  const { data } = useSources()
  const navigate = useNavigate()
  const shown = chosen.source ?? data?.choices.defaults.traces
  const to = (name: string) => {
    const store = browserViewStore()
    store.flush()
    navigate(`${pageHost().location.pathname}${withParam(store.search(), 'source', name)}`)
  }
  return (
    <section
      aria-label="Sources of this trace"
      className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1 text-table text-text-2"
    >
      {found.sources.map((one) => (
        <span key={one.name} className="inline-flex min-w-0 items-center gap-1.5">
          {one.name === shown ? (
            <span className="text-text">
              Shown from <b className="font-semibold">{one.name}</b>
              {words(one, ': ')}
            </span>
          ) : one.state === 'found' ? (
            <Button onClick={() => to(one.name)}>
              Show from {one.name} ({words(one, '')})
            </Button>
          ) : (
            <span>
              {failedItself(one) ? '' : one.name}
              {words(one, failedItself(one) ? '' : ': ')}
            </span>
          )}
        </span>
      ))}
    </section>
  )
}

/** What went wrong says of whom it speaks. */
function failedItself(one: TraceFinding): boolean {
  return one.state === 'failed' && one.what.startsWith(`${one.name} `)
}

function words(one: TraceFinding, before: string): string {
  switch (one.state) {
    case 'found':
      return `${before}${formatExact(one.spans)} ${one.spans === 1 ? 'span' : 'spans'}`
    case 'absent':
      return `${before}does not have it`
    case 'asking':
      return `${before}still being asked …`
    case 'failed':
      return `${before}${one.what}`
  }
}
