import { z } from 'zod'
import { SCRAPE_S } from '../lib/sources/contract/timings-contract.ts'
import type { SentSeries } from './remote-write.ts'

const samples = z.array(
  z.object({
    guildId: z.string(),
    minute: z.string(),
    node: z.string(),
    action: z.string(),
    busyUs: z.number(),
    count: z.number().optional(),
    waitUsTotal: z.number().optional(),
    arrived: z.number().optional(),
    waitUsMax: z.number().optional(),
    mailboxDepthMax: z.number().optional(),
    sessions: z.number().optional(),
  }),
)
type Sample = z.infer<typeof samples>[number]

const COUNTERS = [
  ['guild_busy_seconds_total', (sample: Sample) => sample.busyUs / 1e6],
  ['guild_messages_total', (sample: Sample) => sample.count],
  ['guild_wait_seconds_total', (sample: Sample) => scaled(sample.waitUsTotal)],
  ['guild_arrived_total', (sample: Sample) => sample.arrived],
] as const
const GAUGES = [
  ['guild_wait_seconds_max', (sample: Sample) => scaled(sample.waitUsMax)],
  ['guild_mailbox_depth', (sample: Sample) => sample.mailboxDepthMax],
  ['guild_sessions', (sample: Sample) => sample.sessions],
] as const

/** Seconds after the beginning of the minute. */
const PHASE_S = 7
const MINUTE_S = 60

function scaled(us: number | undefined): number | undefined {
  return us === undefined ? undefined : us / 1e6
}

/**
 * Samples of the timings API as scrapes would have seen their counters and gauges, up to `nowMs`: every 15 s, from a guild's first minute to
 * its last. A counter grows evenly within its minute and rests where none is stated; a gauge is there only where it is stated.
 */
export function scraped(sent: readonly object[], nowMs: number): readonly SentSeries[] {
  const parsed = samples.parse(sent)
  const minuteOf = ({ minute }: Sample) => Date.parse(minute) / 1_000
  const series: SentSeries[] = []
  const keys = new Map(parsed.map((sample) => [JSON.stringify([sample.guildId, sample.node, sample.action]), sample]))
  for (const { guildId, node, action } of keys.values()) {
    const minutes = parsed.filter((one) => one.guildId === guildId).map(minuteOf)
    const own = parsed.filter((one) => one.guildId === guildId && one.node === node && one.action === action)
    const [first, last] = [Math.min(...minutes), Math.max(...minutes)]
    const add = (name: string, points: readonly (readonly [number, number])[]) => {
      const labels = { __name__: name, guild_id: guildId, action, instance: node }
      const seen = points.filter(([ms]) => ms <= nowMs)
      if (seen.length > 0) series.push({ labels, points: seen })
    }
    for (const [name, measured] of COUNTERS) {
      if (own.every((sample) => measured(sample) === undefined)) continue
      const points: [number, number][] = []
      let total = 0
      for (let minute = first; minute <= last; minute += MINUTE_S) {
        const grown = own.filter((one) => minuteOf(one) === minute).reduce((sum, one) => sum + (measured(one) ?? 0), 0)
        for (let at = PHASE_S; at < MINUTE_S; at += SCRAPE_S)
          points.push([(minute + at) * 1_000, total + (grown * at) / MINUTE_S])
        total += grown
      }
      add(name, points)
    }
    for (const [name, measured] of GAUGES)
      add(
        name,
        own
          .toSorted((a, b) => minuteOf(a) - minuteOf(b))
          .flatMap((sample) => {
            const value = measured(sample)
            if (value === undefined) return []
            return [PHASE_S, PHASE_S + SCRAPE_S].map((at) => [(minuteOf(sample) + at) * 1_000, value] as const)
          }),
      )
  }
  return series
}
