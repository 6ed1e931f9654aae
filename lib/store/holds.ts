import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findSaturation, findSilence, type GuildHistory, type Hold } from '../analysis/timings/findings.ts'
import { MINUTE_MS } from '../model/timings.ts'
import type { StoreConfig } from './config.ts'

/** More holds than this are not made: what is held is held against the disk cap. */
const MAX_HOLDS = 2_000

/**
 * The guilds that are held. Kept in a small file beside the slices: a hold must outlive a restart, the minutes that caused it
 * may be gone by then.
 */
export class Holds {
  readonly #path: string
  readonly #config: StoreConfig
  #holds = new Map<string, Hold>()

  constructor(config: StoreConfig) {
    this.#config = config
    this.#path = join(config.dataDir, 'holds.json')
    if (existsSync(this.#path))
      for (const hold of parseHolds(readFileSync(this.#path, 'utf8'))) this.#holds.set(hold.guild, hold)
  }

  get size(): number {
    return this.#holds.size
  }

  list(): readonly Hold[] {
    return [...this.#holds.values()]
  }

  of(guild: string): Hold | undefined {
    return this.#holds.get(guild)
  }

  /** Makes, extends and ends holds. `guildRows`: each guild with its minutes, newest last. */
  update(guildRows: Iterable<GuildHistory>, newestMinute: number, nowMs: number): void {
    let changed = false
    for (const [guild, hold] of this.#holds) {
      if (hold.untilMs > nowMs) continue
      this.#holds.delete(guild)
      changed = true
    }
    for (const history of guildRows) {
      const known = this.#holds.get(history.guild)
      const saturation = findSaturation(history, this.#config.holdAfterSaturatedMinutes)
      const silence = findSilence(history, newestMinute)
      const findings = [saturation, silence].filter((each) => each !== undefined)
      const silentSinceMs = silence === undefined ? stillSilent(known, history) : silence.onset * MINUTE_MS
      if (findings.length === 0) {
        if (known === undefined || known.silentSinceMs === silentSinceMs) continue
        this.#holds.set(history.guild, withSilence(known, silentSinceMs))
        changed = true
        continue
      }
      if (known === undefined && this.#holds.size >= MAX_HOLDS) continue
      const onsetMs = Math.min(...findings.map((finding) => finding.onset)) * MINUTE_MS
      const last = Math.max(...findings.map((finding) => finding.last))
      const untilMs = (last + 1) * MINUTE_MS + this.#config.holdHours * 3_600_000
      if (untilMs <= nowMs) continue
      const fromMs = Math.floor((onsetMs - this.#config.holdBeforeMinutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
      const next = withSilence(
        {
          guild: history.guild,
          reason: saturation === undefined ? 'silent' : 'saturated',
          onsetMs: known === undefined ? onsetMs : Math.min(known.onsetMs, onsetMs),
          fromMs: known === undefined ? fromMs : Math.min(known.fromMs, fromMs),
          untilMs: known === undefined ? untilMs : Math.max(known.untilMs, untilMs),
        },
        silentSinceMs,
      )
      const same =
        known?.fromMs === next.fromMs && known.untilMs === next.untilMs && known.silentSinceMs === next.silentSinceMs
      if (same) continue
      this.#holds.set(history.guild, next)
      changed = true
    }
    if (changed) this.#save()
  }

  #save(): void {
    const next = `${this.#path}.next`
    writeFileSync(next, JSON.stringify([...this.#holds.values()]))
    renameSync(next, this.#path)
  }
}

function withSilence({ silentSinceMs: _, ...hold }: Hold, silentSinceMs: number | undefined): Hold {
  return silentSinceMs === undefined ? hold : { ...hold, silentSinceMs }
}

/** A silence lasts until the guild reports again, also when the load before it is no longer in sight. */
function stillSilent(known: Hold | undefined, history: GuildHistory): number | undefined {
  const last = history.minutes.at(-1)
  if (known?.silentSinceMs === undefined || last === undefined) return known?.silentSinceMs
  return last * MINUTE_MS >= known.silentSinceMs ? undefined : known.silentSinceMs
}

function parseHolds(text: string): Hold[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return []
    throw error
  }
  if (!Array.isArray(parsed)) return []
  return parsed.filter(isHold)
}

function isHold(value: unknown): value is Hold {
  if (typeof value !== 'object' || value === null) return false
  const has = (key: string) => key in value
  return (
    has('guild') &&
    has('reason') &&
    ['onsetMs', 'fromMs', 'untilMs'].every((key) =>
      Number.isFinite(Object.entries(value).find(([name]) => name === key)?.[1]),
    )
  )
}
