import { formatExact } from '../../base/format.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import type { FoundTraces } from './fetched-trace.ts'

/** Traces that a backend is asked for at once, for a page of a list or for a flame graph: many of them answer whole traces. */
export const SEARCH_DEPTH = 200

interface Cursor {
  readonly key: number
  readonly id: string
}

/** What the backend is asked for one page: as deep as it is ever asked, because it neither sorts nor pages. */
export function backendQuery(query: TraceQuery): Result<TraceQuery> {
  const { cursor, ...rest } = query
  const after = cursor === undefined ? undefined : parseCursor(cursor)
  if (cursor !== undefined && after === undefined)
    return fail(
      'bad-request',
      'request',
      'The cursor is not one that this list gave out.',
      'Start again from the first page.',
    )
  // The newest are paged through by time, so that the pages go on beyond the depth of one search.
  const toMs =
    after === undefined || query.sort !== 'newest'
      ? query.toMs
      : Math.min(query.toMs ?? Number.POSITIVE_INFINITY, Math.floor(after.key) + 1)
  return ok({ ...rest, limit: SEARCH_DEPTH, ...(toMs === undefined ? {} : { toMs }) })
}

/** A page of what was found: filtered by what the backend could not, in an order that depends on nothing but the traces. */
export function pageOf(source: string, query: TraceQuery, depth: number, found: FoundTraces): Page<TraceSummary> {
  const limit = Math.max(1, Math.min(SEARCH_DEPTH, query.limit))
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor)
  const key = keyOf(query.sort)
  const seen = new Set<string>()
  const matching = found.items
    .filter((item) => !seen.has(item.traceId) && seen.add(item.traceId))
    .filter((item) => item.startMs >= (query.fromMs ?? 0) && item.startMs < (query.toMs ?? Number.POSITIVE_INFINITY))
    .filter((item) => query.action === undefined || query.action === '' || item.action === query.action)
    .filter((item) => item.durationNs >= (query.minDurationNs ?? 0))
    .filter((item) => query.completeOnly !== true || item.complete)
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => b.key - a.key || (a.item.traceId < b.item.traceId ? -1 : 1))
    .filter((entry) => after === undefined || isAfter(entry, after))
  const page = matching.slice(0, limit)
  const earlier = page.length > 0 ? 0 : found.items.filter((item) => item.startMs < (query.fromMs ?? 0)).length
  const last = page.at(-1)
  const goesOn = matching.length > limit || (found.more && query.sort === 'newest')
  const notes = [...found.notes]
  if (earlier > 0)
    notes.push(
      `${earlier === 1 ? '1 trace' : `${formatExact(earlier)} traces`} with work in this range began before it: traces are listed by when they begin.`,
    )
  if (found.more)
    notes.push(
      `${source} may hold more than the ${formatExact(depth)} traces that were asked for: choose a shorter range to see all of it.`,
    )
  return {
    items: page.map((entry) => entry.item),
    ...(found.more || after !== undefined ? {} : { total: matching.length }),
    ...(goesOn && last !== undefined ? { next: `${last.key}_${last.item.traceId}` } : {}),
    notes,
  }
}

function keyOf(sort: TraceQuery['sort']): (item: TraceSummary) => number {
  if (sort === 'slowest') return (item) => item.durationNs
  if (sort === 'longest-wait') return (item) => item.waitNs
  return (item) => item.startMs
}

function isAfter(
  { item, key }: { readonly item: TraceSummary; readonly key: number },
  { key: afterKey, id }: Cursor,
): boolean {
  return key < afterKey || (key === afterKey && item.traceId > id)
}

function parseCursor(text: string): Cursor | undefined {
  const match = /^(-?[0-9.e+-]{1,40})_([0-9a-f]{32})$/.exec(text)
  if (match === null) return undefined
  const key = Number(match[1])
  return Number.isFinite(key) ? { key, id: match[2] } : undefined
}
