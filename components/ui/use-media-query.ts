'use client'
import { useCallback, useSyncExternalStore } from 'react'

/** Whether a media query holds; `onServer` until the page runs. */
export function useMediaQuery(query: string, onServer = false): boolean {
  const subscribe = useCallback(
    (changed: () => void) => {
      const list = window.matchMedia(query)
      list.addEventListener('change', changed)
      return () => list.removeEventListener('change', changed)
    },
    [query],
  )
  return useSyncExternalStore(
    subscribe,
    () => window.matchMedia(query).matches,
    () => onServer,
  )
}

/** At least 768 CSS px wide: tables and side-by-side panels. */
export function useIsWide(): boolean {
  return useMediaQuery('(min-width: 48rem)', true)
}
