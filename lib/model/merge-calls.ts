import { formatExact } from '../base/format.ts'
import { Interner } from '../base/interner.ts'
import type { CallTree } from './call-tree.ts'
import { FLAG, type SpanColumns } from './span-columns.ts'

/** Call paths beyond this many are merged into one child per parent. */
export const MAX_CALL_NODES = 20_000
export const MORE_NAME = '… more'
const NONE = -1
/** Stands for a name among the keys of children; no string table is that long. */
const MORE_KEY = 0xffff_ffff

/** Merges forests into one call tree; see `CallTree` for what its columns mean. */
export function mergeCalls(forests: Iterable<SpanColumns>): CallTree {
  const merger = new CallMerger()
  for (const spans of forests) merger.add(spans)
  return merger.finish()
}

/**
 * The same in batches. Linear in spans, memory in call paths.
 *
 * In these systems most work happens after the span that caused it has ended: a cast returns at once, its message waits, and the
 * fan-out runs later still. Clipping children to their parent would make all of that zero wide. So a span *covers* its own
 * time and what its descendants do after it, gaps (mailbox waits) left out:
 *
 *   api   ████                         covers 4 + 2 + 3 = 9
 *   guild        ··██                  covers 2 + 3 = 5
 *   session            ███             covers 3
 *
 * Where children of one name overlap below one span, the time goes to the earliest. What is left of a child's coverage then is
 * its *share*, and everything below it counts by that share: children never cover more than their parent, so widths nest.
 */
export class CallMerger {
  readonly #names = new Interner()
  readonly #children = new Map<number, number>()
  readonly #maxNodes: number
  // Node 0 is the synthetic root.
  readonly #parent: number[] = [NONE]
  readonly #nameId: number[] = [0]
  readonly #stageId: number[] = [0]
  readonly #spans: number[] = [0]
  readonly #errors: number[] = [0]
  readonly #totalNs: number[] = [0]
  readonly #wallNs: number[] = [0]
  readonly #selfNs: number[] = [0]
  readonly #waitNs: number[] = [0]
  /** NaN where the sampling of a span is unknown. */
  readonly #weighted: number[] = [0]
  /** Nodes named `MORE_NAME` by us, not by a span. */
  readonly #more = new Set<number>()
  #mergedIntoMore = 0

  constructor(maxNodes = MAX_CALL_NODES) {
    this.#maxNodes = maxNodes
  }

  add(spans: SpanColumns): void {
    const nodeOf = this.#assignNodes(spans)
    const coverage = coverageOf(spans)
    this.#addCounts(spans, nodeOf, coverage)
    this.#addWalls(spans, nodeOf, coverage)
  }

  /** Sentences about what a limit cut off. */
  get notes(): readonly string[] {
    if (this.#mergedIntoMore === 0) return []
    const spans = formatExact(this.#mergedIntoMore)
    const paths = formatExact(this.#maxNodes)
    return [`${spans} spans are merged into “${MORE_NAME}” because there are more than ${paths} call paths.`]
  }

  /** The tree so far, siblings in order of first sight. Can be asked for again after more was added. */
  finish(): CallTree {
    const count = this.#parent.length
    const first = new Int32Array(count).fill(NONE)
    const next = new Int32Array(count).fill(NONE)
    for (let node = count - 1; node > 0; node--) {
      next[node] = first[this.#parent[node]]
      first[this.#parent[node]] = node
    }
    const order: number[] = []
    const place = new Int32Array(count)
    const depth: number[] = []
    const subtreeEnd: number[] = []
    for (let node = 0; node !== NONE; ) {
      place[node] = order.length
      depth.push(node === 0 ? 0 : depth[place[this.#parent[node]]] + 1)
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
        node = this.#parent[node]
        if (node === NONE) break
      }
    }
    const pick = (column: readonly number[]) => order.map((node) => column[node])
    return {
      count,
      parent: order.map((node) => (node === 0 ? NONE : place[this.#parent[node]])),
      subtreeEnd,
      depth,
      nameId: pick(this.#nameId),
      stageId: pick(this.#stageId),
      spans: pick(this.#spans),
      errors: pick(this.#errors),
      totalNs: pick(this.#totalNs),
      // Shares make fractions, which would only lengthen the JSON.
      wallNs: pick(this.#wallNs).map(Math.round),
      selfNs: pick(this.#selfNs),
      waitNs: pick(this.#waitNs),
      weighted: pick(this.#weighted).map((sum) => (Number.isNaN(sum) ? -1 : sum)),
      names: this.#names.strings.slice(),
    }
  }

  #assignNodes(spans: SpanColumns): Int32Array {
    const { count, parent, nameId, stageId } = spans
    const nodeOf = new Int32Array(count)
    const names = Int32Array.from(spans.names, (name) => this.#names.id(name))
    let lastUp = NONE
    let lastName = NONE
    let last = NONE
    for (let i = 0; i < count; i++) {
      const up = parent[i] === NONE ? 0 : nodeOf[parent[i]]
      const name = names[nameId[i]]
      if (up !== lastUp || name !== lastName) {
        last = this.#childOf(up, name, stageId[i])
        lastUp = up
        lastName = name
      }
      nodeOf[i] = last
      if (this.#more.has(last)) this.#mergedIntoMore++
    }
    return nodeOf
  }

  #childOf(up: number, name: number, stage: number): number {
    if (this.#more.has(up)) return up
    const known = this.#children.get(up * 0x1_0000_0000 + name)
    if (known !== undefined) return known
    if (name !== MORE_KEY && this.#parent.length >= this.#maxNodes) return this.#childOf(up, MORE_KEY, 0)
    const node = this.#parent.length
    if (name === MORE_KEY) this.#more.add(node)
    this.#children.set(up * 0x1_0000_0000 + name, node)
    this.#parent.push(up)
    this.#nameId.push(name === MORE_KEY ? this.#names.id(MORE_NAME) : name)
    this.#stageId.push(stage)
    for (const sums of [this.#spans, this.#errors, this.#totalNs, this.#wallNs, this.#selfNs, this.#waitNs])
      sums.push(0)
    this.#weighted.push(0)
    return node
  }

  #addCounts(spans: SpanColumns, nodeOf: Int32Array, coverage: Coverage): void {
    const { count, parent, duration, flags, wait, weight } = spans
    for (let i = 0; i < count; i++) {
      const node = nodeOf[i]
      const up = parent[i]
      this.#spans[node]++
      if ((flags[i] & FLAG.error) !== 0) this.#errors[node]++
      if (up === NONE || nodeOf[up] !== node) this.#totalNs[node] += duration[i]
      this.#selfNs[node] += coverage.self[i]
      if (!Number.isNaN(wait[i])) this.#waitNs[node] += wait[i]
      this.#weighted[node] += weight[i]
      if (up !== NONE) continue
      this.#spans[0]++
      this.#totalNs[0] += duration[i]
      this.#wallNs[0] += coverage.covered[i]
      this.#wallNs[node] += coverage.covered[i]
      this.#weighted[0] += weight[i]
    }
  }

  /** Per parent span and name: what its children of that name cover together. */
  #addWalls(spans: SpanColumns, nodeOf: Int32Array, { covered, end }: Coverage): void {
    const { count, start, subtreeEnd } = spans
    const nodes = this.#parent.length
    const owner = new Int32Array(nodes).fill(NONE)
    const until = new Float64Array(nodes)
    const sum = new Float64Array(nodes)
    const share = new Float64Array(count).fill(1)
    for (let up = 0; up < count; up++) {
      for (let child = up + 1; child < subtreeEnd[up]; child = subtreeEnd[child]) {
        const node = nodeOf[child]
        if (owner[node] !== up) {
          owner[node] = up
          until[node] = start[up]
          sum[node] = 0
        }
        const fresh = Math.min(
          freshPart(start[child], end[child], covered[child], until[node]),
          covered[up] - sum[node],
        )
        sum[node] += fresh
        share[child] = covered[child] > 0 ? (share[up] * fresh) / covered[child] : 0
        // Below “… more” spans share their ancestor's node: its time holds theirs already.
        if (node !== nodeOf[up]) this.#wallNs[node] += share[up] * fresh
        if (end[child] > until[node]) until[node] = end[child]
      }
    }
  }
}

/** Per span, ns. */
interface Coverage {
  /** Own time in which no child ran. */
  readonly self: Float64Array
  /** Own time, and what descendants cover after it. */
  readonly covered: Float64Array
  /** When the span and all its descendants are over. */
  readonly end: Float64Array
}

function coverageOf({ count, start, duration, subtreeEnd }: SpanColumns): Coverage {
  const self = new Float64Array(count)
  const covered = new Float64Array(count)
  const end = new Float64Array(count)
  // From the back: children come after their parent, so they are done when it is their parent's turn.
  for (let i = count - 1; i >= 0; i--) {
    const ownEnd = start[i] + duration[i]
    let busyUntil = start[i]
    let busy = 0
    let until = ownEnd
    let sum = duration[i]
    for (let child = i + 1; child < subtreeEnd[i]; child = subtreeEnd[child]) {
      const from = Math.max(start[child], busyUntil)
      const to = Math.min(start[child] + duration[child], ownEnd)
      if (to > from) {
        busy += to - from
        busyUntil = to
      }
      sum += freshPart(start[child], end[child], covered[child], until)
      if (end[child] > until) until = end[child]
    }
    self[i] = Math.max(0, duration[i] - busy)
    covered[i] = sum
    end[i] = until
  }
  return { self, covered, end }
}

/** How much of a span that covers `covered` within [start, end] lies after `until`. */
function freshPart(start: number, end: number, covered: number, until: number): number {
  if (start >= until) return covered
  return end > until ? Math.min(covered, end - until) : 0
}
