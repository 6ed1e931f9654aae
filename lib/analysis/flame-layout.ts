/**
 * Places of a merged call tree's boxes.
 *
 *   row 0  |───────────── all ─────────────|
 *   row 1  |──── handle ────||── fanout ──||      children stand inside their parent, in order, from its left edge
 *   row 2  |─ a ─||─ b ─|    |── push ──|          what is left uncovered is the parent's own time
 *
 * A box is as wide as its value within its parent's. Children that ran in parallel can add up to more than their parent: they
 * are then scaled down together until they fit (and the node is marked), so that a width never leaves its parent. Placement does not
 * depend on zoom; zooming is a window over [0, 1]. No recursion: chains 100k deep and a million siblings are ordinary.
 */
import { lowerBound, upperBound } from '../base/bisect.ts'
import type { CallTree } from '../model/call-tree.ts'

/** `wall`: time covered, overlap counted once. `total`: summed durations. `self`: time without children. `wait`: summed mailbox waits. */
export const FLAME_MEASURES = ['wall', 'self', 'wait', 'total'] as const
export type FlameMeasure = (typeof FLAME_MEASURES)[number]
export const FLAME_ORDERS = ['time', 'left-heavy'] as const
export type FlameOrder = (typeof FLAME_ORDERS)[number]

export interface FlameLayout {
  readonly tree: CallTree
  /** Edges per node in [0, 1]. */
  readonly left: Float64Array
  readonly right: Float64Array
  /** The value that a node's width stands for, ns: inclusive of its descendants. */
  readonly value: Float64Array
  /** 1 where the children were scaled down to fit. */
  readonly squeezed: Uint8Array
  /** Nodes by row, from left to right; row d is rowNodes[rowStart[d] .. rowStart[d + 1]). */
  readonly rowNodes: Uint32Array
  readonly rowStart: Uint32Array
  readonly rows: number
}

export function flameLayout(tree: CallTree, measure: FlameMeasure, order: FlameOrder): FlameLayout {
  const count = tree.count
  const value = inclusive(tree, measure)
  const childSum = new Float64Array(count)
  for (let i = count - 1; i > 0; i--) childSum[tree.parent[i]] += value[i]
  // The synthetic root stands for everything below it, whatever it states itself.
  if (count > 0) value[0] = childSum[0] > 0 ? childSum[0] : value[0]

  const left = new Float64Array(count)
  const right = new Float64Array(count)
  const squeezed = new Uint8Array(count)
  if (count > 0) right[0] = 1
  const cursor = new Float64Array(count)
  for (const i of placement(tree, value, order)) {
    const parent = tree.parent[i]
    const room = Math.max(value[parent], childSum[parent])
    if (childSum[parent] > value[parent] * (1 + 1e-9)) squeezed[parent] = 1
    const from = left[parent] + cursor[parent]
    const width = room > 0 ? ((right[parent] - left[parent]) * value[i]) / room : 0
    left[i] = from
    right[i] = Math.min(from + width, right[parent])
    cursor[parent] += width
  }
  return { tree, left, right, value, squeezed, ...rowsOf(tree, left) }
}

/** Values that include the descendants. `self` and `wait` add up exactly; `wall` and `total` are stated by the tree. */
function inclusive(tree: CallTree, measure: FlameMeasure): Float64Array {
  if (measure === 'wall') return Float64Array.from(tree.wallNs)
  if (measure === 'total') return Float64Array.from(tree.totalNs)
  const value = Float64Array.from(measure === 'self' ? tree.selfNs : tree.waitNs, (ns) => Math.max(0, ns))
  for (let i = tree.count - 1; i > 0; i--) value[tree.parent[i]] += value[i]
  return value
}

/** Every node but the root, parents before children, siblings in the order in which they are drawn. */
function placement(tree: CallTree, value: Float64Array, order: FlameOrder): Uint32Array {
  const nodes = new Uint32Array(Math.max(0, tree.count - 1))
  for (let i = 1; i < tree.count; i++) nodes[i - 1] = i
  // Pre-order is already right for time order. A parent's index is smaller than its children's, so by parent keeps parents first.
  return order === 'time'
    ? nodes
    : nodes.sort((a, b) => tree.parent[a] - tree.parent[b] || value[b] - value[a] || a - b)
}

function rowsOf(tree: CallTree, left: Float64Array) {
  let rows = 0
  for (let i = 0; i < tree.count; i++) rows = Math.max(rows, tree.depth[i] + 1)
  const rowStart = new Uint32Array(rows + 1)
  for (let i = 0; i < tree.count; i++) rowStart[tree.depth[i] + 1]++
  for (let d = 0; d < rows; d++) rowStart[d + 1] += rowStart[d]
  const next = rowStart.slice()
  const rowNodes = new Uint32Array(tree.count)
  for (let i = 0; i < tree.count; i++) rowNodes[next[tree.depth[i]]++] = i
  // Zero-width boxes share an edge with their neighbour: the index keeps them in a stable order.
  for (let d = 0; d < rows; d++)
    rowNodes.subarray(rowStart[d], rowStart[d + 1]).sort((a, b) => left[a] - left[b] || a - b)
  return { rowNodes, rowStart, rows }
}

/** What is drawn: boxes row by row, left to right. Reused between frames. */
export interface FlameBoxes {
  count: number
  /** Tree node, or ~(the first of them), below 0, for a box of merged siblings. */
  node: Int32Array
  /** How many nodes the box stands for. */
  merged: Uint32Array
  row: Uint32Array
  /** Pixels from the window's left edge, clipped to the window. */
  from: Float32Array
  to: Float32Array
}

export function flameBoxes(): FlameBoxes {
  return {
    count: 0,
    node: new Int32Array(0),
    merged: new Uint32Array(0),
    row: new Uint32Array(0),
    from: new Float32Array(0),
    to: new Float32Array(0),
  }
}

export interface FlameWindow {
  /** The part of [0, 1] that is `widthPx` wide. */
  readonly left: number
  readonly right: number
  readonly widthPx: number
  /** Rows [firstRow, lastRow) are on screen. */
  readonly firstRow: number
  readonly lastRow: number
}

/**
 * Fills `out` with what the window shows. Siblings narrower than a pixel that stand side by side become one box; descendants of
 * such a box are not drawn. At most 2 boxes a pixel and row.
 */
export function placeBoxes(layout: FlameLayout, window: FlameWindow, out: FlameBoxes): FlameBoxes {
  const { tree, left, right, rowNodes, rowStart } = layout
  const scale = window.widthPx / (window.right - window.left)
  out.count = 0
  for (let row = window.firstRow; row < Math.min(window.lastRow, layout.rows); row++) {
    let run = -1
    let runCount = 0
    let runFrom = 0
    let runTo = 0
    const endRun = () => {
      if (runCount > 0) push(out, runCount === 1 ? run : ~run, runCount, row, runFrom, runTo)
      runCount = 0
    }
    const end = rowStart[row + 1]
    for (let k = firstEndingAfter(layout, row, window.left); k < end; k++) {
      const i = rowNodes[k]
      if (left[i] >= window.right) break
      if (right[i] <= window.left) continue
      const parent = row === 0 ? -1 : tree.parent[i]
      if (parent >= 0 && (right[parent] - left[parent]) * scale < 1) continue
      const from = Math.max(0, (left[i] - window.left) * scale)
      const to = Math.min(window.widthPx, (right[i] - window.left) * scale)
      if ((right[i] - left[i]) * scale >= 1) {
        endRun()
        push(out, i, 1, row, from, to)
        continue
      }
      if (runCount > 0 && tree.parent[run] !== parent) endRun()
      if (runCount === 0) {
        run = i
        runFrom = from
      }
      runCount++
      runTo = to
    }
    endRun()
  }
  return out
}

/** First position in the row whose node ends after `x`. Edges ascend within a row, because siblings do not overlap. */
function firstEndingAfter(layout: FlameLayout, row: number, x: number): number {
  let from = layout.rowStart[row]
  let to = layout.rowStart[row + 1]
  while (from < to) {
    const middle = (from + to) >>> 1
    if (layout.right[layout.rowNodes[middle]] <= x) from = middle + 1
    else to = middle
  }
  return from
}

function push(out: FlameBoxes, node: number, merged: number, row: number, from: number, to: number): void {
  const at = out.count++
  if (at >= out.node.length) grow(out, at + 1)
  out.node[at] = node
  out.merged[at] = merged
  out.row[at] = row
  out.from[at] = from
  out.to[at] = to
}

function grow(out: FlameBoxes, needed: number): void {
  const size = Math.max(256, needed, out.node.length * 2)
  const copy = <A extends { set(from: A): void }>(next: A, old: A): A => {
    next.set(old)
    return next
  }
  out.node = copy(new Int32Array(size), out.node)
  out.merged = copy(new Uint32Array(size), out.merged)
  out.row = copy(new Uint32Array(size), out.row)
  out.from = copy(new Float32Array(size), out.from)
  out.to = copy(new Float32Array(size), out.to)
}

/** The drawn box at a place, or −1: what is asked is what was drawn. `slackPx` widens boxes that are hard to hit. */
export function boxAt(boxes: FlameBoxes, row: number, xPx: number, slackPx = 0): number {
  const from = lowerBound(boxes.row, row, 0, boxes.count)
  const end = lowerBound(boxes.row, row + 1, from, boxes.count)
  const right = upperBound(boxes.to, xPx, from, end)
  if (right < end && boxes.from[right] - xPx <= slackPx) return right
  const left = right - 1
  return left >= from && xPx - boxes.to[left] <= slackPx ? left : -1
}

export interface FlameHits {
  /** 1 per node whose name matches. */
  readonly hit: Uint8Array
  readonly nodes: readonly number[]
  /** Share of the whole that lies in hits; a hit inside a hit counts once. */
  readonly share: number
}

/** Nodes whose name contains `query`, case aside; undefined for an empty query. */
export function findInFlame(layout: FlameLayout, query: string): FlameHits | undefined {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return undefined
  const { tree } = layout
  const matches = tree.names.map((name) => name.toLowerCase().includes(wanted))
  const hit = new Uint8Array(tree.count)
  const nodes: number[] = []
  let covered = 0
  let coveredUntil = 0
  for (let i = 1; i < tree.count; i++) {
    if (!matches[tree.nameId[i]]) continue
    hit[i] = 1
    nodes.push(i)
    if (i < coveredUntil) continue
    covered += layout.right[i] - layout.left[i]
    coveredUntil = tree.subtreeEnd[i]
  }
  return { hit, nodes, share: covered }
}

/** The way from the root to a node, the node last. */
export function pathTo(tree: CallTree, node: number): readonly number[] {
  const path: number[] = []
  for (let i = node; i >= 0; i = i === 0 ? -1 : tree.parent[i]) path.push(i)
  return path.reverse()
}
