/** Where a span stands among its siblings: those with the same parent, name and stage. */
import type { SpanColumns } from '../model/span-columns.ts'

export interface SiblingStanding {
  /** Siblings of the same name and stage, the span included. */
  readonly count: number
  /** How many of them are faster, and how many take exactly as long (the span included). */
  readonly faster: number
  readonly equal: number
  readonly min: number
  readonly max: number
}

/** One pass over the siblings, when a span is selected. */
export function siblingStanding(spans: SpanColumns, i: number): SiblingStanding {
  const { parent, subtreeEnd, nameId, stageId, duration } = spans
  const p = parent[i]
  const end = p < 0 ? spans.count : subtreeEnd[p]
  let [count, faster, equal] = [0, 0, 0]
  let [min, max] = [duration[i], duration[i]]
  for (let k = p + 1; k < end; k = subtreeEnd[k]) {
    if (nameId[k] !== nameId[i] || stageId[k] !== stageId[i]) continue
    const d = duration[k]
    count++
    if (d < duration[i]) faster++
    else if (d === duration[i]) equal++
    if (d < min) min = d
    if (d > max) max = d
  }
  return { count, faster, equal, min, max }
}
