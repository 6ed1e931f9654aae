import { formatExact } from '../base/format.ts'
import { traceIdToHalves } from '../base/ids.ts'
import { buildForest, type Forest } from '../model/build-tree.ts'
import { FLAG, type Trace } from '../model/span-columns.ts'
import type { DuckConnection } from './duck.ts'
import { type Cancel, CancelledError, type Readers } from './readers.ts'
import type { Slice, Slices } from './slices.ts'
import { type ReadRows, type RowRange, readSpans, type SliceRanges } from './span-reader.ts'

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
        const found = await findTrace(connection, slices, traceId)
        if (found.stored === 0) return undefined
        const read = await readSpans(connection, found.ranges, MAX_TRACE_SPANS, () => cancel.cancelled)
        if (cancel.cancelled) throw new CancelledError()
        const forest = buildForest(read.rows)
        const places: Places = {
          stored: found.stored,
          count: forest.spans.count,
          slices: found.ranges.map((range) => range.slice),
          sliceEnd: read.sliceEnd,
          sourceRow: read.sourceRow,
          order: forest.order,
          ordinals: ordinalsOf(forest, read.rows.spanId),
        }
        this.#remember(traceId, places)
        const notes = notesOf(forest, read.rows.count, found.stored)
        const totalSpans = found.stored - forest.collapsed
        const trace = { traceId, source: SOURCE, guilds: guildsOf(read), spans: forest.spans, totalSpans, notes }
        return { trace, forest, read, places }
      }),
    )
  }

  /** Where the spans of a trace lie; from memory where nothing was added since. */
  async placesOf(traceId: string, cancel: Cancel): Promise<Places | undefined> {
    const known = this.#places.get(traceId)
    if (known !== undefined) {
      const stored = await this.#slices.withAll(this.#slices.list('traces').reverse(), (slices) =>
        this.#readers.borrow(cancel, async (connection) => (await findTrace(connection, slices, traceId)).stored),
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

async function findTrace(
  connection: DuckConnection,
  slices: readonly Slice[],
  traceId: string,
): Promise<{ ranges: SliceRanges[]; stored: number }> {
  const [hi, lo] = traceIdToHalves(traceId)
  const found: SliceRanges[] = []
  let stored = 0
  for (let from = 0; from < slices.length; from += SLICES_PER_STATEMENT) {
    const group = slices.slice(from, from + SLICES_PER_STATEMENT)
    const ranges: RowRange[][] = group.map(() => [])
    const selects = group.map(
      (slice, s) =>
        `SELECT ${s}::UINTEGER AS s, first_row, row_count FROM ${slice.catalog}.parts WHERE trace_lo = ${lo} AND trace_hi = ${hi}`,
    )
    await connection.stream(`${selects.join(' UNION ALL ')} ORDER BY s, first_row`, ['u32', 'u32', 'u32'], (chunk) => {
      const [s, first, count] = [chunk.u32(0), chunk.u32(1), chunk.u32(2)]
      for (let i = 0; i < chunk.rows; i++) {
        ranges[s[i]].push({ first: first[i], end: first[i] + count[i], trace: 0 })
        stored += count[i]
      }
      return true
    })
    group.forEach((slice, s) => {
      if (ranges[s].length > 0) found.push({ slice, ranges: ranges[s] })
    })
  }
  return { ranges: found, stored }
}

function ordinalsOf(forest: Forest, spanId: BigUint64Array): Map<number, number> {
  const ordinals = new Map<number, number>()
  if (forest.duplicates === 0) return ordinals
  const seen = new Map<bigint, number>()
  for (let i = 0; i < forest.spans.count; i++) {
    if ((forest.spans.flags[i] & FLAG.duplicateId) === 0) continue
    const id = spanId[forest.order[i]]
    const before = seen.get(id) ?? 0
    if (before > 0) ordinals.set(i, before)
    seen.set(id, before + 1)
  }
  return ordinals
}

/** Guilds that the spans name, most frequent first. */
function guildsOf(read: ReadRows): { id: string; name?: string }[] {
  const counts = new Float64Array(read.guilds.length)
  for (let i = 0; i < read.guildId.length; i++) counts[read.guildId[i]]++
  const ids = [...counts.keys()].filter((id) => id !== 0 && counts[id] > 0).sort((a, b) => counts[b] - counts[a])
  return ids.map((id) => {
    const name = read.guildNames.get(read.guilds[id])
    return name === undefined ? { id: read.guilds[id] } : { id: read.guilds[id], name }
  })
}

function notesOf(forest: Forest, read: number, stored: number): string[] {
  const notes: string[] = []
  if (read < stored)
    notes.push(
      `Showing ${formatExact(read)} of ${formatExact(stored)} stored spans: a trace is read up to ${formatExact(MAX_TRACE_SPANS)} spans.`,
    )
  const { collapsed, orphans, cycles, duplicates } = forest
  const spans = (n: number) => (n === 1 ? '1 span' : `${formatExact(n)} spans`)
  if (collapsed > 0)
    notes.push(`${spans(collapsed)} arrived more than once and ${collapsed === 1 ? 'is' : 'are'} shown once.`)
  if (orphans > 0)
    notes.push(
      orphans === 1
        ? '1 span names a parent that is not here; it is shown as a root.'
        : `${spans(orphans)} name a parent that is not here; they are shown as roots.`,
    )
  if (cycles > 0)
    notes.push(cycles === 1 ? '1 cycle of parents was cut.' : `${formatExact(cycles)} cycles of parents were cut.`)
  if (duplicates > 0)
    notes.push(
      duplicates === 1
        ? '1 span shares its id with a different span.'
        : `${spans(duplicates)} share their id with a different span.`,
    )
  return notes
}
