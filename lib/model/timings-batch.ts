import type { Measure } from './timings.ts'

/**
 * What one timings request holds, as columns: the boundary between parsing (`timings-parse.ts`) and storing.
 * A row states the total so far for (guild, minute, node, action). Several rows of a batch can share that key: the last one counts.
 */
export interface TimingsBatch {
  /** Rows. (The measure `count`, how many messages were handled, is `measures.count`.) */
  readonly rows: number
  /** Strings of this batch; entry 0 is '' and stands for "absent". */
  readonly strings: readonly string[]
  /** Ids into `strings`. Guild and action are never 0. */
  readonly guildId: Uint32Array
  readonly guildNameId: Uint32Array
  readonly nodeId: Uint32Array
  readonly actionId: Uint32Array
  /** Start of the minute, Unix milliseconds; a multiple of 60,000. */
  readonly minuteMs: Float64Array
  /** Each finite and ≥ 0, or −1 where not stated. `busyUs` is always stated; it may exceed a minute. */
  readonly measures: Readonly<Record<Measure, Float64Array>>
  /** Connected sessions at the time; −1: not stated. */
  readonly sessions: Float64Array
  /**
   * Histograms of the mailbox wait, flat: row i has the bounds boundsUs[boundsEnd[i−1] .. boundsEnd[i]) and the counts
   * counts[countsEnd[i−1] .. countsEnd[i]), both empty where none is stated. Bounds ascend (µs); where there are counts, there is
   * one more of them than bounds: counts[k] holds the waits ≤ bounds[k], the last one the waits above every bound.
   */
  readonly histogram: {
    readonly boundsEnd: Uint32Array
    readonly countsEnd: Uint32Array
    readonly boundsUs: Float64Array
    readonly counts: Float64Array
  }
}

/** Samples of one request that were refused for the same reason. */
export interface RejectedSamples {
  readonly count: number
  readonly reason: string
  /** The start of one of them, for the sender's eyes. */
  readonly example?: string
}

export interface ParsedTimings {
  readonly batch: TimingsBatch
  readonly rejected: readonly RejectedSamples[]
}
