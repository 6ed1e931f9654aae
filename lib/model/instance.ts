/** What an instance says about itself on `/sources`. Plain data, shared by the server that makes it and the page that shows it. */

/** One receiver: listening, switched off, or the sentence that says why it does not. */
export interface ReceiverStatus {
  readonly name: 'OTLP/HTTP' | 'OTLP/gRPC' | 'web port'
  readonly port: number
  readonly state: 'listening' | 'off' | 'failed'
  /** What happened and what to try, where `state` is `failed`. */
  readonly sentence?: string
  readonly requests: number
  readonly accepted: number
  readonly rejected: number
  readonly bytes: number
  readonly lastReceivedMs?: number
  readonly lastError?: string
}

/** Figures of the embedded store. */
export interface StoreFigures {
  readonly spansStored: number
  readonly spansPerSecond: number
  readonly timingSamplesStored: number
  readonly pendingBytes: number
  readonly diskBytes: number
  readonly diskCapBytes: number
  readonly slices: number
  /** Newest and oldest span start and timing minute, Unix ms. */
  readonly newestSpanMs?: number
  readonly newestTimingMs?: number
  readonly oldestSpanMs?: number
  readonly oldestTimingMs?: number
  readonly heldGuilds: number
  readonly largestBy: 'sessions' | 'busy'
  readonly lastError?: string
  readonly notes: readonly string[]
}

/** How long what is kept, as configured. */
export interface RetentionSettings {
  readonly minutes: number
  readonly largeDays: number
  readonly largestGuilds: number
  readonly holdHours: number
  readonly diskCapBytes: number
}

/** A source that a reader may choose by its name. */
export interface SourceChoice {
  readonly name: string
  readonly kind: string
  /** What it lacks, as sentences, where that is known: "Zipkin keeps no links". */
  readonly limits: readonly string[]
  /** The same for whoever looks for it and finds nothing. */
  readonly lacks: readonly SourceLack[]
}

/** What some systems do not keep: links of spans, nanoseconds, sampling weights; hourly totals of minutes that have rotated. */
export type SourceLack = 'links' | 'nanoseconds' | 'weights' | 'hours'

/** What can be chosen, and what is asked where nothing was. */
export interface SourceChoices {
  readonly traces: readonly SourceChoice[]
  readonly timings: readonly SourceChoice[]
  readonly defaults: { readonly traces?: string; readonly timings?: string }
}

/** A way out of Guildscope, its address still a template (`lib/base/link-template.ts`). */
export interface LinkOut {
  readonly label: string
  readonly template: string
  /** Only for what this source has; absent: for every trace and guild. */
  readonly source?: string
}
