/**
 * The trace wire format, `application/vnd.guildscope.trace`: docs/wire-format.md describes every byte.
 * Writing trusts its input; reading does not: lengths, ids, tree shape and caps are checked before anything is used.
 */
import { ok, type Result } from '../base/result.ts'
import type { SpanColumns, Trace } from './span-columns.ts'
import { STAGES } from './stages.ts'
import {
  packAscending,
  packBounding,
  packFloat32,
  packIntegers,
  packOptional,
  unpackBytes,
  unpackFloat32,
  unpackIntegers,
  unpackTimes,
} from './wire-columns.ts'
import { decodeHeader, encodeHeader, type TraceHeader } from './wire-header.ts'
import { OVERVIEW_FROM, selectOverview } from './wire-overview.ts'
import { broken, packSlabs, readTable, type Slab, type SlabTable } from './wire-slabs.ts'

export const WIRE_MEDIA_TYPE = 'application/vnd.guildscope.trace'
/** More spans than this are refused before memory is taken for them. */
export const MAX_SPANS = 20_000_000
const MAX_OVERVIEW = 65_536

const HEADER = 0
const OVERVIEW_INDEX = 1
const OVERVIEW_DEPTH = 2
/** Kinds of column slabs, counted from `WHOLE` for all spans and from `OVERVIEW` for those of the overview. */
const WHOLE = 16
const OVERVIEW = 32
const COLUMN = {
  parent: 0,
  start: 1,
  duration: 2,
  name: 3,
  service: 4,
  node: 5,
  action: 6,
  relay: 7,
  stage: 8,
  flags: 9,
  wait: 10,
  weight: 11,
} as const

export function encodeTrace(trace: Trace): Uint8Array<ArrayBuffer> {
  const { spans } = trace
  const slabs: Slab[] = [{ kind: HEADER, encoding: 0, width: 0, bytes: encodeHeader(trace) }]
  const scratch = new Float64Array(spans.count)
  if (spans.count >= OVERVIEW_FROM) {
    const { index, parent } = selectOverview(spans)
    slabs.push(packBounding(OVERVIEW_INDEX, index, index.length))
    slabs.push(packIntegers(OVERVIEW_DEPTH, pick(spans.depth, index), index.length))
    slabs.push(...packColumns(OVERVIEW, pickSpans(spans, index, parent), scratch))
  }
  slabs.push(...packColumns(WHOLE, spans, scratch))
  return packSlabs(slabs)
}

export function decodeTrace(bytes: Uint8Array): Result<Trace> {
  const table = readTable(bytes)
  if (!table.ok) return table
  if (table.value === undefined || table.value.totalBytes !== bytes.length) return broken('ends too early')
  const header = decodeHeader(table.value.slabs.get(HEADER)?.bytes)
  if (!header.ok) return header
  // The parent column is never a constant, so this many bytes must really have come.
  if (header.value.count > Math.min(MAX_SPANS, bytes.length)) return broken(`claims ${header.value.count} spans`)
  const spans = unpackColumns(table.value, WHOLE, header.value, header.value.count)
  if (!spans.ok) return spans
  const { traceId, source, guilds, totalSpans, notes } = header.value
  return ok({ traceId, source, guilds, totalSpans, notes, spans: spans.value })
}

/** What a prefix of the bytes is enough for. */
export interface Overview {
  /** Spans of the whole trace. */
  readonly count: number
  /** Which of them are here: indices into the whole, ascending. */
  readonly index: Uint32Array
  /**
   * Those spans. `parent` is the nearest ancestor that is here, and `subtreeEnd` follows it; `depth` is the depth in the whole.
   */
  readonly spans: SpanColumns
}

/** The overview, as soon as `bytes`, the beginning of a trace, holds it. Undefined: not yet, or the trace is too small for one. */
export function readOverview(bytes: Uint8Array): Result<Overview | undefined> {
  const table = readTable(bytes)
  if (!table.ok || table.value === undefined) return table.ok ? ok(undefined) : table
  const { slabs } = table.value
  const indexSlab = slabs.get(OVERVIEW_INDEX)
  const depthSlab = slabs.get(OVERVIEW_DEPTH)
  const headerSlab = slabs.get(HEADER)
  if (headerSlab === undefined || indexSlab === undefined || depthSlab === undefined) return ok(undefined)
  for (const column of Object.values(COLUMN)) if (!slabs.has(OVERVIEW + column)) return ok(undefined)
  const header = decodeHeader(headerSlab.bytes)
  if (!header.ok) return header
  const count = indexSlab.width === 0 ? 0 : indexSlab.bytes.length / indexSlab.width
  if (!Number.isInteger(count) || count > MAX_OVERVIEW) return broken('has an overview of the wrong size')
  const index = unpackIntegers(indexSlab, count, header.value.count, 'overview index')
  if (!index.ok) return index
  for (let i = 1; i < count; i++) if (index.value[i] <= index.value[i - 1]) return broken('has an unordered overview')
  const depth = unpackIntegers(depthSlab, count, header.value.count, 'overview depth')
  if (!depth.ok) return depth
  const spans = unpackColumns(table.value, OVERVIEW, header.value, count)
  if (!spans.ok) return spans
  return ok({ count: header.value.count, index: index.value, spans: { ...spans.value, depth: depth.value } })
}

function packColumns(base: number, spans: SpanColumns, scratch: Float64Array): Slab[] {
  const n = spans.count
  const parentOffset = new Uint32Array(n)
  for (let i = 0; i < n; i++) parentOffset[i] = spans.parent[i] === -1 ? 0 : i - spans.parent[i]
  return [
    packBounding(base + COLUMN.parent, parentOffset, n),
    packAscending(base + COLUMN.start, spans.start, n, scratch),
    packOptional(base + COLUMN.duration, spans.duration, n, scratch),
    packIntegers(base + COLUMN.name, spans.nameId, n),
    packIntegers(base + COLUMN.service, spans.serviceId, n),
    packIntegers(base + COLUMN.node, spans.nodeId, n),
    packIntegers(base + COLUMN.action, spans.actionId, n),
    packIntegers(base + COLUMN.relay, spans.relayId, n),
    packIntegers(base + COLUMN.stage, spans.stageId, n),
    packIntegers(base + COLUMN.flags, spans.flags, n),
    packOptional(base + COLUMN.wait, spans.wait, n, scratch),
    packFloat32(base + COLUMN.weight, spans.weight, n),
  ]
}

/** Reads one set of columns and rebuilds depth and subtree ends; the first thing that is wrong is the answer. */
function unpackColumns(table: SlabTable, base: number, header: TraceHeader, count: number): Result<SpanColumns> {
  const slab = (column: number): Slab =>
    table.slabs.get(base + column) ?? { kind: base + column, encoding: 255, width: 0, bytes: new Uint8Array(0) }
  const offsets = unpackIntegers(slab(COLUMN.parent), count, Math.max(1, count), 'parent')
  if (!offsets.ok) return offsets
  if (slab(COLUMN.parent).bytes.length < count) return broken('has a parent column that is too short')
  const tree = rebuildTree(offsets.value)
  if (!tree.ok) return tree
  const ids = (column: number, strings: readonly string[], what: string) =>
    unpackIntegers(slab(column), count, strings.length, what)
  const start = unpackTimes(slab(COLUMN.start), count, false, 'start')
  if (!start.ok) return start
  const duration = unpackTimes(slab(COLUMN.duration), count, false, 'duration')
  if (!duration.ok) return duration
  const nameId = ids(COLUMN.name, header.names, 'name')
  if (!nameId.ok) return nameId
  const serviceId = ids(COLUMN.service, header.services, 'service')
  if (!serviceId.ok) return serviceId
  const nodeId = ids(COLUMN.node, header.nodes, 'node')
  if (!nodeId.ok) return nodeId
  const actionId = ids(COLUMN.action, header.actions, 'action')
  if (!actionId.ok) return actionId
  const relayId = ids(COLUMN.relay, header.relays, 'relay')
  if (!relayId.ok) return relayId
  const stageId = unpackBytes(slab(COLUMN.stage), count, STAGES.length, 'stage')
  if (!stageId.ok) return stageId
  const flags = unpackBytes(slab(COLUMN.flags), count, 256, 'flag')
  if (!flags.ok) return flags
  const wait = unpackTimes(slab(COLUMN.wait), count, true, 'wait')
  if (!wait.ok) return wait
  const weight = unpackFloat32(slab(COLUMN.weight), count, 'weight')
  if (!weight.ok) return weight
  const { names, services, nodes, actions, relays, traceStartNs } = header
  return ok({
    ...{ count, traceStartNs, start: start.value, duration: duration.value, ...tree.value },
    ...{ nameId: nameId.value, serviceId: serviceId.value, nodeId: nodeId.value },
    ...{ actionId: actionId.value, relayId: relayId.value, stageId: stageId.value, flags: flags.value },
    ...{ wait: wait.value, weight: weight.value, names, services, nodes, actions, relays },
  })
}

/**
 * Parents from offsets (0: root), with depth and subtree ends. Pre-order means that a span's parent is the span before it
 * or one of that one's ancestors; walking up there closes each span once, so the check is linear.
 */
function rebuildTree(offsets: Uint32Array): Result<Pick<SpanColumns, 'parent' | 'depth' | 'subtreeEnd'>> {
  const n = offsets.length
  const parent = new Int32Array(n)
  const depth = new Uint32Array(n)
  const subtreeEnd = new Uint32Array(n)
  let open = -1
  for (let i = 0; i < n; i++) {
    const up = offsets[i] === 0 ? -1 : i - offsets[i]
    if (up < -1) return broken('has a parent out of order')
    while (open > up) {
      subtreeEnd[open] = i
      open = parent[open]
    }
    if (open !== up) return broken('has a parent out of order')
    parent[i] = up
    depth[i] = up === -1 ? 0 : depth[up] + 1
    open = i
  }
  for (; open !== -1; open = parent[open]) subtreeEnd[open] = n
  return ok({ parent, depth, subtreeEnd })
}

function pickSpans(spans: SpanColumns, index: Uint32Array, parent: Int32Array): SpanColumns {
  const count = index.length
  return {
    ...spans,
    count,
    parent,
    start: Float64Array.from(index, (i) => spans.start[i]),
    duration: Float64Array.from(index, (i) => spans.duration[i]),
    nameId: pick(spans.nameId, index),
    serviceId: pick(spans.serviceId, index),
    nodeId: pick(spans.nodeId, index),
    actionId: pick(spans.actionId, index),
    relayId: pick(spans.relayId, index),
    stageId: Uint8Array.from(index, (i) => spans.stageId[i]),
    flags: Uint8Array.from(index, (i) => spans.flags[i]),
    wait: Float64Array.from(index, (i) => spans.wait[i]),
    weight: Float32Array.from(index, (i) => spans.weight[i]),
  }
}

function pick(column: Uint32Array, index: Uint32Array): Uint32Array {
  return Uint32Array.from(index, (i) => column[i])
}
