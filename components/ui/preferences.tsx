'use client'
import { useMemo, useSyncExternalStore } from 'react'
import type { Zone } from '@/lib/base/format.ts'
import { pageHost } from './navigation.tsx'
import { THEME_KEY, ZONE_KEY } from './theme-script.ts'

export type ThemeChoice = 'system' | 'light' | 'dark'

export interface Preferences {
  readonly zone: Zone
  readonly setZone: (zone: Zone) => void
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
  const theme = currentTheme()
  const light = theme === 'light' || (theme === 'system' && matchMedia('(prefers-color-scheme: light)').matches)
  const wanted = light ? 'light' : 'dark'
  if (document.documentElement.dataset.theme !== wanted) document.documentElement.dataset.theme = wanted
  for (const listener of listeners) listener()
}

function currentTheme(): ThemeChoice {
  const stored = read(THEME_KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** The address beats what this browser remembers, so that a shared link reads the same for both. */
function currentZone(): Zone {
  const asked = new URLSearchParams(pageHost().location.search).get('tz')
  if (asked === 'utc') return 'UTC'
  if (asked === 'local') return 'local'
  return read(ZONE_KEY) === 'local' ? 'local' : 'UTC'
}

function setTheme(theme: ThemeChoice): void {
  write(THEME_KEY, theme)
  changed()
}

function setZone(zone: Zone): void {
  write(ZONE_KEY, zone)
  const { location, history } = pageHost()
  const params = new URLSearchParams(location.search)
  if (params.has('tz')) {
    params.set('tz', zone === 'UTC' ? 'utc' : 'local')
    history.replaceState(window.history.state, '', `${location.pathname}?${params}${location.hash}`)
  }
  changed()
}

const serverZone = (): Zone => 'UTC'
const serverTheme = (): ThemeChoice => 'system'

/** The reader's zone and theme; kept in this browser, the zone overridden by `?tz=utc|local`. */
export function usePreferences(): Preferences {
  const zone = useSyncExternalStore(subscribe, currentZone, serverZone)
  const theme = useSyncExternalStore(subscribe, currentTheme, serverTheme)
  return useMemo(() => ({ zone, setZone, theme, setTheme }), [zone, theme])
}
