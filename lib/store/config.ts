import type { AttributeMapping } from '../model/span-batch.ts'

/** What the embedded store is told at start. All of it comes from the validated configuration. */
export interface StoreConfig {
  readonly dataDir: string
  readonly mapping: AttributeMapping
  /** Minutes for which every guild's spans and timings are kept. */
  readonly retentionMinutes: number
  /** Days for which the largest guilds' spans and timings, and everybody's hourly totals, are kept. */
  readonly largeRetentionDays: number
  readonly largestGuilds: number
  /** Bytes the data folder may take before the oldest slices go early. */
  readonly diskCapBytes: number
  readonly holdHours: number
  readonly holdBeforeMinutes: number
  readonly holdAfterSaturatedMinutes: number
  /** DuckDB's memory limit, bytes. */
  readonly memoryLimitBytes: number
}
