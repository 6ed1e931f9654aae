/**
 * Copies evidence out of the sources, piece by piece. What cannot be had is listed with its reason and stops nothing else; a disk that
 * refuses, and a person who cancels, stop everything.
 */
import { formatExact } from '../base/format.ts'
import type { Failure, Result } from '../base/result.ts'
import type {
  FrozenFlame,
  FrozenMinutes,
  FrozenTrace,
  FrozenTraceList,
  Manifest,
  Missing,
  WhyFrozen,
} from '../evidence/manifest.ts'
import { encodeFlame, encodeMinutes, encodeTraceList, TRACE_LIST_MAX } from '../evidence/pieces.ts'
import { type FlameToKeep, FREEZE_SPANS_MAX, FREEZE_TRACES_MAX } from '../model/freeze.ts'
import type { Side } from '../model/incident.ts'
import { type GuildMinutes, MINUTE_STATE } from '../model/timings.ts'
import type { TraceQuery, TraceSummary } from '../model/trace-list.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import { traceEvidenceOf } from '../sources/trace-evidence.ts'
import type { TraceSource } from '../sources/trace-source.ts'
import type { Batch } from './blobs.ts'
import type { Report } from './freeze-jobs.ts'
import { guildWords, spanOfTime } from './words.ts'

const PAGE = 1_000
/** Spans a merged flame graph may rest on, as in the live view. */
const FLAME_SPANS_MAX = 1_000_000
/** Ids of missing traces that are written out. */
const NAMED_MAX = 5
/**
 * Traces on their way at once: the store reads together what is asked for together (64), at half the cost of one after the other, and the
 * next lot waits for it when one is done.
 */
const AT_ONCE = 128

const BEFORE = {
  'hour-before': 'an hour before',
  'day-before': 'a day before',
  'week-before': 'a week before',
} as const

export interface Sources {
  readonly traces: TraceSource
  readonly timings: TimingsSource
}

/** Thrown to unwind a cancelled freeze; becomes a `cancelled` failure. */
export class Cancelled extends Error {}

export interface Wanted {
  readonly traceId: string
  readonly why: Set<WhyFrozen>
  /** Where a list told. */
  readonly listed?: Pick<TraceSummary, 'spanCount' | 'startMs'>
}

export class Collector {
  readonly minutes: FrozenMinutes[] = []
  readonly flames: FrozenFlame[] = []
  readonly lists: FrozenTraceList[] = []
  readonly traces: FrozenTrace[] = []
  readonly missing: Missing[] = []
  readonly #sources: Sources
  readonly #batch: Batch
  readonly #report: Report
  readonly #signal: AbortSignal
  /** Guild id → name, as the timings tell. */
  readonly #names = new Map<string, string>()
  #done = 0
  #total = 0

  constructor(sources: Sources, batch: Batch, report: Report, signal: AbortSignal) {
    this.#sources = sources
    this.#batch = batch
    this.#report = report
    this.#signal = signal
  }

  expect(steps: number): void {
    this.#total += steps
  }

  /** Something of substance is here, not only sentences about what is not. */
  get gotAnything(): boolean {
    return this.minutes.length + this.flames.length + this.lists.length + this.traces.length > 0
  }

  async timings(side: Side, role: FrozenMinutes['role'], shiftMs: number): Promise<void> {
    const range = { fromMs: side.fromMs - shiftMs, toMs: side.toMs - shiftMs }
    const what = `the minutes of ${this.#guild(side)}, ${role === 'range' ? '' : `${BEFORE[role]}: `}${spanOfTime(range)}`
    this.#begin(what)
    const answer = this.#have(what, await this.#sources.timings.minutes(side.guildId, range, this.#signal))
    if (answer !== undefined) {
      if (answer.guildName !== undefined) this.#names.set(side.guildId, answer.guildName)
      const { known, reason } = absentMinutes(answer)
      if (reason !== undefined) this.miss(what, reason)
      if (known > 0) {
        const piece = await this.#batch.put(encodeMinutes(answer), 'minutes@1')
        const at = { ...side, ...(answer.guildName === undefined ? {} : { guildName: answer.guildName }) }
        this.minutes.push({ side: { ...at, ...range }, role, piece })
      }
    }
    this.#end()
  }

  async flame(wanted: FlameToKeep): Promise<void> {
    const { guildId, fromMs, toMs, action, scope } = wanted
    const same = (flame: FlameToKeep) =>
      flame.guildId === guildId &&
      flame.fromMs === fromMs &&
      flame.toMs === toMs &&
      flame.action === action &&
      flame.scope === scope
    if (this.flames.some(same)) return this.#end()
    const what = `the flame graph (${scope === 'guild' ? 'guild only' : 'whole traces'}) of ${this.#guild(wanted)}${action === undefined ? '' : `, ${action}`}, ${spanOfTime(wanted)}`
    this.#begin(what)
    const query = { guild: guildId, fromMs, toMs, action, scope, maxSpans: FLAME_SPANS_MAX }
    const answer = this.#have(what, await this.#sources.traces.flame(query, this.#signal))
    if (answer !== undefined) {
      if (answer.traces === 0) this.miss(what, 'no trace of it is here')
      else
        this.flames.push({
          guildId,
          fromMs,
          toMs,
          scope,
          ...(action === undefined ? {} : { action }),
          piece: await this.#batch.put(encodeFlame(answer), 'flame@1'),
        })
    }
    this.#end()
  }

  /** The rows of the traces of a side, newest first, at most `TRACE_LIST_MAX`. */
  async list(side: Side): Promise<readonly TraceSummary[]> {
    const what = `the list of traces of ${this.#guild(side)}, ${spanOfTime(side)}`
    this.#begin(what)
    const items: TraceSummary[] = []
    const notes: string[] = []
    let total: number | undefined
    let cursor: string | undefined
    do {
      const query: TraceQuery = {
        guild: side.guildId,
        fromMs: side.fromMs,
        toMs: side.toMs,
        sort: 'newest',
        limit: PAGE,
        cursor,
      }
      const page = this.#have(what, await this.#sources.traces.searchTraces(query, this.#signal))
      if (page === undefined) break
      items.push(...page.items)
      total ??= page.total
      notes.push(...page.notes.filter((note) => !notes.includes(note)))
      cursor = page.next
    } while (cursor !== undefined && items.length < TRACE_LIST_MAX)
    items.length = Math.min(items.length, TRACE_LIST_MAX)
    const all = total ?? (cursor === undefined ? items.length : undefined)
    if (items.length > 0 && (all === undefined || all > items.length))
      this.miss(
        `${all === undefined ? 'older' : formatExact(all - items.length)} rows of ${what}`,
        `the newest ${formatExact(items.length)} of ${all === undefined ? 'more' : formatExact(all)} were kept: at most ${formatExact(TRACE_LIST_MAX)} rows a side are`,
      )
    if (items.length > 0) {
      const piece = await this.#batch.put(
        encodeTraceList({ items, ...(all === undefined ? {} : { total: all }), notes }),
        'trace-list@1',
      )
      this.lists.push({ side, ...(all === undefined ? {} : { total: all }), piece })
    } else if (!this.missing.some((missing) => missing.what === what)) this.miss(what, 'no trace of it is here')
    this.#end()
    return items
  }

  async ranked(side: Side, sort: 'slowest' | 'longest-wait', limit: number): Promise<readonly TraceSummary[]> {
    if (limit === 0) return []
    const what = `the ${sort === 'slowest' ? 'slowest traces' : 'traces that waited longest'} of ${this.#guild(side)}`
    const query: TraceQuery = { guild: side.guildId, fromMs: side.fromMs, toMs: side.toMs, sort, limit }
    const page = this.#have(what, await this.#sources.traces.searchTraces(query, this.#signal))
    // Traces whose wait nobody knows have none that is long.
    return (page?.items ?? []).filter((trace) => sort === 'slowest' || trace.waitNs > 0)
  }

  /**
   * Whole traces, in the order of `wanted`, within the limits of a freeze. `has`: what the incident holds already. Returns the ids that are
   * kept.
   */
  async spans(wanted: readonly Wanted[], has = { traces: 0, spans: 0 }): Promise<ReadonlySet<string>> {
    const room = Math.max(0, FREEZE_TRACES_MAX - has.traces)
    const within = wanted.slice(0, room)
    if (within.length < wanted.length)
      this.miss(
        `${formatExact(wanted.length - within.length)} of the ${formatExact(wanted.length)} traces that were asked for`,
        `at most ${formatExact(FREEZE_TRACES_MAX)} traces are kept`,
      )
    this.expect(within.length)
    const got = new Array<FrozenTrace | undefined>(within.length)
    let budget = FREEZE_SPANS_MAX - has.spans
    let tooMany = 0
    const failed: { readonly traceId: string; readonly reason: string }[] = []
    const order = copyOrder(within, budget)
    let next = 0
    const work = async () => {
      try {
        await copy()
      } finally {
        // One that fails stops the others.
        next = within.length
      }
    }
    const copy = async () => {
      for (let n = next++; n < within.length; n = next++) {
        const i = order[n]
        const { traceId, why, listed } = within[i]
        this.#begin(`trace ${formatExact(n + 1)} of ${formatExact(within.length)}`)
        if ((listed?.spanCount ?? 0) > budget) tooMany++
        else {
          const asked = await traceEvidenceOf(this.#sources.traces, traceId, this.#signal)
          if (this.#signal.aborted) throw new Cancelled()
          if (!asked.ok) failed.push({ traceId, reason: reasonOf(asked.failure) })
          const answer = asked.ok ? asked.value : undefined
          if (answer !== undefined && answer.summary.spanCount > budget) tooMany++
          else if (answer !== undefined) {
            budget -= answer.summary.spanCount
            await this.#batch.putStored(answer.stored)
            got[i] = {
              traceId,
              summary: answer.summary,
              guilds: answer.guilds,
              why: [...why],
              spans: answer.summary.spanCount,
              weight: answer.summary.weight,
              piece: answer.piece,
            }
          }
        }
        this.#end()
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, work))
    // Only once none is writing any more.
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    this.#missTraces(failed)
    if (tooMany > 0)
      this.miss(
        `the spans of ${formatExact(tooMany)} traces`,
        `at most ${formatExact(FREEZE_SPANS_MAX)} spans are kept`,
      )
    const kept = got.filter((trace) => trace !== undefined)
    this.traces.push(...kept)
    return new Set(kept.map((trace) => trace.traceId))
  }

  /** One sentence a reason: a thousand traces that rotated say so once. */
  #missTraces(failed: readonly { readonly traceId: string; readonly reason: string }[]): void {
    const byReason = new Map<string, string[]>()
    for (const { traceId, reason } of failed) byReason.set(reason, [...(byReason.get(reason) ?? []), traceId])
    for (const [reason, ids] of byReason) {
      const named = ids.slice(0, NAMED_MAX).join(', ')
      const more = ids.length > NAMED_MAX ? ` and ${formatExact(ids.length - NAMED_MAX)} more` : ''
      this.miss(`the spans of ${ids.length === 1 ? 'trace' : 'traces'} ${named}${more}`, reason)
    }
  }

  async sources(sides: readonly Side[]): Promise<Manifest['sources']> {
    const { traces, timings } = this.#sources
    const both = await Promise.all([traces.health(this.#signal), timings.health(this.#signal)])
    const rules = await Promise.all(
      sides.map(async (side) => {
        const kept = await timings.retention(side.guildId, this.#signal)
        return `${this.#guild(side)}: ${kept.ok ? `minutes kept ${kept.value.rule}` : kept.failure.what}`
      }),
    )
    return both.map((health, i) => ({
      name: `${i === 0 ? 'Traces' : 'Timings'} (${health.name})`,
      ok: health.ok,
      facts: [
        ...(health.failure === undefined ? [] : [health.failure.what]),
        ...health.facts.map(({ label, value }) => `${label}: ${value}`),
        ...(i === 0 ? [] : rules),
      ],
    }))
  }

  #guild(side: { readonly guildId: string; readonly guildName?: string }): string {
    const guildName = side.guildName ?? this.#names.get(side.guildId)
    return guildWords({ guildId: side.guildId, ...(guildName === undefined ? {} : { guildName }) })
  }

  miss(what: string, reason: string): void {
    this.missing.push({ what, reason })
  }

  #begin(words: string): void {
    if (this.#signal.aborted) throw new Cancelled()
    this.#report(this.#done, this.#total, `Copying ${words}`)
  }

  #end(): void {
    this.#done++
  }

  #have<T>(what: string, answer: Result<T>): T | undefined {
    if (this.#signal.aborted) throw new Cancelled()
    if (answer.ok) return answer.value
    this.miss(what, reasonOf(answer.failure))
    return undefined
  }
}

/**
 * In which order traces are copied: by time, as they are stored, so that those read together lie together. Where not all may fit, as
 * wanted: the last then give way.
 */
function copyOrder(wanted: readonly Wanted[], budget: number): Uint32Array {
  const order = Uint32Array.from(wanted.keys())
  // Unknown sizes (−1) may be any.
  const sizeOf = (listed: Wanted['listed']) =>
    listed === undefined || listed.spanCount < 0 ? Number.POSITIVE_INFINITY : listed.spanCount
  const spans = wanted.reduce((sum, { listed }) => sum + sizeOf(listed), 0)
  const startMs = (i: number) => wanted[i].listed?.startMs ?? 0
  return spans > budget ? order : order.sort((a, b) => startMs(a) - startMs(b))
}

function reasonOf(failure: Failure): string {
  const sentence = failure.what.replace(/\.$/, '')
  return `${sentence[0].toLowerCase()}${sentence.slice(1)}`
}

/** How many minutes say something about the guild, and why the others do not. */
function absentMinutes(answer: GuildMinutes): { readonly known: number; readonly reason?: string } {
  let known = 0
  let rotated = 0
  for (const state of answer.state) {
    if (state === MINUTE_STATE.rotated) rotated++
    else if (state !== MINUTE_STATE.none && state !== MINUTE_STATE.future) known++
  }
  if (rotated > 0) {
    const some =
      rotated === answer.minutes ? 'they have' : `${formatExact(rotated)} of ${formatExact(answer.minutes)} have`
    return { known, reason: `${some} rotated away` }
  }
  return known === 0 ? { known, reason: 'there are no timings of it' } : { known }
}
