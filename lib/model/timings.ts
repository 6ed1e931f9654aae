/** Guild timings: how much of each minute a guild's process spent on each action type. */

export const MINUTE_MS = 60_000
/** Busy microseconds in a minute from which on a guild counts as saturated (59 s of 60 s). */
export const SATURATED_US = 59_000_000

/** One sample of the timings API: the total so far for (guild, minute, node, action). */
export interface TimingSample {
  readonly guildId: string
  /** Start of the minute, Unix milliseconds. */
  readonly minuteMs: number
  readonly node: string
  readonly action: string
  readonly busyUs: number
  readonly count?: number
  readonly waitUsTotal?: number
  readonly waitUsMax?: number
  readonly arrived?: number
  readonly mailboxDepthMax?: number
  readonly guildName?: string
  readonly sessions?: number
  readonly waitHistogram?: { readonly boundsUs: readonly number[]; readonly counts: readonly number[] }
}

export type Measure = 'busyUs' | 'count' | 'waitUsTotal' | 'waitUsMax' | 'arrived' | 'mailboxDepthMax'
export const MEASURES: readonly Measure[] = [
  'busyUs',
  'count',
  'waitUsTotal',
  'waitUsMax',
  'arrived',
  'mailboxDepthMax',
]

/**
 * What a minute of a guild can be. `data`: at least one sample. `zero`: no sample in a minute in which the guild did report before
 * and after. `silent`: no sample after load, to the present. `rotated`: beyond the retention horizon. `future`: has not come yet.
 * `none`: no sample, and nothing is known about the guild then.
 */
export const MINUTE_STATE = { none: 0, data: 1, zero: 2, silent: 3, rotated: 4, future: 5 } as const

/**
 * Minutes × actions of one guild over a range, summed over nodes. Cells are column-major: cell (minute m, action a) stands at
 * `m * actions.length + a`. JSON-safe: plain arrays, NaN never appears; −1 stands for "not stated".
 */
export interface GuildMinutes {
  readonly guildId: string
  readonly guildName?: string
  /** Start of the first minute, Unix milliseconds. */
  readonly fromMs: number
  readonly minutes: number
  readonly actions: readonly string[]
  readonly nodes: readonly string[]
  /** Which measures at least one sample in the range states. The UI offers only these. */
  readonly measures: readonly Measure[]
  readonly cells: Readonly<Record<Measure, readonly number[]>>
  /** One of `MINUTE_STATE` per minute. */
  readonly state: readonly number[]
  /** 1 where the minute is held beyond its ordinary retention. */
  readonly held: readonly number[]
  /** Connected sessions per minute, −1 where not stated. */
  readonly sessions: readonly number[]
  /** Mailbox wait in microseconds per minute from histograms, −1 where none. */
  readonly waitP50Us: readonly number[]
  readonly waitP99Us: readonly number[]
  /** Minutes whose busy time exceeds 60 s on one node: work booked on completion. Indices. */
  readonly overbooked: readonly number[]
  /** Minutes before this are gone (Unix ms), where the source knows. */
  readonly retainedFromMs?: number
  readonly heldUntilMs?: number
  /** The minute that is still running, Unix ms; its values are totals so far. */
  readonly partialMinuteMs?: number
  /** Server's clock when the answer was made. */
  readonly nowMs: number
  readonly notes: readonly string[]
}

/** One row of the fleet list. Arrays cover the `minutes` of the answer, −1 = no sample. */
export interface GuildLoad {
  readonly guildId: string
  readonly guildName?: string
  readonly node: string
  /** Busy microseconds per minute over the window. */
  readonly busyUs: readonly number[]
  /** Busy share of the last complete minute (0..1+), −1 unknown. */
  readonly busyNow: number
  /** Mailbox wait in µs in the newest minutes: median from histograms where they tell it, else the mean, else what the median is at least; −1 unknown. */
  readonly waitUs: number
  readonly waitKind: 'p50' | 'mean' | 'at least' | 'none'
  readonly waitMaxUs: number
  /**
   * Messages in the mailbox, and its change per minute (0 while less than a second's work waits: such a mailbox has no trend);
   * undefined where the newest minutes state neither arrivals nor depth.
   */
  readonly backlog?: { readonly depth: number; readonly perMinute: number }
  readonly sessions: number
  /** Consecutive saturated minutes up to now. */
  readonly saturatedMinutes: number
  /** First of those minutes. */
  readonly saturatedSinceMs?: number
  /** Fell silent after load: Unix ms of the first minute without a sample. */
  readonly silentSinceMs?: number
  readonly held: boolean
  readonly lastTraceMs?: number
  readonly actions: readonly string[]
}

/** Fleet-wide rate and mean duration of one action type per minute. */
export interface ActionStrip {
  readonly action: string
  /** Per minute; −1 where unknown. */
  readonly count: readonly number[]
  readonly busyUs: readonly number[]
  /** Minutes (indices) in which the rate stands out from the window before. */
  readonly bursts: readonly number[]
  /** What the bursts are read from: arrivals where stated, since what was processed (or its time) may be an older backlog. */
  readonly burstsFrom: 'arrived' | 'processed' | 'busy'
  /** Guilds that contribute most to the newest burst (or to the load), at most 20. */
  readonly topGuilds: readonly string[]
}

/** The answer of the fleet route. */
export interface FleetAnswer {
  /** The moment the answer speaks of, Unix ms: the server's clock, or the earlier moment that was asked for. */
  readonly nowMs: number
  readonly fromMs: number
  readonly minutes: number
  /** By which measure `guilds` is ranked, in words for the table's header. */
  readonly rankedBy: 'wait' | 'saturated minutes' | 'busy'
  readonly total: number
  readonly guilds: readonly GuildLoad[]
  readonly actions: readonly ActionStrip[]
  readonly notes: readonly string[]
}

/** From when on this guild's minutes are kept. */
export interface Retention {
  readonly retainedFromMs?: number
  readonly heldUntilMs?: number
  /** In words: `60 min`, `30 days (among the 20 largest by sessions)`. */
  readonly rule: string
}

/** One hour of one guild and action, added up shortly before its minutes rotated; −1: not stated. */
export interface HourlyTotal {
  /** Start, Unix ms. */
  readonly hourMs: number
  readonly guild: string
  readonly action: string
  readonly busyUs: number
  readonly count: number
  readonly waitUsTotal: number
  readonly arrived: number
}
