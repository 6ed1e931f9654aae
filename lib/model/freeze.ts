/** What is asked for when evidence is frozen, and how it goes on. Plain data, shared by page and server. */
import type { Severity, Side, ViewLink } from './incident.ts'

/** A flame graph to keep exactly as the view shows it, beside those of the whole range. */
export interface FlameToKeep {
  readonly guildId: string
  readonly fromMs: number
  readonly toMs: number
  readonly action?: string
  readonly scope: 'guild' | 'trace'
}

/** By name, as the view chose them; absent: the defaults. */
export interface SourcesChosen {
  readonly source?: string | undefined
  readonly timings?: string | undefined
}

export interface FreezeRequest extends SourcesChosen {
  readonly title: string
  readonly severity: Severity
  readonly view: ViewLink
  /** One to four. */
  readonly sides: readonly Side[]
  readonly baselines: readonly ('hour' | 'day' | 'week')[]
  readonly flames: readonly FlameToKeep[]
  /** Chosen by hand. */
  readonly traceIds: readonly string[]
  /** Per side: how many of the slowest, of those that waited longest, and of a random sample of all. */
  readonly slowest: number
  readonly longestWait: number
  readonly sample: number
}

export interface PinRequest extends SourcesChosen {
  readonly traceIds: readonly string[]
  readonly flames: readonly FlameToKeep[]
}

export type FreezeProgress =
  | { readonly state: 'running'; readonly done: number; readonly total: number; readonly words: string }
  | { readonly state: 'done'; readonly incidentId: string; readonly missing: number }
  | { readonly state: 'cancelled' }
  | { readonly state: 'failed'; readonly what: string; readonly tryThis: string }

/** At most so many traces are kept per freeze, and so many spans in all. */
export const FREEZE_TRACES_MAX = 500
export const FREEZE_SPANS_MAX = 3_000_000
