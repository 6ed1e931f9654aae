export interface TraceSummary {
  readonly source: string
  readonly traceId: string
  /** Unix ms of the first start (fractional). */
  readonly startMs: number
  readonly durationNs: number
  /** −1: the source does not tell. */
  readonly spanCount: number
  /** −1: the source does not tell. */
  readonly errorCount: number
  /** Name of the root span, or of the earliest span where the root is missing. */
  readonly rootName: string
  readonly rootService: string
  readonly action: string
  readonly guildId?: string
  /** Has a root, no missing parents, and reaches from the client or API stage to the guild (where any span states a stage). */
  readonly complete: boolean
  /** Longest known mailbox wait in it, ns; −1 unknown. */
  readonly waitNs: number
  /** Adjusted count of the trace (1 / head rate); −1 unknown. */
  readonly weight: number
  /** In evidence: whether its spans were frozen, too, or only this row. Absent: live. */
  readonly frozen?: boolean
}

export interface Page<T> {
  readonly items: readonly T[]
  /** How many match, where the source can tell. */
  readonly total?: number
  /** Opaque; pass back to go on. */
  readonly next?: string
  readonly notes: readonly string[]
}

export interface TraceQuery {
  readonly guild?: string
  readonly fromMs?: number
  readonly toMs?: number
  readonly action?: string
  readonly minDurationNs?: number
  readonly completeOnly?: boolean
  readonly sort: 'newest' | 'slowest' | 'longest-wait'
  /** At most 1,000. */
  readonly limit: number
  readonly cursor?: string
}
