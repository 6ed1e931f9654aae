/** A wait histogram: counts[k] holds the waits ≤ boundsUs[k], the last of the counts those above every bound. */
export interface Histogram {
  readonly boundsUs: readonly number[]
  readonly counts: readonly number[]
}

/** As stored: little-endian f64, n bounds and n + 1 counts. `undefined`: none. */
export function readHistogram(bytes: Uint8Array): Histogram | undefined {
  if (bytes.length < 8 || bytes.length % 16 !== 8) return undefined
  const values = new Float64Array(bytes.slice().buffer)
  const bounds = (values.length - 1) / 2
  return { boundsUs: [...values.subarray(0, bounds)], counts: [...values.subarray(bounds)] }
}

/** Adds histograms. Where bounds differ, the result has all bounds and a bucket's count stands at its own upper bound. */
export function mergeHistograms(a: Histogram | undefined, b: Histogram): Histogram {
  if (a === undefined) return b
  if (a.boundsUs.length === b.boundsUs.length && a.boundsUs.every((bound, i) => bound === b.boundsUs[i]))
    return { boundsUs: a.boundsUs, counts: a.counts.map((count, i) => count + b.counts[i]) }
  const boundsUs = [...new Set([...a.boundsUs, ...b.boundsUs])].sort((x, y) => x - y)
  const counts = new Array<number>(boundsUs.length + 1).fill(0)
  for (const each of [a, b])
    each.counts.forEach((count, i) => {
      const at = i < each.boundsUs.length ? boundsUs.indexOf(each.boundsUs[i]) : boundsUs.length
      counts[at] += count
    })
  return { boundsUs, counts }
}

/**
 * The wait below which a share of the messages stayed, µs: linear inside a bucket. −1 where the histogram cannot tell: it is empty, or
 * the answer lies above its highest bound, which may be any time above it.
 */
export function quantileUs(histogram: Histogram, share: number): number {
  const total = totalOf(histogram)
  if (total === 0) return -1
  const target = share * total
  let below = 0
  for (let i = 0; i < histogram.boundsUs.length; i++) {
    const count = histogram.counts[i]
    if (count > 0 && below + count >= target) {
      const low = i === 0 ? 0 : histogram.boundsUs[i - 1]
      return low + (histogram.boundsUs[i] - low) * ((target - below) / count)
    }
    below += count
  }
  return -1
}

/** The highest bound, where the median lies above it: all that is known of it then, µs. −1 otherwise. */
export function medianAtLeastUs(histogram: Histogram): number {
  if (totalOf(histogram) === 0 || quantileUs(histogram, 0.5) >= 0) return -1
  return histogram.boundsUs.at(-1) ?? 0
}

function totalOf(histogram: Histogram): number {
  let total = 0
  for (const count of histogram.counts) total += count
  return total
}
