/** First index in [from, to) whose value is ≥ x; `to` when there is none. `values` ascends over that range. */
export function lowerBound(values: ArrayLike<number>, x: number, from = 0, to = values.length): number {
  while (from < to) {
    const middle = (from + to) >>> 1
    if (values[middle] < x) from = middle + 1
    else to = middle
  }
  return from
}

/** First index in [from, to) whose value is > x; `to` when there is none. `values` ascends over that range. */
export function upperBound(values: ArrayLike<number>, x: number, from = 0, to = values.length): number {
  while (from < to) {
    const middle = (from + to) >>> 1
    if (values[middle] <= x) from = middle + 1
    else to = middle
  }
  return from
}
