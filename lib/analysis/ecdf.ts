/**
 * How latencies are distributed, and how sure one can be of it from a sample.
 *
 *   1 ┤            ┌────     F(x): share of the population at most x. A value that stands for w others (its adjusted count, one over
 *     │       ┌────┘         the rate at which traces are kept) raises the curve w times as high.
 *   0 ┼───────┘
 *
 * Intervals of quantiles are those of order statistics (distribution-free: the number of values below the p-quantile is binomial);
 * the band around the curve is Dvoretzky–Kiefer–Wolfowitz with Massart's constant. For weighted values both take Kish's effective
 * sample size (Σw)² / Σw² in place of n, which is an approximation. Traces kept by chance are a random sample; a page of the
 * slowest ones is not, so callers say what they read.
 */
export interface Ecdf {
  readonly n: number
  /** Kish's effective sample size; n where all weigh the same. */
  readonly effectiveN: number
  /** How many of the population the values stand for; undefined where that is unknown. */
  readonly population: number | undefined
  /** Ascending, each distinct value once. */
  readonly x: Float64Array
  /** F at those values, ascending to 1. */
  readonly f: Float64Array
}

/** `weights` in the order of the values; any of them below 0 is unknown, and then the curve is of the values themselves. */
export function ecdf(values: readonly number[], weights: readonly number[]): Ecdf {
  const n = values.length
  const known = weights.length === n && n > 0 && weights.every((weight) => weight > 0)
  const order = Array.from(values.keys()).sort((a, b) => values[a] - values[b])
  const weightOf = (i: number) => (known ? weights[i] : 1)
  let sum = 0
  let squares = 0
  for (let i = 0; i < n; i++) {
    sum += weightOf(i)
    squares += weightOf(i) ** 2
  }
  const x: number[] = []
  const f: number[] = []
  let below = 0
  order.forEach((i, k) => {
    below += weightOf(i)
    const share = k === n - 1 ? 1 : Math.min(1, below / sum)
    if (x.length > 0 && x[x.length - 1] === values[i]) f[f.length - 1] = share
    else {
      x.push(values[i])
      f.push(share)
    }
  })
  const effective = squares > 0 ? (sum * sum) / squares : 0
  // Equal weights are n exactly, whatever rounding says.
  const effectiveN = Math.abs(effective - n) < 1e-6 * n ? n : effective
  return { n, effectiveN, population: known ? sum : undefined, x: Float64Array.from(x), f: Float64Array.from(f) }
}

/** F(at). */
export function ecdfAt({ x, f }: Ecdf, at: number): number {
  let from = 0
  let to = x.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (x[middle] <= at) from = middle + 1
    else to = middle
  }
  return from === 0 ? 0 : f[from - 1]
}

/** The smallest value with F ≥ p. NaN of nothing. */
export function valueAt({ x, f }: Ecdf, p: number): number {
  let from = 0
  let to = x.length - 1
  while (from < to) {
    const middle = (from + to) >>> 1
    // A rank k of n is k / n only up to rounding.
    if (f[middle] >= p - 1e-12) to = middle
    else from = middle + 1
  }
  return x.length === 0 ? Number.NaN : x[from]
}

export const CONFIDENCE = 0.95
const ALPHA = 1 - CONFIDENCE

export interface Quantile {
  readonly p: number
  readonly value: number
  /** The population's quantile lies within with at least 95 % confidence. */
  readonly low: number
  readonly high: number
}

/** The quantile with its interval; undefined below the sample size that supports it (p99: 299, p95: 59). */
export function quantile(of: Ecdf, p: number): Quantile | undefined {
  const n = Math.floor(of.effectiveN + 1e-9)
  const ranks = intervalRanks(n, p)
  if (ranks === undefined) return undefined
  return { p, value: valueAt(of, p), low: valueAt(of, ranks.low / n), high: valueAt(of, ranks.high / n) }
}

/**
 * Ranks (1-based) of the order statistics that hold the p-quantile between them with at least 95 % confidence. With B values at or below the quantile,
 * B ~ Bin(n, p), X(low) ≤ q ≤ X(high) unless B < low or B ≥ high. Each tail has 2.5 %; where the upper tail of a high quantile cannot be
 * that small with n values, the largest value bounds it and the lower tail gets what is left.
 */
export function intervalRanks(n: number, p: number): { readonly low: number; readonly high: number } | undefined {
  if (n < 1 || !(p > 0 && p < 1)) return undefined
  const below = binomialCdf(n, p)
  const atMost = (k: number) => (k < 0 ? 0 : k >= n ? 1 : below[k])
  // P(B ≥ high) is the upper tail.
  let high = n
  while (high > 1 && 1 - atMost(high - 2) <= ALPHA / 2) high--
  let spent = 1 - atMost(high - 1)
  let low = 1
  while (low < high && atMost(low) <= ALPHA - Math.max(spent, ALPHA / 2)) low++
  if (spent + atMost(low - 1) > ALPHA) {
    // A low quantile, whose lower tail takes all: give the upper one what that leaves.
    low = 1
    high = n
    while (high > 1 && 1 - atMost(high - 2) + atMost(0) <= ALPHA) high--
    spent = 1 - atMost(high - 1)
  }
  return spent + atMost(low - 1) <= ALPHA + 1e-12 ? { low, high } : undefined
}

/** How many values a quantile needs at 95 % confidence. */
export function neededFor(p: number): number {
  const q = Math.max(p, 1 - p)
  let n = Math.max(1, Math.ceil(Math.log(ALPHA) / Math.log(q)))
  while (intervalRanks(n, p) === undefined) n++
  return n
}

/** P(B ≤ k) for k in 0 … n − 1, B ~ Bin(n, p). In logarithms: 0.99^5000 is no problem, 0.01^5000 is. */
function binomialCdf(n: number, p: number): Float64Array {
  const out = new Float64Array(n)
  let logTerm = n * Math.log1p(-p)
  const logOdds = Math.log(p) - Math.log1p(-p)
  let sum = 0
  for (let k = 0; k < n; k++) {
    sum += Math.exp(logTerm)
    out[k] = Math.min(1, sum)
    logTerm += Math.log((n - k) / (k + 1)) + logOdds
  }
  return out
}

/** Half height of the band that holds the whole curve with 95 % confidence; 1 of nothing. */
export function bandHalf(effectiveN: number): number {
  return effectiveN <= 0 ? 1 : Math.min(1, Math.sqrt(Math.log(2 / ALPHA) / (2 * effectiveN)))
}
