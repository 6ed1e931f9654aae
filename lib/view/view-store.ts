import { CUT_KEY } from './view-state.ts'

/**
 * Where the view state lives between the URL and the page: the query string of the address bar, or a newer one that a pan or
 * zoom has set and that will be written within `WRITE_EVERY_MS` (browsers refuse more than about 100 writes in 10 s).
 * Native history only: a router update would run server components again for every move of a slider.
 *
 * A state too long for an address stays in the history entry, where reload and Back find it; the address then says only that it is
 * cut. A link to such a state goes through the server (`POST /api/links`).
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
  /** Another page was asked for: writes what is waiting now, and nothing by itself until that page is here (or does not come). */
  readonly leave: () => void
  /** Called before each flush: whoever gathers changes for a while hands them over now. Returns its end. */
  readonly onFlush: (handOver: () => void) => () => void
}

/** The part of `window` that is needed. */
export interface Host {
  readonly location: { readonly pathname: string; readonly search: string; readonly hash: string }
  readonly history: Pick<History, 'pushState' | 'replaceState'> & { readonly state?: unknown }
  readonly setTimeout: (run: () => void, ms: number) => number
  readonly clearTimeout: (id: number) => void
  readonly addEventListener: (type: 'popstate' | 'pagehide', listener: () => void) => void
}

export const WRITE_EVERY_MS = 250
/** So long a page that was asked for may take before writing goes on. */
export const LEAVE_WITHIN_MS = 3_000
/** Servers stop reading a request's head at 16 KiB, and requests name this page's address as their referrer, too. */
export const ADDRESS_MAX = 6_000
const STATE_KEY = 'guildscopeView'

/** The address and the history entry's data for a query string of any length. */
export function historyEntry(search: string): { readonly search: string; readonly data: object | null } {
  return search.length <= ADDRESS_MAX
    ? { search, data: null }
    : { search: `?${CUT_KEY}=1`, data: { [STATE_KEY]: search } }
}

export function viewStore(host: Host): ViewStore {
  const listeners = new Set<() => void>()
  const gathering = new Set<() => void>()
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
  const written = () => keptSearch(host.history.state) ?? host.location.search

  const flush = () => {
    for (const handOver of [...gathering]) handOver()
    const search = pending()
    stop()
    if (search === undefined || search === written()) return
    const entry = historyEntry(search)
    host.history.replaceState(entry.data, '', address(entry.search))
  }
  let left: { readonly path: string; readonly atMs: number } | undefined
  const isLeaving = () => left?.path === host.location.pathname && Date.now() - left.atMs < LEAVE_WITHIN_MS
  const writeLater = () => {
    timer = host.setTimeout(() => (isLeaving() ? writeLater() : flush()), WRITE_EVERY_MS)
  }
  host.addEventListener('popstate', () => {
    left = undefined
    stop()
    notify()
  })
  host.addEventListener('pagehide', flush)

  return {
    search: () => pending() ?? written(),
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    push(search) {
      flush() // Back leads to where a pan ended, not to where it began.
      if (search !== written()) {
        const entry = historyEntry(search)
        host.history.pushState(entry.data, '', address(entry.search))
      }
      notify()
    },
    replace(search) {
      waiting = { path: host.location.pathname, search }
      if (timer === undefined) writeLater()
      notify()
    },
    flush,
    leave() {
      flush()
      left = { path: host.location.pathname, atMs: Date.now() }
    },
    onFlush(handOver) {
      gathering.add(handOver)
      return () => gathering.delete(handOver)
    },
  }
}

function keptSearch(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !(STATE_KEY in data)) return undefined
  const kept = data[STATE_KEY]
  return typeof kept === 'string' ? kept : undefined
}
