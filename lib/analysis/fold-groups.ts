/**
 * Groups of same-shaped siblings: a fan-out to a million sessions is one row until somebody asks for its members.
 *
 *   spans                          rows, all groups closed
 *   relay                          relay
 *     push   push   push   …         push ×1,000        primary group: siblings of one name under one span
 *       send   send   send             send ×1,000      merged below it: the members' own subtrees, merged by path of names
 *
 * Grouping loses nothing: every member is in exactly one group row of the view, and opening the row lists it.
 * Linear in the spans; iterative, since chains 100k deep and a million siblings are ordinary.
 */
import type { SpanColumns } from '../model/span-columns.ts'

/** Rows that stand for several spans, as columns. Members ascend, so that siblings stay in order of their starts. */
export interface GroupTable {
  readonly count: number
  /** Primary groups: the parent span (−1: roots). Merged groups: the group above in this table (−1: the group itself). */
  readonly parent: Int32Array
  /** Merged groups stand in pre-order: one past the last group below. Primary groups: own index + 1. */
  readonly subtreeEnd: Uint32Array
  /** Merged groups: levels below the group. Primary groups: 0. */
  readonly depth: Uint32Array
  readonly nameId: Uint32Array
  readonly stageId: Uint8Array
  /** Members of group g: `members[memberStart[g]]` … `members[memberStart[g + 1] − 1]`. */
  readonly memberStart: Uint32Array
  readonly members: Uint32Array
}

export interface PrimaryGroups extends GroupTable {
  /** Span → its group, −1 for none. */
  readonly groupOf: Int32Array
}

/** Two spans can share a group when name and stage are the same. */
function keyOf(spans: SpanColumns, i: number): number {
  return spans.nameId[i] * 8 + spans.stageId[i]
}

/** Groups every set of more than `threshold` siblings with one name and stage. */
export function groupSiblings(spans: SpanColumns, threshold: number): PrimaryGroups {
  const { count, parent, subtreeEnd } = spans
  const groupOf = new Int32Array(count).fill(-1)
  const children = new Uint32Array(count + 1)
  for (let i = 0; i < count; i++) children[parent[i] + 1]++
  const parents: number[] = []
  const firsts: number[] = []
  const sizes: number[] = []
  for (let slot = 0; slot <= count; slot++) {
    if (children[slot] <= threshold) continue
    const from = slot
    const end = slot === 0 ? count : subtreeEnd[slot - 1]
    const seen = new Map<number, number>()
    for (let i = from; i < end; i = subtreeEnd[i]) {
      const key = keyOf(spans, i)
      seen.set(key, (seen.get(key) ?? 0) + 1)
    }
    const ids = new Map<number, number>()
    for (let i = from; i < end; i = subtreeEnd[i]) {
      const key = keyOf(spans, i)
      const size = seen.get(key) ?? 0
      if (size <= threshold) continue
      let id = ids.get(key)
      if (id === undefined) {
        id = parents.push(slot - 1) - 1
        firsts.push(i)
        sizes.push(size)
        ids.set(key, id)
      }
      groupOf[i] = id
    }
  }
  const groups = parents.length
  const memberStart = prefixSums(sizes)
  const next = memberStart.slice(0, groups)
  const members = new Uint32Array(memberStart[groups])
  for (let i = 0; i < count; i++) if (groupOf[i] >= 0) members[next[groupOf[i]]++] = i
  return {
    count: groups,
    parent: Int32Array.from(parents),
    subtreeEnd: Uint32Array.from(parents, (_, g) => g + 1),
    depth: new Uint32Array(groups),
    nameId: Uint32Array.from(firsts, (i) => spans.nameId[i]),
    stageId: Uint8Array.from(firsts, (i) => spans.stageId[i]),
    memberStart,
    members,
    groupOf,
  }
}

/** What stands below a closed group: the subtrees of `members`, merged by (group above, name, stage). */
export function mergeBelow(spans: SpanColumns, members: Uint32Array): GroupTable {
  let size = 0
  for (const m of members) size += spans.subtreeEnd[m] - m - 1
  // Node per descendant, in the order in which the members' subtrees are walked; −1 is the group itself.
  const found = new Uint32Array(size)
  const nodeAt = new Int32Array(size)
  const nodes = new NodeTable(spans.names.length * 8)
  let at = 0
  for (const m of members) {
    const base = at - m - 1
    for (let i = m + 1; i < spans.subtreeEnd[m]; i++) {
      const above = spans.parent[i]
      found[at] = i
      nodeAt[at] = nodes.child(above === m ? -1 : nodeAt[base + above], keyOf(spans, i))
      at++
    }
  }
  const { order, rank, subtreeEnd, depth } = nodes.preOrder()
  const count = order.length
  const sizes = new Uint32Array(count)
  for (let k = 0; k < size; k++) sizes[rank[nodeAt[k]]]++
  const memberStart = prefixSums(sizes)
  const next = memberStart.slice(0, count)
  const merged = new Uint32Array(size)
  for (let k = 0; k < size; k++) merged[next[rank[nodeAt[k]]]++] = found[k]
  return {
    count,
    parent: Int32Array.from(order, (node) => (nodes.parent[node] < 0 ? -1 : rank[nodes.parent[node]])),
    subtreeEnd,
    depth,
    nameId: Uint32Array.from(order, (node) => Math.floor(nodes.key[node] / 8)),
    stageId: Uint8Array.from(order, (node) => nodes.key[node] % 8),
    memberStart,
    members: merged,
  }
}

/** A growing tree of (parent node, key) → node. The last child asked for answers most questions without hashing. */
class NodeTable {
  readonly parent: number[] = []
  readonly key: number[] = []
  readonly #keys: number
  readonly #ids = new Map<number, number>()
  readonly #recent: number[] = [-1]

  constructor(keys: number) {
    this.#keys = keys
  }

  child(above: number, key: number): number {
    const recent = this.#recent[above + 1]
    if (recent >= 0 && this.key[recent] === key) return recent
    const full = (above + 1) * this.#keys + key
    let node = this.#ids.get(full)
    if (node === undefined) {
      node = this.parent.push(above) - 1
      this.key.push(key)
      this.#recent.push(-1)
      this.#ids.set(full, node)
    }
    this.#recent[above + 1] = node
    return node
  }

  /** Nodes in pre-order, children in order of first sight. */
  preOrder(): { order: Uint32Array; rank: Uint32Array; subtreeEnd: Uint32Array; depth: Uint32Array } {
    const count = this.parent.length
    const below = new Uint32Array(count).fill(1)
    for (let n = count - 1; n >= 0; n--) if (this.parent[n] >= 0) below[this.parent[n]] += below[n]
    // A parent is always seen before its children, so one pass can hand every node its place.
    const rank = new Uint32Array(count)
    const free = new Uint32Array(count + 1)
    const order = new Uint32Array(count)
    const subtreeEnd = new Uint32Array(count)
    const depth = new Uint32Array(count)
    for (let n = 0; n < count; n++) {
      const above = this.parent[n]
      const place = free[above + 1]
      free[above + 1] += below[n]
      free[n + 1] = place + 1
      rank[n] = place
      order[place] = n
      subtreeEnd[place] = place + below[n]
      depth[place] = above < 0 ? 0 : depth[rank[above]] + 1
    }
    return { order, rank, subtreeEnd, depth }
  }
}

/** [0, s₀, s₀ + s₁, …] */
function prefixSums(sizes: ArrayLike<number>): Uint32Array {
  const sums = new Uint32Array(sizes.length + 1)
  for (let k = 0; k < sizes.length; k++) sums[k + 1] = sums[k] + sizes[k]
  return sums
}
