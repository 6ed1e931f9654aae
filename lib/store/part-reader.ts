import { halvesToTraceId } from '../base/ids.ts'
import { STAGE_ID } from '../model/stages.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { agreedRate } from './group-spans.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'

/** A trace as put together from its parts. */
export interface FoundTrace {
  readonly hi: bigint
  readonly lo: bigint
  startNs: bigint
  endNs: bigint
  spans: number
  errors: number
  stages: number
  hasRoot: boolean
  leadNs: bigint
  leadName: string
  leadService: string
  action: string
  actionNs: bigint
  waitNs: number
  headRate: number
  guild: string
  readonly parts: { readonly slice: Slice; readonly first: number; readonly count: number; readonly missing: boolean }[]
}

export interface PartQuery {
  /** '': any; else traces of which a part names it. */
  readonly guild: string
  /** Unix ns; parts that start in [fromNs, toNs). */
  readonly fromNs: bigint
  readonly toNs: bigint
  readonly maxParts: number
}

const COLUMNS =
  'first_row, row_count, trace_hi, trace_lo, guild, start_ns, end_ns, errors, stages, has_root, lead_ns, lead_name, lead_service, action, action_ns, wait_ns, head_rate, (octet_length(missing) > 0)::UTINYINT'
const TYPES: readonly ColumnType[] = [
  'u32',
  'u32',
  'u64',
  'u64',
  'u32',
  'u64',
  'u64',
  'u32',
  'u8',
  'u8',
  'u64',
  'u32',
  'u32',
  'u32',
  'u64',
  'f64',
  'f32',
  'u8',
]

/** Traces by their two halves: cheaper than 32 digits of text per part. */
export class FoundTraces {
  readonly #byLow = new Map<bigint, FoundTrace[]>()
  readonly list: FoundTrace[] = []
  parts = 0

  of(hi: bigint, lo: bigint): FoundTrace | undefined {
    return this.#byLow.get(lo)?.find((trace) => trace.hi === hi)
  }

  add(trace: FoundTrace): void {
    this.list.push(trace)
    const same = this.#byLow.get(trace.lo)
    if (same === undefined) this.#byLow.set(trace.lo, [trace])
    else same.push(trace)
  }
}

/**
 * Notes which traces name the guild, for `readParts` on the same connection: the other parts of such a trace may name no guild, or lie in
 * another slice, and a trace told without them would be too short, too small and without its root.
 */
export async function noteTracesOf(
  connection: DuckConnection,
  slices: readonly Slice[],
  query: PartQuery,
  isCancelled: () => boolean,
): Promise<void> {
  if (query.guild === '') return
  await connection.run('CREATE OR REPLACE TEMP TABLE noted (hi UBIGINT, lo UBIGINT)')
  for (const slice of slices) {
    if (isCancelled()) return
    const guild = (await SliceStrings.of(connection, slice)).find(query.guild)
    if (guild === undefined) continue
    await connection.run(
      `INSERT INTO temp.noted SELECT DISTINCT trace_hi, trace_lo FROM ${slice.catalog}.parts WHERE ${inRange(query)} AND (guild = ${guild} OR first_row IN (SELECT first_row FROM ${slice.catalog}.part_guilds WHERE guild = ${guild}))`,
    )
  }
}

function inRange({ fromNs, toNs }: PartQuery): string {
  return `start_ns >= ${fromNs} AND start_ns < ${toNs}`
}

/** Adds the parts of one slice to the traces found so far; of a guild's traces after `noteTracesOf`. False: `maxParts` was reached. */
export async function readParts(
  connection: DuckConnection,
  slice: Slice,
  query: PartQuery,
  found: FoundTraces,
): Promise<boolean> {
  const { texts } = await SliceStrings.of(connection, slice)
  const noted = query.guild === '' ? '' : ' AND (trace_hi, trace_lo) IN (SELECT hi, lo FROM temp.noted)'
  const sql = `SELECT ${COLUMNS} FROM ${slice.catalog}.parts WHERE ${inRange(query)}${noted}`
  await connection.stream(sql, TYPES, (chunk) => {
    const [first, count, hi, lo] = [chunk.u32(0), chunk.u32(1), chunk.u64(2), chunk.u64(3)]
    const [guild, start, end, errors] = [chunk.u32(4), chunk.u64(5), chunk.u64(6), chunk.u32(7)]
    const [stages, hasRoot, leadNs, leadName, leadService] = [
      chunk.u8(8),
      chunk.u8(9),
      chunk.u64(10),
      chunk.u32(11),
      chunk.u32(12),
    ]
    const [action, actionNs, wait, head, missing] = [
      chunk.u32(13),
      chunk.u64(14),
      chunk.f64(15),
      chunk.f32(16),
      chunk.u8(17),
    ]
    for (let i = 0; i < chunk.rows; i++) {
      if (found.parts >= query.maxParts) return false
      found.parts++
      let trace = found.of(hi[i], lo[i])
      if (trace === undefined) {
        trace = emptyTrace(hi[i], lo[i], start[i])
        found.add(trace)
      }
      trace.parts.push({ slice, first: first[i], count: count[i], missing: missing[i] !== 0 })
      if (start[i] < trace.startNs) trace.startNs = start[i]
      if (end[i] > trace.endNs) trace.endNs = end[i]
      trace.spans += count[i]
      trace.errors += errors[i]
      trace.stages |= stages[i]
      const root = hasRoot[i] === 1
      if ((root && !trace.hasRoot) || (root === trace.hasRoot && (trace.leadName === '' || leadNs[i] < trace.leadNs))) {
        trace.hasRoot = root
        trace.leadNs = leadNs[i]
        trace.leadName = texts[leadName[i]]
        trace.leadService = texts[leadService[i]]
      }
      if (action[i] !== 0 && (trace.action === '' || actionNs[i] < trace.actionNs)) {
        trace.action = texts[action[i]]
        trace.actionNs = actionNs[i]
      }
      if (wait[i] > trace.waitNs) trace.waitNs = wait[i]
      trace.headRate = agreedRate(trace.headRate, head[i])
      if (trace.guild === '') trace.guild = texts[guild[i]]
    }
    return true
  })
  return found.parts < query.maxParts
}

function emptyTrace(hi: bigint, lo: bigint, startNs: bigint): FoundTrace {
  return {
    hi,
    lo,
    startNs,
    endNs: 0n,
    spans: 0,
    errors: 0,
    stages: 0,
    hasRoot: false,
    leadNs: 0n,
    leadName: '',
    leadService: '',
    action: '',
    actionNs: 0n,
    waitNs: -1,
    headRate: -1,
    guild: '',
    parts: [],
  }
}

/** Names the trace as the API does. */
export function idOf(trace: FoundTrace): string {
  return halvesToTraceId(trace.hi, trace.lo)
}

const BEFORE_GUILD = (1 << STAGE_ID.client) | (1 << STAGE_ID.api)
const FROM_GUILD_ON = ~((1 << STAGE_ID.guild) - 1)

/**
 * Whether a trace can be end to end: it has a root, and reaches from the client or the API to the guild. A root at the guild means that
 * the caller's context was lost. Where no span states a stage, only the root can be asked for. Missing parents are another question.
 */
export function mayBeComplete({ hasRoot, stages }: Pick<FoundTrace, 'hasRoot' | 'stages'>): boolean {
  const statesNoStage = (stages & ~(1 << STAGE_ID.unknown)) === 0
  return hasRoot && (statesNoStage || ((stages & BEFORE_GUILD) !== 0 && (stages & FROM_GUILD_ON) !== 0))
}

/** Whether every parent that the trace's parts miss is in another of its parts. */
export async function hasAllParents(connection: DuckConnection, trace: FoundTrace): Promise<boolean> {
  const open = trace.parts.filter((part) => part.missing)
  if (open.length === 0) return true
  if (trace.parts.length === 1) return false
  const wanted = new Set<bigint>()
  for (const part of open) {
    const sql = `SELECT missing FROM ${part.slice.catalog}.parts WHERE first_row = ${part.first}`
    await connection.stream(sql, ['blob'], (chunk) => {
      for (const id of new BigUint64Array(chunk.blob(0, 0).buffer)) wanted.add(id)
      return true
    })
  }
  for (const part of trace.parts) {
    if (wanted.size === 0) return true
    const last = part.first + part.count - 1
    const sql = `SELECT span_id FROM ${part.slice.catalog}.spans WHERE row BETWEEN ${part.first} AND ${last} AND span_id IN (${[...wanted].join(', ')})`
    await connection.stream(sql, ['u64'], (chunk) => {
      for (const id of chunk.u64(0)) wanted.delete(id)
      return true
    })
  }
  return wanted.size === 0
}
