import { fail, ok, type Result } from '../base/result.ts'
import type { Page, TraceQuery, TraceSummary } from '../model/trace-list.ts'
import {
  type FoundTrace,
  FoundTraces,
  hasAllParents,
  idOf,
  mayBeComplete,
  noteTracesOf,
  readParts,
} from './part-reader.ts'
import { type Cancel, CancelledError, type Readers } from './readers.ts'
import type { Slice, Slices } from './slices.ts'
import { SOURCE } from './trace-reader.ts'

/** Parts of traces looked at for one page. */
const MAX_PARTS = 300_000
/** Spans of a trace can arrive, and start, so much before and after its first. */
const SLACK_MS = 20 * 60_000

/** Where the last page ended: the sort value and the id of its last trace. */
interface Cursor {
  readonly key: number
  readonly id: string
}

/** A page of traces. Traces count for the range in which they start. */
export async function searchTraces(
  slices: Slices,
  readers: Readers,
  query: TraceQuery,
  cancel: Cancel,
): Promise<Result<Page<TraceSummary>>> {
  const after = query.cursor === undefined ? undefined : parseCursor(query.cursor)
  if (query.cursor !== undefined && after === undefined)
    return fail(
      'bad-request',
      'request',
      'The cursor is not one that this list gave out.',
      'Start again from the first page.',
    )
  const fromMs = query.fromMs ?? 0
  const toMs = query.toMs ?? Number.MAX_SAFE_INTEGER
  const limit = Math.max(1, Math.min(1000, query.limit))
  const wanted = slices.list('traces', fromMs - SLACK_MS, toMs + SLACK_MS).reverse()
  return slices.withAll(wanted, (open) =>
    readers.borrow(cancel, async (connection) => {
      const found = new FoundTraces()
      const notes: string[] = []
      const range = {
        guild: query.guild ?? '',
        fromNs: nanoseconds(fromMs - SLACK_MS),
        toNs: nanoseconds(toMs + SLACK_MS),
        maxParts: MAX_PARTS,
      }
      await noteTracesOf(connection, open, range, () => cancel.cancelled)
      for (const slice of open) {
        if (cancel.cancelled) throw new CancelledError()
        if (isEnough(query, found, slice, limit)) {
          notes.push('There are older traces: the list stops where it has enough of the newest.')
          break
        }
        if (await readParts(connection, slice, range, found)) continue
        notes.push(`Only the newest ${MAX_PARTS} pieces of traces were looked at: narrow the range or name a guild.`)
        break
      }
      const [fromNs, toNs] = [nanoseconds(fromMs), nanoseconds(toMs)]
      const key = keyOf(query.sort)
      const matching = found.list
        .filter((trace) => trace.startNs >= fromNs && trace.startNs < toNs)
        .filter((trace) => query.action === undefined || query.action === '' || trace.action === query.action)
        .filter((trace) => durationOf(trace) >= (query.minDurationNs ?? 0))
        .filter((trace) => !query.completeOnly || mayBeComplete(trace))
        .map((trace) => ({ trace, key: key(trace) }))
        .sort((a, b) => b.key - a.key || (idOf(a.trace) < idOf(b.trace) ? -1 : 1))
      const items: TraceSummary[] = []
      let next: Cursor | undefined
      for (const entry of matching) {
        if (after !== undefined && !isAfter(entry, after)) continue
        if (items.length === limit) break
        if (cancel.cancelled) throw new CancelledError()
        const complete = mayBeComplete(entry.trace) && (await hasAllParents(connection, entry.trace))
        if (query.completeOnly && !complete) continue
        items.push(summaryOf(entry.trace, complete))
        next = { key: entry.key, id: idOf(entry.trace) }
      }
      const more =
        items.length === limit &&
        next !== undefined &&
        matching.at(-1) !== undefined &&
        idOf(matching[matching.length - 1].trace) !== next.id
      return ok({
        items,
        ...(query.completeOnly || notes.length > 0 ? {} : { total: matching.length }),
        ...(more && next !== undefined ? { next: writeCursor(next) } : {}),
        notes,
      })
    }),
  )
}

/** Whether the first page of the newest traces of all guilds is full before the older slices are looked at. */
function isEnough(query: TraceQuery, found: FoundTraces, next: Slice, limit: number): boolean {
  const plain =
    query.guild === undefined && query.cursor === undefined && query.sort === 'newest' && !query.completeOnly
  if (!plain || query.action !== undefined || query.minDurationNs !== undefined || found.list.length <= limit * 4)
    return false
  const untilNs = nanoseconds(next.contentToMs + SLACK_MS)
  let newer = 0
  for (const trace of found.list) if (trace.startNs > untilNs) newer++
  return newer > limit
}

function isAfter(entry: { readonly trace: FoundTrace; readonly key: number }, after: Cursor): boolean {
  return entry.key < after.key || (entry.key === after.key && idOf(entry.trace) > after.id)
}

function keyOf(sort: TraceQuery['sort']): (trace: FoundTrace) => number {
  if (sort === 'slowest') return durationOf
  if (sort === 'longest-wait') return (trace) => trace.waitNs
  return (trace) => Number(trace.startNs)
}

function durationOf(trace: FoundTrace): number {
  return Math.max(0, Number(trace.endNs - trace.startNs))
}

function summaryOf(trace: FoundTrace, complete: boolean): TraceSummary {
  return {
    source: SOURCE,
    traceId: idOf(trace),
    startMs: Number(trace.startNs / 1000n) / 1000,
    durationNs: durationOf(trace),
    spanCount: trace.spans,
    errorCount: trace.errors,
    rootName: trace.leadName,
    rootService: trace.leadService,
    action: trace.action,
    ...(trace.guild === '' ? {} : { guildId: trace.guild }),
    complete,
    waitNs: trace.waitNs,
    weight: trace.headRate > 0 ? 1 / trace.headRate : -1,
  }
}

/** Unix ms → ns within the range of the column. */
export function nanoseconds(ms: number): bigint {
  const bounded = Math.min(Math.max(0, ms), 18_446_744_073_709)
  return BigInt(Math.floor(bounded)) * 1_000_000n + BigInt(Math.round((bounded % 1) * 1e6))
}

function writeCursor(cursor: Cursor): string {
  return `${cursor.key}_${cursor.id}`
}

function parseCursor(text: string): Cursor | undefined {
  const match = /^(-?[0-9.e+-]{1,40})_([0-9a-f]{32})$/.exec(text)
  if (match === null) return undefined
  const key = Number(match[1])
  return Number.isFinite(key) ? { key, id: match[2] } : undefined
}
