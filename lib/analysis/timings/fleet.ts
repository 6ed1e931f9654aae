import { type ActionStrip, type FleetAnswer, type GuildLoad, MINUTE_MS, SATURATED_US } from '../../model/timings.ts'
import { findSilence, type Hold } from './findings.ts'
import { type Histogram, medianAtLeastUs, mergeHistograms, quantileUs } from './histogram.ts'
import { EMPTY_MINUTE, type FleetNames, type GuildMinute, type MinuteTotals } from './minute-totals.ts'

/** Minutes that "now" is made of: samples of the newest one may still be on their way. */
const NEWEST_MINUTES = 3
const TREND_MINUTES = 5
const MAX_STRIPS = 40
/** A burst: so many times the median before, over so many minutes at least, and not less than this a minute. */
const BURST_FACTOR = 3
const BURST_BEFORE = 5
const BURST_COUNT = 60
const BURST_BUSY_US = 1_000_000
/** Silence of so many guilds at once is common to them. */
const TOGETHER_AT_LEAST = 10
const TOGETHER_SHARE = 0.25
/** How long after a minute's end its last report may still be on its way. */
const LATE_REPORT_MS = 20_000

export interface FleetInput {
  readonly totals: (minute: number) => MinuteTotals
  readonly names: FleetNames
  readonly holds: ReadonlyMap<string, Hold>
  readonly lastTraceMs: ReadonlyMap<string, number>
  /** The window in minutes, and how many guilds at most. */
  readonly query: { readonly minutes: number; readonly limit: number }
  /**
   * The moment that the answer speaks of, Unix ms: its minute is the running one, whatever was told of it since. A link to a moment
   * would show other numbers a minute later if a minute that was running then counted as complete now.
   */
  readonly nowMs: number
  readonly notes: readonly string[]
}

/** Ranks the fleet and adds up its action types over a window that ends with the running minute. */
export function fleetAnswer(input: FleetInput): FleetAnswer {
  const { query } = input
  const current = Math.floor(input.nowMs / MINUTE_MS)
  const from = current - query.minutes + 1
  const window: MinuteTotals[] = []
  for (let minute = from; minute <= current; minute++) window.push(input.totals(minute) ?? EMPTY_MINUTE)
  let newest = -1
  window.forEach((minute, m) => {
    if (minute.guilds.size > 0) newest = m
  })
  const ids = new Set<number>()
  for (const minute of window) for (const id of minute.guilds.keys()) ids.add(id)
  const guilds = [...ids].map((id) => loadOf(id, window, from, newest, input))
  for (const hold of input.holds.values()) {
    // Silent for longer than the window: still a finding, though no minute of the window says so.
    const id = input.names.guilds.find(hold.guild)
    if (hold.silentSinceMs !== undefined && (id === undefined || !ids.has(id)))
      guilds.push(silentLoad(hold, hold.silentSinceMs, query.minutes, input))
  }
  const rankedBy = guilds.some((guild) => guild.waitKind !== 'none')
    ? 'wait'
    : guilds.some((guild) => guild.saturatedMinutes > 0)
      ? 'saturated minutes'
      : 'busy'
  const together = silentTogether(guilds)
  guilds.sort((a, b) => rank(a, b, rankedBy, together))
  return {
    nowMs: input.nowMs,
    fromMs: from * MINUTE_MS,
    minutes: query.minutes,
    rankedBy,
    total: guilds.length,
    guilds: guilds.slice(0, query.limit),
    actions: stripsOf(window, input.names),
    notes: together.size === 0 ? input.notes : [...input.notes, commonSilence(together.size)],
  }
}

function commonSilence(guilds: number): string {
  return `${guilds} guilds stopped reporting in the same minutes: that looks like what sends their timings, so they do not rank first.`
}

/**
 * Guilds whose silence began within a minute of so many others' that the sender of their timings is the likelier cause: more than
 * a quarter of the fleet, and at least ten. They keep their "silent since", but not the first places.
 */
function silentTogether(guilds: readonly GuildLoad[]): ReadonlySet<string> {
  const byMinute = new Map<number, string[]>()
  for (const { guildId, silentSinceMs } of guilds) {
    if (silentSinceMs === undefined) continue
    const minute = Math.floor(silentSinceMs / MINUTE_MS)
    const known = byMinute.get(minute)
    if (known === undefined) byMinute.set(minute, [guildId])
    else known.push(guildId)
  }
  const together = new Set<string>()
  const enough = Math.max(TOGETHER_AT_LEAST, guilds.length * TOGETHER_SHARE)
  for (const minute of byMinute.keys()) {
    const near = [minute - 1, minute, minute + 1].flatMap((m) => byMinute.get(m) ?? [])
    if (near.length >= enough) for (const guild of near) together.add(guild)
  }
  return together
}

function rank(a: GuildLoad, b: GuildLoad, by: FleetAnswer['rankedBy'], together: ReadonlySet<string>): number {
  const first = (guild: GuildLoad) => Number(guild.silentSinceMs !== undefined && !together.has(guild.guildId))
  const silent = first(b) - first(a)
  if (silent !== 0) return silent
  if (by === 'wait' && a.waitUs !== b.waitUs) return b.waitUs - a.waitUs
  if (by !== 'busy' && a.saturatedMinutes !== b.saturatedMinutes) return b.saturatedMinutes - a.saturatedMinutes
  if (a.busyNow !== b.busyNow) return b.busyNow - a.busyNow
  return a.guildId < b.guildId ? -1 : 1
}

function loadOf(
  id: number,
  window: readonly MinuteTotals[],
  from: number,
  newest: number,
  input: FleetInput,
): GuildLoad {
  const minutes = window.map((minute) => minute.guilds.get(id))
  const guildId = input.names.guilds.strings[id]
  const busyUs = minutes.map((minute) => minute?.busyUs ?? -1)
  const last = window.length - 1
  const complete = minutes[last - 1] ?? minutes[last - 2]
  const recent = minutes.slice(-NEWEST_MINUTES)
  const wait = waitOf(recent)
  const backlog = backlogOf(minutes)
  const saturated = saturatedOf(busyUs, input.nowMs - (from + last) * MINUTE_MS < LATE_REPORT_MS)
  const reported: number[] = []
  const reportedBusy: number[] = []
  const actions = new Set<number>()
  let sessions = -1
  let node = 0
  minutes.forEach((minute, m) => {
    if (minute === undefined) return
    reported.push(from + m)
    reportedBusy.push(minute.busyUs)
    for (const action of minute.actions) actions.add(action)
    if (minute.sessions >= 0) sessions = minute.sessions
    node = minute.node
  })
  const silence = findSilence({ guild: guildId, minutes: reported, busyUs: reportedBusy }, from + newest)
  const name = input.names.guildNames.get(guildId)
  const lastTraceMs = input.lastTraceMs.get(guildId)
  return {
    guildId,
    ...(name === undefined ? {} : { guildName: name }),
    node: input.names.nodes.strings[node],
    busyUs,
    busyNow: complete === undefined ? -1 : complete.busyUs / 60_000_000,
    ...wait,
    ...(backlog === undefined ? {} : { backlog }),
    sessions,
    saturatedMinutes: saturated.count,
    ...(saturated.count === 0 ? {} : { saturatedSinceMs: (from + saturated.first) * MINUTE_MS }),
    ...(silence === undefined ? {} : { silentSinceMs: silence.onset * MINUTE_MS }),
    held: input.holds.has(guildId),
    ...(lastTraceMs === undefined ? {} : { lastTraceMs }),
    actions: [...actions].slice(0, 200).map((action) => input.names.actions.strings[action]),
  }
}

function silentLoad(hold: Hold, silentSinceMs: number, minutes: number, input: FleetInput): GuildLoad {
  const name = input.names.guildNames.get(hold.guild)
  const lastTraceMs = input.lastTraceMs.get(hold.guild)
  return {
    guildId: hold.guild,
    ...(name === undefined ? {} : { guildName: name }),
    node: '',
    busyUs: new Array<number>(minutes).fill(-1),
    busyNow: -1,
    waitUs: -1,
    waitKind: 'none',
    waitMaxUs: -1,
    sessions: -1,
    saturatedMinutes: 0,
    silentSinceMs,
    held: true,
    ...(lastTraceMs === undefined ? {} : { lastTraceMs }),
    actions: [],
  }
}

type Minutes = readonly (GuildMinute | undefined)[]

function waitOf(recent: Minutes): Pick<GuildLoad, 'waitUs' | 'waitKind' | 'waitMaxUs'> {
  let histogram: Histogram | undefined
  let total = 0
  let waited = 0
  let max = -1
  for (const minute of recent) {
    if (minute === undefined) continue
    if (minute.histogram !== undefined) histogram = mergeHistograms(histogram, minute.histogram)
    if (minute.waitUsTotal >= 0) {
      total += minute.waitUsTotal
      waited += minute.waited
    }
    max = Math.max(max, minute.waitUsMax)
  }
  const median = histogram === undefined ? -1 : quantileUs(histogram, 0.5)
  if (median >= 0) return { waitUs: median, waitKind: 'p50', waitMaxUs: max }
  if (waited > 0) return { waitUs: total / waited, waitKind: 'mean', waitMaxUs: max }
  const least = histogram === undefined ? -1 : medianAtLeastUs(histogram)
  if (least >= 0) return { waitUs: least, waitKind: 'at least', waitMaxUs: max }
  return { waitUs: -1, waitKind: 'none', waitMaxUs: max }
}

/** Stated depth, else what arrived and was not handled since the start of the window (a lower limit). Old ones are not now's. */
function backlogOf(minutes: Minutes): GuildLoad['backlog'] {
  const depths: { m: number; depth: number }[] = []
  let sum = 0
  let known = false
  const sums: { m: number; depth: number }[] = []
  minutes.forEach((minute, m) => {
    if (minute === undefined) return
    if (minute.depthMax >= 0) depths.push({ m, depth: minute.depthMax })
    if (minute.arrived < 0 || minute.count < 0) return
    known = true
    sum = Math.max(0, sum + minute.arrived - minute.count)
    sums.push({ m, depth: sum })
  })
  const series = depths.length > 0 ? depths : known ? sums : []
  const newest = series.at(-1)
  if (newest === undefined || newest.m < minutes.length - NEWEST_MINUTES) return undefined
  // The same measure as on the guild's page: less than a second's work is what a mailbox holds at any time.
  const counts = minutes.slice(-TREND_MINUTES).flatMap((minute) => (minute && minute.count >= 0 ? minute.count : []))
  const rate = counts.length === 0 ? 0 : counts.reduce((sum, count) => sum + count, 0) / counts.length
  if (newest.depth * 60 < rate) return { depth: newest.depth, perMinute: 0 }
  return { depth: newest.depth, perMinute: slopeOf(series.filter((point) => point.m > newest.m - TREND_MINUTES)) }
}

/** Least squares; 0 for a single point. */
function slopeOf(points: readonly { readonly m: number; readonly depth: number }[]): number {
  const meanM = points.reduce((sum, p) => sum + p.m, 0) / points.length
  const meanD = points.reduce((sum, p) => sum + p.depth, 0) / points.length
  let over = 0
  let under = 0
  for (const { m, depth } of points) {
    over += (m - meanM) * (depth - meanD)
    under += (m - meanM) ** 2
  }
  return under === 0 ? 0 : over / under
}

/** The run of saturated minutes that reaches the last complete minute, or the one before where that has no sample yet. */
function saturatedOf(busyUs: readonly number[], justTurned: boolean): { count: number; first: number } {
  let m = busyUs.length - 1
  // The running minute is not full yet; it counts only if it already is.
  if (m >= 0 && busyUs[m] < SATURATED_US) m--
  // Nor is the one before it, until its last report has come: clients send totals so far every few seconds.
  if (m >= 0 && justTurned && busyUs[m] < SATURATED_US) m--
  if (m >= 0 && busyUs[m] < 0) m--
  const end = m
  while (m >= 0 && busyUs[m] >= SATURATED_US) m--
  return { count: end - m, first: m + 1 }
}

function stripsOf(window: readonly MinuteTotals[], names: FleetNames): ActionStrip[] {
  const busy = new Map<number, number>()
  for (const minute of window)
    for (const [id, action] of minute.actions) busy.set(id, (busy.get(id) ?? 0) + action.busyUs)
  const ids = [...busy].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MAX_STRIPS)
  return ids.map(([id]) => stripOf(id, window, names))
}

function stripOf(id: number, window: readonly MinuteTotals[], names: FleetNames): ActionStrip {
  const value = (pick: 'count' | 'arrived' | 'busyUs') =>
    window.map((minute) => {
      if (minute.guilds.size === 0) return -1
      // No such action in a minute that has others: none. One that does not state it: unknown.
      return minute.actions.get(id)?.[pick] ?? 0
    })
  const states = (pick: 'count' | 'arrived') => window.some((minute) => (minute.actions.get(id)?.[pick] ?? -1) >= 0)
  const busyUs = value('busyUs')
  const count = states('count') ? value('count') : window.map(() => -1)
  const [burstsFrom, bursts] = states('arrived')
    ? (['arrived', burstsOf(value('arrived'), BURST_COUNT)] as const)
    : states('count')
      ? (['processed', burstsOf(count, BURST_COUNT)] as const)
      : (['busy', burstsOf(busyUs, BURST_BUSY_US)] as const)
  const newest = bursts.at(-1)
  const counted = newest === undefined ? window.slice(-TREND_MINUTES) : [window[newest]]
  const weights = new Map<number, number>()
  for (const minute of counted)
    for (const { guild, weight } of minute.actions.get(id)?.top ?? [])
      weights.set(guild, (weights.get(guild) ?? 0) + weight)
  const top = [...weights].sort((a, b) => b[1] - a[1]).slice(0, 20)
  return {
    action: names.actions.strings[id],
    count,
    busyUs,
    bursts,
    burstsFrom,
    topGuilds: top.map(([guild]) => names.guilds.strings[guild]),
  }
}

/** Minutes whose value is a multiple of the median of all minutes before them. */
function burstsOf(values: readonly number[], least: number): number[] {
  const before: number[] = []
  const bursts: number[] = []
  values.forEach((value, m) => {
    if (value < 0) return
    const middle = before[before.length >> 1] ?? 0
    if (before.length >= BURST_BEFORE && value >= least && value >= BURST_FACTOR * middle) bursts.push(m)
    // The running minute holds less than a whole one and must not lower the median.
    if (m === values.length - 1) return
    let at = before.findIndex((other) => other > value)
    if (at === -1) at = before.length
    before.splice(at, 0, value)
  })
  return bursts
}
