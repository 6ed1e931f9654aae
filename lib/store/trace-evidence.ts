import { DetailsBuilder } from '../evidence/details-builder.ts'
import type { TraceParts } from '../evidence/trace-piece.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
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
 * Everything about an opened trace, read in one pass over the blocks that hold what its columns do not. Undefined: one of its slices has
 * rotated meanwhile. The slices must be in use.
 */
export async function readEvidence(
  connection: DuckConnection,
  { trace, forest, read, places }: OpenedTrace,
  cancel: Cancel,
): Promise<TraceParts | undefined> {
  const { rows, sourceRow, sliceEnd } = read
  const builder = new DetailsBuilder(rows.count)
  const contexts = new Contexts(builder)
  const addedAt = new Uint32Array(rows.count)
  let added = 0
  for (let s = 0, from = 0; s < places.slices.length; from = sliceEnd[s++]) {
    const slice = places.slices[s]
    if (!slice.attached) return undefined
    const wanted = new SliceRows(sourceRow, from, sliceEnd[s])
    if (wanted.count === 0) continue
    const { resource, scope } = await readContextIds(connection, slice, wanted)
    const numbers = await contexts.read(connection, slice, [...new Set([...resource, ...scope])])
    const add = (place: number, bytes: Uint8Array, start: number, end: number) => {
      const remarks = [...numbers.remarks(resource[place]), ...numbers.remarks(scope[place])]
      const context = [numbers.resource(resource[place]), numbers.scope(scope[place])] as const
      builder.addRest(bytes, start, end, ...context, remarks)
      addedAt[wanted.readAt(place)] = added++
    }
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
  const { order } = forest
  const ids = pick64(rows.spanId, order)
  const guildOf = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) {
    const above = trace.spans.parent[i]
    guildOf[i] = read.guildId[order[i]] || (above === -1 ? 0 : guildOf[above])
  }
  const details = builder.finish(
    trace,
    ids,
    Uint32Array.from(order, (row) => addedAt[row]),
    {
      parentIds: pick64(rows.parentId, order),
      starts: pick64(rows.startNs, order),
      ends: pick64(rows.endNs, order),
      ordinals: places.ordinals,
    },
  )
  return { trace, ids, guildOf, guilds: read.guilds, details }
}

function pick64(column: BigUint64Array | BigInt64Array, order: Uint32Array): BigUint64Array<ArrayBuffer> {
  const out = new BigUint64Array(order.length)
  for (let i = 0; i < out.length; i++) out[i] = column[order[i]]
  return out
}

/** The rows of a trace in one slice, ascending; a row's *place* is its index in that order. */
class SliceRows {
  readonly count: number
  readonly #from: number
  readonly #sourceRow: Uint32Array
  /** Places → index among the rows read, where those do not ascend themselves. */
  readonly #order: Uint32Array | undefined

  constructor(sourceRow: Uint32Array, from: number, to: number) {
    this.#from = from
    this.#sourceRow = sourceRow
    this.count = to - from
    let ascending = true
    for (let i = from + 1; i < to; i++) if (sourceRow[i] < sourceRow[i - 1]) ascending = false
    if (!ascending)
      this.#order = Uint32Array.from({ length: this.count }, (_, k) => from + k).sort(
        (a, b) => sourceRow[a] - sourceRow[b],
      )
  }

  readAt(place: number): number {
    return this.#order === undefined ? this.#from + place : this.#order[place]
  }

  row(place: number): number {
    return this.#sourceRow[this.readAt(place)]
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

/** Resources and scopes of a trace, each decoded once, equal ones of several slices joined. */
class Contexts {
  readonly #builder: DetailsBuilder
  readonly #resources = new Map<string, number>()
  readonly #scopes = new Map<string, number>()

  constructor(builder: DetailsBuilder) {
    this.#builder = builder
  }

  async read(connection: DuckConnection, slice: Slice, ids: readonly number[]) {
    const resource = new Map<number, number>()
    const scope = new Map<number, number>()
    const remarks = new Map<number, readonly string[]>()
    await connection.stream(
      `SELECT id, is_scope, body FROM ${slice.catalog}.contexts WHERE id IN (${ids.join(', ')})`,
      ['u32', 'u8', 'blob'],
      (chunk) => {
        const [id, isScope] = [chunk.u32(0), chunk.u8(1)]
        for (let i = 0; i < chunk.rows; i++) {
          const body = chunk.blob(2, i)
          const decoded = isScope[i] === 1 ? this.#scope(body) : this.#resource(body)
          ;(isScope[i] === 1 ? scope : resource).set(id[i], decoded.number)
          if (decoded.remarks.length > 0) remarks.set(id[i], decoded.remarks)
        }
        return true
      },
    )
    return {
      resource: (id: number) => resource.get(id) ?? 0,
      scope: (id: number) => scope.get(id) ?? 0,
      remarks: (id: number) => remarks.get(id) ?? NOTHING,
    }
  }

  #resource(body: Uint8Array) {
    const { resource, remarks } = decodeSpanRest(EMPTY, body, EMPTY, NO_CORE)
    return { number: numbered(this.#resources, body, () => this.#builder.addResource(resource)), remarks }
  }

  #scope(body: Uint8Array) {
    const { scope, remarks } = decodeSpanRest(EMPTY, EMPTY, body, NO_CORE)
    if (scope === undefined) return { number: 0, remarks }
    return { number: numbered(this.#scopes, body, () => this.#builder.addScope(scope)), remarks }
  }
}

function numbered(known: Map<string, number>, body: Uint8Array, make: () => number): number {
  const key = Buffer.from(body).toString('latin1')
  const number = known.get(key) ?? make()
  known.set(key, number)
  return number
}
