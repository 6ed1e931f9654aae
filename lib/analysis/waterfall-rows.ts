/**
 * Which rows the waterfall shows, from the fold state. A row value below `spans.count` is a span; from there on it is a group slot:
 *
 *   slot   0 … P−1          primary groups (fold-groups.ts)
 *          P … P+a−1        groups merged below some closed primary group, added when that group is first shown closed
 *          P+a … P+a+b−1    the same for the next one, …
 *
 * A group is open (its members are rows, each with its own subtree) or closed (what is below it is merged). Everything is
 * rebuilt from scratch in one iterative pass: at 1M rows that costs a few milliseconds, and nothing incremental can go stale.
 */
import { upperBound } from '../base/bisect.ts'
import type { SpanColumns } from '../model/span-columns.ts'
import { type GroupTable, groupSiblings, mergeBelow, type PrimaryGroups } from './fold-groups.ts'

/** Mutable on purpose: one instance belongs to one open waterfall. */
export interface FoldState {
  readonly threshold: number
  readonly primary: PrimaryGroups
  /** 1: the span's subtree is folded away. */
  readonly folded: Uint8Array
  readonly open: Set<number>
  /** Tables merged so far; `base` is the first slot. */
  readonly merged: { readonly base: number; readonly owner: number; readonly table: GroupTable }[]
  /** Primary slot → index into `merged`. */
  readonly mergedOf: Map<number, number>
}

export interface Rows {
  readonly count: number
  /** Span index or `spans.count + slot`. */
  readonly value: Uint32Array
  /** Indentation: 0 for roots. */
  readonly level: Uint32Array
}

/** One group row: its table, its index in it, and its members. */
export interface GroupRef {
  readonly slot: number
  readonly table: GroupTable
  readonly index: number
  /** The primary group it lies below, or itself. */
  readonly owner: number
  readonly members: Uint32Array
}

export function foldStateFor(spans: SpanColumns, threshold: number): FoldState {
  return withGroups(spans, threshold, groupSiblings(spans, threshold))
}

export function withGroups(spans: SpanColumns, threshold: number, primary: PrimaryGroups): FoldState {
  return {
    threshold,
    primary,
    folded: new Uint8Array(spans.count),
    open: new Set(),
    merged: [],
    mergedOf: new Map(),
  }
}

function membersOf(table: GroupTable, index: number): Uint32Array {
  return table.members.subarray(table.memberStart[index], table.memberStart[index + 1])
}

export function groupAt(state: FoldState, slot: number): GroupRef {
  if (slot < state.primary.count) {
    return { slot, table: state.primary, index: slot, owner: slot, members: membersOf(state.primary, slot) }
  }
  let at = state.merged.length - 1
  while (at > 0 && state.merged[at].base > slot) at--
  const { base, owner, table } = state.merged[at]
  return { slot, table, index: slot - base, owner, members: membersOf(table, slot - base) }
}

/** The merged groups below a closed primary group; merged on first use. */
function mergedBelow(spans: SpanColumns, state: FoldState, slot: number) {
  const known = state.mergedOf.get(slot)
  if (known !== undefined) return state.merged[known]
  const last = state.merged.at(-1)
  const base = last === undefined ? state.primary.count : last.base + last.table.count
  const entry = { base, owner: slot, table: mergeBelow(spans, membersOf(state.primary, slot)) }
  state.mergedOf.set(slot, state.merged.push(entry) - 1)
  return entry
}

/** True where closing the group leaves rows below it. Merges nothing. */
function hasBelow(spans: SpanColumns, members: Uint32Array): boolean {
  for (const m of members) if (spans.subtreeEnd[m] > m + 1) return true
  return false
}

/** What the walk comes back to when a run of rows ends. */
type Frame =
  | { readonly kind: 'members'; readonly list: Uint32Array; at: number; readonly level: number }
  | { readonly kind: 'merged'; readonly base: number; readonly table: GroupTable; at: number; readonly level: number }
  | { readonly kind: 'spans'; readonly from: number; readonly end: number; readonly shift: number }

/** All visible rows. O(visible rows), plus one merge for every primary group that is shown closed for the first time. */
export function visibleRows(spans: SpanColumns, state: FoldState, reuse?: Rows): Rows {
  const { count, subtreeEnd, depth } = spans
  const { primary, folded, open } = state
  const { groupOf, memberStart, members } = primary
  const size = Math.max(count + primary.count, 1)
  const out = {
    value: reuse !== undefined && reuse.value.length >= size ? reuse.value : new Uint32Array(size),
    level: reuse !== undefined && reuse.level.length >= size ? reuse.level : new Uint32Array(size),
  }
  let { value, level } = out
  let r = 0
  const frames: Frame[] = []
  let i = 0
  let end = count
  let shift = 0
  for (;;) {
    while (i < end) {
      const group = groupOf[i]
      if (group < 0) {
        value[r] = i
        level[r++] = depth[i] + shift
        i = folded[i] === 1 ? subtreeEnd[i] : i + 1
        continue
      }
      if (members[memberStart[group]] === i) {
        const rowLevel = depth[i] + shift
        value[r] = count + group
        level[r++] = rowLevel
        const list = membersOf(primary, group)
        if (open.has(group)) {
          frames.push({ kind: 'spans', from: subtreeEnd[i], end, shift })
          frames.push({ kind: 'members', list, at: 0, level: rowLevel + 1 })
          break
        }
        if (hasBelow(spans, list)) {
          const { base, table } = mergedBelow(spans, state, group)
          frames.push({ kind: 'spans', from: subtreeEnd[i], end, shift })
          frames.push({ kind: 'merged', base, table, at: 0, level: rowLevel + 1 })
          break
        }
      }
      i = subtreeEnd[i]
    }
    // The run is over, or a group pushed frames: take the topmost.
    let resumed = false
    while (!resumed) {
      const top = frames.at(-1)
      if (top === undefined) return { count: r, value, level }
      if (top.kind === 'spans') {
        frames.pop()
        i = top.from
        end = top.end
        shift = top.shift
        resumed = true
      } else if (top.kind === 'members') {
        // Members without visible descendants are the million-row case: emitted here, in one tight loop.
        const { list } = top
        while (top.at < list.length) {
          const m = list[top.at++]
          value[r] = m
          level[r++] = top.level
          if (subtreeEnd[m] > m + 1 && folded[m] === 0) {
            i = m + 1
            end = subtreeEnd[m]
            shift = top.level - depth[m]
            resumed = true
            break
          }
        }
        if (!resumed) frames.pop()
      } else if (top.at < top.table.count) {
        if (r + 1 >= value.length) {
          value = grow(value)
          level = grow(level)
        }
        const g = top.at
        const rowLevel = top.level + top.table.depth[g]
        value[r] = count + top.base + g
        level[r++] = rowLevel
        if (open.has(top.base + g)) {
          top.at = top.table.subtreeEnd[g]
          frames.push({ kind: 'members', list: membersOf(top.table, g), at: 0, level: rowLevel + 1 })
        } else {
          top.at = g + 1
        }
      } else {
        frames.pop()
      }
    }
  }
}

function grow(array: Uint32Array): Uint32Array {
  const next = new Uint32Array(array.length * 2 + 16)
  next.set(array)
  return next
}

/** The row that shows `value`, −1 when it is folded away. */
export function rowOf(rows: Rows, value: number): number {
  const at = rows.value.indexOf(value)
  return at < rows.count ? at : -1
}

/** Opens and unfolds whatever hides span `i`. */
export function reveal(spans: SpanColumns, state: FoldState, i: number): void {
  for (let a = i; a >= 0; a = spans.parent[a]) {
    if (a !== i) state.folded[a] = 0
    const group = state.primary.groupOf[a]
    if (group >= 0) state.open.add(group)
  }
}

/** The row that stands for span `i`: itself, or the closed group or folded ancestor it is hidden in. */
export function rowStandingFor(spans: SpanColumns, state: FoldState, rows: Rows, i: number): number {
  const own = rowOf(rows, i)
  if (own >= 0) return own
  for (let a = i; a >= 0; a = spans.parent[a]) {
    const direct = rowOf(rows, a)
    if (direct >= 0) return direct
    const group = state.primary.groupOf[a]
    if (group < 0) continue
    const merged = state.mergedOf.get(group)
    if (merged !== undefined && !state.open.has(group) && a !== i) {
      const { base, table } = state.merged[merged]
      for (let g = 0; g < table.count; g++) {
        const list = membersOf(table, g)
        const at = upperBound(list, i) - 1
        if (at >= 0 && list[at] === i) {
          const row = rowOf(rows, spans.count + base + g)
          if (row >= 0) return row
        }
      }
    }
    const row = rowOf(rows, spans.count + group)
    if (row >= 0) return row
  }
  return -1
}

/** Folds every span that has children: what remains are the roots (and groups of roots). */
export function foldAll(spans: SpanColumns, state: FoldState): void {
  for (let i = 0; i < spans.count; i++) state.folded[i] = spans.subtreeEnd[i] > i + 1 ? 1 : 0
  state.open.clear()
}

/** Back to the default: spans unfolded, groups closed. */
export function unfoldDefault(state: FoldState): void {
  state.folded.fill(0)
  state.open.clear()
}

/** Every span gets a row of its own. */
export function unfoldEverything(state: FoldState): void {
  state.folded.fill(0)
  state.open.clear()
  for (let g = 0; g < state.primary.count; g++) state.open.add(g)
}
