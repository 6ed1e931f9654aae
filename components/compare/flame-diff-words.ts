import { shownName } from '@/components/guild/words.ts'
import { changeOf, type FlameDiff, type FlameNorm } from '@/lib/analysis/flame-diff.ts'
import { formatCount, formatDuration, formatPercent } from '@/lib/base/format.ts'
import { differenceWords, timesWords } from './action-words.ts'

const PER: Readonly<Record<FlameNorm, string>> = { traces: 'by trace', wall: 'a minute', share: 'of the whole' }

export function printValue(norm: FlameNorm, value: number): string {
  if (norm === 'share') return formatPercent(value)
  return value === 0 ? '0' : formatDuration(value)
}

export function diffName({ tree }: FlameDiff, node: number): string {
  return node === 0 ? 'everything shown' : shownName(tree.names[tree.nameId[node]] || '(no name)')
}

/** `+ fanout 3.2 ×`, `− check 0.4 ×`, `= handle`, `+ serialise new`: the sign comes first, because hue is not for everybody. */
export function diffLabel(diff: FlameDiff, node: number): string {
  const [base, side] = [diff.base[node], diff.side[node]]
  const change = changeOf(base, side)
  const sign = change === 'same' ? '=' : change === 'grown' || change === 'new' ? '+' : '−'
  return `${sign} ${diffName(diff, node)}${change === 'same' ? '' : ` ${timesWords(base, side)}`}`
}

export function diffLines(
  diff: FlameDiff,
  node: number,
  norm: FlameNorm,
  letters: readonly [base: string, side: string],
): readonly string[] {
  const [base, side] = [diff.base[node], diff.side[node]]
  const print = (value: number) => printValue(norm, value)
  const lines = [
    diffName(diff, node),
    `${letters[0]} ${print(base)}, ${letters[1]} ${print(side)} ${PER[norm]}`,
    changeWords(base, side, print),
  ]
  if (node === 0) return lines
  const [a, b] = [diff.baseSpans[node], diff.sideSpans[node]]
  lines.push(`spans by trace, adjusted for sampling: ${letters[0]} ${spans(a)}, ${letters[1]} ${spans(b)}`)
  if (diff.tree.errors[node] > 0)
    lines.push(`${formatCount(diff.tree.errors[node])} spans with an error in both together`)
  return lines
}

const spans = (value: number) => (Number.isNaN(value) ? 'unknown (sampling unknown)' : formatCount(value))

export function changeWords(base: number, side: number, print: (value: number) => string): string {
  const change = changeOf(base, side)
  const difference = differenceWords(base, side, print)
  switch (change) {
    case 'new':
      return `new: ${difference}`
    case 'gone':
      return `gone: ${difference}`
    case 'same':
      return `about the same: ${difference}`
    default:
      return `${change}: ${difference}, ${timesWords(base, side)}`
  }
}
