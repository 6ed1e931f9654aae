import type { SampleRows } from '../analysis/timings/sample-rows.ts'
import { type HourlyTotal, MINUTE_MS } from '../model/timings.ts'
import { appendRows } from './append.ts'
import type { ColumnData } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { type Cancel, NEVER, type Readers } from './readers.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import { readSamples } from './sample-reader.ts'
import { encodeText } from './slice-strings.ts'
import type { Slice, Slices } from './slices.ts'
import { TOTAL_COLUMNS } from './totals-schema.ts'

const HOUR_MINUTES = 60
/** Samples added up at once. */
const MAX_SAMPLES = 4_000_000

/**
 * Adds minutes up to hours shortly before they rotate. Works through time in pieces as long as a short slice; how far it got
 * stands in the same file and transaction as the totals, so that nothing is added twice.
 */
export class HourlyTotals {
  readonly #slices: Slices
  readonly #readers: Readers
  readonly #policy: RetentionPolicy
  readonly #connection: DuckConnection
  /** Unix minute up to which everything is added up. */
  #upTo: number | undefined

  constructor(slices: Slices, readers: Readers, policy: RetentionPolicy, connection: DuckConnection) {
    this.#slices = slices
    this.#readers = readers
    this.#policy = policy
    this.#connection = connection
  }

  /** Adds up what is about to rotate. `exclusively` keeps commits away while totals are written. */
  async run(nowMs: number, exclusively: <T>(work: () => Promise<T>) => Promise<T>): Promise<void> {
    const piece = this.#policy.sliceMs('timings', 'short') / MINUTE_MS
    const kept = this.#policy.shortMs / MINUTE_MS
    // Late samples are welcome until one piece before the minutes rotate.
    const end = Math.floor((Math.floor(nowMs / MINUTE_MS) - Math.max(1, kept - piece)) / piece) * piece
    let from = (await this.#known()) ?? Math.floor(this.#oldest() / MINUTE_MS / piece) * piece
    if (!Number.isFinite(from)) return
    // After a long stop most of the time has nothing in it.
    from = Math.max(from, end - this.#policy.longMs / MINUTE_MS)
    while (from < end) {
      const to = Math.min(end, from + piece, from + HOUR_MINUTES - (from % HOUR_MINUTES))
      if (this.#slices.list('timings', from * MINUTE_MS, to * MINUTE_MS).length > 0) {
        const [start, rows] = [from, await this.#read(from, to)]
        await exclusively(() => this.#write(rows, start, to, nowMs))
      }
      from = to
      this.#upTo = to
    }
  }

  /** Totals of [fromMs, toMs), hours that have begun to rotate only. */
  async read(guild: string, fromMs: number, toMs: number, cancel: Cancel = NEVER): Promise<HourlyTotal[]> {
    const totals: HourlyTotal[] = []
    await this.#slices.withAll(this.#slices.list('totals', fromMs, toMs), (open) =>
      this.#readers.borrow(cancel, async (connection) => {
        for (const slice of open)
          await connection.stream(
            `SELECT hour, action, sum(busy_us), coalesce(sum(handled) FILTER (handled >= 0), -1), coalesce(sum(wait_us_total) FILTER (wait_us_total >= 0), -1), coalesce(sum(arrived) FILTER (arrived >= 0), -1), any_value(guild) FROM ${slice.catalog}.totals GROUP BY hour, guild, action ORDER BY hour, action`,
            ['u32', 'text', 'f64', 'f64', 'f64', 'f64', 'text'],
            (chunk) => {
              const [actions, guilds] = [chunk.texts(1), chunk.texts(6)]
              for (let i = 0; i < chunk.rows; i++) {
                const hourMs = chunk.u32(0)[i] * HOUR_MINUTES * MINUTE_MS
                if (guilds[i] !== guild || hourMs < fromMs || hourMs >= toMs) continue
                const [busyUs, count, waitUsTotal, arrived] = [2, 3, 4, 5].map((column) => chunk.f64(column)[i])
                totals.push({ hourMs, guild, action: actions[i], busyUs, count, waitUsTotal, arrived })
              }
              return true
            },
          )
      }),
    )
    return totals
  }

  /** Busy time per guild over the last `hours`, for ranking guilds by size. */
  async busy(fromMs: number): Promise<Map<string, number>> {
    const busy = new Map<string, number>()
    await this.#slices.withAll(this.#slices.list('totals', fromMs, Number.POSITIVE_INFINITY), (open) =>
      this.#readers.borrow(NEVER, async (connection) => {
        for (const slice of open)
          await connection.stream(
            `SELECT guild, sum(busy_us) FROM ${slice.catalog}.totals WHERE hour >= ${Math.floor(fromMs / 3_600_000)} GROUP BY guild`,
            ['text', 'f64'],
            (chunk) => {
              chunk.texts(0).forEach((guild, i) => {
                busy.set(guild, (busy.get(guild) ?? 0) + chunk.f64(1)[i])
              })
              return true
            },
          )
      }),
    )
    return busy
  }

  async #known(): Promise<number | undefined> {
    if (this.#upTo !== undefined) return this.#upTo
    let upTo = Number.NaN
    for (const slice of this.#slices.list('totals')) {
      const value = await this.#slices.withOne(slice, (open) =>
        this.#readers.borrow(NEVER, (connection) =>
          connection.number(`SELECT max(up_to_minute)::DOUBLE FROM ${open.catalog}.summed`),
        ),
      )
      if (value !== undefined && !(value <= upTo)) upTo = value
    }
    this.#upTo = Number.isNaN(upTo) ? undefined : upTo
    return this.#upTo
  }

  #oldest(): number {
    let oldest = Number.POSITIVE_INFINITY
    for (const slice of this.#slices.list('timings')) oldest = Math.min(oldest, slice.contentFromMs)
    return oldest
  }

  #read(from: number, to: number): Promise<SampleRows> {
    return this.#slices.withAll(this.#slices.list('timings', from * MINUTE_MS, to * MINUTE_MS), (open) =>
      this.#readers.borrow(NEVER, (connection) => readSamples(connection, open, { from, to, maxRows: MAX_SAMPLES })),
    )
  }

  async #write(rows: SampleRows, from: number, to: number, nowMs: number): Promise<void> {
    const hour = Math.floor(from / HOUR_MINUTES)
    const keys = new Map<string, { guild: string; action: string; values: number[] }>()
    for (let i = 0; i < rows.count; i++) {
      const key = `${rows.guild[i]}/${rows.action[i]}`
      let sum = keys.get(key)
      if (sum === undefined) {
        sum = {
          guild: rows.guilds.strings[rows.guild[i]],
          action: rows.actions.strings[rows.action[i]],
          values: [0, -1, -1, -1],
        }
        keys.set(key, sum)
      }
      // busy, count, wait total, arrived
      for (const [at, column] of [0, 1, 2, 4].entries()) {
        const value = rows.values[column][i]
        if (value >= 0) sum.values[at] = Math.max(0, sum.values[at]) + value
      }
    }
    const sums = [...keys.values()]
    const name = this.#policy.sliceOf('totals', 'long', from * MINUTE_MS, nowMs)
    await this.#slices.withOne(this.#slices.obtain(name), async (slice: Slice) => {
      const data: ColumnData[] = [
        new Uint32Array(sums.length).fill(hour),
        sums.map((sum) => encodeText(sum.guild)),
        sums.map((sum) => encodeText(sum.action)),
        ...[0, 1, 2, 3].map((at) => Float64Array.from(sums, (sum) => sum.values[at])),
      ]
      await this.#connection.transaction(async () => {
        appendRows(this.#connection, slice.catalog, 'totals', TOTAL_COLUMNS, data, sums.length)
        await this.#connection.step(`INSERT INTO ${slice.catalog}.summed VALUES (${to})`)
      })
      slice.rows = (slice.rows ?? 0) + sums.length
      slice.contains(hour * HOUR_MINUTES * MINUTE_MS, hour * HOUR_MINUTES * MINUTE_MS)
      slice.dirty = true
    })
  }
}
