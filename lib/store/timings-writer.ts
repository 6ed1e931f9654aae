import type { TimingsBatch } from '../model/timings-batch.ts'
import { appendRows } from './append.ts'
import type { ColumnData } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice, SliceName, Slices } from './slices.ts'
import { SAMPLE_COLUMNS } from './timings-schema.ts'

const MINUTE = 60_000

/** Files timings into slices. One write at a time. */
export class TimingsWriter {
  readonly #slices: Slices
  readonly #connection: DuckConnection
  readonly #policy: RetentionPolicy
  /** Called with each Unix minute that was written to. */
  readonly #onMinute: (minute: number) => void
  #seq = Date.now() * 1000
  newestMs: number | undefined

  constructor(slices: Slices, connection: DuckConnection, policy: RetentionPolicy, onMinute: (minute: number) => void) {
    this.#slices = slices
    this.#connection = connection
    this.#policy = policy
    this.#onMinute = onMinute
  }

  /** Durable when it resolves. */
  async write(batches: readonly TimingsBatch[], nowMs: number): Promise<void> {
    // The clock in µs: later writes count more, across restarts too.
    this.#seq = Math.max(this.#seq, nowMs * 1000)
    const groups = new Map<string, { name: SliceName; rows: { batch: TimingsBatch; row: number; seq: number }[] }>()
    const minutes = new Set<number>()
    for (const batch of batches) {
      for (let row = 0; row < batch.rows; row++) {
        const cls = this.#policy.classOf(batch.strings[batch.guildId[row]])
        const name = this.#policy.sliceOf('timings', cls, batch.minuteMs[row], nowMs)
        const key = `${name.cls}/${name.startMs}`
        let group = groups.get(key)
        if (group === undefined) {
          group = { name, rows: [] }
          groups.set(key, group)
        }
        group.rows.push({ batch, row, seq: this.#seq++ })
        minutes.add(batch.minuteMs[row] / MINUTE)
        if (batch.minuteMs[row] <= nowMs && (this.newestMs === undefined || batch.minuteMs[row] > this.newestMs))
          this.newestMs = batch.minuteMs[row]
      }
    }
    for (const { name, rows } of groups.values()) {
      const slice = this.#slices.obtain(name)
      const done = await this.#slices.withOne(slice, (open) => this.#writeSlice(open, rows))
      if (done === undefined) throw new Error(`The slice ${slice.path} could not be opened.`)
    }
    for (const minute of minutes) this.#onMinute(minute)
  }

  async #writeSlice(
    slice: Slice,
    rows: readonly { readonly batch: TimingsBatch; readonly row: number; readonly seq: number }[],
  ): Promise<boolean> {
    slice.strings ??= await SliceStrings.load(this.#connection, slice)
    const { strings } = slice
    const text = (pick: (batch: TimingsBatch) => Uint32Array) =>
      Uint32Array.from(rows, ({ batch, row }) => strings.id(batch.strings[pick(batch)[row]]))
    const f64 = (pick: (batch: TimingsBatch) => Float64Array) =>
      Float64Array.from(rows, ({ batch, row }) => pick(batch)[row])
    const data: ColumnData[] = [
      Float64Array.from(rows, ({ seq }) => seq),
      Uint32Array.from(rows, ({ batch, row }) => batch.minuteMs[row] / MINUTE),
      text((batch) => batch.guildId),
      text((batch) => batch.guildNameId),
      text((batch) => batch.nodeId),
      text((batch) => batch.actionId),
      f64((batch) => batch.measures.busyUs),
      f64((batch) => batch.measures.count),
      f64((batch) => batch.measures.waitUsTotal),
      f64((batch) => batch.measures.waitUsMax),
      f64((batch) => batch.measures.arrived),
      f64((batch) => batch.measures.mailboxDepthMax),
      f64((batch) => batch.sessions),
      rows.map(({ batch, row }) => histogramBytes(batch, row)),
    ]
    try {
      await this.#connection.transaction(async () => {
        appendRows(this.#connection, slice.catalog, 'samples', SAMPLE_COLUMNS, data, rows.length)
        strings.append(this.#connection, slice)
      })
    } catch (error) {
      slice.strings = undefined
      throw error
    }
    strings.committed()
    slice.rows = (slice.rows ?? 0) + rows.length
    slice.dirty = true
    return true
  }
}

const NO_HISTOGRAM = new Uint8Array(0)

function histogramBytes(batch: TimingsBatch, row: number): Uint8Array {
  const { boundsEnd, countsEnd, boundsUs, counts } = batch.histogram
  const from = row === 0 ? 0 : boundsEnd[row - 1]
  const countsFrom = row === 0 ? 0 : countsEnd[row - 1]
  if (countsEnd[row] === countsFrom) return NO_HISTOGRAM
  const both = new Float64Array(boundsEnd[row] - from + countsEnd[row] - countsFrom)
  both.set(boundsUs.subarray(from, boundsEnd[row]))
  both.set(counts.subarray(countsFrom, countsEnd[row]), boundsEnd[row] - from)
  return new Uint8Array(both.buffer)
}
