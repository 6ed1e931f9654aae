/** The list of traces, from frozen lists and frozen traces. */
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import type { FrozenTrace, FrozenTraceList } from './manifest.ts'

export interface FrozenRow {
  readonly summary: TraceSummary
  /** Guilds that are known to be named in it. */
  readonly guilds: ReadonlySet<string>
}

/** One row per trace: as a list had it, since that is what people saw; frozen traces that no list has follow. */
export function rowsOf(
  lists: readonly { readonly of: FrozenTraceList; readonly page: Page<TraceSummary> }[],
  traces: readonly FrozenTrace[],
): FrozenRow[] {
  const frozen = new Map(traces.map((trace) => [trace.traceId, trace]))
  const rows = new Map<string, { summary: TraceSummary; guilds: Set<string> }>()
  const add = (summary: TraceSummary, guilds: readonly string[]) => {
    const row = rows.get(summary.traceId)
    if (row === undefined)
      rows.set(summary.traceId, {
        summary: { ...summary, frozen: frozen.has(summary.traceId) },
        guilds: new Set(guilds),
      })
    else for (const guild of guilds) row.guilds.add(guild)
  }
  for (const { of, page } of lists)
    for (const item of page.items) add(item, [of.side.guildId, ...(item.guildId === undefined ? [] : [item.guildId])])
  for (const trace of traces) add(trace.summary, trace.guilds)
  return [...rows.values()]
}

export function matches({ summary, guilds }: FrozenRow, query: Omit<TraceQuery, 'sort' | 'limit'>): boolean {
  return (
    (query.guild === undefined || query.guild === '' || guilds.has(query.guild)) &&
    summary.startMs >= (query.fromMs ?? 0) &&
    summary.startMs < (query.toMs ?? Number.POSITIVE_INFINITY) &&
    (query.action === undefined || query.action === '' || summary.action === query.action) &&
    summary.durationNs >= (query.minDurationNs ?? 0) &&
    (query.completeOnly !== true || summary.complete)
  )
}

/** A page of the rows that match. `notes` are those about the lists as a whole. */
export function searchRows(
  rows: readonly FrozenRow[],
  query: TraceQuery,
  notes: readonly string[],
): Result<Page<TraceSummary>> {
  const key = KEYS[query.sort]
  const found = rows
    .filter((row) => matches(row, query))
    .map((row) => row.summary)
    .sort((a, b) => key(b) - key(a) || (a.traceId < b.traceId ? -1 : 1))
  let from = 0
  if (query.cursor !== undefined) {
    const after = /^(-?[0-9.e+-]{1,40})_([0-9a-f]{32})$/.exec(query.cursor)
    if (after === null || !Number.isFinite(Number(after[1])))
      return fail(
        'bad-request',
        'request',
        'The cursor is not one that this list gave out.',
        'Start again from the first page.',
      )
    const [last, id] = [Number(after[1]), after[2]]
    from = found.findIndex((each) => key(each) < last || (key(each) === last && each.traceId > id))
    if (from === -1) from = found.length
  }
  const items = found.slice(from, from + Math.max(1, Math.min(1000, query.limit)))
  const end = items.at(-1)
  const more = end !== undefined && from + items.length < found.length
  return ok({
    items,
    total: found.length,
    ...(more ? { next: `${key(end)}_${end.traceId}` } : {}),
    notes,
  })
}

const KEYS: Readonly<Record<TraceQuery['sort'], (summary: TraceSummary) => number>> = {
  newest: (summary) => summary.startMs,
  slowest: (summary) => summary.durationNs,
  'longest-wait': (summary) => summary.waitNs,
}

/** What a list is missing, in words; undefined: it is whole. */
export function truncation(of: FrozenTraceList, page: Page<TraceSummary>): string | undefined {
  const total = of.total ?? page.total
  if (total === undefined || total <= page.items.length) return undefined
  return `The frozen list of ${of.side.guildName ?? `guild ${of.side.guildId}`} has ${formatExact(page.items.length)} of the ${formatExact(total)} traces that matched.`
}
