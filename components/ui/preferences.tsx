'use client'
import { useMemo, useSyncExternalStore } from 'react'
import { parseZone, type Zone, zoneName } from '@/lib/base/format.ts'
import { pageHost } from './navigation.tsx'
import { THEME_KEY, ZONE_KEY } from './theme-script.ts'
import { browserViewStore } from './use-view-state.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

export interface Preferences {
  readonly zone: Zone
  readonly setZone: (zone: Zone) => void
  /** The other of UTC and the reader's own; where a link's zone is shown, back to what the reader had. */
  readonly switchZone: () => void
  /** Set where the zone is a link's and not the reader's own. */
  readonly linkedZone: Zone | undefined
  readonly theme: ThemeChoice
  readonly setTheme: (theme: ThemeChoice) => void
}

const listeners = new Set<() => void>()

/** Storage can be forbidden (private windows, policies); then a choice lasts as long as the page. */
const fallback = new Map<string, string>()

function read(key: string): string | undefined {
  try {
    return localStorage.getItem(key) ?? fallback.get(key)
  } catch {
    return fallback.get(key)
  }
}

function write(key: string, value: string): void {
  fallback.set(key, value)
  try {
    localStorage.setItem(key, value)
  } catch {
    // Kept in `fallback`.
  }
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    window.addEventListener('storage', changed)
    window.addEventListener('popstate', changed)
    window.matchMedia('(prefers-color-scheme: light)').addEventListener('change', changed)
  }
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    window.removeEventListener('storage', changed)
    window.removeEventListener('popstate', changed)
    window.matchMedia('(prefers-color-scheme: light)').removeEventListener('change', changed)
  }
}

function changed(): void {
  applyTheme()
  for (const listener of listeners) listener()
}

/** What `THEME_SCRIPT` does before the first paint, for whoever runs no such script. */
export function applyTheme(): void {
  const theme = currentTheme()
  const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches)
  const wanted = light ? 'light' : 'dark'
  if (document.documentElement.dataset.theme !== wanted) document.documentElement.dataset.theme = wanted
}

function currentTheme(): ThemeChoice {
  const stored = read(THEME_KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

let linked: Zone | undefined
let linkRead: string | undefined

/**
 * A shared link reads the same for both: its zone beats what this browser remembers, on this page and on those that are reached from
 * it, until the reader takes their own again.
 */
function currentZone(): Zone {
  const asked = new URLSearchParams(pageHost().location.search).get('tz') ?? undefined
  if (asked !== undefined && asked !== linkRead) {
    linkRead = asked
    const zone = parseZone(asked)
    linked = zone === 'local' || zone === zoneName('local') ? 'local' : zone
  }
  return linked ?? ownZone()
}

function ownZone(): Zone {
  return read(ZONE_KEY) === 'local' ? 'local' : 'UTC'
}

/** A link's zone that is not the reader's own. */
function currentLinkedZone(): Zone | undefined {
  const zone = currentZone()
  return zone === ownZone() ? undefined : zone
}

function setTheme(theme: ThemeChoice): void {
  write(THEME_KEY, theme)
  changed()
}

function setZone(zone: Zone): void {
  write(ZONE_KEY, zone)
  linked = undefined
  const store = browserViewStore()
  const params = new URLSearchParams(store.search())
  if (params.has('tz')) {
    params.delete('tz')
    store.replace(params.size === 0 ? '' : `?${params}`)
    store.flush()
  }
  changed()
}

const serverZone = (): Zone => 'UTC'
const serverLinkedZone = (): Zone | undefined => undefined
const serverTheme = (): ThemeChoice => 'system'

function switchZone(): void {
  if (currentLinkedZone() !== undefined) setZone(ownZone())
  else setZone(currentZone() === 'UTC' ? 'local' : 'UTC')
}

/** The reader's zone and theme; kept in this browser. The zone is a link's where that states one: `?tz=UTC`, `?tz=Europe/Berlin`. */
export function usePreferences(): Preferences {
  const zone = useSyncExternalStore(subscribe, currentZone, serverZone)
  const theme = useSyncExternalStore(subscribe, currentTheme, serverTheme)
  const linkedZone = useSyncExternalStore(subscribe, currentLinkedZone, serverLinkedZone)
  return useMemo(() => ({ zone, setZone, switchZone, linkedZone, theme, setTheme }), [zone, linkedZone, theme])
}
