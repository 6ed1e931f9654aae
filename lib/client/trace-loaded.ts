import type { StageLanes } from '../analysis/density.ts'
import type { GroupStats } from '../analysis/fold-stats.ts'
import type { SpanAggregates, TraceTotals } from '../analysis/waterfall-aggregates.ts'
import type { LastPath } from '../analysis/waterfall-last-path.ts'
import type { FoldState, Rows } from '../analysis/waterfall-rows.ts'
import type { Failure } from '../base/result.ts'
import type { Trace } from '../model/span-columns.ts'

/** A trace with everything the waterfall needs for its first picture, made off the main thread. */
export interface LoadedTrace {
  readonly trace: Trace
  readonly aggregates: SpanAggregates
  readonly totals: TraceTotals
  readonly lanes: StageLanes
  readonly path: LastPath
  /** The default fold state and its rows. */
  readonly fold: FoldState
  readonly rows: Rows
  /** Words of the group rows in it that are large, by slot. */
  readonly stats: ReadonlyMap<number, GroupStats>
}

/** From the worker to the page. */
export type WorkerReport =
  | { readonly kind: 'progress'; readonly receivedBytes: number; readonly totalBytes: number | undefined }
  | { readonly kind: 'decoding'; readonly receivedBytes: number }
  | { readonly kind: 'loaded'; readonly loaded: LoadedTrace }
  | { readonly kind: 'failed'; readonly failure: Failure }

/** From the page to the worker, once. */
export interface WorkerTask {
  readonly url: string
  readonly groupThreshold: number
  readonly authorization: string | undefined
}
