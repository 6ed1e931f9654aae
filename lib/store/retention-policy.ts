import type { StoreConfig } from './config.ts'
import type { SliceClass, SliceKind, SliceName } from './slices.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** A time stamp further ahead than this is not believed. */
const FUTURE_MS = 10 * MINUTE

/** How long a slice of each class is, and how old it may become. */
export class RetentionPolicy {
  readonly #config: StoreConfig
  /** Guilds whose data is kept long. Replaced as sizes change. */
  largest: ReadonlySet<string> = new Set()
  largestBy: 'sessions' | 'busy' = 'busy'

  constructor(config: StoreConfig) {
    this.#config = config
  }

  get shortMs(): number {
    return this.#config.retentionMinutes * MINUTE
  }

  get longMs(): number {
    return this.#config.largeRetentionDays * DAY
  }

  classOf(guild: string): 'short' | 'long' {
    return this.largest.has(guild) ? 'long' : 'short'
  }

  /** Milliseconds for which data of a class is kept. */
  keptMs(cls: SliceClass, kind: SliceKind): number {
    if (kind === 'totals') return this.longMs
    // Held slices go when no hold needs them; this is only what a time stamp may claim.
    return cls === 'short' ? this.shortMs : this.longMs
  }

  sliceMs(kind: SliceKind, cls: SliceClass): number {
    if (kind === 'totals') return DAY
    // A sixth of the retention: at most a sixth more is on disk than was asked for.
    if (cls === 'short') return Math.max(MINUTE, Math.min(10 * MINUTE, Math.floor(this.shortMs / 6 / MINUTE) * MINUTE))
    return 6 * HOUR
  }

  /**
   * The slice for something that began at `startMs` and arrived at `arrivalMs`. A time outside what is kept, or far ahead of
   * the clock, is filed under its arrival: whatever a sender claims, the number of slices stays bounded.
   */
  sliceOf(kind: SliceKind, cls: SliceClass, startMs: number, arrivalMs: number): SliceName {
    const believable = startMs >= arrivalMs - this.keptMs(cls, kind) && startMs <= arrivalMs + FUTURE_MS
    const at = believable ? startMs : arrivalMs
    const length = this.sliceMs(kind, cls)
    const sliceStart = Math.floor(at / length) * length
    return { kind, cls, startMs: sliceStart, endMs: sliceStart + length }
  }

  /** Whether everything in the slice is past its time. */
  isOver(name: SliceName, nowMs: number): boolean {
    return name.endMs + this.keptMs(name.cls, name.kind) <= nowMs
  }
}
