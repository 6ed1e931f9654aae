'use client'
import { useEffect, useState } from 'react'
import { failureOf } from '@/components/ui/failure.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { parseTraceId } from '@/lib/base/ids.ts'
import type { Failure } from '@/lib/base/result.ts'
import type { LoadProgress } from '@/lib/client/trace-loader.ts'
import type { Trace } from '@/lib/model/span-columns.ts'

export type OneTrace =
  | { readonly kind: 'none' }
  | { readonly kind: 'loading'; readonly progress: LoadProgress | undefined }
  | { readonly kind: 'failed'; readonly failure: Failure; readonly retry: () => void }
  | { readonly kind: 'ready'; readonly trace: Trace }

/** Groups are not shown here, so none is made. */
const NO_GROUPS = Number.MAX_SAFE_INTEGER

/** Loads a trace whole, in a worker; another id or leaving the page ends it. */
export function useOneTrace(id: string): OneTrace {
  const source = useViewData()
  const [state, setState] = useState<{ readonly id: string; readonly one: OneTrace }>({ id: '', one: { kind: 'none' } })
  const [attempt, setAttempt] = useState(0)
  const traceId = id === '' ? undefined : parseTraceId(id)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt loads again
  useEffect(() => {
    if (traceId === undefined) return
    const control = new AbortController()
    const set = (one: OneTrace) => {
      if (!control.signal.aborted) setState({ id: traceId, one })
    }
    set({ kind: 'loading', progress: undefined })
    source
      .loadTrace(traceId, NO_GROUPS, (progress) => set({ kind: 'loading', progress }), control.signal)
      .then(
        ({ trace }) => set({ kind: 'ready', trace }),
        (error: unknown) =>
          set({ kind: 'failed', failure: failureOf(error), retry: () => setAttempt((count) => count + 1) }),
      )
    return () => control.abort()
  }, [source, traceId, attempt])
  if (id === '') return { kind: 'none' }
  if (traceId === undefined) {
    return {
      kind: 'failed',
      failure: {
        kind: 'bad-request',
        source: 'this address',
        what: 'That is not a trace id.',
        tryThis: 'A trace id has 32 hexadecimal digits (16 are padded with zeros).',
      },
      retry: () => {},
    }
  }
  return state.id === traceId ? state.one : { kind: 'loading', progress: undefined }
}
