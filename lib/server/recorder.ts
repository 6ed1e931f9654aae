/**
 * Keeps the minutes of suspect guilds when a timings service that somebody else rotates would lose them: copies them into the embedded
 * store, which holds them as it holds what it received itself. Works with no page open.
 */
import type { Failure, Result } from '../base/result.ts'
import { type GuildLoad, MINUTE_MS } from '../model/timings.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import type { IngestAnswer } from '../store/types.ts'

const EVERY_MS = MINUTE_MS
const MOST_PATIENT_MS = 15 * MINUTE_MS
const PATIENCE_MS = 30_000
/** Guilds that are copied in one round, the silent and those that are saturated longest first. */
const MAX_SUSPECTS = 50
/** The busiest others are copied, too: silence is only seen beside guilds that go on reporting. */
const BESIDE = 3
const MAX_SAMPLES = 50_000
/** The newest minutes are copied again: their totals may have grown since. */
const AGAIN_MINUTES = 3
const FLEET_MINUTES = 60

export interface RecorderSettings {
  readonly source: TimingsSource
  readonly ingest: (body: Uint8Array<ArrayBuffer>, format: 'ndjson') => Promise<Result<IngestAnswer>>
  /** A guild is suspect after so many saturated minutes; its minutes from so long before are copied, if the store still takes them. */
  readonly afterMinutes: number
  readonly beforeMinutes: number
  readonly retentionMinutes: number
  readonly now?: () => number
  readonly random?: () => number
}

export class Recorder {
  readonly #settings: RecorderSettings
  readonly #now: () => number
  /** Guild → the minute up to which it was copied. */
  readonly #copied = new Map<string, number>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #quit = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #failures = 0
  #lastOkMs: number | undefined
  #lastFailure: string | undefined
  #guilds = 0
  #samples = 0
  #leftOut = 0

  constructor(settings: RecorderSettings) {
    this.#settings = settings
    this.#now = settings.now ?? Date.now
  }

  start(): void {
    this.#schedule(5_000)
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    this.#quit.abort()
    await this.#running
  }

  /** What it does, for /sources. */
  words(): string {
    const name = this.#settings.source.name
    const does = `Copies the minutes of saturated and silent guilds of ${name} into this instance’s own store every minute, where they are held`
    const done =
      this.#lastOkMs === undefined
        ? 'no round is complete yet'
        : `last ${new Date(this.#lastOkMs).toISOString()}: ${this.#guilds} suspect, ${this.#samples} samples copied since the start`
    const left =
      this.#leftOut === 0 ? '' : ` ${this.#leftOut} more suspects were left out: at most ${MAX_SUSPECTS} are copied.`
    const failed = this.#lastFailure === undefined ? '' : ` It waits longer after a failure: ${this.#lastFailure}`
    return `${does}; ${done}.${left}${failed}`
  }

  #schedule(inMs: number): void {
    if (this.#quit.signal.aborted) return
    this.#timer = setTimeout(() => {
      this.#running = this.round()
        .catch((error: unknown) => this.#fail(error instanceof Error ? error.message : String(error)))
        .then(() => this.#schedule(this.pauseMs()))
    }, inMs)
    this.#timer.unref()
  }

  /** Until the next round: a minute, twice as long after each failure in a row up to a quarter of an hour, with some jitter. */
  pauseMs(): number {
    const pause = Math.min(MOST_PATIENT_MS, EVERY_MS * 2 ** this.#failures)
    return pause * (0.9 + 0.2 * (this.#settings.random ?? Math.random)())
  }

  #fail(what: string): void {
    this.#failures = Math.min(10, this.#failures + 1)
    this.#lastFailure = what
  }

  /** Looks at the fleet once and copies what is suspect. */
  async round(): Promise<void> {
    const signal = AbortSignal.any([this.#quit.signal, AbortSignal.timeout(PATIENCE_MS)])
    const fleet = await this.#settings.source.fleet({ minutes: FLEET_MINUTES, limit: 5_000 }, signal)
    if (!fleet.ok) return this.#failed(fleet.failure)
    const suspects = fleet.value.guilds.filter((guild) => this.#isSuspect(guild))
    this.#leftOut = Math.max(0, suspects.length - MAX_SUSPECTS)
    const chosen = suspects.slice(0, MAX_SUSPECTS)
    const beside =
      chosen.length === 0
        ? []
        : fleet.value.guilds.filter((guild) => guild.busyNow >= 0 && !suspects.includes(guild)).slice(0, BESIDE)
    this.#guilds = chosen.length
    const wanted = new Set([...chosen, ...beside].map((guild) => guild.guildId))
    for (const guild of this.#copied.keys()) if (!wanted.has(guild)) this.#copied.delete(guild)
    for (const guild of [...chosen, ...beside]) {
      const failure = await this.#copy(guild, signal)
      if (failure !== undefined) return this.#failed(failure)
    }
    this.#failures = 0
    this.#lastFailure = undefined
    this.#lastOkMs = this.#now()
  }

  #failed(failure: Failure): void {
    if (!this.#quit.signal.aborted) this.#fail(failure.what)
  }

  #isSuspect(guild: GuildLoad): boolean {
    return guild.silentSinceMs !== undefined || guild.saturatedMinutes >= this.#settings.afterMinutes
  }

  async #copy(guild: GuildLoad, signal: AbortSignal): Promise<Failure | undefined> {
    const { source, ingest, beforeMinutes, retentionMinutes } = this.#settings
    const current = Math.floor(this.#now() / MINUTE_MS)
    const onsetMs = guild.saturatedSinceMs ?? guild.silentSinceMs
    const wanted = (onsetMs === undefined ? current : Math.floor(onsetMs / MINUTE_MS)) - beforeMinutes
    // What the store would drop at once is not asked for.
    const oldest = current - Math.max(1, Math.floor(retentionMinutes) - 1)
    const known = this.#copied.get(guild.guildId)
    const from = Math.max(known === undefined ? wanted : known - AGAIN_MINUTES, oldest)
    const range = { fromMs: from * MINUTE_MS, toMs: (current + 1) * MINUTE_MS }
    const read = await source.samples(guild.guildId, range, MAX_SAMPLES, signal)
    if (!read.ok) return read.failure
    if (read.value.samples.length > 0) {
      const lines = read.value.samples.map(({ minuteMs, ...sample }) =>
        JSON.stringify({ ...sample, minute: new Date(minuteMs).toISOString() }),
      )
      const kept = await ingest(new TextEncoder().encode(lines.join('\n')), 'ndjson')
      if (!kept.ok) return kept.failure
      this.#samples += kept.value.accepted
    }
    this.#copied.set(guild.guildId, current)
    return undefined
  }
}
