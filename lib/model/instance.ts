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
