import type { SpanBatch } from '../model/span-batch.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { groupSpans } from './group-spans.ts'
import { unpackBlock } from './rest-blocks.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'
import { SPAN_COLUMNS } from './span-schema.ts'
import type { SpanWriter } from './span-writer.ts'
import { add, subtract, wordsOf } from './words.ts'

/** Spans copied in one transaction. */
const COPY_SPANS = 50_000

/** A part that outlives its slice. */
export interface KeptPart {
  readonly first: number
  readonly count: number
  readonly hi: bigint
  readonly lo: bigint
  readonly guild: string
  readonly startMs: number
}

/** Parts of a slice whose trace names one of `guilds` in its range, with everything else of those traces in the slice. */
export async function keptParts(
  connection: DuckConnection,
  slice: Slice,
  keep: (guild: string, startMs: number) => boolean,
): Promise<KeptPart[]> {
  const { texts } = await SliceStrings.of(connection, slice)
  const { catalog } = slice
  const parts: (KeptPart & { readonly trace: string })[] = []
  /** Trace → the guild that keeps it. */
  const kept = new Map<string, string>()
  const more = new Map<number, string[]>()
  await connection.stream(`SELECT first_row, guild FROM ${catalog}.part_guilds`, ['u32', 'u32'], (chunk) => {
    for (let i = 0; i < chunk.rows; i++) {
      const guilds = more.get(chunk.u32(0)[i]) ?? []
      guilds.push(texts[chunk.u32(1)[i]])
      more.set(chunk.u32(0)[i], guilds)
    }
    return true
  })
  await connection.stream(
    `SELECT first_row, row_count, guild, start_ns, trace_hi, trace_lo FROM ${catalog}.parts ORDER BY first_row`,
    ['u32', 'u32', 'u32', 'u64', 'u64', 'u64'],
    (chunk) => {
      for (let i = 0; i < chunk.rows; i++) {
        const [hi, lo] = [chunk.u64(4)[i], chunk.u64(5)[i]]
        const trace = `${hi}/${lo}`
        const guild = texts[chunk.u32(2)[i]]
        const startMs = Number(chunk.u64(3)[i] / 1_000_000n)
        const first = chunk.u32(0)[i]
        const keeper = [guild, ...(more.get(first) ?? [])].find((each) => each !== '' && keep(each, startMs))
        if (keeper !== undefined) kept.set(trace, keeper)
        parts.push({ first, count: chunk.u32(1)[i], hi, lo, guild, startMs, trace })
      }
      return true
    },
  )
  return parts.flatMap((part) => {
    const keeper = kept.get(part.trace)
    if (keeper === undefined) return []
    return [part.guild === '' || !keep(part.guild, part.startMs) ? { ...part, guild: keeper } : part]
  })
}

/** Copies parts of one slice to the slices that `target` names, each copy durable before the next begins. */
export async function copyParts(
  connection: DuckConnection,
  writer: SpanWriter,
  source: Slice,
  parts: readonly KeptPart[],
  target: (part: KeptPart) => Slice,
  open: <T>(slice: Slice, work: (slice: Slice) => Promise<T>) => Promise<T | undefined>,
): Promise<number> {
  const byTarget = new Map<Slice, KeptPart[]>()
  for (const part of parts) {
    const slice = target(part)
    const group = byTarget.get(slice)
    if (group === undefined) byTarget.set(slice, [part])
    else group.push(part)
  }
  let copied = 0
  for (const [slice, group] of byTarget) {
    let from = 0
    while (from < group.length) {
      let to = from
      let spans = 0
      while (to < group.length && (to === from || spans + group[to].count <= COPY_SPANS)) spans += group[to++].count
      const chosen = group.slice(from, to)
      const batch = await readBatch(connection, source, chosen)
      const grouped = groupSpans([batch])
      // The guild a part was filed under may come from an earlier part of its trace.
      let row = 0
      for (const part of chosen) {
        const p = grouped.partOf[0][row]
        if (p !== undefined && grouped.guild[p] === '') grouped.guild[p] = part.guild
        row += part.count
      }
      await open(slice, (attached) => writer.write(attached, [batch], grouped, [...Array(grouped.count).keys()]))
      copied += batch.count
      from = to
    }
  }
  return copied
}

const TYPES: readonly ColumnType[] = SPAN_COLUMNS.map((column) => column.type)
const COLUMN = new Map<string, number>(SPAN_COLUMNS.map((column, i) => [column.name, i]))

function columnOf(name: (typeof SPAN_COLUMNS)[number]['name']): number {
  return COLUMN.get(name) ?? 0
}

/** The spans of some parts, as they came: the inverse of the writer. */
export async function readBatch(
  connection: DuckConnection,
  slice: Slice,
  parts: readonly Pick<KeptPart, 'first' | 'count' | 'hi' | 'lo'>[],
): Promise<SpanBatch> {
  const { texts } = await SliceStrings.of(connection, slice)
  const strings = [...texts]
  let count = 0
  for (const part of parts) count += part.count
  const batch = emptyBatch(count)
  const rows = new Uint32Array(count)
  const resources: Uint8Array[] = []
  const scopes: Uint8Array[] = []
  const contexts = new Map<number, number>()
  let at = 0
  for (const part of parts) {
    batch.traceIdHi.fill(part.hi, at, at + part.count)
    batch.traceIdLo.fill(part.lo, at, at + part.count)
    at += part.count
  }
  at = 0
  for (const { first, end } of runsOf(parts)) {
    const sql = `SELECT ${SPAN_COLUMNS.map((c) => c.name).join(', ')} FROM ${slice.catalog}.spans WHERE row BETWEEN ${first} AND ${end - 1} ORDER BY row`
    await connection.stream(sql, TYPES, (chunk) => {
      const n = chunk.rows
      rows.set(chunk.u32(0), at)
      batch.spanId.set(chunk.u64(columnOf('span_id')), at)
      batch.parentId.set(chunk.u64(columnOf('parent_id')), at)
      batch.startNs.set(chunk.u64(columnOf('start_ns')), at)
      const [start, duration, wait] = [3, 4, 5].map((offset) => chunk.words(columnOf('start_ns') + offset - 3))
      const [end, enqueued] = [wordsOf(batch.endNs), wordsOf(batch.enqueuedNs)]
      for (let i = 0; i < n; i++) {
        add(end, at + i, start, duration, i)
        if ((wait[2 * i] | wait[2 * i + 1]) === 0) continue
        subtract(enqueued, at + i, start, wait, i)
        if (++enqueued[2 * (at + i)] === 0) enqueued[2 * (at + i) + 1]++
      }
      batch.kind.set(chunk.u8(columnOf('kind')), at)
      batch.status.set(chunk.u8(columnOf('status')), at)
      batch.flags.set(chunk.u8(columnOf('flags')), at)
      batch.stageId.set(chunk.u8(columnOf('stage')), at)
      batch.guildIsInt.set(chunk.u8(columnOf('guild_is_int')), at)
      batch.nameId.set(chunk.u32(columnOf('name')), at)
      batch.serviceId.set(chunk.u32(columnOf('service')), at)
      batch.nodeId.set(chunk.u32(columnOf('node')), at)
      batch.actionId.set(chunk.u32(columnOf('action')), at)
      batch.relayId.set(chunk.u32(columnOf('relay')), at)
      batch.guildId.set(chunk.u32(columnOf('guild')), at)
      batch.guildNameId.set(chunk.u32(columnOf('guild_name')), at)
      batch.channelId.set(chunk.u32(columnOf('channel')), at)
      const extra = (name: 'process' | 'user_id' | 'session', into: Uint32Array) => {
        chunk.texts(columnOf(name)).forEach((text, i) => {
          if (text !== '') into[at + i] = strings.push(text) - 1
        })
      }
      extra('process', batch.processId)
      extra('user_id', batch.userId)
      extra('session', batch.sessionId)
      batch.mailboxDepth.set(chunk.f64(columnOf('mailbox_depth')), at)
      batch.recipients.set(chunk.f64(columnOf('recipients')), at)
      batch.sessions.set(chunk.f64(columnOf('sessions')), at)
      copyRate(chunk.f32(columnOf('keep_rate')), batch.keepRate, at)
      copyRate(chunk.f32(columnOf('head_rate')), batch.headRate, at)
      batch.resourceId.set(chunk.u32(columnOf('resource')), at)
      batch.scopeId.set(chunk.u32(columnOf('scope')), at)
      at += n
      return true
    })
  }
  const ids = new Set<number>([...batch.resourceId, ...batch.scopeId])
  await connection.stream(
    `SELECT id, is_scope, body FROM ${slice.catalog}.contexts WHERE id IN (${[...ids, 0].join(', ')})`,
    ['u32', 'u8', 'blob'],
    (chunk) => {
      for (let i = 0; i < chunk.rows; i++) {
        const list = chunk.u8(1)[i] === 1 ? scopes : resources
        contexts.set(chunk.u32(0)[i], list.push(chunk.blob(2, i)) - 1)
      }
      return true
    },
  )
  for (let i = 0; i < count; i++) {
    batch.resourceId[i] = contexts.get(batch.resourceId[i]) ?? 0
    batch.scopeId[i] = contexts.get(batch.scopeId[i]) ?? 0
  }
  const { rest, restEnd } = await readRests(connection, slice, rows)
  return { ...batch, resources, scopes, strings, rest, restEnd }
}

/** Consecutive parts joined: they are read in one statement. */
function runsOf(parts: readonly Pick<KeptPart, 'first' | 'count'>[]): { readonly first: number; end: number }[] {
  const runs: { readonly first: number; end: number }[] = []
  for (const part of parts) {
    const last = runs.at(-1)
    if (last?.end === part.first) last.end += part.count
    else runs.push({ first: part.first, end: part.first + part.count })
  }
  return runs
}

function copyRate(from: Float32Array, to: Float32Array, at: number): void {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i] < 0 ? Number.NaN : from[i]
}

function emptyBatch(count: number) {
  const u32 = () => new Uint32Array(count)
  const u64 = () => new BigUint64Array(count)
  const u8 = () => new Uint8Array(count)
  const f64 = () => new Float64Array(count)
  return {
    count,
    traceIdHi: u64(),
    traceIdLo: u64(),
    spanId: u64(),
    parentId: u64(),
    startNs: u64(),
    endNs: u64(),
    kind: u8(),
    status: u8(),
    flags: u8(),
    stageId: u8(),
    nameId: u32(),
    serviceId: u32(),
    nodeId: u32(),
    actionId: u32(),
    relayId: u32(),
    guildId: u32(),
    guildNameId: u32(),
    processId: u32(),
    userId: u32(),
    sessionId: u32(),
    channelId: u32(),
    guildIsInt: u8(),
    enqueuedNs: u64(),
    mailboxDepth: f64(),
    recipients: f64(),
    sessions: f64(),
    keepRate: new Float32Array(count),
    headRate: new Float32Array(count),
    resourceId: u32(),
    scopeId: u32(),
    rejected: [],
  }
}

/** The rests of ascending runs of rows, joined. Each block is inflated once. */
async function readRests(connection: DuckConnection, slice: Slice, rows: Uint32Array) {
  const restEnd = new Uint32Array(rows.length)
  const pieces: Uint8Array[] = []
  if (rows.length === 0) return { rest: new Uint8Array(0), restEnd }
  const placeOf = new Map<number, number>()
  rows.forEach((row, i) => {
    placeOf.set(row, i)
  })
  const found: (Uint8Array | undefined)[] = new Array(rows.length).fill(undefined)
  const blocks: { first: number; count: number; body: Uint8Array }[] = []
  let low = rows[0]
  let high = rows[0]
  for (const row of rows) {
    if (row < low) low = row
    if (row > high) high = row
  }
  await connection.stream(
    `SELECT first_row, row_count, body FROM ${slice.catalog}.blocks WHERE first_row <= ${high} AND first_row + row_count > ${low}`,
    ['u32', 'u32', 'blob'],
    (chunk) => {
      for (let i = 0; i < chunk.rows; i++) {
        const [first, count] = [chunk.u32(0)[i], chunk.u32(1)[i]]
        let wanted = false
        for (let row = first; row < first + count && !wanted; row++) wanted = placeOf.has(row)
        if (wanted) blocks.push({ first, count, body: chunk.blob(2, i) })
      }
      return true
    },
  )
  for (const block of blocks) {
    const unpacked = await unpackBlock(block.body, block.count)
    for (let k = 0; k < block.count; k++) {
      const place = placeOf.get(block.first + k)
      if (place !== undefined)
        found[place] = unpacked.rest.subarray(k === 0 ? 0 : unpacked.restEnd[k - 1], unpacked.restEnd[k])
    }
  }
  let end = 0
  for (let i = 0; i < rows.length; i++) {
    const piece = found[i]
    if (piece !== undefined) {
      pieces.push(piece)
      end += piece.length
    }
    restEnd[i] = end
  }
  return { rest: new Uint8Array(Buffer.concat(pieces)), restEnd }
}
