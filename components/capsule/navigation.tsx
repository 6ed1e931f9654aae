/**
 * Moving between the views of an exported file: what `components/ui/navigation.tsx` is in an instance, under the same names (the bundle
 * puts this module in its place). A page opened from disk may change nothing of its address but the fragment, so path and query
 * live there: `incident.html#/traces/4bf9…?v=1&span=…`. Back works, and a copied address restores the view.
 */
import { type ComponentProps, type MouseEvent, useSyncExternalStore } from 'react'
import type { Host } from '@/lib/view/view-store.ts'

export interface LinkProps extends Omit<ComponentProps<'a'>, 'href'> {
  readonly href: string
}

export interface FileAddress {
  /** Begins with `/`; `/` where the fragment is none of ours. */
  readonly path: string
  /** `?…` or ''. */
  readonly search: string
}

export function fileAddress(hash: string): FileAddress {
  const text = hash.startsWith('#/') ? hash.slice(1) : '/'
  const at = text.indexOf('?')
  return at < 0 ? { path: text, search: '' } : { path: text.slice(0, at), search: text.slice(at) }
}

const here = (): FileAddress => fileAddress(window.location.hash)

export function Link({ href, onClick, ...rest }: LinkProps) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event)
    if (event.defaultPrevented || event.button !== 0) return
    // With a modifier the browser opens the file anew, at that view.
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    navigate(href)
  }
  return <a {...rest} href={`#${href}`} onClick={follow} />
}

/** Everything that follows the address listens to `popstate`; moving by hand says so in the same way. */
function navigate(href: string): void {
  if (`#${href}` !== window.location.hash) window.history.pushState(null, '', `#${href}`)
  window.dispatchEvent(new PopStateEvent('popstate'))
}

export function useNavigate(): (href: string) => void {
  return navigate
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener)
  return () => window.removeEventListener('popstate', listener)
}

export function useSearch(): string {
  return useSyncExternalStore(subscribe, () => here().search)
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => here().path)
}

const HOST: Host = {
  location: {
    get pathname() {
      return here().path
    },
    get search() {
      return here().search
    },
    hash: '',
  },
  history: {
    pushState: (data, unused, url) => window.history.pushState(data, unused, `#${url}`),
    replaceState: (data, unused, url) => window.history.replaceState(data, unused, `#${url}`),
  },
  setTimeout: (run, ms) => window.setTimeout(run, ms),
  clearTimeout: (id) => window.clearTimeout(id),
  addEventListener: (type, listener) => window.addEventListener(type, listener),
}

export function pageHost(): Host {
  return HOST
}
