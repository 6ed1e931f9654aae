import { DetailsBuilder } from '../evidence/details-builder.ts'
import type { TraceParts } from '../evidence/trace-piece.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import { guildOfSpans } from '../model/trace-facts.ts'
import { pickU32, pickU64 } from './column-moves.ts'
import type { DuckConnection } from './duck.ts'
import { type Cancel, CancelledError } from './readers.ts'
import { BLOCK_SPANS, unpackBlock } from './rest-blocks.ts'
import type { Slice } from './slices.ts'
import type { OpenedTrace } from './trace-reader.ts'

const EMPTY = new Uint8Array(0)
const NO_CORE = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '0', endUnixNano: '0' }
/** Rows closer than this are read in one go. */
const GAP_ROWS = 4096

/**
 * Everything about opened traces, read in one pass over the blocks that hold what their columns do not; `undefined` for a trace of which a
 * slice has rotated meanwhile. The slices must be in use.
 */
export async function readEvidence(
  connection: DuckConnection,
  opened: readonly OpenedTrace[],
  cancel: Cancel,
): Promise<(TraceParts | undefined)[]> {
  const makers = opened.map((each) => new Maker(each))
  for (const slice of new Set(opened.flatMap((each) => each.places.slices))) {
    const wanted = new SliceRows(opened, slice)
    if (wanted.count === 0) continue
    if (!slice.attached) {
      for (let place = 0; place < wanted.count; place++) makers[wanted.trace(place)].isGone = true
      continue
    }
    const { resource, scope } = await readContextIds(connection, slice, wanted)
    const contexts = await readContexts(connection, slice, new Set([...resource, ...scope]))
    const add = (place: number, bytes: Uint8Array, start: number, end: number) =>
      makers[wanted.trace(place)].add(
        wanted.readAt(place),
        bytes,
        start,
        end,
        contexts.get(resource[place]),
        contexts.get(scope[place]),
      )
    const done = new Uint8Array(wanted.count)
    for (const block of await readBlocks(connection, slice, wanted)) {
      if (cancel.cancelled) throw new CancelledError()
      const { rest, restEnd } = await unpackBlock(block.body, block.count)
      for (let place = wanted.firstFrom(block.first); place < wanted.count; place++) {
        const i = wanted.row(place) - block.first
        if (i >= block.count) break
        add(place, rest, i === 0 ? 0 : restEnd[i - 1], restEnd[i])
        done[place] = 1
      }
    }
    for (let place = 0; place < wanted.count; place++) if (done[place] === 0) add(place, EMPTY, 0, 0)
  }
  return makers.map((maker) => (maker.isGone ? undefined : maker.finish()))
}

/** One trace's evidence while it is being read. */
class Maker {
  isGone = false
  readonly #opened: OpenedTrace
  readonly #builder: DetailsBuilder
  /** Row of the reading → how many were added before it. */
  readonly #addedAt: Uint32Array
  #added = 0
  /** Resources and scopes that were seen, by their bytes: equal ones of several slices are one. */
  readonly #numbers = new Map<string, number>()

  constructor(opened: OpenedTrace) {
    this.#opened = opened
    this.#builder = new DetailsBuilder(opened.read.rows.count)
    this.#addedAt = new Uint32Array(opened.read.rows.count)
  }

  add(
    readAt: number,
    bytes: Uint8Array,
    from: number,
    to: number,
    resource: Context | undefined,
    scope: Context | undefined,
  ): void {
    const remarks =
      resource?.remarks === undefined && scope?.remarks === undefined
        ? NOTHING
        : [...(resource?.remarks ?? []), ...(scope?.remarks ?? [])]
    this.#builder.addRest(bytes, from, to, this.#number(resource), this.#number(scope), remarks)
    this.#addedAt[readAt] = this.#added++
  }

  #number(context: Context | undefined): number {
    if (context === undefined) return 0
    const known = this.#numbers.get(context.key)
    if (known !== undefined) return known
    const { scope, resource } = context
    const number =
      resource !== undefined
        ? this.#builder.addResource(resource)
        : scope === undefined
          ? 0
          : this.#builder.addScope(scope)
    this.#numbers.set(context.key, number)
    return number
  }

  finish(): TraceParts {
    const { trace, forest, read, places } = this.#opened
    const { order } = forest
    const ids = pickU64(read.rows.spanId, order)
    const guildOf = guildOfSpans(forest, read.guildId)
    const addedAt = this.#addedAt
    const details = this.#builder.finish(trace, ids, pickU32(addedAt, order), {
      parentIds: pickU64(read.rows.parentId, order),
      starts: pickU64(read.rows.startNs, order),
      ends: pickU64(read.rows.endNs, order),
      ordinals: places.ordinals,
    })
    return { trace, ids, guildOf, guilds: read.guilds, details }
  }
}

/** The rows of some traces in one slice, ascending; a row's *place* is its index in that order. */
class SliceRows {
  readonly count: number
  /** Per place: the trace's index, the row's index in its reading, and its number in the slice. */
  readonly #trace: Uint32Array
  readonly #readAt: Uint32Array
  readonly #row: Uint32Array

  constructor(opened: readonly OpenedTrace[], slice: Slice) {
    const runs = opened.flatMap(({ places }, trace) => {
      const s = places.slices.indexOf(slice)
      if (s === -1) return []
      return [{ trace, from: s === 0 ? 0 : places.sliceEnd[s - 1], to: places.sliceEnd[s] }]
    })
    this.count = runs.reduce((sum, run) => sum + run.to - run.from, 0)
    const trace = new Uint32Array(this.count)
    const readAt = new Uint32Array(this.count)
    const row = new Uint32Array(this.count)
    let at = 0
    for (const run of runs) {
      const { sourceRow } = opened[run.trace].read
      for (let i = run.from; i < run.to; i++) {
        trace[at] = run.trace
        readAt[at] = i
        row[at++] = sourceRow[i]
      }
    }
    let ascending = true
    for (let i = 1; i < row.length; i++) if (row[i] < row[i - 1]) ascending = false
    const order = ascending ? undefined : Uint32Array.from(row.keys()).sort((a, b) => row[a] - row[b])
    this.#trace = order === undefined ? trace : order.map((i) => trace[i])
    this.#readAt = order === undefined ? readAt : order.map((i) => readAt[i])
    this.#row = order === undefined ? row : order.map((i) => row[i])
  }

  trace(place: number): number {
    return this.#trace[place]
  }

  readAt(place: number): number {
    return this.#readAt[place]
  }

  row(place: number): number {
    return this.#row[place]
  }

  /** First place whose row is at least `row`. */
  firstFrom(row: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.row(middle) < row) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Runs of rows, near ones joined. */
  runs(): { readonly first: number; last: number }[] {
    const runs: { readonly first: number; last: number }[] = []
    for (let place = 0; place < this.count; place++) {
      const row = this.row(place)
      const run = runs.at(-1)
      if (run === undefined || row - run.last > GAP_ROWS) runs.push({ first: row, last: row })
      else run.last = row
    }
    return runs
  }
}

/** Per place, the ids of its resource and scope in the slice. */
async function readContextIds(connection: DuckConnection, slice: Slice, wanted: SliceRows) {
  const resource = new Uint32Array(wanted.count)
  const scope = new Uint32Array(wanted.count)
  const where = wanted.runs().map((run) => `row BETWEEN ${run.first} AND ${run.last}`)
  await connection.stream(
    `SELECT row, resource, scope FROM ${slice.catalog}.spans WHERE ${where.join(' OR ')}`,
    ['u32', 'u32', 'u32'],
    (chunk) => {
      const [row, resources, scopes] = [chunk.u32(0), chunk.u32(1), chunk.u32(2)]
      let place = 0
      for (let i = 0; i < chunk.rows; i++) {
        if (place >= wanted.count || wanted.row(place) !== row[i]) place = wanted.firstFrom(row[i])
        if (place >= wanted.count || wanted.row(place) !== row[i]) continue
        resource[place] = resources[i]
        scope[place++] = scopes[i]
      }
      return true
    },
  )
  return { resource, scope }
}

async function readBlocks(connection: DuckConnection, slice: Slice, wanted: SliceRows) {
  const blocks: { readonly first: number; readonly count: number; readonly body: Uint8Array }[] = []
  const where = wanted
    .runs()
    .map((run) => `first_row BETWEEN ${Math.max(0, run.first - BLOCK_SPANS + 1)} AND ${run.last}`)
  await connection.stream(
    `SELECT first_row, row_count, body FROM ${slice.catalog}.blocks WHERE ${where.join(' OR ')}`,
    ['u32', 'u32', 'blob'],
    (chunk) => {
      const [first, count] = [chunk.u32(0), chunk.u32(1)]
      for (let i = 0; i < chunk.rows; i++) {
        const place = wanted.firstFrom(first[i])
        if (place < wanted.count && wanted.row(place) < first[i] + count[i])
          blocks.push({ first: first[i], count: count[i], body: chunk.blob(2, i) })
      }
      return true
    },
  )
  return blocks
}

const NOTHING: readonly string[] = []

/** A resource or a scope, decoded. */
interface Context {
  /** Its bytes as text, and which of the two it is. */
  readonly key: string
  readonly resource?: SpanDetails['resource']
  readonly scope?: SpanDetails['scope']
  readonly remarks?: readonly string[]
}

async function readContexts(connection: DuckConnection, slice: Slice, ids: ReadonlySet<number>) {
  const contexts = new Map<number, Context>()
  await connection.stream(
    `SELECT id, is_scope, body FROM ${slice.catalog}.contexts WHERE id IN (${[...ids].join(', ')})`,
    ['u32', 'u8', 'blob'],
    (chunk) => {
      const [id, isScope] = [chunk.u32(0), chunk.u8(1)]
      for (let i = 0; i < chunk.rows; i++) {
        const body = chunk.blob(2, i)
        const key = `${isScope[i]}${Buffer.from(body).toString('latin1')}`
        const { resource, scope, remarks } =
          isScope[i] === 1
            ? { ...decodeSpanRest(EMPTY, EMPTY, body, NO_CORE), resource: undefined }
            : decodeSpanRest(EMPTY, body, EMPTY, NO_CORE)
        contexts.set(id[i], {
          key,
          ...(resource === undefined ? {} : { resource }),
          ...(scope === undefined ? {} : { scope }),
          ...(remarks.length === 0 ? {} : { remarks }),
        })
      }
      return true
    },
  )
  return contexts
}
