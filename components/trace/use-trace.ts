'use client'
import { useCallback, useEffect, useState } from 'react'
import { failureOf } from '@/components/ui/failure.ts'
import { browserViewStore } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { Failure } from '@/lib/base/result.ts'
import type { LoadProgress } from '@/lib/client/trace-loader.ts'
import { DEFAULT_THRESHOLD, restore, traceCodec } from './trace-view-state.ts'
import { WaterfallModel } from './waterfall-model.ts'

export type TraceState =
  | { readonly kind: 'loading'; readonly progress: LoadProgress | undefined }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'ready'; readonly model: WaterfallModel }

/** Loads a trace whole; leaving the page ends its worker. */
export function useTrace(traceId: string): { readonly state: TraceState; readonly retry: () => void } {
  const source = useViewData()
  const [state, setState] = useState<TraceState>({ kind: 'loading', progress: undefined })
  const [attempt, setAttempt] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again
  useEffect(() => {
    const control = new AbortController()
    setState({ kind: 'loading', progress: undefined })
    const tell = (progress: LoadProgress) => {
      if (!control.signal.aborted) setState({ kind: 'loading', progress })
    }
    source.loadTrace(traceId, DEFAULT_THRESHOLD, tell, control.signal).then(
      (loaded) => {
        if (control.signal.aborted) return
        const model = new WaterfallModel(loaded)
        restore(model, traceCodec.parse(browserViewStore().search()).state)
        setState({ kind: 'ready', model })
      },
      (error: unknown) => {
        if (!control.signal.aborted) setState({ kind: 'failed', failure: failureOf(error) })
      },
    )
    return () => control.abort()
  }, [source, traceId, attempt])
  return { state, retry: useCallback(() => setAttempt((n) => n + 1), []) }
}
