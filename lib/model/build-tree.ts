import { stableSortBy } from '../base/stable-sort.ts'
import { FLAG, type SpanColumns } from './span-columns.ts'
import { SpanIndex, wordsOf } from './span-index.ts'
import type { SpanRows } from './span-rows.ts'
import { STAGE_ID } from './stages.ts'
import { spanWeights } from './weights.ts'

export interface Forest {
  readonly spans: SpanColumns
  /** Column index → row index. */
  readonly order: Uint32Array
  /** `SpanRows.traceNo` per column; traces stand together, ascending. */
  readonly traceNo: Uint32Array
  /** Spans that state a parent which is not there. */
  readonly orphans: number
  /** Cuts of parent cycles; a span that names itself is one. */
  readonly cycles: number
  /** Spans that share their id with another, different one. */
  readonly duplicates: number
  /** Rows that repeat another row (trace, id, start, end, name) and were left out. */
  readonly collapsed: number
}

const KEPT_FLAGS = FLAG.error | FLAG.hasEvents | FLAG.hasLinks
const NONE = -1

/**
 * Makes trees of spans that arrived in any order. Linear but for one radix sort; no recursion, no object per span.
 *
 * Broken links are kept readable: a missing parent makes a root (`orphan`), a cycle is cut at its earliest span (`cycle`), of
 * several spans with one id the earliest gets the children (`duplicateId` on all of them), a resent span counts once.
 */
export function buildForest(rows: SpanRows): Forest {
  const n = rows.count
  const flags = new Uint8Array(n)
  for (let i = 0; i < n; i++) flags[i] = rows.flags[i] & KEPT_FLAGS
  const times = relativeTimes(rows, flags)
  const sorted = inOrder(rows, times)
  const index = new SpanIndex(rows)
  const kept = dropResends(index, sorted, times, flags)
  const links = linkParents(index, kept, flags, n)
  const cycles = links.selfParents + cutCycles(links.parent, kept, times, flags)
  const walk = preOrder(links.parent, kept, n)
  return {
    spans: gather(rows, walk, times, flags),
    order: walk.order,
    traceNo: pickU32(rows.traceNo, walk.order),
    orphans: links.orphans,
    cycles,
    duplicates: countFlag(flags, kept, FLAG.duplicateId),
    collapsed: n - kept.length,
  }
}

/** Per row. */
interface Times {
  readonly originNs: bigint
  readonly start: Float64Array<ArrayBuffer>
  readonly duration: Float64Array<ArrayBuffer>
  /** NaN where not stated. */
  readonly wait: Float64Array<ArrayBuffer>
}

/** Differences of int64 columns, taken on their halves: exact below 2^53 ns, and no bigint per row. */
function relativeTimes(rows: SpanRows, flags: Uint8Array): Times {
  const n = rows.count
  const starts = wordsOf(rows.startNs)
  const ends = wordsOf(rows.endNs)
  const enqueued = wordsOf(rows.enqueuedNs)
  const start = new Float64Array(n)
  const duration = new Float64Array(n)
  const wait = new Float64Array(n).fill(Number.NaN)
  let first = 0
  for (let i = 1; i < n; i++) if (minus(starts, i, starts, first) < 0) first = i
  for (let i = 0; i < n; i++) {
    start[i] = minus(starts, i, starts, first)
    duration[i] = minus(ends, i, starts, i)
    if (duration[i] < 0) {
      duration[i] = 0
      flags[i] |= FLAG.negativeDuration
    }
    if ((enqueued[2 * i] | enqueued[2 * i + 1]) !== 0) wait[i] = Math.max(0, minus(starts, i, enqueued, i))
  }
  return { originNs: n === 0 ? 0n : rows.startNs[first], start, duration, wait }
}

function minus(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  // `| 0`: the high word carries the sign.
  return ((a[2 * i + 1] | 0) - (b[2 * j + 1] | 0)) * 0x1_0000_0000 + (a[2 * i] - b[2 * j])
}

/** Rows by trace, then start, then longer duration, then as they came. */
function inOrder(rows: SpanRows, times: Times): Uint32Array<ArrayBuffer> {
  const n = rows.count
  const sorted = new Uint32Array(n)
  let severalTraces = false
  for (let i = 0; i < n; i++) {
    sorted[i] = i
    if (rows.traceNo[i] !== rows.traceNo[0]) severalTraces = true
  }
  stableSortBy(sorted, times.start)
  // Equal starts are rare, so durations are looked at only there.
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && times.start[sorted[to]] === times.start[sorted[from]]) to++
    if (to > from + 1) stableSortBy(sorted.subarray(from, to), times.duration, true)
    from = to
  }
  if (severalTraces) stableSortBy(sorted, new Float64Array(rows.traceNo.subarray(0, n)))
  return sorted
}

/** Fills `index`, flags shared ids, and answers the rows of `sorted` without repeats. */
function dropResends(index: SpanIndex, sorted: Uint32Array<ArrayBuffer>, times: Times, flags: Uint8Array): Uint32Array {
  const before = (a: number, b: number) => comesBefore(times, a, b)
  let repeats = 0
  for (let row = 0; row < sorted.length; row++) if (!index.add(row, before)) repeats++
  if (repeats === 0) return sorted
  let kept = 0
  for (let at = 0; at < sorted.length; at++) {
    const row = sorted[at]
    const first = index.holderOf(row)
    if (first !== row) {
      index.isResend(first) // so that it is remembered: only ids that repeat get there
      if (index.isResend(row)) continue
      flags[first] |= FLAG.duplicateId
      flags[row] |= FLAG.duplicateId
    }
    sorted[kept++] = row
  }
  return sorted.subarray(0, kept)
}

function linkParents(index: SpanIndex, kept: Uint32Array, flags: Uint8Array, n: number) {
  const parent = new Int32Array(n).fill(NONE)
  let orphans = 0
  let selfParents = 0
  for (let at = 0; at < kept.length; at++) {
    // Row order where nothing was left out: the ids are then read from front to back.
    const row = kept.length === n ? at : kept[at]
    if (!index.statesParent(row)) continue
    if (index.isOwnParent(row)) {
      flags[row] |= FLAG.cycle
      selfParents++
      continue
    }
    parent[row] = index.parentOf(row)
    if (parent[row] === NONE) {
      flags[row] |= FLAG.orphan
      orphans++
    }
  }
  return { parent, orphans, selfParents }
}

/** Makes the earliest span of each cycle a root. Each row is walked over once. */
function cutCycles(parent: Int32Array, kept: Uint32Array, times: Times, flags: Uint8Array): number {
  const walkOf = new Uint32Array(parent.length)
  let cycles = 0
  for (let at = 0; at < kept.length; at++) {
    const walk = at + 1
    let row: number = kept[at]
    while (row !== NONE && walkOf[row] === 0) {
      walkOf[row] = walk
      row = parent[row]
    }
    if (row === NONE || walkOf[row] !== walk) continue
    let earliest = row
    for (let other = parent[row]; other !== row; other = parent[other])
      if (comesBefore(times, other, earliest)) earliest = other
    parent[earliest] = NONE
    flags[earliest] |= FLAG.cycle
    cycles++
  }
  return cycles
}

function comesBefore(times: Times, a: number, b: number): boolean {
  if (times.start[a] !== times.start[b]) return times.start[a] < times.start[b]
  if (times.duration[a] !== times.duration[b]) return times.duration[a] > times.duration[b]
  return a < b
}

interface Walk {
  readonly order: Uint32Array
  readonly parent: Int32Array
  readonly subtreeEnd: Uint32Array
  readonly depth: Uint32Array
}

/** Depth-first order along child lists; siblings keep the order of `kept`. */
function preOrder(parentRow: Int32Array, kept: Uint32Array, n: number): Walk {
  const firstChild = new Int32Array(n).fill(NONE)
  const nextSibling = new Int32Array(n).fill(NONE)
  let row: number = NONE
  for (let at = kept.length - 1; at >= 0; at--) {
    const child = kept[at]
    const up = parentRow[child]
    nextSibling[child] = up === NONE ? row : firstChild[up]
    if (up === NONE) row = child
    else firstChild[up] = child
  }
  const order = new Uint32Array(kept.length)
  const parent = new Int32Array(kept.length)
  const subtreeEnd = new Uint32Array(kept.length)
  const depth = new Uint32Array(kept.length)
  const place = new Uint32Array(n)
  let next = 0
  while (row !== NONE) {
    const up = parentRow[row]
    place[row] = next
    order[next] = row
    parent[next] = up === NONE ? NONE : place[up]
    depth[next] = up === NONE ? 0 : depth[place[up]] + 1
    next++
    if (firstChild[row] !== NONE) {
      row = firstChild[row]
      continue
    }
    for (;;) {
      subtreeEnd[place[row]] = next
      if (nextSibling[row] !== NONE) {
        row = nextSibling[row]
        break
      }
      row = parentRow[row]
      if (row === NONE) break
    }
  }
  return { order, parent, subtreeEnd, depth }
}

function gather(rows: SpanRows, walk: Walk, times: Times, rowFlags: Uint8Array): SpanColumns {
  const { order, parent } = walk
  const count = order.length
  const start = pickF64(times.start, order)
  const wait = pickF64(times.wait, order)
  const flags = pickU8(rowFlags, order)
  const stageId = pickU8(rows.stageId, order)
  const serviceId = pickU32(rows.serviceId, order)
  const nodeId = pickU32(rows.nodeId, order)
  for (let i = 0; i < count; i++) {
    const up = parent[i]
    // Without an enqueue time: from the sender's start to the guild's, across two clocks, and never below zero.
    if (!Number.isNaN(wait[i]) || stageId[i] !== STAGE_ID.guild || up === NONE) continue
    if (stageId[up] !== STAGE_ID.api && stageId[up] !== STAGE_ID.client) continue
    if (nodeId[up] === nodeId[i] && serviceId[up] === serviceId[i]) continue
    wait[i] = Math.max(0, start[i] - start[up])
    flags[i] |= FLAG.waitInferred
  }
  const weight = spanWeights({
    count,
    parent,
    stageId,
    flags,
    traceNo: pickU32(rows.traceNo, order),
    headRate: pickF32(rows.headRate, order),
    keepRate: pickF32(rows.keepRate, order),
  })
  return {
    count,
    traceStartNs: times.originNs,
    start,
    duration: pickF64(times.duration, order),
    parent,
    subtreeEnd: walk.subtreeEnd,
    depth: walk.depth,
    nameId: pickU32(rows.nameId, order),
    serviceId,
    nodeId,
    actionId: pickU32(rows.actionId, order),
    relayId: pickU32(rows.relayId, order),
    stageId,
    flags,
    wait,
    weight,
    names: rows.names,
    services: rows.services,
    nodes: rows.nodes,
    actions: rows.actions,
    relays: rows.relays,
  }
}

function countFlag(flags: Uint8Array, kept: Uint32Array, flag: number): number {
  let count = 0
  for (let at = 0; at < kept.length; at++) if ((flags[kept[at]] & flag) !== 0) count++
  return count
}

// One function per element type: a shared one would see four array kinds and lose its fast path.
function pickU8(from: Uint8Array, order: Uint32Array): Uint8Array {
  const to = new Uint8Array(order.length)
  for (let i = 0; i < to.length; i++) to[i] = from[order[i]]
  return to
}
function pickU32(from: Uint32Array, order: Uint32Array): Uint32Array {
  const to = new Uint32Array(order.length)
  for (let i = 0; i < to.length; i++) to[i] = from[order[i]]
  return to
}
function pickF32(from: Float32Array, order: Uint32Array): Float32Array {
  const to = new Float32Array(order.length)
  for (let i = 0; i < to.length; i++) to[i] = from[order[i]]
  return to
}
function pickF64(from: Float64Array, order: Uint32Array): Float64Array {
  const to = new Float64Array(order.length)
  for (let i = 0; i < to.length; i++) to[i] = from[order[i]]
  return to
}
