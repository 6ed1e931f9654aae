'use client'

import { useCallback, useLayoutEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { ViewCodec } from '@/lib/view/view-state'
import { type ViewStore, viewStore } from '@/lib/view/view-store'

let store: ViewStore | undefined
const nothing: ViewStore = { search: () => '', subscribe: () => () => {}, push() {}, replace() {}, flush() {} }

/** The page's one store; on the server a stand-in that holds nothing. */
export function pageViewStore(): ViewStore {
  if (typeof window === 'undefined') return nothing
  store ??= viewStore(window)
  return store
}

export interface ViewState<S> {
  /** Everything by default until `ready`. */
  readonly state: S
  /** False for the very first render, in which the address bar cannot be read yet: fetch nothing before. */
  readonly ready: boolean
  /** Parameters that could not be read. */
  readonly rejected: readonly string[]
  /** A discrete move: Back undoes it. */
  readonly move: (patch: Partial<S>) => void
  /** A continuous move (pan, zoom, typing): the current history entry changes, written with a delay. */
  readonly slide: (patch: Partial<S>) => void
}

/** The view state of a page, restored from and kept in the URL. `codec` must be the same object every time. */
export function useViewState<S>(codec: ViewCodec<S>): ViewState<S> {
  const page = pageViewStore()
  const search = useSyncExternalStore(page.subscribe, page.search, nothing.search)
  // A client-side navigation renders the new page before the address changes; it has changed when layout effects run.
  const [ready, setReady] = useState(false)
  useLayoutEffect(() => setReady(true), [])
  const parsed = useMemo(() => codec.parse(ready ? search : ''), [codec, search, ready])
  const move = useCallback(
    (patch: Partial<S>) => page.push(codec.print({ ...codec.parse(page.search()).state, ...patch }, page.search())),
    [codec, page],
  )
  const slide = useCallback(
    (patch: Partial<S>) => page.replace(codec.print({ ...codec.parse(page.search()).state, ...patch }, page.search())),
    [codec, page],
  )
  return { state: parsed.state, ready, rejected: parsed.rejected, move, slide }
}
