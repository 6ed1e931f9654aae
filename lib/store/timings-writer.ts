import type { SampleRows } from '../analysis/timings/sample-rows.ts'
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
        this.#noteTime(batch.minuteMs[row], nowMs)
      }
    }
    for (const { name, rows } of groups.values()) {
      const slice = this.#slices.obtain(name)
      const done = await this.#slices.withOne(slice, (open) => this.#writeSlice(open, rows))
      if (done === undefined) throw new Error(`The slice ${slice.path} could not be opened.`)
    }
    for (const minute of minutes) this.#onMinute(minute)
  }

  /** After a start: what an attached slice says about the newest minute. */
  recall(slice: Slice, nowMs: number): void {
    this.#noteTime(slice.contentToMs, nowMs)
  }

  #noteTime(minuteMs: number, nowMs: number): void {
    if (minuteMs > nowMs || (this.newestMs !== undefined && minuteMs <= this.newestMs)) return
    if (Number.isFinite(minuteMs)) this.newestMs = minuteMs
  }

  /** Writes samples that were read from another slice, with the sequence numbers they had. */
  async copy(name: SliceName, rows: SampleRows, chosen: readonly number[]): Promise<void> {
    const batch = batchOf(rows)
    const slice = this.#slices.obtain(name)
    const written = chosen.map((row) => ({ batch, row, seq: rows.seq[row] }))
    const done = await this.#slices.withOne(slice, (open) => this.#writeSlice(open, written))
    if (done === undefined) throw new Error(`The slice ${slice.path} could not be opened.`)
  }

  async #writeSlice(
    slice: Slice,
    rows: readonly { readonly batch: TimingsBatch; readonly row: number; readonly seq: number }[],
  ): Promise<boolean> {
    const strings = await SliceStrings.of(this.#connection, slice)
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
    for (const { batch, row } of rows) slice.contains(batch.minuteMs[row], batch.minuteMs[row])
    slice.dirty = true
    return true
  }
}

/** Rows as a batch: the inverse of reading it. */
function batchOf(rows: SampleRows): TimingsBatch {
  const strings = ['']
  const table = (texts: readonly string[]) => {
    const base = strings.length
    strings.push(...texts)
    return base
  }
  const [guilds, nodes, actions] = [table(rows.guilds.strings), table(rows.nodes.strings), table(rows.actions.strings)]
  const names = rows.guilds.strings.map((guild) => {
    const name = rows.guildNames.get(guild)
    return name === undefined ? 0 : strings.push(name) - 1
  })
  const [busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax, sessions] = rows.values
  const boundsEnd = new Uint32Array(rows.count)
  const countsEnd = new Uint32Array(rows.count)
  const bounds: number[] = []
  const counts: number[] = []
  for (let i = 0; i < rows.count; i++) {
    const histogram = rows.histograms.get(i)
    if (histogram !== undefined) {
      bounds.push(...histogram.boundsUs)
      counts.push(...histogram.counts)
    }
    boundsEnd[i] = bounds.length
    countsEnd[i] = counts.length
  }
  return {
    rows: rows.count,
    strings,
    guildId: rows.guild.map((id) => guilds + id),
    guildNameId: rows.guild.map((id) => names[id]),
    nodeId: rows.node.map((id) => nodes + id),
    actionId: rows.action.map((id) => actions + id),
    minuteMs: Float64Array.from(rows.minute, (minute) => minute * MINUTE),
    measures: { busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax },
    sessions,
    histogram: { boundsEnd, countsEnd, boundsUs: Float64Array.from(bounds), counts: Float64Array.from(counts) },
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
