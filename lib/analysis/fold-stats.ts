/** The words of a group row: count, errors, quantiles, the slowest few. */
import { FLAG, type SpanColumns } from '../model/span-columns.ts'

export interface GroupStats {
  readonly count: number
  readonly errors: number
  /** What the members of known sampling stand for together, and how many are of unknown sampling. */
  readonly weighted: number
  readonly unweighted: number
  /** Durations, ns (nearest rank). */
  readonly p50: number
  /** NaN below `P95_SPANS`: so few spans do not carry it. */
  readonly p95: number
  readonly max: number
  /** Median of the known waits, ns; NaN where no member states one. */
  readonly waitP50: number
  readonly waitMax: number
  /** First start and last end, ns since trace start. */
  readonly from: number
  readonly to: number
  /** The slowest members, slowest first; at most 5. */
  readonly slowest: readonly number[]
}

const SLOWEST = 5
/** From so many spans on the longest lies above the true p95 in 95 of 100 cases (1 − 0.95ⁿ ≥ 0.95). */
export const P95_SPANS = 59

export function groupStats(spans: SpanColumns, members: Uint32Array): GroupStats {
  const { start, duration, flags, wait, weight } = spans
  const durations = new Float64Array(members.length)
  const waits = new Float64Array(members.length)
  const slowest: number[] = []
  let [errors, max, waitMax, known, from, to] = [
    0,
    0,
    Number.NaN,
    0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ]
  let [weighted, unweighted] = [0, 0]
  let bar = -1
  for (let k = 0; k < members.length; k++) {
    const i = members[k]
    const d = duration[i]
    durations[k] = d
    if (d > max) max = d
    if (flags[i] & FLAG.error) errors++
    if (weight[i] >= 0) weighted += weight[i]
    else unweighted++
    if (wait[i] >= 0) {
      waits[known++] = wait[i]
      if (!(wait[i] <= waitMax)) waitMax = wait[i]
    }
    if (start[i] < from) from = start[i]
    if (start[i] + d > to) to = start[i] + d
    if (d > bar) {
      let at = slowest.length
      while (at > 0 && duration[slowest[at - 1]] < d) at--
      slowest.splice(at, 0, i)
      if (slowest.length > SLOWEST) slowest.pop()
      if (slowest.length === SLOWEST) bar = duration[slowest[SLOWEST - 1]]
    }
  }
  return {
    count: members.length,
    errors,
    weighted,
    unweighted,
    p50: quantile(durations, 0.5),
    p95: members.length < P95_SPANS ? Number.NaN : quantile(durations, 0.95),
    max,
    waitP50: quantile(waits.subarray(0, known), 0.5),
    waitMax,
    from,
    to,
    slowest,
  }
}

/** Nearest-rank quantile; reorders `values`. NaN for none. Quickselect: linear on average, 10 ms at 1M. */
export function quantile(values: Float64Array, q: number): number {
  if (values.length === 0) return Number.NaN
  const rank = Math.min(values.length - 1, Math.max(0, Math.ceil(q * values.length) - 1))
  let lo = 0
  let hi = values.length - 1
  while (lo < hi) {
    // Median of three against sorted input; three-way split against many equal values.
    const [a, b, c] = [values[lo], values[(lo + hi) >>> 1], values[hi]]
    const pivot = Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
    let lt = lo
    let gt = hi
    let i = lo
    while (i <= gt) {
      const v = values[i]
      if (v < pivot) {
        values[i++] = values[lt]
        values[lt++] = v
      } else if (v > pivot) {
        values[i] = values[gt]
        values[gt--] = v
      } else {
        i++
      }
    }
    if (rank < lt) hi = lt - 1
    else if (rank > gt) lo = gt + 1
    else return pivot
  }
  return values[rank]
}
