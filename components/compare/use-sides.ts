'use client'
import { useQueries } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { type GuildFacts, guildFacts } from '@/components/guild/heat-model.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { Failure } from '@/lib/base/result.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { SIDES_MAX } from '@/lib/model/incident.ts'
import type { GuildMinutes } from '@/lib/model/timings.ts'
import { type CompareSide, LETTERS, type RangeMs, sideState } from './compare-view.ts'

/** A minute that runs changes every few seconds; what is over does not. */
const LIVE_EVERY_MS = 5_000
/** So long the first picture waits for all sides: their one order and one scale would jump with each that comes. */
const TOGETHER_MS = 400
/** Keeps derived facts from being made anew while other sides load. */
const known = new WeakMap<GuildMinutes, GuildFacts>()

function factsOf(data: GuildMinutes): GuildFacts {
  const facts = known.get(data) ?? guildFacts(data)
  known.set(data, facts)
  return facts
}

export interface SideHandle {
  /** Place in the address's list. */
  readonly index: number
  readonly letter: string
  readonly side: CompareSide
  readonly name: string
}

export type LoadedSide = SideHandle &
  (
    | { readonly kind: 'problem'; readonly what: string }
    | { readonly kind: 'loading'; readonly range: RangeMs }
    | { readonly kind: 'failed'; readonly range: RangeMs; readonly failure: Failure; readonly retry: () => void }
    | ReadySide
  )

export interface ReadySide extends SideHandle {
  readonly kind: 'ready'
  readonly range: RangeMs
  readonly facts: GuildFacts
  /** Newer minutes could not be had. */
  readonly stale: Failure | undefined
}

/** The minutes of every side, each fetched for itself: one that fails leaves the others alone. */
export function useSides(sides: readonly CompareSide[]): readonly LoadedSide[] {
  const source = useViewData()
  const frozen = source.frozen !== undefined
  const shown = sides.slice(0, SIDES_MAX)
  const states = shown.map((_, i) => sideState(shown, i))
  const queries = useQueries({
    queries: shown.map((side, i) => {
      const state = states[i]
      const range = state.kind === 'range' ? state.range : { fromMs: 0, toMs: 0 }
      return {
        queryKey: [source.key, 'guild minutes', side.guildId, [range.fromMs, range.toMs]],
        queryFn: ({ signal }: { readonly signal: AbortSignal }) => source.minutes(side.guildId, range, signal),
        enabled: state.kind === 'range',
        staleTime: frozen ? Number.POSITIVE_INFINITY : undefined,
        refetchInterval: () => (!frozen && state.kind === 'range' && range.toMs > Date.now() ? LIVE_EVERY_MS : false),
      }
    }),
  })
  const loaded = shown.map((side, index): LoadedSide => {
    const state = states[index]
    const query = queries[index]
    const data = query?.data
    const handle = { index, letter: LETTERS[index], side, name: visibleText(data?.guildName ?? side.guildId) }
    if (state.kind === 'problem') return { ...handle, kind: 'problem', what: state.what }
    if (data !== undefined) {
      const stale = query.isError ? failureOf(query.error) : undefined
      return { ...handle, kind: 'ready', range: state.range, facts: factsOf(data), stale }
    }
    if (query?.isError) {
      const retry = () => void query.refetch()
      return { ...handle, kind: 'failed', range: state.range, failure: failureOf(query.error), retry }
    }
    return { ...handle, kind: 'loading', range: state.range }
  })
  return useTogether(loaded)
}

/** Until the first picture, sides that are ready wait a little for those that are not. */
function useTogether(loaded: readonly LoadedSide[]): readonly LoadedSide[] {
  const [first] = useState(() => ({ isOver: false }))
  const [, setLate] = useState(false)
  const isWaiting = loaded.some((side) => side.kind === 'loading')
  const hasReady = loaded.some((side) => side.kind === 'ready')
  useEffect(() => {
    if (hasReady && !isWaiting) first.isOver = true
    if (!hasReady || first.isOver) return
    const timer = setTimeout(() => {
      first.isOver = true
      setLate(true)
    }, TOGETHER_MS)
    return () => clearTimeout(timer)
  }, [first, hasReady, isWaiting])
  if (first.isOver || !isWaiting) return loaded
  return loaded.map((side) => {
    if (side.kind !== 'ready') return side
    const { index, letter, side: of, name, range } = side
    return { index, letter, side: of, name, range, kind: 'loading' }
  })
}

/** The same array as long as its members (at most one a side) are the same. */
export function useSame<T>(list: readonly T[]): readonly T[] {
  // React wants as many dependencies every time.
  const members = Array.from({ length: SIDES_MAX }, (_, i) => list[i])
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the list is made of
  return useMemo(() => list, [list.length, ...members])
}
