import type { CallTree } from '../model/call-tree.ts'

/** A call tree's figures by span name and stage, wherever the name stands. */
export interface NameRow {
  readonly name: string
  readonly stageId: number
  readonly spans: number
  readonly errors: number
  /** Summed durations of the outermost spans of that name (recursion counts once), ns. */
  readonly totalNs: number
  readonly selfNs: number
  readonly waitNs: number
}

export function byName(tree: CallTree): NameRow[] {
  const rows = new Map<string, { -readonly [K in keyof NameRow]: NameRow[K] }>()
  // How far the subtree of an outer span of the same name and stage reaches.
  const coveredUntil = new Map<string, number>()
  for (let i = 1; i < tree.count; i++) {
    const name = tree.names[tree.nameId[i]] || '(no name)'
    const key = `${tree.stageId[i]} ${name}`
    let row = rows.get(key)
    if (row === undefined) {
      row = { name, stageId: tree.stageId[i], spans: 0, errors: 0, totalNs: 0, selfNs: 0, waitNs: 0 }
      rows.set(key, row)
    }
    row.spans += tree.spans[i]
    row.errors += tree.errors[i]
    row.selfNs += Math.max(0, tree.selfNs[i])
    row.waitNs += Math.max(0, tree.waitNs[i])
    if (i < (coveredUntil.get(key) ?? 0)) continue
    row.totalNs += tree.totalNs[i]
    coveredUntil.set(key, tree.subtreeEnd[i])
  }
  return [...rows.values()]
}
