/**
 * Two merged call trees as one: what grew and what shrank from the base to the side.
 *
 *   base   handle 60          side   handle 90            union   handle   60 → 90   +50 %
 *            fanout 30                 fanout 30                     fanout 30 → 30
 *            check  10                 serialise 40                  check  10 → 0    gone
 *                                                                    serialise 0 → 40 new
 *
 * Nodes meet by the names on the way to them. A box is as wide as both sides' values together, so widths nest as they do in each tree;
 * its colour says which side it is wider in. What is compared is wall time by trace, by minute of the clock, or as a share of the side's whole:
 *
 * - *by trace*: the mean over the merged traces. Traces kept at one rate all count alike, so the rate cancels.
 * - *by clock*: the mean by trace × how many traces the merged ones stand for (`estimatedTraces`) ÷ minutes of the range. Traces of
 *   unknown head rate stand for nobody knows how many and are left out of that number; where they are more than `UNKNOWN_AT_MOST` of
 *   the traces, this is unknown, too.
 * - *share*: of the side's own whole; how much work there is drops out.
 */
import { Interner } from '../base/interner.ts'
import type { CallTree, FlameAnswer } from '../model/call-tree.ts'

export type FlameNorm = 'traces' | 'wall' | 'share'

export interface FlameSide {
  readonly answer: FlameAnswer
  /** Minutes of the clock that the traces are from. */
  readonly minutes: number
}

export interface FlameDiff {
  /** The union. `wallNs` is the sum of both sides' values; `spans`, `errors`, … are sums as well. */
  readonly tree: CallTree
  /** Per node, in ns by trace, ns by minute, or a share in [0, 1]. */
  readonly base: Float64Array
  readonly side: Float64Array
  /** Spans by trace, adjusted for sampling; NaN where the sampling of any span or trace is unknown, 0 where there are none. */
  readonly baseSpans: Float64Array
  readonly sideSpans: Float64Array
}

export type FlameDiffResult =
  | { readonly kind: 'diff'; readonly diff: FlameDiff }
  /** A sentence: why these two cannot be compared like this. */
  | { readonly kind: 'unknown'; readonly why: string }

const NONE = -1
/** Share of traces of unknown sampling up to which there is an estimate by the clock without them. */
export const UNKNOWN_AT_MOST = 0.2

export function flameDiff(base: FlameSide, side: FlameSide, norm: FlameNorm): FlameDiffResult {
  const scales = [scaleOf(base, norm), scaleOf(side, norm)]
  const [a, b] = scales
  if (typeof a === 'string') return { kind: 'unknown', why: `Base: ${a}` }
  if (typeof b === 'string') return { kind: 'unknown', why: `Side: ${b}` }
  const union = unite([base.answer.tree, side.answer.tree])
  const values = (tree: CallTree, nodeOf: Uint32Array, scale: number) => {
    const out = new Float64Array(union.count)
    for (let i = 1; i < tree.count; i++) out[nodeOf[i]] = tree.wallNs[i] * scale
    for (let i = 1; i < tree.count; i++) if (tree.depth[i] === 1) out[0] += tree.wallNs[i] * scale
    return out
  }
  const spans = ({ answer }: FlameSide, nodeOf: Uint32Array) => {
    const out = new Float64Array(union.count)
    const { tree, estimatedTraces, unknownSampling } = answer
    const traces = unknownSampling > 0 || estimatedTraces === undefined ? Number.NaN : estimatedTraces
    for (let i = 1; i < tree.count; i++) {
      out[nodeOf[i]] = tree.weighted[i] < 0 ? Number.NaN : tree.weighted[i] / traces
    }
    return out
  }
  const [baseNodes, sideNodes] = union.nodeOf
  const baseValues = values(base.answer.tree, baseNodes, a)
  const sideValues = values(side.answer.tree, sideNodes, b)
  const both = (column: (tree: CallTree) => readonly number[]) => {
    const out = Array.from({ length: union.count }, () => 0)
    union.nodeOf.forEach((nodeOf, k) => {
      const tree = k === 0 ? base.answer.tree : side.answer.tree
      for (let i = 0; i < tree.count; i++) out[nodeOf[i]] += Math.max(0, column(tree)[i])
    })
    return out
  }
  const tree: CallTree = {
    ...union.shape,
    spans: both((one) => one.spans),
    errors: both((one) => one.errors),
    totalNs: both((one) => one.totalNs),
    wallNs: Array.from(baseValues, (value, i) => value + sideValues[i]),
    selfNs: both((one) => one.selfNs),
    waitNs: both((one) => one.waitNs),
    // Of no tree: the adjusted counts stand in `baseSpans` and `sideSpans`.
    weighted: Array.from({ length: union.count }, () => -1),
  }
  return {
    kind: 'diff',
    diff: {
      tree,
      base: baseValues,
      side: sideValues,
      baseSpans: spans(base, baseNodes),
      sideSpans: spans(side, sideNodes),
    },
  }
}

/** What the side's wall times are multiplied by, or why that is unknown. */
function scaleOf({ answer, minutes }: FlameSide, norm: FlameNorm): number | string {
  const { tree, traces, estimatedTraces, unknownSampling } = answer
  if (traces === 0) return 'there are no traces.'
  if (norm === 'traces') return 1 / traces
  if (norm === 'share') {
    let whole = 0
    for (let i = 1; i < tree.count; i++) if (tree.depth[i] === 1) whole += tree.wallNs[i]
    return whole > 0 ? 1 / whole : 'the spans state no time.'
  }
  if (unknownSampling > UNKNOWN_AT_MOST * traces || estimatedTraces === undefined) {
    return `the sampling of ${unknownSampling} of ${traces} traces is unknown (more than ${UNKNOWN_AT_MOST * 100} %), so how much there was of it by the clock is, too; compare by trace.`
  }
  return estimatedTraces / traces / Math.max(1, minutes)
}

interface Union {
  readonly count: number
  readonly shape: Pick<CallTree, 'count' | 'parent' | 'subtreeEnd' | 'depth' | 'nameId' | 'stageId' | 'names'>
  /** Node of each tree's node in the union. */
  readonly nodeOf: readonly Uint32Array[]
}

/** The union by path in DFS pre-order, children in the order of first sight. Linear in nodes, no recursion. */
function unite(trees: readonly CallTree[]): Union {
  const names = new Interner()
  const known = new Map<number, number>()
  const parent = [NONE]
  const nameId = [0]
  const stageId = [0]
  const found = trees.map((tree) => {
    const ids = tree.names.map((name) => names.id(name))
    const nodeOf = new Uint32Array(tree.count)
    for (let i = 1; i < tree.count; i++) {
      const up = nodeOf[tree.parent[i]]
      const key = up * 0x1_0000_0000 + ids[tree.nameId[i]]
      const node = known.get(key) ?? parent.length
      if (node === parent.length) {
        known.set(key, node)
        parent.push(up)
        nameId.push(ids[tree.nameId[i]])
        stageId.push(tree.stageId[i])
      }
      nodeOf[i] = node
    }
    return nodeOf
  })
  const count = parent.length
  const first = new Int32Array(count).fill(NONE)
  const next = new Int32Array(count).fill(NONE)
  for (let node = count - 1; node > 0; node--) {
    next[node] = first[parent[node]]
    first[parent[node]] = node
  }
  const place = new Uint32Array(count)
  const order: number[] = []
  const depth: number[] = []
  const subtreeEnd: number[] = []
  for (let node = 0; node !== NONE; ) {
    place[node] = order.length
    depth.push(node === 0 ? 0 : depth[place[parent[node]]] + 1)
    order.push(node)
    if (first[node] !== NONE) {
      node = first[node]
      continue
    }
    for (;;) {
      subtreeEnd[place[node]] = order.length
      if (next[node] !== NONE) {
        node = next[node]
        break
      }
      node = parent[node]
      if (node === NONE) break
    }
  }
  return {
    count,
    shape: {
      count,
      parent: order.map((node) => (node === 0 ? NONE : place[parent[node]])),
      subtreeEnd,
      depth,
      nameId: order.map((node) => nameId[node]),
      stageId: order.map((node) => stageId[node]),
      names: names.strings.slice(),
    },
    nodeOf: found.map((nodes) => nodes.map((node) => place[node])),
  }
}

/** Where a node stands between the sides: −1 only in the base, 0 equal, 1 only in the side; 0 of nothing. */
export function lean(base: number, side: number): number {
  return base + side > 0 ? (side - base) / (base + side) : 0
}

export type Change = 'new' | 'gone' | 'grown' | 'shrunk' | 'same'

/** Below 5 % of both together it counts as the same. */
export const SAME_LEAN = 0.05

export function changeOf(base: number, side: number): Change {
  if (base === 0 && side > 0) return 'new'
  if (side === 0 && base > 0) return 'gone'
  const t = lean(base, side)
  return t > SAME_LEAN ? 'grown' : t < -SAME_LEAN ? 'shrunk' : 'same'
}

/** Every node but the root, what differs most first. */
export function byDifference({ tree, base, side }: FlameDiff): Uint32Array {
  const nodes = Uint32Array.from({ length: Math.max(0, tree.count - 1) }, (_, i) => i + 1)
  const change = (i: number) => Math.abs(side[i] - base[i])
  return nodes.sort((a, b) => change(b) - change(a) || a - b)
}
