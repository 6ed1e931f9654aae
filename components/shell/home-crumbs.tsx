'use client'
import { createContext, useContext } from 'react'
import type { Crumb } from './top-bar.tsx'

/** What every page's breadcrumb begins with: the fleet, or the incident whose evidence is looked at. */
export const HomeCrumbsContext = createContext<readonly Crumb[]>([{ label: 'Guilds', href: '/' }])

export function useHomeCrumbs(): readonly Crumb[] {
  return useContext(HomeCrumbsContext)
}
