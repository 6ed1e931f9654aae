import type { SpanColumns } from './span-columns.ts'

/** Below this a trace arrives at once, and an overview would only cost bytes. */
export const OVERVIEW_FROM = 32_768
/** Most spans of each of the two kinds (shallow, long) in an overview. */
export const OVERVIEW_EACH = 4_096
const SHALLOW = 3

/** The spans from which a first picture of a large trace is drawn. */
export interface SpanSelection {
  /** Indices into the whole trace, ascending. */
  readonly index: Uint32Array
  /** Per selected span: place in `index` of its nearest ancestor that is selected too, −1 for none. */
  readonly parent: Int32Array
}

/** Spans of depth ≤ 3 (the longest of them where they are many), and the longest of the rest. */
export function selectOverview(spans: SpanColumns): SpanSelection {
  const { count, duration, depth, parent } = spans
  const shallowFrom = longestFrom(duration, count, (i) => depth[i] <= SHALLOW)
  const deepFrom = longestFrom(duration, count, (i) => depth[i] > SHALLOW)
  // Place in `index` of each span's nearest selected ancestor-or-self.
  const nearest = new Int32Array(count)
  const index = new Uint32Array(2 * OVERVIEW_EACH)
  const above = new Int32Array(2 * OVERVIEW_EACH)
  let selected = 0
  for (let i = 0; i < count; i++) {
    const up = parent[i] === -1 ? -1 : nearest[parent[i]]
    if (bucketOf(duration[i]) < (depth[i] <= SHALLOW ? shallowFrom : deepFrom)) {
      nearest[i] = up
      continue
    }
    nearest[i] = selected
    above[selected] = up
    index[selected++] = i
  }
  return { index: index.slice(0, selected), parent: above.slice(0, selected) }
}

/** Five buckets per doubling, so that a threshold is found without sorting a million durations. */
function bucketOf(duration: number): number {
  return duration < 1 ? 0 : 1 + Math.floor(Math.log2(duration) * 5)
}

/** The lowest bucket such that at most `OVERVIEW_EACH` spans lie in it or above. */
function longestFrom(duration: Float64Array, count: number, wanted: (i: number) => boolean): number {
  const counts = new Uint32Array(bucketOf(Number.MAX_VALUE) + 1)
  for (let i = 0; i < count; i++) if (wanted(i)) counts[bucketOf(duration[i])]++
  let sum = 0
  for (let bucket = counts.length - 1; bucket >= 0; bucket--) {
    sum += counts[bucket]
    if (sum > OVERVIEW_EACH) return bucket + 1
  }
  return 0
}
