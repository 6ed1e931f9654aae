import type { SpanBatch } from '../model/span-batch.ts'
import type { DuckConnection } from './duck.ts'
import { groupSpans, type Parts } from './group-spans.ts'
import type { RetentionPolicy } from './retention-policy.ts'
import type { Slice, SliceName, Slices } from './slices.ts'
import type { SpanWriter } from './span-writer.ts'

/** Guilds of recent traces: a part that names none belongs to the guild its trace named before. */
const REMEMBERED_TRACES = 50_000
/** A span that claims to begin further ahead of the clock than this does not count as the newest. */
const AHEAD_MS = 60_000

/** Files the spans of a commit window into slices. */
export class SpanIngest {
  readonly #slices: Slices
  readonly #writer: SpanWriter
  readonly #policy: RetentionPolicy
  readonly #guildOfTrace = new Map<bigint, string>()
  /** Newest start written per guild, Unix ms; for the fleet list. */
  readonly lastTraceMs = new Map<string, number>()
  written = 0
  newestMs: number | undefined

  constructor(slices: Slices, writer: SpanWriter, policy: RetentionPolicy) {
    this.#slices = slices
    this.#writer = writer
    this.#policy = policy
  }

  /** Writes a window; durable when it resolves. */
  async write(batches: readonly SpanBatch[], nowMs: number): Promise<void> {
    const parts = groupSpans(batches)
    const groups = new Map<string, { name: SliceName; members: number[] }>()
    for (let p = 0; p < parts.count; p++) {
      this.#rememberGuild(parts, p)
      const startMs = Number(parts.startNs[p] / 1_000_000n)
      const name = this.#policy.sliceOf('traces', this.#classOf(parts, p), startMs, nowMs)
      const key = `${name.cls}/${name.startMs}`
      const group = groups.get(key)
      if (group === undefined) groups.set(key, { name, members: [p] })
      else group.members.push(p)
      this.#noteTime(parts.guild[p], startMs, nowMs)
    }
    for (const { name, members } of groups.values()) {
      const slice = this.#slices.obtain(name)
      const done = await this.#slices.withOne(slice, (open) => this.#writer.write(open, batches, parts, members))
      if (done === undefined) throw new Error(`The slice ${slice.path} could not be opened.`)
      this.written += done
    }
  }

  get writer(): SpanWriter {
    return this.#writer
  }

  /** After a start: what an attached slice says about the newest spans of each guild. */
  async recall(connection: DuckConnection, slice: Slice, nowMs: number): Promise<void> {
    // Joined there: the string tables of a month of slices need not stand in memory for this.
    const sql = `SELECT coalesce(any_value(value), ''), (max(start_ns) // 1000000)::DOUBLE FROM ${slice.catalog}.parts LEFT JOIN ${slice.catalog}.strings ON id = guild WHERE start_ns <= ${nowMs + AHEAD_MS} * 1000000 GROUP BY guild`
    await connection.stream(sql, ['text', 'f64'], (chunk) => {
      const [guilds, startsMs] = [chunk.texts(0), chunk.f64(1)]
      for (let i = 0; i < chunk.rows; i++) this.#noteTime(guilds[i], startsMs[i], nowMs)
      return true
    })
  }

  forget(slice: Slice): void {
    this.#writer.forget(slice)
  }

  /** A trace of several guilds lives as long as its longest-lived one. */
  #classOf(parts: Parts, p: number): 'short' | 'long' {
    if (this.#policy.classOf(parts.guild[p]) === 'long') return 'long'
    for (const guild of parts.moreGuilds.get(p) ?? []) if (this.#policy.classOf(guild) === 'long') return 'long'
    return 'short'
  }

  #rememberGuild(parts: Parts, p: number): void {
    const key = parts.traceLo[p] ^ (parts.traceHi[p] << 1n)
    if (parts.guild[p] === '') {
      parts.guild[p] = this.#guildOfTrace.get(key) ?? ''
      return
    }
    this.#guildOfTrace.delete(key)
    this.#guildOfTrace.set(key, parts.guild[p])
    if (this.#guildOfTrace.size <= REMEMBERED_TRACES) return
    for (const oldest of this.#guildOfTrace.keys()) {
      this.#guildOfTrace.delete(oldest)
      break
    }
  }

  #noteTime(guild: string, startMs: number, nowMs: number): void {
    if (startMs > nowMs + AHEAD_MS) return
    if (this.newestMs === undefined || startMs > this.newestMs) this.newestMs = startMs
    if (guild === '') return
    const known = this.lastTraceMs.get(guild)
    if (known === undefined && this.lastTraceMs.size >= REMEMBERED_TRACES) this.lastTraceMs.clear()
    if (known === undefined || startMs > known) this.lastTraceMs.set(guild, startMs)
  }
}
