import type { StoreConfig } from './config.ts'
import type { Holds } from './holds.ts'
import { NEVER, type Readers } from './readers.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import type { Slice, Slices } from './slices.ts'
import type { SpanIngest } from './span-ingest.ts'
import type { TimingsReader } from './timings-reader.ts'
import type { TimingsWriter } from './timings-writer.ts'
import type { TraceReader } from './trace-reader.ts'

const MINUTE = 60_000
const EVERY_MS = 20_000

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
  /** Runs work while no commit is under way. */
  readonly exclusively: <T>(work: () => Promise<T>) => Promise<T>
}

/** What the store does by itself: finds the largest guilds, holds, and drops what is past its time or over the disk cap. */
export class Maintenance {
  readonly #parts: MaintenanceParts
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false
  readonly notes: string[] = []

  constructor(parts: MaintenanceParts) {
    this.#parts = parts
  }

  async start(): Promise<void> {
    await this.run(Date.now())
    this.#schedule()
  }

  #schedule(): void {
    if (this.#stopped) return
    this.#timer = setTimeout(() => {
      this.run(Date.now()).then(
        () => this.#schedule(),
        (error: unknown) => {
          this.#note(`Maintenance failed: ${error instanceof Error ? error.message : String(error)}`)
          this.#schedule()
        },
      )
    }, EVERY_MS)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  #note(text: string): void {
    this.notes.push(text)
    if (this.notes.length > 20) this.notes.shift()
  }

  async run(nowMs: number): Promise<void> {
    const { policy, slices } = this.#parts
    await this.#look(nowMs)
    for (const slice of slices.all()) if (policy.isOver(slice.name, nowMs)) await this.#drop(slice)
  }

  /** Largest guilds and holds, from the minutes of the last hours. */
  async #look(nowMs: number): Promise<void> {
    const { timings, policy, holds, config } = this.#parts
    const current = Math.floor(nowMs / MINUTE)
    const from = current - Math.min(1440, config.retentionMinutes + 60)
    await timings.refresh(from, current + 1, NEVER)
    const { guilds, newest } = timings.histories(from, current + 1)
    holds.update(guilds, newest, nowMs)
    const sizes = [...timings.sizes(from, current + 1)]
    policy.largestBy = sizes.some(([, size]) => size.sessions >= 0) ? 'sessions' : 'busy'
    const weight = (size: { sessions: number; busyUs: number }) =>
      policy.largestBy === 'sessions' ? size.sessions : size.busyUs
    sizes.sort((a, b) => weight(b[1]) - weight(a[1]) || (a[0] < b[0] ? -1 : 1))
    policy.largest = new Set(sizes.slice(0, config.largestGuilds).map(([guild]) => guild))
  }

  async #drop(slice: Slice): Promise<void> {
    const { slices, spanIngest, traces, exclusively } = this.#parts
    await exclusively(async () => {
      spanIngest.forget(slice)
      traces.forget(slice)
      await slices.drop(slice)
    })
  }
}
