/** A history of counters as scrapes would have seen it: every 15 s, between minutes' boundaries. */
export interface CounterHistory {
  readonly guild: string
  readonly action: string
  readonly node: string
  /** Busy seconds of each minute, oldest first; undefined: nothing was scraped in that minute. */
  readonly busy: readonly (number | undefined)[]
  /** Minutes at whose beginning the process was started anew: its counter, too. */
  readonly resets?: readonly number[]
}

/** Scrapes lie so many seconds after the quarter minute. */
const PHASE_S = 7
const STEP_S = 15

function escaped(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')
}

/** Points of `guild_busy_seconds_total`, busy time spread evenly over its minute. `stamp` writes a time in Unix seconds. */
export function exposition(
  histories: readonly CounterHistory[],
  firstMinute: number,
  stamp: (seconds: number) => string,
): string {
  const lines = ['# TYPE guild_busy_seconds counter']
  for (const { guild, action, node, busy, resets = [] } of histories) {
    const labels = `guild_id="${escaped(guild)}",action="${escaped(action)}",instance="${escaped(node)}"`
    let total = 0
    busy.forEach((seconds, m) => {
      if (resets.includes(m)) total = 0
      for (let at = PHASE_S; at < 60 && seconds !== undefined; at += STEP_S) {
        const value = total + (seconds * at) / 60
        lines.push(`guild_busy_seconds_total{${labels}} ${value} ${stamp((firstMinute + m) * 60 + at)}`)
      }
      total += seconds ?? 0
    })
  }
  return `${lines.join('\n')}\n`
}
