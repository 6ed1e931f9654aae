/**
 * Where the view state lives between the URL and the page: the query string of the address bar, or a newer one that a pan or
 * zoom has set and that will be written within `WRITE_EVERY_MS` (browsers refuse more than about 100 writes in 10 s).
 * Native history only: a router update would run server components again for every move of a slider.
 */
export interface ViewStore {
  readonly search: () => string
  readonly subscribe: (listener: () => void) => () => void
  /** A discrete move: a new entry, so that Back undoes it. */
  readonly push: (search: string) => void
  /** A continuous move: the current entry changes, written with a delay. */
  readonly replace: (search: string) => void
  /** Writes what is waiting; before a link is copied, for instance. */
  readonly flush: () => void
}

/** The part of `window` that is needed. */
export interface Host {
  readonly location: { readonly pathname: string; readonly search: string; readonly hash: string }
  readonly history: Pick<History, 'pushState' | 'replaceState'>
  readonly setTimeout: (run: () => void, ms: number) => number
  readonly clearTimeout: (id: number) => void
  readonly addEventListener: (type: 'popstate' | 'pagehide', listener: () => void) => void
}

export const WRITE_EVERY_MS = 250

export function viewStore(host: Host): ViewStore {
  const listeners = new Set<() => void>()
  let waiting: { readonly path: string; readonly search: string } | undefined
  let timer: number | undefined

  const notify = () => {
    for (const listener of [...listeners]) listener()
  }
  const stop = () => {
    if (timer !== undefined) host.clearTimeout(timer)
    timer = undefined
    waiting = undefined
  }
  // A pan that was under way when another page came must not be written onto that page.
  const pending = () => (waiting?.path === host.location.pathname ? waiting.search : undefined)
  const address = (search: string) => `${host.location.pathname}${search}${host.location.hash}`

  const flush = () => {
    const search = pending()
    stop()
    if (search !== undefined && search !== host.location.search) host.history.replaceState(null, '', address(search))
  }
  host.addEventListener('popstate', () => {
    stop()
    notify()
  })
  host.addEventListener('pagehide', flush)

  return {
    search: () => pending() ?? host.location.search,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    push(search) {
      flush() // Back leads to where a pan ended, not to where it began.
      if (search !== host.location.search) host.history.pushState(null, '', address(search))
      notify()
    },
    replace(search) {
      waiting = { path: host.location.pathname, search }
      timer ??= host.setTimeout(flush, WRITE_EVERY_MS)
      notify()
    },
    flush,
  }
}
