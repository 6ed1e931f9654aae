'use client'
import { useQueries } from '@tanstack/react-query'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { ViewData } from '@/lib/client/view-data.ts'
import type { TraceSummary } from '@/lib/model/trace-list.ts'
import type { RangeMs } from './compare-view.ts'

/** One answer holds at most so many, and more than `MOST` change a distribution little. */
const PAGE = 1_000
const MOST = 5_000

export interface Sample {
  readonly traces: readonly TraceSummary[]
  /** How many match, where the source can tell. */
  readonly total: number | undefined
  /** There were more than could be read: these are the newest. */
  readonly cut: boolean
  readonly notes: readonly string[]
}

async function readSample(
  source: ViewData,
  guild: string,
  range: RangeMs,
  action: string,
  signal: AbortSignal,
): Promise<Sample> {
  const traces = new Map<string, TraceSummary>()
  const notes = new Set<string>()
  let total: number | undefined
  let cursor: string | undefined
  do {
    const page = await source.traces(
      { guild, ...range, action: action === '' ? undefined : action, sort: 'newest', limit: PAGE, cursor },
      signal,
    )
    for (const trace of page.items) traces.set(`${trace.source} ${trace.traceId}`, trace)
    for (const note of page.notes) notes.add(note)
    total = page.total ?? total
    cursor = page.next
  } while (cursor !== undefined && traces.size < MOST)
  return { traces: [...traces.values()], total, cut: cursor !== undefined, notes: [...notes] }
}

export interface SampleQuestion {
  readonly guildId: string
  readonly range: RangeMs
}

/** Trace summaries of each question, page by page up to a limit. */
export function useSamples(questions: readonly SampleQuestion[], action: string) {
  const source = useViewData()
  return useQueries({
    queries: questions.map(({ guildId, range }) => ({
      queryKey: [source.key, 'trace sample', guildId, range.fromMs, range.toMs, action],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => readSample(source, guildId, range, action, signal),
      staleTime: source.frozen === undefined ? 30_000 : Number.POSITIVE_INFINITY,
    })),
  })
}
