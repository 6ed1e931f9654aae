import type { Result } from '../base/result.ts'
import type { FleetAnswer, GuildMinutes, HourlyTotal, Retention } from '../model/timings.ts'
import type { SamplesAnswer } from '../model/timings-reading.ts'
import type { SourceHealth } from './trace-source.ts'

export interface FleetQuery {
  /** End of the window, Unix ms; absent: now. */
  readonly atMs?: number
  /** Window in minutes, 1–1,440. */
  readonly minutes: number
  readonly limit: number
}

export interface MinuteRange {
  readonly fromMs: number
  readonly toMs: number
}

/** A service of guild timings. Every method is bounded, and ends early when `signal` aborts. */
export interface TimingsSource {
  readonly name: string
  /** The fleet, ranked: silent after load first, then by wait (else saturated minutes, then busy). */
  fleet(query: FleetQuery, signal: AbortSignal): Promise<Result<FleetAnswer>>
  minutes(guildId: string, range: MinuteRange, signal: AbortSignal): Promise<Result<GuildMinutes>>
  /** The same answer as JSON in UTF-8, for whoever only passes it on: its many numbers are not copied from thread to thread. */
  minutesJson(guildId: string, range: MinuteRange, signal: AbortSignal): Promise<Result<Uint8Array<ArrayBuffer>>>
  /** The samples as they were sent, for the reading contract. At most `limit`. */
  samples(guildId: string, range: MinuteRange, limit: number, signal: AbortSignal): Promise<Result<SamplesAnswer>>
  /** Hours whose minutes have rotated, where the source keeps totals of them; hours that only touch the range are whole. */
  hours?(guildId: string, range: MinuteRange, signal: AbortSignal): Promise<Result<readonly HourlyTotal[]>>
  retention(guildId: string, signal: AbortSignal): Promise<Result<Retention>>
  health(signal: AbortSignal): Promise<SourceHealth>
}
