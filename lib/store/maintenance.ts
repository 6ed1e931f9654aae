import { formatBytes } from '../base/format.ts'
import { MINUTE_MS } from '../model/timings.ts'
import type { StoreConfig } from './config.ts'
import type { Holds } from './holds.ts'
import type { HourlyTotals } from './hourly-totals.ts'
import { NEVER, type Readers } from './readers.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import { readSamples } from './sample-reader.ts'
import type { Slice, SliceName, Slices } from './slices.ts'
import { copyParts, keptParts } from './span-copier.ts'
import type { SpanIngest } from './span-ingest.ts'
import type { TimingsReader } from './timings-reader.ts'
import { COMPACT_SAMPLES } from './timings-schema.ts'
import type { TimingsWriter } from './timings-writer.ts'
import type { TraceReader } from './trace-reader.ts'

const EVERY_MS = 15_000
/** After timings have arrived, findings (holds) are looked for so soon. */
const SOON_MS = 2_000
/** A slice is compacted so long after its time, when few samples still come for it. */
const SETTLED_MS = 10 * MINUTE_MS
const MAX_NOTES = 20

export interface MaintenanceParts {
  readonly config: StoreConfig
  readonly slices: Slices
  readonly readers: Readers
  readonly policy: RetentionPolicy
  readonly holds: Holds
  readonly timings: TimingsReader
  readonly timingsWriter: TimingsWriter
  readonly spanIngest: SpanIngest
  readonly traces: TraceReader
  readonly totals: HourlyTotals
  /** Runs work while no commit is under way. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>
}

/** What the store does by itself: finds the largest guilds, holds, and drops what is past its time or over the disk cap. */
export class Maintenance {
  readonly notes: string[] = []
  readonly #parts: MaintenanceParts
  #timer: ReturnType<typeof setTimeout> | undefined
  #running: Promise<void> = Promise.resolve()
  #stopped = false
  #started = false

  constructor(parts: MaintenanceParts) {
    this.#parts = parts
  }

  start(): void {
    this.#started = true
    this.#schedule(0)
  }

  /** Timings have arrived: look at them before long. */
  soon(): void {
    if (this.#started) this.#schedule(SOON_MS)
  }

  #due = Number.POSITIVE_INFINITY

  #schedule(inMs: number): void {
    const due = performance.now() + inMs
    if (this.#stopped || due >= this.#due) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => {
      this.#due = Number.POSITIVE_INFINITY
      this.run(Date.now())
        .catch((error: unknown) =>
          this.#note(`Maintenance failed: ${error instanceof Error ? error.message : String(error)}`),
        )
        .finally(() => this.#schedule(EVERY_MS))
    }, inMs)
  }

  /** No further run starts; resolves when the one under way is done. */
  stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    return this.#running
  }

  #note(text: string): void {
    if (this.notes.at(-1) === text) return
    this.notes.push(text)
    if (this.notes.length > MAX_NOTES) this.notes.shift()
  }

  run(nowMs: number): Promise<void> {
    const work = () => this.#run(nowMs)
    const next = this.#running.then(work, work)
    this.#running = next.catch(() => undefined)
    return next
  }

  async #run(nowMs: number): Promise<void> {
    const { policy, slices, totals, exclusively } = this.#parts
    await this.#recall(nowMs)
    await this.#look(nowMs)
    await totals.run(nowMs, exclusively)
    for (const slice of slices.all()) {
      if (this.#stopped) return
      if (slice.name.cls === 'held' ? this.#isUnheld(slice) : policy.isOver(slice.name, nowMs)) {
        await this.#rescue(slice, nowMs)
        await this.#drop(slice)
      } else await this.#settle(slice, nowMs)
    }
    await this.#obeyCap(nowMs)
  }

  #recalled = false

  /** Once after a start: attaches every slice, which counts its rows, and learns from it what stands in memory otherwise. */
  async #recall(nowMs: number): Promise<void> {
    const { slices, readers, spanIngest, timingsWriter } = this.#parts
    if (this.#recalled) return
    for (const slice of slices.all()) {
      if (this.#stopped) return
      const work = slices.withOne(slice, async (open) => {
        if (open.name.kind === 'traces')
          await readers.borrow(NEVER, (connection) => spanIngest.recall(connection, open, nowMs))
        else if (open.name.kind === 'timings') timingsWriter.recall(open, nowMs)
      })
      // A slice that cannot be read must not keep the others from rotating.
      await work.catch((error: unknown) =>
        this.#note(`${slice.path} could not be read: ${error instanceof Error ? error.message : String(error)}`),
      )
    }
    this.#recalled = true
  }

  /** Largest guilds and holds, from the minutes of the last hours. */
  async #look(nowMs: number): Promise<void> {
    const { timings, policy, holds, config, totals } = this.#parts
    const current = Math.floor(nowMs / MINUTE_MS)
    const from = current - Math.min(1440, config.retentionMinutes + 60)
    await timings.refresh(from, current + 1, NEVER)
    const { guilds, newest } = timings.histories(from, current + 1)
    holds.update(guilds, newest, nowMs)
    const sizes = timings.sizes(from, current + 1)
    const known = [...sizes].filter(([, size]) => size.sessions >= 0)
    let ranked: [string, number][] = known.map(([guild, size]) => [guild, size.sessions])
    policy.largestBy = known.length > 0 ? 'sessions' : 'busy'
    if (known.length === 0) {
      const busy = await totals.busy(nowMs - 1440 * MINUTE_MS)
      for (const [guild, size] of sizes) busy.set(guild, (busy.get(guild) ?? 0) + size.busyUs)
      ranked = [...busy]
    }
    ranked.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    policy.largest = new Set(ranked.slice(0, config.largestGuilds).map(([guild]) => guild))
  }

  #isUnheld(slice: Slice): boolean {
    const until = Math.max(slice.name.endMs, slice.contentToMs + 1)
    return !this.#parts.holds.list().some((hold) => hold.fromMs < until)
  }

  /** Where something of a guild goes when its slice goes; `undefined`: nowhere. */
  #refuge(
    kind: 'traces' | 'timings',
    from: Slice,
    guild: string,
    startMs: number,
    nowMs: number,
  ): SliceName | undefined {
    const { policy, holds } = this.#parts
    const hold = holds.of(guild)
    if (hold !== undefined && startMs >= hold.fromMs && startMs < hold.untilMs && from.name.cls !== 'held')
      return policy.sliceOf(kind, 'held', startMs, nowMs)
    if (from.name.cls === 'short' && policy.classOf(guild) === 'long')
      return policy.sliceOf(kind, 'long', startMs, nowMs)
    return undefined
  }

  /** Copies out of a slice what outlives it. */
  async #rescue(slice: Slice, nowMs: number): Promise<void> {
    const { slices } = this.#parts
    if (slice.name.kind === 'traces') await slices.withOne(slice, (open) => this.#rescueTraces(open, nowMs))
    if (slice.name.kind === 'timings') await slices.withOne(slice, (open) => this.#rescueTimings(open, nowMs))
  }

  async #rescueTraces(slice: Slice, nowMs: number): Promise<void> {
    const { readers, slices, spanIngest, exclusively } = this.#parts
    await readers.borrow(NEVER, async (connection) => {
      const refuge = (guild: string, startMs: number) => this.#refuge('traces', slice, guild, startMs, nowMs)
      const parts = await keptParts(connection, slice, (guild, startMs) => refuge(guild, startMs) !== undefined)
      if (parts.length === 0) return
      await copyParts(
        connection,
        spanIngest.writer,
        slice,
        parts,
        (part) =>
          slices.obtain(
            refuge(part.guild, part.startMs) ?? this.#parts.policy.sliceOf('traces', 'held', part.startMs, nowMs),
          ),
        (target, work) => exclusively(() => slices.withOne(target, work)),
      )
    })
  }

  async #rescueTimings(slice: Slice, nowMs: number): Promise<void> {
    const { readers, timingsWriter, exclusively } = this.#parts
    const rows = await readers.borrow(NEVER, (connection) =>
      readSamples(connection, [slice], { from: 0, to: 0xffff_ffff, maxRows: Number.MAX_SAFE_INTEGER }),
    )
    const targets = new Map<string, { name: SliceName; rows: number[] }>()
    for (let i = 0; i < rows.count; i++) {
      const guild = rows.guilds.strings[rows.guild[i]]
      const name = this.#refuge('timings', slice, guild, rows.minute[i] * MINUTE_MS, nowMs)
      if (name === undefined) continue
      const key = `${name.cls}/${name.startMs}`
      const target = targets.get(key)
      if (target === undefined) targets.set(key, { name, rows: [i] })
      else target.rows.push(i)
    }
    for (const target of targets.values()) await exclusively(() => timingsWriter.copy(target.name, rows, target.rows))
  }

  async #drop(slice: Slice): Promise<void> {
    const { slices, spanIngest, traces, exclusively } = this.#parts
    await exclusively(async () => {
      spanIngest.forget(slice)
      traces.forget(slice)
      await slices.drop(slice)
    })
  }

  /** A slice whose time is over: checkpointed, and timings without their replaced rows. */
  async #settle(slice: Slice, nowMs: number): Promise<void> {
    const { slices, readers, exclusively } = this.#parts
    if (!slice.dirty || slice.name.endMs + SETTLED_MS > nowMs) return
    if (slice.name.kind === 'timings')
      await slices.withOne(slice, (open) =>
        readers.borrow(NEVER, (connection) => slices.compact(open, COMPACT_SAMPLES, connection, exclusively)),
      )
    await exclusively(() => slices.checkpoint(slice))
  }

  /** Over the cap, the oldest slices go before their time; held ones last, and never the ones that are being written. */
  async #obeyCap(nowMs: number): Promise<void> {
    const { slices, config } = this.#parts
    let bytes = slices.diskBytes()
    if (bytes <= config.diskCapBytes) return
    const past = slices.all().filter((slice) => slice.name.endMs <= nowMs && slice.name.kind !== 'totals')
    past.sort(
      (a, b) => Number(a.name.cls === 'held') - Number(b.name.cls === 'held') || a.name.startMs - b.name.startMs,
    )
    let dropped = 0
    for (const slice of past) {
      if (bytes <= config.diskCapBytes) break
      if (slice.name.cls === 'short') await this.#rescue(slice, nowMs)
      await this.#drop(slice)
      dropped++
      bytes = slices.diskBytes()
    }
    if (dropped > 0)
      this.#note(
        `${dropped} ${dropped === 1 ? 'slice' : 'slices'} went before their time on ${new Date(nowMs).toISOString()}, because the data folder was over its cap of ${formatBytes(config.diskCapBytes)}.`,
      )
  }
}
