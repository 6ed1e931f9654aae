/** What a link alone cannot keep, in words. Pure. */
import { formatDuration, formatWhen, type Zone } from '@/lib/base/format.ts'
import type { Retention } from '@/lib/model/timings.ts'

interface RangeMs {
  readonly fromMs: number
  readonly toMs: number
}

/** `34 min`, `2 h 04 m`, `29.9 d`: how long until something rotates; seconds would pretend to know. */
export function untilWords(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000))
  return minutes < 60 ? `${minutes} min` : formatDuration(minutes * 60e9)
}

/** When the minutes of `range` go, as of the moment at which `retention` was answered. */
export function rotationWords(retention: Retention, range: RangeMs, nowMs: number, zone: Zone): string {
  const { retainedFromMs, heldUntilMs, rule } = retention
  // A hold says nothing where the rule keeps them longer anyway.
  const ruleEndsMs = retainedFromMs === undefined ? Number.NEGATIVE_INFINITY : nowMs + range.fromMs - retainedFromMs
  if (heldUntilMs !== undefined && heldUntilMs > Math.max(nowMs, ruleEndsMs)) {
    return `Timings and traces since the outage are held until ${formatWhen(heldUntilMs, nowMs, zone)}; others are kept ${rule}.`
  }
  if (retainedFromMs === undefined) return `Timings and traces are kept ${rule}; when these rotate is not known.`
  const last = range.toMs - retainedFromMs
  if (last <= 0) return `These timings have rotated away already (kept ${rule}).`
  const first = range.fromMs - retainedFromMs
  if (first <= 0) {
    return `Timings before ${formatWhen(retainedFromMs, nowMs, zone)} have rotated away already; the last of the others go in ${untilWords(last)} (kept ${rule}).`
  }
  return `These timings rotate in ${untilWords(first)}, the last of them in ${untilWords(last)} (kept ${rule}).`
}

/** The same for the fleet, of which each guild has a rule of its own: the shortest is said. */
export function fleetRotationWords(keptMinutes: number, range: RangeMs, nowMs: number): string {
  const keptMs = keptMinutes * 60_000
  const first = range.fromMs + keptMs - nowMs
  const others = 'the largest guilds and those that are held stay longer'
  if (range.toMs + keptMs <= nowMs) return `Most guilds’ timings of this time have rotated away already; ${others}.`
  if (first <= 0) return `Some of these timings have rotated away already; ${others}.`
  return `Most guilds’ timings rotate from ${untilWords(first)} on; ${others}.`
}
