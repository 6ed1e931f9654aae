/** What a row says in words: for the name tree, the hover card and screen readers. */
import { formatCount, formatDuration, formatExact } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { FLAG } from '@/lib/model/span-columns.ts'
import type { WaterfallModel } from './waterfall-model.ts'
import { groupLabel, waitWords } from './waterfall-paint.ts'

export interface RowWords {
  readonly name: string
  readonly stageId: number
  /** Which relay: what tells apart the members of a fan-out. */
  readonly relay: string
  /** `×1,204` for groups. */
  readonly count: string
  readonly errors: number
  readonly duration: string
  /** One sentence for screen readers. */
  readonly spoken: string
  /** What is odd about it, for people: orphan, cycle, … */
  readonly flag: string
}

const LONGEST = 300

/** A name on one line: controls visible, never longer than a row could show. */
export function shownName(name: string): string {
  const cut = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name
  return cut === '' ? '(no name)' : visibleText(cut)
}

export function rowWords(model: WaterfallModel, value: number): RowWords {
  const { spans, loaded, fold } = model
  const group = model.groupOfValue(value)
  if (group !== undefined) {
    const stats = model.statsOf(group.slot)
    return {
      name: shownName(spans.names[group.table.nameId[group.index]]),
      stageId: group.table.stageId[group.index],
      relay: '',
      count: `×${formatExact(stats.count)}`,
      errors: stats.errors,
      duration: formatDuration(stats.p50),
      spoken: `group, ${groupLabel(model, group.slot)}`,
      flag: '',
    }
  }
  const flags = spans.flags[value]
  const folded = fold.folded[value] === 1
  const wait = waitWords(model, value)
  const hidden = spans.subtreeEnd[value] - value - 1
  return {
    name: shownName(spans.names[spans.nameId[value]]),
    stageId: spans.stageId[value],
    relay: visibleText(spans.relays[spans.relayId[value]].slice(0, LONGEST)),
    count: folded && hidden > 0 ? `+${formatCount(hidden)}` : '',
    errors: folded ? loaded.aggregates.errors[value] : flags & FLAG.error,
    duration: flags & FLAG.negativeDuration ? '< 0' : formatDuration(spans.duration[value]),
    spoken: [
      `starts at ${formatDuration(spans.start[value])}`,
      `takes ${formatDuration(spans.duration[value])}`,
      ...(wait === '' ? [] : [wait]),
      ...(flags & FLAG.error ? ['error'] : []),
    ].join(', '),
    flag: flagWords(flags),
  }
}

/** Flags in words, most serious first. */
export function flagWords(flags: number): string {
  const words: string[] = []
  if (flags & FLAG.cycle) words.push('Its parents formed a cycle, which was cut here.')
  if (flags & FLAG.orphan) words.push('States a parent that never arrived, so it stands as a root.')
  if (flags & FLAG.negativeDuration) words.push('Ends before it starts; shown with no duration.')
  if (flags & FLAG.duplicateId) words.push('Another, different span of this trace has the same id.')
  return words.join(' ')
}
