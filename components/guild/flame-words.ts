import { type FlameLayout, type FlameMeasure, pathTo } from '@/lib/analysis/flame-layout.ts'
import { formatDuration, formatExact, formatPercent } from '@/lib/base/format.ts'
import type { CallTree } from '@/lib/model/call-tree.ts'

/** The root is no span: it stands for everything below it, from wherever that starts. */
const ALL = 'everything shown'

export function nodeName(tree: CallTree, node: number): string {
  return node === 0 ? ALL : tree.names[tree.nameId[node]] || '(no name)'
}

/** A node as the names on the way to it, for the URL; '' for the root. */
export function pathOfNode(tree: CallTree, node: number): string {
  return pathTo(tree, node)
    .slice(1)
    .map((i) => encodeURIComponent(tree.names[tree.nameId[i]]))
    .join('/')
}

/** The node that such a path leads to; as far as it leads where the tree has changed, 0 for nowhere. */
export function nodeOfPath(tree: CallTree, path: string): number {
  if (path === '') return 0
  let node = 0
  for (const part of path.split('/')) {
    let child = node + 1
    while (child < tree.subtreeEnd[node] && encodeURIComponent(tree.names[tree.nameId[child]]) !== part) {
      child = tree.subtreeEnd[child]
    }
    if (child >= tree.subtreeEnd[node]) return node
    node = child
  }
  return node
}

const OF: Readonly<Record<FlameMeasure, string>> = { wall: 'covered', self: 'self', wait: 'waited', total: 'in total' }

/** `fanout 27 %`. Summed durations of parallel spans exceed the whole, so they are said as they are: `fanout 44 m 20 s`. */
export function boxLabel(layout: FlameLayout, node: number, measure: FlameMeasure): string {
  const { tree, value } = layout
  const figure =
    measure === 'total' ? formatDuration(value[node]) : formatPercent(value[0] > 0 ? value[node] / value[0] : 0)
  return `${nodeName(tree, node)} ${figure}`
}

/** What a box is: its name, then figures, one a line. */
export function nodeLines(layout: FlameLayout, node: number, measure: FlameMeasure): readonly string[] {
  const { tree, value } = layout
  const share = measure === 'total' || value[0] <= 0 ? '' : `, ${formatPercent(value[node] / value[0])} of all`
  if (node === 0) return [ALL, `${formatDuration(value[0])} ${OF[measure]}`]
  const spans = tree.spans[node]
  const lines = [
    nodeName(tree, node),
    `${formatDuration(value[node])} ${OF[measure]}${share}`,
    `${formatExact(spans)} ${spans === 1 ? 'span' : 'spans'}, mean ${formatDuration(spans > 0 ? tree.totalNs[node] / spans : 0)}, total ${formatDuration(tree.totalNs[node])}`,
    `self ${formatDuration(Math.max(0, tree.selfNs[node]))}`,
  ]
  if (tree.waitNs[node] > 0) lines.push(`waited ${formatDuration(tree.waitNs[node])} in the mailbox`)
  if (tree.errors[node] > 0) lines.push(`${formatExact(tree.errors[node])} with an error`)
  lines.push(
    tree.weighted[node] >= 0
      ? `stands for ≈ ${formatExact(tree.weighted[node])}`
      : 'stands for an unknown number: sampling unknown',
  )
  if (layout.squeezed[node] === 1) lines.push('its children ran in parallel: their widths are scaled to fit')
  return lines
}
