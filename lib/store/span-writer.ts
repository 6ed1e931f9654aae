import type { SpanBatch } from '../model/span-batch.ts'
import { appendRows } from './append.ts'
import {
  InlineTexts,
  mapIds,
  moveDifferences,
  moveF64,
  moveMapped,
  moveRates,
  moveU8,
  moveWords,
} from './column-moves.ts'
import type { ColumnData, TextColumn } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import type { Parts } from './group-spans.ts'
import { packBlocks } from './rest-blocks.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'
import { BLOCK_COLUMNS, CONTEXT_COLUMNS, PART_COLUMNS, PART_GUILD_COLUMNS, SPAN_COLUMNS } from './span-schema.ts'
import { subtract, wordsOf } from './words.ts'

/** What the writer remembers of a slice between commits. */
interface WriterState {
  readonly strings: SliceStrings
  /** Raw bytes (as latin1) of resources and scopes → id. */
  readonly contexts: Map<string, number>
  nextContext: number
  nextRow: number
}

/** More distinct resources than this in memory are forgotten and written again when they come back. */
const CONTEXTS_AT_MOST = 20_000

/** Writes spans into slices. One at a time; every write is one transaction, durable when it resolves. */
export class SpanWriter {
  readonly #connection: DuckConnection
  readonly #states = new Map<Slice, WriterState>()

  constructor(connection: DuckConnection) {
    this.#connection = connection
  }

  forget(slice: Slice): void {
    this.#states.delete(slice)
  }

  /** Writes the given parts of a window. `members` are part numbers. The slice must be attached and in use. */
  async write(slice: Slice, batches: readonly SpanBatch[], parts: Parts, members: readonly number[]): Promise<number> {
    const state = await this.#stateOf(slice)
    try {
      const layout = placeRows(batches, parts, members)
      const blocks = await packBlocks(batches, layout.sourceOf, layout.indexOf, state.nextRow)
      const added: AddedContexts = { ids: [], isScope: [], bodies: [] }
      const spans = spanColumns(state, batches, parts, layout, added)
      const partRows = partColumns(state, parts, layout)
      await this.#connection.transaction(async () => {
        const put = (
          table: string,
          definitions: typeof SPAN_COLUMNS | typeof PART_COLUMNS,
          data: ColumnData[],
          rows: number,
        ) => appendRows(this.#connection, slice.catalog, table, definitions, data, rows)
        put('spans', SPAN_COLUMNS, spans, layout.rows)
        put('parts', PART_COLUMNS, partRows.parts, layout.members.length)
        const more = partRows.moreGuilds
        appendRows(this.#connection, slice.catalog, 'part_guilds', PART_GUILD_COLUMNS, more, more[0].length)
        const contexts: ColumnData[] = [Uint32Array.from(added.ids), Uint8Array.from(added.isScope), added.bodies]
        appendRows(this.#connection, slice.catalog, 'contexts', CONTEXT_COLUMNS, contexts, added.ids.length)
        const rest: ColumnData[] = [blocks.firstRow, blocks.rowCount, blocks.bodies]
        appendRows(this.#connection, slice.catalog, 'blocks', BLOCK_COLUMNS, rest, blocks.bodies.length)
        state.strings.append(this.#connection, slice)
      })
      state.strings.committed()
      state.nextRow += layout.rows
      slice.rows = state.nextRow
      for (const part of members) {
        const startMs = Number(parts.startNs[part]) / 1e6
        slice.contains(startMs, startMs)
      }
      slice.dirty = true
      return layout.rows
    } catch (error) {
      // Nothing of it is on disk; what memory believes about the slice is read anew next time.
      this.#states.delete(slice)
      slice.strings = undefined
      throw error
    }
  }

  async #stateOf(slice: Slice): Promise<WriterState> {
    const known = this.#states.get(slice)
    if (known !== undefined) return known
    const { catalog } = slice
    const next = async (column: string, table: string) => {
      const value = await this.#connection.number(`SELECT (max(${column}) + 1)::DOUBLE FROM ${catalog}.${table}`)
      return Number.isNaN(value) ? 0 : value
    }
    const strings = await SliceStrings.of(this.#connection, slice)
    const state: WriterState = {
      strings,
      contexts: new Map(),
      nextContext: Math.max(1, await next('id', 'contexts')),
      nextRow: await next('row', 'spans'),
    }
    this.#states.set(slice, state)
    return state
  }
}

/** Which row each span of the chosen parts becomes. */
interface Layout {
  readonly rows: number
  /** The parts in row order, and their first rows (counted from 0). */
  readonly members: readonly number[]
  readonly firstRow: Uint32Array
  /** Per row: batch, and span within it. */
  readonly sourceOf: Uint32Array
  readonly indexOf: Uint32Array
  /** Per batch: span indices and the rows they go to. */
  readonly moves: readonly { readonly from: Uint32Array; readonly to: Uint32Array }[]
}

/** Parts stand in order of guild, so that zone maps on `part_guild` leave out most of a slice. */
function placeRows(batches: readonly SpanBatch[], parts: Parts, chosen: readonly number[]): Layout {
  const members = [...chosen].sort((a, b) =>
    parts.guild[a] < parts.guild[b] ? -1 : parts.guild[a] > parts.guild[b] ? 1 : a - b,
  )
  const nextRow = new Int32Array(parts.count).fill(-1)
  const firstRow = new Uint32Array(members.length)
  let rows = 0
  for (let m = 0; m < members.length; m++) {
    firstRow[m] = rows
    nextRow[members[m]] = rows
    rows += parts.rows[members[m]]
  }
  const sourceOf = new Uint32Array(rows)
  const indexOf = new Uint32Array(rows)
  const moves = batches.map((batch, b) => {
    const of = parts.partOf[b]
    const from = new Uint32Array(batch.count)
    const to = new Uint32Array(batch.count)
    let count = 0
    for (let i = 0; i < batch.count; i++) {
      if (nextRow[of[i]] === -1) continue
      const row = nextRow[of[i]]++
      from[count] = i
      to[count++] = row
      sourceOf[row] = b
      indexOf[row] = i
    }
    return { from: from.subarray(0, count), to: to.subarray(0, count) }
  })
  return { rows, members, firstRow, sourceOf, indexOf, moves }
}

interface AddedContexts {
  readonly ids: number[]
  readonly isScope: number[]
  readonly bodies: Uint8Array[]
}

function spanColumns(
  state: WriterState,
  batches: readonly SpanBatch[],
  parts: Parts,
  layout: Layout,
  added: AddedContexts,
): ColumnData[] {
  const n = layout.rows
  /** Fills a column batch by batch. */
  const gathered = <A>(out: A, move: (batch: SpanBatch, from: Uint32Array, to: Uint32Array, b: number) => void): A => {
    for (let b = 0; b < batches.length; b++) move(batches[b], layout.moves[b].from, layout.moves[b].to, b)
    return out
  }
  const u8 = (pick: (batch: SpanBatch) => Uint8Array) => {
    const out = new Uint8Array(n)
    return gathered(out, (batch, from, to) => moveU8(out, pick(batch), from, to))
  }
  const u64 = (pick: (batch: SpanBatch) => BigUint64Array) => {
    const out = new BigUint64Array(n)
    return gathered(out, (batch, from, to) => moveWords(wordsOf(out), wordsOf(pick(batch)), from, to))
  }
  const f64 = (pick: (batch: SpanBatch) => Float64Array) => {
    const out = new Float64Array(n)
    return gathered(out, (batch, from, to) => moveF64(out, pick(batch), from, to))
  }
  const rate = (pick: (batch: SpanBatch) => Float32Array) => {
    const out = new Float32Array(n)
    return gathered(out, (batch, from, to) => moveRates(out, pick(batch), from, to))
  }
  const idMaps = batches.map((batch) => new Uint32Array(batch.strings.length))
  const strings = (pick: (batch: SpanBatch) => Uint32Array) => {
    const out = new Uint32Array(n)
    return gathered(out, (batch, from, to, b) => {
      const column = pick(batch)
      mapIds(idMaps[b], column, from, batch.strings, state.strings)
      moveMapped(out, column, from, to, idMaps[b])
    })
  }
  const contexts = (isScope: 0 | 1) => {
    const out = new Uint32Array(n)
    return gathered(out, (batch, from, to) => {
      const bodies = isScope === 1 ? batch.scopes : batch.resources
      const ids = bodies.map((body) => contextId(state, body, isScope, added))
      // A batch without bodies has nothing but index 0.
      moveMapped(
        out,
        isScope === 1 ? batch.scopeId : batch.resourceId,
        from,
        to,
        Uint32Array.from(ids.length > 0 ? ids : [0]),
      )
    })
  }
  const layouts = batches.map((batch) => new InlineTexts(batch.strings))
  const texts = (pick: (batch: SpanBatch) => Uint32Array): TextColumn => {
    const words = new Uint32Array(4 * n)
    const long: { readonly row: number; readonly text: Uint8Array }[] = []
    gathered(words, (batch, from, to, b) => layouts[b].move(words, pick(batch), from, to, long))
    long.sort((a, b) => a.row - b.row)
    return { words, longRows: long.map((each) => each.row), longTexts: long.map((each) => each.text) }
  }
  const duration = new BigUint64Array(n)
  gathered(duration, (batch, from, to) =>
    moveDifferences(wordsOf(duration), wordsOf(batch.endNs), wordsOf(batch.startNs), from, to),
  )
  const row = new Uint32Array(n)
  for (let i = 0; i < n; i++) row[i] = state.nextRow + i
  const partGuild = new Uint32Array(n)
  for (let m = 0; m < layout.members.length; m++) {
    const first = layout.firstRow[m]
    partGuild.fill(state.strings.id(parts.guild[layout.members[m]]), first, first + parts.rows[layout.members[m]])
  }
  return [
    row,
    partGuild,
    u64((batch) => batch.spanId),
    u64((batch) => batch.parentId),
    u64((batch) => batch.startNs),
    duration,
    waits(batches, layout),
    u8((batch) => batch.kind),
    u8((batch) => batch.status),
    u8((batch) => batch.flags),
    u8((batch) => batch.stageId),
    u8((batch) => batch.guildIsInt),
    strings((batch) => batch.nameId),
    strings((batch) => batch.serviceId),
    strings((batch) => batch.nodeId),
    strings((batch) => batch.actionId),
    strings((batch) => batch.relayId),
    strings((batch) => batch.guildId),
    strings((batch) => batch.guildNameId),
    strings((batch) => batch.channelId),
    texts((batch) => batch.processId),
    texts((batch) => batch.userId),
    texts((batch) => batch.sessionId),
    f64((batch) => batch.mailboxDepth),
    f64((batch) => batch.recipients),
    f64((batch) => batch.sessions),
    rate((batch) => batch.keepRate),
    rate((batch) => batch.headRate),
    contexts(0),
    contexts(1),
  ]
}

/** start − enqueued + 1; 0 where no enqueue time is stated. */
function waits(batches: readonly SpanBatch[], layout: Layout): BigUint64Array<ArrayBuffer> {
  const out = new BigUint64Array(layout.rows)
  const words = wordsOf(out)
  for (let b = 0; b < batches.length; b++) {
    const { from, to } = layout.moves[b]
    const start = wordsOf(batches[b].startNs)
    const enqueued = wordsOf(batches[b].enqueuedNs)
    for (let k = 0; k < from.length; k++) {
      const i = from[k]
      if ((enqueued[2 * i] | enqueued[2 * i + 1]) === 0) continue
      subtract(words, to[k], start, enqueued, i)
      if (++words[2 * to[k]] === 0) words[2 * to[k] + 1]++
      // Enqueued 1 ns after the start: would read as "not stated".
      if ((words[2 * to[k]] | words[2 * to[k] + 1]) === 0) words[2 * to[k]] = 1
    }
  }
  return out
}

function contextId(state: WriterState, body: Uint8Array, isScope: 0 | 1, added: AddedContexts): number {
  const key = isScope + Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1')
  const known = state.contexts.get(key)
  if (known !== undefined) return known
  if (state.contexts.size >= CONTEXTS_AT_MOST) state.contexts.clear()
  const id = state.nextContext++
  state.contexts.set(key, id)
  added.ids.push(id)
  added.isScope.push(isScope)
  added.bodies.push(body)
  return id
}

function partColumns(
  state: WriterState,
  parts: Parts,
  layout: Layout,
): { parts: ColumnData[]; moreGuilds: [Uint32Array<ArrayBuffer>, Uint32Array<ArrayBuffer>] } {
  const { members } = layout
  const u32 = (pick: (part: number) => number) => Uint32Array.from(members, pick)
  const u64 = (column: BigUint64Array) => BigUint64Array.from(members, (part) => column[part])
  const text = (column: readonly string[]) => Uint32Array.from(members, (part) => state.strings.id(column[part]))
  const moreRows: number[] = []
  const moreGuilds: number[] = []
  members.forEach((part, m) => {
    for (const guild of parts.moreGuilds.get(part) ?? []) {
      moreRows.push(state.nextRow + layout.firstRow[m])
      moreGuilds.push(state.strings.id(guild))
    }
  })
  return {
    parts: [
      layout.firstRow.map((row) => state.nextRow + row).slice(),
      u32((part) => parts.rows[part]),
      u64(parts.traceHi),
      u64(parts.traceLo),
      text(parts.guild),
      text(parts.guildName),
      u64(parts.startNs),
      u64(parts.endNs),
      u32((part) => parts.errors[part]),
      Uint8Array.from(members, (part) => parts.stages[part]),
      Uint8Array.from(members, (part) => parts.hasRoot[part]),
      u64(parts.leadNs),
      text(parts.leadName),
      text(parts.leadService),
      text(parts.action),
      u64(parts.actionNs),
      Float64Array.from(members, (part) => parts.waitNs[part]),
      Float32Array.from(members, (part) => parts.headRate[part]),
      members.map((part) => {
        const ids = BigUint64Array.from(parts.missing.get(part) ?? [])
        return new Uint8Array(ids.buffer)
      }),
    ],
    moreGuilds: [Uint32Array.from(moreRows), Uint32Array.from(moreGuilds)],
  }
}
