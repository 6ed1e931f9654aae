'use client'
import { useCallback, useMemo, useSyncExternalStore } from 'react'
import { type ParsedView, type ViewCodec, withoutFrame } from '@/lib/view/view-state.ts'
import { type ViewStore, viewStore } from '@/lib/view/view-store.ts'
import { leaving } from './leaving.ts'
import { pageHost, useSearch } from './navigation.tsx'

let store: ViewStore | undefined

/** The page's one link between view state and address bar. In the browser only. */
export function browserViewStore(): ViewStore {
  if (store === undefined) {
    store = viewStore(pageHost())
    leaving.listen(store.leave)
  }
  return store
}

const subscribe = (listener: () => void) => browserViewStore().subscribe(listener)
const search = () => browserViewStore().search()
/** Scrolling writes into the address too: a view renders only for what is its own. */
const ownSearch = () => withoutFrame(search())

export type LinkRemarks = Omit<ParsedView<unknown>, 'state'>

export interface UsedViewState<S> {
  readonly state: S
  /** What of the address could not be understood. */
  readonly remarks: LinkRemarks
  /** A discrete move: Back undoes it. */
  readonly push: (change: Partial<S>) => void
  /** A continuous move (typing, panning): changes the current entry. */
  readonly replace: (change: Partial<S>) => void
}

/** A page's view state, read from and written to the URL. `codec` is a constant of the page's module. */
export function useViewState<S extends object>(codec: ViewCodec<S>): UsedViewState<S> {
  const given = useSearch()
  // The router renders before it writes the address; a snapshot of its own for each move makes React look again once it is written.
  const snapshot = useMemo(() => {
    void given
    return () => ownSearch()
  }, [given])
  const text = useSyncExternalStore(subscribe, snapshot, () => withoutFrame(given))
  const parsed = useMemo(() => codec.parse(text), [codec, text])
  const next = useCallback(
    (change: Partial<S>) => codec.print({ ...codec.parse(search()).state, ...change }, search()),
    [codec],
  )
  const push = useCallback((change: Partial<S>) => browserViewStore().push(next(change)), [next])
  const replace = useCallback((change: Partial<S>) => browserViewStore().replace(next(change)), [next])
  return useMemo(() => ({ state: parsed.state, remarks: parsed, push, replace }), [parsed, push, replace])
}
