import type { SpanRows } from '../model/span-rows.ts'
import { pickF32, pickI64, pickU8, pickU32, pickU64 } from './column-moves.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import type { RawChunk } from './raw-vectors.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'
import { add, subtract, wordsOf } from './words.ts'

/** A run of rows of a slice: [first, end). */
export interface RowRange {
  readonly first: number
  readonly end: number
  /** Number of its trace in the answer. */
  readonly trace: number
}

/** Rows to read from one slice. Ranges ascend and do not overlap. */
export interface SliceRanges {
  readonly slice: Slice
  readonly ranges: readonly RowRange[]
}

const READ = [
  'row',
  'span_id',
  'parent_id',
  'start_ns',
  'duration_ns',
  'wait_plus_1',
  'flags',
  'stage',
  'name',
  'service',
  'node',
  'action',
  'relay',
  'keep_rate',
  'head_rate',
  'guild',
  'guild_name',
]
const TYPES: readonly ColumnType[] = [
  'u32',
  'u64',
  'u64',
  'u64',
  'u64',
  'u64',
  'u8',
  'u8',
  'u32',
  'u32',
  'u32',
  'u32',
  'u32',
  'f32',
  'f32',
  'u32',
  'u32',
]

/** Ranges closer than this are read in one go, and what lies between is skipped: cheaper than another filter. */
const GAP_ROWS = 4096
/** So many row conditions stand in one statement. */
const RANGES_PER_STATEMENT = 24

/** Spans of some traces as rows, with where each came from. */
export interface ReadRows {
  readonly rows: SpanRows
  /** Guild of each row as an index into `guilds`; 0: none. */
  readonly guildId: Uint32Array
  readonly guilds: readonly string[]
  /** By trace number: guild → name, where one was stated. */
  readonly guildNames: ReadonlyMap<number, ReadonlyMap<string, string>>
  /** Per row: row number in its slice; rows [sliceEnd[k−1], sliceEnd[k]) come from slice k of the request. */
  readonly sourceRow: Uint32Array
  readonly sliceEnd: readonly number[]
}

/**
 * Reads the given rows through raw vectors, chunk by chunk straight into columns. `cancelled` is asked between statements.
 * At most `maxSpans` rows; the caller compares with what it asked for.
 */
export async function readSpans(
  connection: DuckConnection,
  wanted: readonly SliceRanges[],
  maxSpans: number,
  cancelled: () => boolean,
): Promise<ReadRows> {
  let total = 0
  for (const { ranges } of wanted) for (const range of ranges) total += range.end - range.first
  const filler = new RowFiller(Math.min(total, maxSpans))
  const sliceEnd: number[] = []
  for (const { slice, ranges } of wanted) {
    const from = filler.count
    for (const group of groupsOf(ranges)) {
      if (cancelled() || filler.isFull) break
      const where = spansOfGroup(group).map((range) => `row BETWEEN ${range.first} AND ${range.end - 1}`)
      const sql = `SELECT ${READ.join(', ')} FROM ${slice.catalog}.spans WHERE ${where.join(' OR ')}`
      await connection.stream(sql, TYPES, (chunk) => filler.take(chunk, group))
    }
    sliceEnd.push(filler.count)
    filler.translate(from, (await SliceStrings.of(connection, slice)).texts)
  }
  return filler.finish(sliceEnd)
}

/** The rows of one trace of a reading as if it had been read alone: same order, texts of its own, trace number 0. */
export function rowsOfTrace(read: ReadRows, trace: number): ReadRows {
  const { rows } = read
  const places = new Uint32Array(rows.count)
  let count = 0
  const sliceEnd = read.sliceEnd.map((end, s) => {
    for (let i = s === 0 ? 0 : read.sliceEnd[s - 1]; i < end; i++) if (rows.traceNo[i] === trace) places[count++] = i
    return count
  })
  const at = places.subarray(0, count)
  const texts = (column: Uint32Array, strings: readonly string[]) => {
    const own = new TextColumn(count)
    own.ids.set(pickU32(column, at))
    own.translate(0, count, strings)
    return own
  }
  const name = texts(rows.nameId, rows.names)
  const service = texts(rows.serviceId, rows.services)
  const node = texts(rows.nodeId, rows.nodes)
  const action = texts(rows.actionId, rows.actions)
  const relay = texts(rows.relayId, rows.relays)
  const guild = texts(read.guildId, read.guilds)
  return {
    rows: {
      count,
      traceNo: new Uint32Array(count),
      spanId: pickU64(rows.spanId, at),
      parentId: pickU64(rows.parentId, at),
      startNs: pickI64(rows.startNs, at),
      endNs: pickI64(rows.endNs, at),
      nameId: name.ids,
      serviceId: service.ids,
      nodeId: node.ids,
      actionId: action.ids,
      relayId: relay.ids,
      stageId: pickU8(rows.stageId, at),
      flags: pickU8(rows.flags, at),
      enqueuedNs: pickI64(rows.enqueuedNs, at),
      headRate: pickF32(rows.headRate, at),
      keepRate: pickF32(rows.keepRate, at),
      names: name.texts,
      services: service.texts,
      nodes: node.texts,
      actions: action.texts,
      relays: relay.texts,
    },
    guildId: guild.ids,
    guilds: guild.texts,
    guildNames: new Map([[0, read.guildNames.get(trace) ?? new Map<string, string>()]]),
    sourceRow: pickU32(read.sourceRow, at),
    sliceEnd,
  }
}

function* groupsOf(ranges: readonly RowRange[]): Generator<readonly RowRange[]> {
  let group: RowRange[] = []
  let conditions = 0
  for (const range of ranges) {
    const last = group.at(-1)
    if (last === undefined || range.first - last.end > GAP_ROWS) conditions++
    if (conditions > RANGES_PER_STATEMENT) {
      yield group
      group = []
      conditions = 1
    }
    group.push(range)
  }
  if (group.length > 0) yield group
}

/** Joins ranges whose gap is small. */
function spansOfGroup(ranges: readonly RowRange[]): { first: number; end: number }[] {
  const joined: { first: number; end: number }[] = []
  for (const range of ranges) {
    const last = joined.at(-1)
    if (last !== undefined && range.first - last.end <= GAP_ROWS) last.end = Math.max(last.end, range.end)
    else joined.push({ first: range.first, end: range.end })
  }
  return joined
}

/** One string column: ids of a slice first, ids of the answer's own table after `translate`. */
class TextColumn {
  readonly ids: Uint32Array<ArrayBuffer>
  readonly texts: string[] = ['']
  readonly #known = new Map<string, number>([['', 0]])

  constructor(capacity: number) {
    this.ids = new Uint32Array(capacity)
  }

  translate(from: number, to: number, texts: readonly string[]): void {
    const map = new Int32Array(texts.length).fill(-1)
    const { ids } = this
    for (let i = from; i < to; i++) {
      const old = ids[i]
      if (map[old] === -1) map[old] = this.#id(texts[old])
      ids[i] = map[old]
    }
  }

  #id(text: string): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const id = this.texts.length
    this.texts.push(text)
    this.#known.set(text, id)
    return id
  }
}

class RowFiller {
  count = 0
  readonly #capacity: number
  readonly #row: Uint32Array<ArrayBuffer>
  readonly #trace: Uint32Array<ArrayBuffer>
  readonly #spanId: BigUint64Array<ArrayBuffer>
  readonly #parentId: BigUint64Array<ArrayBuffer>
  readonly #start: BigUint64Array<ArrayBuffer>
  readonly #end: BigUint64Array<ArrayBuffer>
  readonly #enqueued: BigUint64Array<ArrayBuffer>
  readonly #flags: Uint8Array<ArrayBuffer>
  readonly #stage: Uint8Array<ArrayBuffer>
  readonly #keep: Float32Array<ArrayBuffer>
  readonly #head: Float32Array<ArrayBuffer>
  readonly #texts: readonly TextColumn[]
  readonly #guildNameIds: Uint32Array<ArrayBuffer>
  readonly #guildNames = new Map<number, Map<string, string>>()

  constructor(capacity: number) {
    this.#capacity = capacity
    this.#row = new Uint32Array(capacity)
    this.#trace = new Uint32Array(capacity)
    this.#spanId = new BigUint64Array(capacity)
    this.#parentId = new BigUint64Array(capacity)
    this.#start = new BigUint64Array(capacity)
    this.#end = new BigUint64Array(capacity)
    this.#enqueued = new BigUint64Array(capacity)
    this.#flags = new Uint8Array(capacity)
    this.#stage = new Uint8Array(capacity)
    this.#keep = new Float32Array(capacity)
    this.#head = new Float32Array(capacity)
    // name, service, node, action, relay, guild
    this.#texts = [0, 1, 2, 3, 4, 5].map(() => new TextColumn(capacity))
    this.#guildNameIds = new Uint32Array(capacity)
  }

  get isFull(): boolean {
    return this.count >= this.#capacity
  }

  /** Takes the rows of a chunk that lie in the ranges: whole runs at a time. */
  take(chunk: RawChunk, ranges: readonly RowRange[]): boolean {
    const row = chunk.u32(0)
    let i = 0
    while (i < chunk.rows && !this.isFull) {
      const range = rangeOf(ranges, row[i])
      if (range === undefined) {
        i++
        continue
      }
      // Rows of a range are consecutive, but a statement may hand out its row groups in any order.
      let end = i + 1
      while (end < chunk.rows && row[end] === row[end - 1] + 1 && row[end] < range.end) end++
      this.#copy(chunk, i, Math.min(end, i + this.#capacity - this.count), range.trace)
      i = end
    }
    return !this.isFull
  }

  #copy(chunk: RawChunk, from: number, to: number, trace: number): void {
    const at = this.count
    const n = to - from
    this.#row.set(chunk.u32(0).subarray(from, to), at)
    this.#trace.fill(trace, at, at + n)
    this.#spanId.set(chunk.u64(1).subarray(from, to), at)
    this.#parentId.set(chunk.u64(2).subarray(from, to), at)
    this.#start.set(chunk.u64(3).subarray(from, to), at)
    const start = chunk.words(3)
    const duration = chunk.words(4)
    const wait = chunk.words(5)
    const end = wordsOf(this.#end)
    const enqueued = wordsOf(this.#enqueued)
    for (let i = from; i < to; i++) {
      const j = at + i - from
      add(end, j, start, duration, i)
      if ((wait[2 * i] | wait[2 * i + 1]) === 0) continue
      subtract(enqueued, j, start, wait, i)
      if (++enqueued[2 * j] === 0) enqueued[2 * j + 1]++
    }
    this.#flags.set(chunk.u8(6).subarray(from, to), at)
    this.#stage.set(chunk.u8(7).subarray(from, to), at)
    for (let t = 0; t < 5; t++) this.#texts[t].ids.set(chunk.u32(8 + t).subarray(from, to), at)
    this.#keep.set(chunk.f32(13).subarray(from, to), at)
    this.#head.set(chunk.f32(14).subarray(from, to), at)
    this.#texts[5].ids.set(chunk.u32(15).subarray(from, to), at)
    this.#guildNameIds.set(chunk.u32(16).subarray(from, to), at)
    this.count += n
  }

  /** Turns the string ids of the rows from `from` on into ids of the answer. */
  translate(from: number, texts: readonly string[]): void {
    const guild = this.#texts[5].ids
    let lastGuild = -1
    let lastTrace = -1
    for (let i = from; i < this.count; i++) {
      const trace = this.#trace[i]
      if ((guild[i] === lastGuild && trace === lastTrace) || this.#guildNameIds[i] === 0) continue
      lastGuild = guild[i]
      lastTrace = trace
      const names = this.#guildNames.get(trace) ?? new Map<string, string>()
      names.set(texts[guild[i]], texts[this.#guildNameIds[i]])
      this.#guildNames.set(trace, names)
    }
    for (const column of this.#texts) column.translate(from, this.count, texts)
  }

  finish(sliceEnd: readonly number[]): ReadRows {
    const n = this.count
    for (let i = 0; i < n; i++) {
      if (this.#keep[i] < 0) this.#keep[i] = Number.NaN
      if (this.#head[i] < 0) this.#head[i] = Number.NaN
    }
    const signed = (column: BigUint64Array<ArrayBuffer>) => new BigInt64Array(column.buffer, 0, n)
    const [name, service, node, action, relay, guild] = this.#texts
    return {
      rows: {
        count: n,
        traceNo: this.#trace.subarray(0, n),
        spanId: this.#spanId.subarray(0, n),
        parentId: this.#parentId.subarray(0, n),
        startNs: signed(this.#start),
        endNs: signed(this.#end),
        nameId: name.ids.subarray(0, n),
        serviceId: service.ids.subarray(0, n),
        nodeId: node.ids.subarray(0, n),
        actionId: action.ids.subarray(0, n),
        relayId: relay.ids.subarray(0, n),
        stageId: this.#stage.subarray(0, n),
        flags: this.#flags.subarray(0, n),
        enqueuedNs: signed(this.#enqueued),
        headRate: this.#head.subarray(0, n),
        keepRate: this.#keep.subarray(0, n),
        names: name.texts,
        services: service.texts,
        nodes: node.texts,
        actions: action.texts,
        relays: relay.texts,
      },
      guildId: guild.ids.subarray(0, n),
      guilds: guild.texts,
      guildNames: this.#guildNames,
      sourceRow: this.#row.subarray(0, n),
      sliceEnd,
    }
  }
}

function rangeOf(ranges: readonly RowRange[], row: number): RowRange | undefined {
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ranges[middle].end <= row) low = middle + 1
    else high = middle
  }
  const range = ranges[low]
  return range !== undefined && range.first <= row ? range : undefined
}
