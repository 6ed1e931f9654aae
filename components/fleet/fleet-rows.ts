/** Which guilds the table shows, in which order. Pure. */
import type { ActionStrip, FleetAnswer, GuildLoad } from '@/lib/model/timings.ts'
import type { FleetView, Sort } from './fleet-view.ts'

/** What a column is sorted by, most interesting first; undefined (not known) goes to the end either way. */
const KEYS: Readonly<Record<Exclude<Sort, 'rank'>, (guild: GuildLoad) => number | string | undefined>> = {
  name: (guild) => (guild.guildName ?? guild.guildId).toLowerCase(),
  busy: (guild) => known(guild.busyNow),
  wait: (guild) => known(guild.waitUs) ?? known(guild.waitMaxUs),
  backlog: (guild) => guild.backlog?.perMinute,
  sessions: (guild) => known(guild.sessions),
  node: (guild) => (guild.node === '' ? undefined : guild.node),
  trace: (guild) => guild.lastTraceMs,
}

/** Text columns read from A, numbers from the most. */
export const ASCENDING_FIRST: ReadonlySet<Sort> = new Set(['name', 'node'])

function known(value: number): number | undefined {
  return value < 0 ? undefined : value
}

export function selectGuilds(answer: FleetAnswer, view: FleetView): readonly GuildLoad[] {
  const wanted = view.q.trim().toLowerCase()
  const strip = view.action === '' ? undefined : answer.actions.find((one) => one.action === view.action)
  const top = strip === undefined ? undefined : new Set(strip.topGuilds)
  const rows = answer.guilds.filter(
    (guild) =>
      (view.node === '' || guild.node === view.node) &&
      (top === undefined || top.has(guild.guildId)) &&
      (wanted === '' || guild.guildId.includes(wanted) || (guild.guildName ?? '').toLowerCase().includes(wanted)),
  )
  return sorted(rows, view)
}

function sorted(rows: GuildLoad[], view: FleetView): readonly GuildLoad[] {
  const reverse = view.dir === 'reverse'
  if (view.sort === 'rank') return reverse ? rows.reverse() : rows
  const key = KEYS[view.sort]
  const sign = ASCENDING_FIRST.has(view.sort) === reverse ? -1 : 1
  // Array.sort is stable: equals stay in the server's order.
  return rows.sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    if (x === undefined || y === undefined) return (x === undefined ? 1 : 0) - (y === undefined ? 1 : 0)
    if (x === y) return 0
    return x < y ? -sign : sign
  })
}

/** The same guilds, those named in `ids` first and in that order. */
export function inOrderOf(guilds: readonly GuildLoad[], ids: readonly string[]): readonly GuildLoad[] {
  const place = new Map(ids.map((id, i) => [id, i]))
  const placeOf = (guild: GuildLoad) => place.get(guild.guildId) ?? ids.length
  return [...guilds].sort((a, b) => placeOf(a) - placeOf(b))
}

const COMMON_LEAST = 5
const COMMON_SHARE = 0.2
const COMMON_WITHIN_MS = 2 * 60_000

/**
 * Many guilds that fell silent within two minutes of each other point at what they have in common (their node, whatever posts the
 * timings) rather than at each of them: at least five, and a fifth of all.
 */
export function commonSilence(
  guilds: readonly GuildLoad[],
): { readonly guilds: number; readonly sinceMs: number } | undefined {
  const since = guilds.flatMap((guild) => guild.silentSinceMs ?? []).sort((a, b) => a - b)
  let best = { guilds: 0, sinceMs: 0 }
  let first = 0
  since.forEach((ms, i) => {
    while (ms - (since[first] ?? ms) > COMMON_WITHIN_MS) first++
    if (i - first + 1 > best.guilds) best = { guilds: i - first + 1, sinceMs: since[first] ?? ms }
  })
  return best.guilds >= Math.max(COMMON_LEAST, guilds.length * COMMON_SHARE) ? best : undefined
}

/** Distinct nodes with the number of their guilds, by name. */
export function nodesOf(guilds: readonly GuildLoad[]): readonly { readonly node: string; readonly guilds: number }[] {
  const counts = new Map<string, number>()
  for (const { node } of guilds) if (node !== '') counts.set(node, (counts.get(node) ?? 0) + 1)
  return [...counts].map(([node, guilds]) => ({ node, guilds })).sort((a, b) => (a.node < b.node ? -1 : 1))
}

/** Heading of the wait column: what its first number is, over these rows. */
export function waitHeading(guilds: readonly GuildLoad[]): string {
  const kinds = new Set(guilds.map((guild) => guild.waitKind).filter((kind) => kind === 'p50' || kind === 'mean'))
  if (kinds.size === 0) return 'Wait'
  if (kinds.size === 2) return 'Wait / max'
  return kinds.has('p50') ? 'Wait p50 / max' : 'Wait mean / max'
}

/** Index of the newest minute that has ended, within the answer; −1 when none has. */
export function lastCompleteMinute(answer: Pick<FleetAnswer, 'nowMs' | 'fromMs' | 'minutes'>): number {
  return Math.min(answer.minutes - 1, Math.floor((answer.nowMs - answer.fromMs) / 60_000) - 1)
}

export interface ActionNow {
  /** Actions per minute in the newest known complete minute; undefined where no count is stated. */
  readonly perMinute: number | undefined
  /** Mean duration in µs over the newest five complete minutes. */
  readonly meanUs: number | undefined
  /** Mean duration per minute, −1 unknown. */
  readonly meanByMinute: readonly number[]
  /** A burst within the last ten minutes. */
  readonly bursting: boolean
}

const RECENT_MINUTES = 10
const MEAN_MINUTES = 5

export function actionNow(strip: ActionStrip, lastComplete: number): ActionNow {
  let perMinute: number | undefined
  for (let i = lastComplete; i >= 0 && i > lastComplete - 3 && perMinute === undefined; i--) {
    perMinute = known(strip.count[i] ?? -1)
  }
  let busy = 0
  let count = 0
  for (let i = Math.max(0, lastComplete - MEAN_MINUTES + 1); i <= lastComplete; i++) {
    if (strip.count[i] > 0 && strip.busyUs[i] >= 0) {
      busy += strip.busyUs[i]
      count += strip.count[i]
    }
  }
  return {
    perMinute,
    meanUs: count > 0 ? busy / count : undefined,
    meanByMinute: strip.count.map((n, i) => (n > 0 && strip.busyUs[i] >= 0 ? strip.busyUs[i] / n : -1)),
    bursting: strip.bursts.some((minute) => minute > lastComplete - RECENT_MINUTES),
  }
}
