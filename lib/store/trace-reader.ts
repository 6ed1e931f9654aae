import { formatExact } from '../base/format.ts'
import { halvesToTraceId, traceIdToHalves } from '../base/ids.ts'
import { buildForest, type Forest } from '../model/build-tree.ts'
import type { Trace } from '../model/span-columns.ts'
import { guildsOf, oddities, ordinalsOf } from '../model/trace-facts.ts'
import type { DuckConnection } from './duck.ts'
import { type Cancel, CancelledError, type Readers } from './readers.ts'
import type { Slice, Slices } from './slices.ts'
import { type ReadRows, type RowRange, readSpans, rowsOfTrace, type SliceRanges } from './span-reader.ts'

export const SOURCE = 'embedded'
/** A trace beyond this is cut, and says so. */
export const MAX_TRACE_SPANS = 5_000_000
/** A statement over many slices costs hardly more than one over a single slice. */
const SLICES_PER_STATEMENT = 40
/** Places of spans remembered for the details panel, over all traces. */
const REMEMBERED_SPANS = 3_000_000

/** Where the spans of a trace lie, in the order of its columns. */
export interface Places {
  readonly stored: number
  readonly count: number
  readonly slices: readonly Slice[]
  readonly sliceEnd: readonly number[]
  readonly sourceRow: Uint32Array
  readonly order: Uint32Array
  /** Index → how many spans before it have the same id; only where that is not 0. */
  readonly ordinals: ReadonlyMap<number, number>
}

export interface OpenedTrace {
  readonly trace: Trace
  readonly forest: Forest
  readonly read: ReadRows
  readonly places: Places
}

/** Reads whole traces. */
export class TraceReader {
  readonly #slices: Slices
  readonly #readers: Readers
  /** Insertion order is use order: the first is the oldest. */
  readonly #places = new Map<string, Places>()

  constructor(slices: Slices, readers: Readers) {
    this.#slices = slices
    this.#readers = readers
  }

  /** `undefined`: no span of this trace is stored. */
  open(traceId: string, cancel: Cancel): Promise<OpenedTrace | undefined> {
    return this.#slices.withAll(this.#slices.list('traces').reverse(), (slices) =>
      this.#readers.borrow(cancel, async (connection) => {
        const found = await findTraces(connection, slices, [traceId])
        const stored = found.stored[0]
        if (stored === 0) return undefined
        const read = await readSpans(connection, found.ranges, MAX_TRACE_SPANS, () => cancel.cancelled)
        if (cancel.cancelled) throw new CancelledError()
        const slicesOf = found.ranges.map((range) => range.slice)
        return this.#opened(traceId, stored, slicesOf, read)
      }),
    )
  }

  /**
   * Several traces in one reading, much cheaper than one after the other where they are small, then `work` on those that are stored while
   * their slices stay open. Traces of more than `maxSpans` together are read in several goes.
   */
  openAll(
    traceIds: readonly string[],
    maxSpans: number,
    cancel: Cancel,
    work: (connection: DuckConnection, opened: readonly OpenedTrace[]) => Promise<void>,
  ): Promise<void> {
    return this.#slices.withAll(this.#slices.list('traces').reverse(), (slices) =>
      this.#readers.borrow(cancel, async (connection) => {
        const { stored } = await findTraces(connection, slices, traceIds)
        let next = 0
        while (next < traceIds.length) {
          let end = next
          let spans = 0
          while (end < traceIds.length && (end === next || spans + stored[end] <= maxSpans)) spans += stored[end++]
          const ids = traceIds.slice(next, end)
          next = end
          const found = await findTraces(connection, slices, ids)
          const most = ids.length === 1 ? MAX_TRACE_SPANS : Number.MAX_SAFE_INTEGER
          const read = await readSpans(connection, found.ranges, most, () => cancel.cancelled)
          if (cancel.cancelled) throw new CancelledError()
          const slicesOf = found.ranges.map((range) => range.slice)
          const opened = ids.flatMap((id, t) =>
            found.stored[t] === 0
              ? []
              : [this.#opened(id, found.stored[t], slicesOf, ids.length === 1 ? read : rowsOfTrace(read, t))],
          )
          await work(connection, opened)
        }
      }),
    )
  }

  #opened(traceId: string, stored: number, slices: readonly Slice[], read: ReadRows): OpenedTrace {
    const forest = buildForest(read.rows)
    const places: Places = {
      stored,
      count: forest.spans.count,
      slices,
      sliceEnd: read.sliceEnd,
      sourceRow: read.sourceRow,
      order: forest.order,
      ordinals: ordinalsOf(forest, read.rows.spanId),
    }
    this.#remember(traceId, places)
    const notes = oddities(forest)
    if (read.rows.count < stored) notes.unshift(cutNote(read.rows.count, stored))
    const totalSpans = stored - forest.collapsed
    const guilds = guildsOf(read.guildId, read.guilds, (guild) => read.guildNames.get(0)?.get(guild))
    const trace = { traceId, source: SOURCE, guilds, spans: forest.spans, totalSpans, notes }
    return { trace, forest, read, places }
  }

  /** Where the spans of a trace lie; from memory where nothing was added since. */
  async placesOf(traceId: string, cancel: Cancel): Promise<Places | undefined> {
    const known = this.#places.get(traceId)
    if (known !== undefined) {
      const stored = await this.#slices.withAll(this.#slices.list('traces').reverse(), (slices) =>
        this.#readers.borrow(cancel, async (connection) => (await findTraces(connection, slices, [traceId])).stored[0]),
      )
      if (stored === known.stored) return known
    }
    return (await this.open(traceId, cancel))?.places
  }

  /** Slices that are gone take the places in them along. */
  forget(slice: Slice): void {
    for (const [traceId, places] of this.#places) if (places.slices.includes(slice)) this.#places.delete(traceId)
  }

  #remember(traceId: string, places: Places): void {
    this.#places.delete(traceId)
    this.#places.set(traceId, places)
    let spans = 0
    for (const each of this.#places.values()) spans += each.count
    for (const [oldest, each] of this.#places) {
      if (spans <= REMEMBERED_SPANS || oldest === traceId) break
      spans -= each.count
      this.#places.delete(oldest)
    }
  }
}

/** Where traces lie, and how many of their spans are stored. Ranges carry the number of their trace in `traceIds`. */
async function findTraces(
  connection: DuckConnection,
  slices: readonly Slice[],
  traceIds: readonly string[],
): Promise<{ readonly ranges: readonly SliceRanges[]; readonly stored: readonly number[] }> {
  const found: SliceRanges[] = []
  const stored = new Array<number>(traceIds.length).fill(0)
  const numbers = new Map(traceIds.map((traceId, t) => [traceId, t]))
  const halves = traceIds.map(traceIdToHalves)
  const where =
    halves.length === 1
      ? `trace_lo = ${halves[0][1]} AND trace_hi = ${halves[0][0]}`
      : `trace_lo IN (${halves.map(([, lo]) => lo).join(', ')})`
  for (let from = 0; from < slices.length; from += SLICES_PER_STATEMENT) {
    const group = slices.slice(from, from + SLICES_PER_STATEMENT)
    const ranges: RowRange[][] = group.map(() => [])
    const selects = group.map(
      (slice, s) =>
        `SELECT ${s}::UINTEGER AS s, first_row, row_count, trace_hi, trace_lo FROM ${slice.catalog}.parts WHERE ${where}`,
    )
    const types = ['u32', 'u32', 'u32', 'u64', 'u64'] as const
    await connection.stream(`${selects.join(' UNION ALL ')} ORDER BY s, first_row`, types, (chunk) => {
      const [s, first, count, hi, lo] = [chunk.u32(0), chunk.u32(1), chunk.u32(2), chunk.u64(3), chunk.u64(4)]
      for (let i = 0; i < chunk.rows; i++) {
        const trace = numbers.get(halvesToTraceId(hi[i], lo[i]))
        if (trace === undefined) continue
        ranges[s[i]].push({ first: first[i], end: first[i] + count[i], trace })
        stored[trace] += count[i]
      }
      return true
    })
    group.forEach((slice, s) => {
      if (ranges[s].length > 0) found.push({ slice, ranges: ranges[s] })
    })
  }
  return { ranges: found, stored }
}

function cutNote(read: number, stored: number): string {
  return `Showing ${formatExact(read)} of ${formatExact(stored)} stored spans: a trace is read up to ${formatExact(MAX_TRACE_SPANS)} spans.`
}
