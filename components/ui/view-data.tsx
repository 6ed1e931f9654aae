'use client'
import { createContext, useContext } from 'react'
import { LIVE, type ViewData } from '@/lib/client/view-data.ts'

/** Which data the views below show; the live sources unless somebody says otherwise. */
export const ViewDataContext = createContext<ViewData>(LIVE)

export function useViewData(): ViewData {
  return useContext(ViewDataContext)
}

/** A stretch of a guild's minutes that is frozen, named by what it is: `the incident`, `a day before`. */
export interface FrozenRange {
  readonly label: string
  readonly fromMs: number
  readonly toMs: number
}

/** What is frozen. */
export interface FrozenRanges {
  /** Every guild with frozen minutes, the incident's own first. */
  readonly guilds: readonly { readonly guildId: string; readonly name: string }[]
  readonly of: (guildId: string) => readonly FrozenRange[]
}

/** Undefined on live data, which ends nowhere. */
export const FrozenRangesContext = createContext<FrozenRanges | undefined>(undefined)

/** The frozen range that holds most of [fromMs, toMs), so that a view never leaves what is kept. */
export function nearestRange(ranges: readonly FrozenRange[], fromMs: number, toMs: number): FrozenRange | undefined {
  const shared = (range: FrozenRange) => Math.min(range.toMs, toMs) - Math.max(range.fromMs, fromMs)
  let best = ranges[0]
  for (const range of ranges) if (shared(range) > shared(best)) best = range
  return best
}
