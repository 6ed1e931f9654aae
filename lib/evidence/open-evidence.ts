import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import { CallMerger } from '../model/merge-calls.ts'
import type { SpanColumns } from '../model/span-columns.ts'
import { STAGE_ID } from '../model/stages.ts'
import { subtreesOfStage } from '../model/subtrees.ts'
import type { GuildMinutes } from '../model/timings.ts'
import type { Page, TraceSummary } from '../model/trace-list.ts'
import { minutesFrom } from './frozen-minutes.ts'
import { matches, rowsOf, searchRows, truncation } from './frozen-search.ts'
import type { FrozenTrace, FrozenTraceList, Manifest, PieceRef } from './manifest.ts'
import { PieceCache } from './piece-cache.ts'
import { openPiece } from './pieces.ts'
import { type EvidenceReader, type FlameQuery, FROZEN_RETENTION, type PieceSource } from './reader.ts'
import { copyOf } from './text-table.ts'
import type { TracePiece } from './trace-piece.ts'

/** Memory for opened traces, by default. */
const CACHE_BYTES = 128 * 2 ** 20
/** The same for each other kind of piece. */
const SMALL_CACHE_BYTES = 16 * 2 ** 20
/** An opened trace takes its bytes and its columns; JSON becomes arrays of about its size. */
const IN_MEMORY = 3

/** Answers the views' questions from frozen pieces alone. Pieces are fetched when they are needed; opened traces stay up to `cacheBytes`. */
export function openEvidence(manifest: Manifest, pieces: PieceSource, cacheBytes = CACHE_BYTES): EvidenceReader {
  return new Evidence(manifest, pieces, cacheBytes)
}

interface OpenList {
  readonly of: FrozenTraceList
  readonly page: Page<TraceSummary>
}

class Evidence implements EvidenceReader {
  readonly manifest: Manifest
  readonly #pieces: PieceSource
  readonly #openTraces: PieceCache<TracePiece>
  readonly #openMinutes = new PieceCache<GuildMinutes>(SMALL_CACHE_BYTES)
  readonly #openFlames = new PieceCache<FlameAnswer>(SMALL_CACHE_BYTES)
  readonly #openLists = new PieceCache<Page<TraceSummary>>(SMALL_CACHE_BYTES)
  readonly #traces: ReadonlyMap<string, FrozenTrace>

  constructor(manifest: Manifest, pieces: PieceSource, cacheBytes: number) {
    this.manifest = manifest
    this.#pieces = pieces
    this.#openTraces = new PieceCache(cacheBytes)
    this.#traces = new Map(manifest.traces.map((trace) => [trace.traceId, trace]))
  }

  async minutes(guildId: string, range: { readonly fromMs: number; readonly toMs: number }) {
    if (!(range.fromMs < range.toMs) || range.toMs - range.fromMs > 32 * 86_400_000)
      return fail<GuildMinutes>(
        'bad-request',
        'request',
        'The range is not one of up to 31 days.',
        'Choose another one.',
      )
    const ofGuild = this.manifest.minutes.filter((each) => each.side.guildId === guildId)
    if (ofGuild.length === 0) return this.#noMinutes(guildId)
    const overlap = (each: (typeof ofGuild)[number]) =>
      each.side.fromMs < range.toMs && each.side.toMs > range.fromMs ? 1 : 0
    const exact = (each: (typeof ofGuild)[number]) =>
      each.side.fromMs === range.fromMs && each.side.toMs === range.toMs ? 1 : 0
    const ordered = [...ofGuild].sort(
      (a, b) =>
        exact(b) - exact(a) || overlap(b) - overlap(a) || Number(b.role === 'range') - Number(a.role === 'range'),
    )
    // One piece is enough to say when it was frozen, where none has a minute of the range.
    const wanted = ordered.filter((each, n) => n === 0 || overlap(each) === 1)
    const opened: GuildMinutes[] = []
    const damaged: string[] = []
    let failed: Result<GuildMinutes> | undefined
    for (const each of exact(wanted[0]) === 1 ? wanted.slice(0, 1) : wanted) {
      const piece = await this.#open(this.#openMinutes, each.piece, openPiece.minutes)
      if (piece.ok) opened.push(piece.value)
      else {
        failed ??= piece
        damaged.push(piece.failure.what)
      }
    }
    if (opened.length === 0 && failed !== undefined) return failed
    const answer = minutesFrom(opened, range.fromMs, range.toMs)
    return ok(damaged.length === 0 ? answer : { ...answer, notes: [...answer.notes, ...damaged] })
  }

  #noMinutes(guildId: string): Result<GuildMinutes> {
    const missing = this.manifest.missing.find((each) => each.what.includes('minutes') && each.what.includes(guildId))
    const why = missing === undefined ? '' : ` When this was frozen, ${missing.reason}.`
    return fail(
      'not-found',
      'evidence',
      `No minutes of guild ${guildId} were frozen.${why}`,
      'Open one of the guilds that this incident names.',
    )
  }

  async retention() {
    return ok(FROZEN_RETENTION)
  }

  async flame(query: FlameQuery): Promise<Result<FlameAnswer>> {
    const action = query.action ?? ''
    const kept = this.manifest.flames.find(
      (flame) =>
        flame.guildId === query.guildId &&
        flame.fromMs === query.fromMs &&
        flame.toMs === query.toMs &&
        flame.scope === query.scope &&
        (flame.action ?? '') === action,
    )
    if (kept === undefined) return this.#merge(query, [])
    const opened = await this.#open(this.#openFlames, kept.piece, openPiece.flame)
    // A damaged answer is named, and replaced by what the traces give.
    return opened.ok ? opened : this.#merge(query, [opened.failure.what])
  }

  async #merge(query: FlameQuery, before: readonly string[]): Promise<Result<FlameAnswer>> {
    const { guildId, fromMs, toMs, action, scope } = query
    const filter = { guild: guildId, fromMs, toMs, ...(action === undefined ? {} : { action }) }
    const lists = await this.#lists()
    const rows = rowsOf(lists.open, this.manifest.traces)
    const chosen = rows.filter((row) => row.summary.frozen === true && matches(row, filter))
    const merger = new CallMerger()
    const damaged: string[] = []
    let spans = 0
    let traces = 0
    let estimated = 0
    let unknown = 0
    for (const row of chosen) {
      const opened = await this.#trace(row.summary.traceId)
      if (!opened.ok) {
        damaged.push(opened.failure.what)
        continue
      }
      const merged = scope === 'guild' ? workOf(guildId, opened.value) : opened.value.trace.spans
      merger.add(merged)
      spans += merged.count
      traces++
      const weight = this.#traces.get(row.summary.traceId)?.weight ?? -1
      if (weight > 0) estimated += weight
      else unknown++
    }
    const matched = matchedThen(lists.open, filter, rows)
    return ok({
      tree: merger.finish(),
      traces,
      spans,
      ...(unknown === traces ? {} : { estimatedTraces: estimated }),
      unknownSampling: unknown,
      notes: [...before, mergedFrom(traces, matched), ...merger.notes, ...damaged, ...lists.damaged],
    })
  }

  async searchTraces(query: Parameters<EvidenceReader['searchTraces']>[0]): Promise<Result<Page<TraceSummary>>> {
    const lists = await this.#lists()
    const relevant = lists.open.filter(({ of }) => query.guild === undefined || of.side.guildId === query.guild)
    const cut = relevant.map(({ of, page }) => truncation(of, page)).filter((words) => words !== undefined)
    return searchRows(rowsOf(lists.open, this.manifest.traces), query, [...cut, ...lists.damaged])
  }

  async traceWire(traceId: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const opened = await this.#trace(traceId)
    return opened.ok ? ok(copyOf(opened.value.wire)) : opened
  }

  async spanIds(traceId: string) {
    const opened = await this.#trace(traceId)
    return opened.ok ? ok(opened.value.ids) : opened
  }

  async spanDetails(traceId: string, index: number, of: number | undefined) {
    const opened = await this.#trace(traceId)
    if (!opened.ok) return opened
    const { count } = opened.value.trace.spans
    if ((of !== undefined && of !== count) || !Number.isInteger(index) || index < 0 || index >= count)
      return fail<never>(
        'bad-request',
        'request',
        `The frozen trace has ${formatExact(count)} spans, and no span ${index}${of === undefined || of === count ? '' : ` of ${formatExact(of)}`}.`,
        'Load the trace again.',
      )
    return opened.value.spanDetails(index)
  }

  async #trace(traceId: string): Promise<Result<TracePiece>> {
    const frozen = this.#traces.get(traceId)
    if (frozen === undefined) return this.#noTrace(traceId)
    const opened = await this.#open(this.#openTraces, frozen.piece, openPiece.trace)
    if (!opened.ok || opened.value.trace.traceId === traceId) return opened
    return fail(
      'unavailable',
      'evidence',
      `The piece of trace ${traceId} holds another trace.`,
      'The manifest was changed by hand, or is damaged; a copy may be whole.',
    )
  }

  async #noTrace(traceId: string): Promise<Result<never>> {
    const lists = await this.#lists()
    const isListed = lists.open.some(({ page }) => page.items.some((item) => item.traceId === traceId))
    return isListed
      ? fail(
          'not-found',
          'evidence',
          'Only this trace’s row in the list was frozen, not its spans.',
          'Open one of those that are marked as frozen.',
        )
      : fail('not-found', 'evidence', `Trace ${traceId} was not frozen.`, 'Open one of the list.')
  }

  async #lists(): Promise<{ readonly open: readonly OpenList[]; readonly damaged: readonly string[] }> {
    const open: OpenList[] = []
    const damaged: string[] = []
    for (const of of this.manifest.lists) {
      const page = await this.#open(this.#openLists, of.piece, openPiece.traceList)
      if (page.ok) open.push({ of, page: page.value })
      else damaged.push(page.failure.what)
    }
    return { open, damaged }
  }

  #open<T>(
    cache: PieceCache<T>,
    piece: PieceRef,
    open: (piece: PieceRef, bytes: Uint8Array) => Result<T>,
  ): Promise<Result<T>> {
    return cache.get(`${piece.format} ${piece.sha256}`, piece.bytes * IN_MEMORY, async () => {
      const bytes = await this.#pieces(piece)
      return bytes.ok ? open(piece, bytes.value) : bytes
    })
  }
}

/** The guild's own work, as the live flame graph takes it: of a user who connects to many guilds, the others' is left out. */
function workOf(guild: string, { trace, guildOf, guilds }: TracePiece): SpanColumns {
  return subtreesOfStage(trace.spans, STAGE_ID.guild, (i) => guildOf[i] === 0 || guilds[guildOf[i]] === guild)
}

/** How many traces matched when this was frozen; undefined where the lists cannot tell. */
function matchedThen(
  lists: readonly OpenList[],
  filter: { readonly guild: string; readonly fromMs: number; readonly toMs: number; readonly action?: string },
  rows: ReturnType<typeof rowsOf>,
): number | undefined {
  const covering = lists.find(
    ({ of }) => of.side.guildId === filter.guild && of.side.fromMs <= filter.fromMs && of.side.toMs >= filter.toMs,
  )
  if (covering === undefined) return undefined
  const { of, page } = covering
  if (truncation(of, page) === undefined) return rows.filter((row) => matches(row, filter)).length
  const whole = of.side.fromMs === filter.fromMs && of.side.toMs === filter.toMs && (filter.action ?? '') === ''
  return whole ? (of.total ?? page.total) : undefined
}

function mergedFrom(traces: number, matched: number | undefined): string {
  const from =
    traces === 1 ? 'Merged from the one frozen trace' : `Merged from the ${formatExact(traces)} frozen traces`
  if (traces === 0) return 'None of the frozen traces belongs here.'
  return matched === undefined || matched < traces
    ? `${from}.`
    : `${from}; ${formatExact(matched)} matched when this was frozen.`
}
