/**
 * A merged call tree from an indented text, for tests: `name wall [total [wait]]`, two blanks a level. The root is made.
 *
 *   handle 60 80
 *     fanout 30
 */
import type { CallTree } from '../model/call-tree.ts'

export function callTreeFixture(text: string): CallTree {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const base = Math.min(...lines.map((line) => line.search(/\S/)))
  const rows = lines.map((line) => {
    const [name, wall = '0', total = wall, wait = '0'] = line.trim().split(/\s+/)
    return {
      depth: (line.search(/\S/) - base) / 2 + 1,
      name,
      wall: Number(wall),
      total: Number(total),
      wait: Number(wait),
    }
  })
  const last: number[] = [0]
  const parent = [-1]
  rows.forEach((row, k) => {
    parent.push(last[row.depth - 1])
    last[row.depth] = k + 1
  })
  const depth = [0, ...rows.map((row) => row.depth)]
  const names = ['', ...new Set(rows.map((row) => row.name))]
  const subtreeEnd = depth.map((d, i) => {
    let end = i + 1
    while (end < depth.length && depth[end] > d) end++
    return end
  })
  const wallNs = [0, ...rows.map((row) => row.wall)]
  const selfNs = wallNs.map((wall, i) =>
    Math.max(0, wall - wallNs.reduce((sum, w, k) => sum + (parent[k] === i ? w : 0), 0)),
  )
  return {
    count: depth.length,
    parent,
    subtreeEnd,
    depth,
    nameId: [0, ...rows.map((row) => names.indexOf(row.name))],
    stageId: depth.map((d) => d % 7),
    spans: depth.map(() => 1),
    errors: depth.map(() => 0),
    totalNs: [0, ...rows.map((row) => row.total)],
    wallNs,
    selfNs,
    waitNs: [0, ...rows.map((row) => row.wait)],
    weighted: depth.map(() => 1),
    names,
  }
}
