import { ACTIONS } from './actions.ts'

const A = ACTIONS.length
/** Upper bounds of the wait histogram, µs: 100 µs · 2^k, to 28 minutes. */
export const WAIT_BOUNDS_US: readonly number[] = Array.from({ length: 25 }, (_, k) => 100 * 2 ** k)
export const WAIT_BUCKETS = WAIT_BOUNDS_US.length + 1

/** The bucket of a wait: counts[k] holds waits ≤ bounds[k], the last one those above. */
export function waitBucket(waitUs: number): number {
  const x = Math.ceil(waitUs / 100)
  return x <= 1 ? 0 : Math.min(WAIT_BUCKETS - 1, 32 - Math.clz32(x - 1))
}

/** What one guild did in one minute, per action. Work is booked when it is complete, arrivals when they arrive. */
export class MinuteTotals {
  readonly minute: number
  readonly arrived = new Float64Array(A)
  readonly count = new Float64Array(A)
  readonly busyUs = new Float64Array(A)
  readonly waitUsTotal = new Float64Array(A)
  readonly waitUsMax = new Float64Array(A)
  readonly depthMax = new Float64Array(A)
  readonly waits = new Uint32Array(A * WAIT_BUCKETS)
  /** Changed since it was last reported. */
  dirty = true

  constructor(minute: number) {
    this.minute = minute
  }
}
