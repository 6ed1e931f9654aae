'use client'
import { useCallback, useEffect, useRef, useState } from 'react'
import { toast } from '@/components/ui/announce.tsx'
import { browserViewStore, type LinkRemarks } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { SpanDetails } from '@/lib/model/span-columns.ts'
import { indexOfSpan, type PanelView, parseSpanRef, traceCodec, viewOf } from './trace-view-state.ts'
import type { WaterfallModel } from './waterfall-model.ts'

const WRITE_AFTER_MS = 150

export interface TraceUrl {
  readonly detailsOpen: boolean
  readonly setDetailsOpen: (open: boolean) => void
  /** Widths and the like, which the model knows nothing of. */
  readonly panels: Pick<PanelView, 'names' | 'side' | 'wide'>
  readonly setPanels: (change: Partial<Pick<PanelView, 'names' | 'side' | 'wide'>>) => void
  /** What of the address could not be understood. */
  readonly remarks: LinkRemarks
  readonly identified: (details: SpanDetails) => void
  /** Selects the span with this id, wherever it is. */
  readonly goToId: (spanId: string) => void
}

/** Finishes what the address asks of a model that was restored from it, then keeps the address in step with the model. */
export function useTraceUrl(model: WaterfallModel): TraceUrl {
  const source = useViewData()
  const [opened] = useState(() => traceCodec.parse(browserViewStore().search()))
  const [detailsOpen, setDetailsOpen] = useState(opened.state.details)
  const [panels, setPanelState] = useState(() => panelsOf(opened.state))
  const rest = useRef<PanelView>({ ...panelsOf(opened.state), span: '', details: false })
  /** The span the address asked for, until it is found to be the right one. */
  const asked = useRef<string | undefined>(undefined)
  const write = useRef<() => void>(() => {})

  const lookUp = useCallback(
    (ref: string, signal?: AbortSignal) => {
      const wanted = parseSpanRef(ref)
      if (wanted === undefined) return
      source.spanIds(model.loaded.trace.traceId, signal).then(
        (ids) => {
          const index = indexOfSpan(ids, wanted.id, wanted.ordinal)
          if (index >= 0 && index < model.spans.count) model.goTo(index)
          else toast('The span this link points to is not in the trace any more.')
        },
        () => {
          if (!signal?.aborted) toast('The span this link points to could not be looked up.')
        },
      )
    },
    [model, source],
  )

  useEffect(() => {
    const control = new AbortController()
    const page = browserViewStore()
    const { state } = traceCodec.parse(page.search())
    rest.current = { ...panelsOf(state), span: state.span, details: state.details }
    asked.current = state.span === '' ? undefined : state.span
    if (state.span !== '' && (state.at === undefined || !state.details)) lookUp(state.span, control.signal)
    // The first row can be scrolled to only once the view has a height.
    if (state.row > 0) {
      const scroll = () => {
        if (model.viewHeight === 0) return
        model.scrollTo(Math.round(state.row * model.rowHeight))
        end()
      }
      const end = model.subscribe('rows', scroll)
      scroll()
    }

    let timer: ReturnType<typeof setTimeout> | undefined
    const flush = () => {
      clearTimeout(timer)
      timer = undefined
      page.replace(traceCodec.print({ ...viewOf(model), ...rest.current }, page.search()))
    }
    write.current = () => {
      timer ??= setTimeout(flush, WRITE_AFTER_MS)
    }
    const ends = [
      page.onFlush(() => {
        if (timer !== undefined) flush()
      }),
      model.subscribe('view', () => write.current()),
      model.subscribe('selection', () => {
        if (asked.current === undefined) rest.current = { ...rest.current, span: '' }
      }),
    ]
    return () => {
      control.abort()
      clearTimeout(timer)
      for (const end of ends) end()
    }
  }, [model, lookUp])

  const open = useCallback((wanted: boolean) => {
    setDetailsOpen(wanted)
    rest.current = { ...rest.current, details: wanted }
    write.current()
  }, [])

  const setPanels = useCallback((change: Partial<PanelView>) => {
    rest.current = { ...rest.current, ...change }
    setPanelState(panelsOf(rest.current))
    write.current()
  }, [])

  const identified = useCallback(
    (details: SpanDetails) => {
      const ref = details.ordinal === 0 ? details.spanId : `${details.spanId}-${details.ordinal}`
      const wanted = asked.current
      asked.current = undefined
      if (wanted !== undefined && wanted !== ref) return lookUp(wanted)
      rest.current = { ...rest.current, span: ref }
      write.current()
    },
    [lookUp],
  )
  return { detailsOpen, setDetailsOpen: open, panels, setPanels, remarks: opened, identified, goToId: lookUp }
}

function panelsOf({ names, side, wide }: PanelView): Pick<PanelView, 'names' | 'side' | 'wide'> {
  return { names, side, wide }
}
