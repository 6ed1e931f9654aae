/** Minutes of guilds from counters, as the real Prometheus and the real VictoriaMetrics answer them. */
import { expect, test } from 'vitest'
import type { Result } from '../lib/base/result.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { MINUTE_MS, MINUTE_STATE } from '../lib/model/timings.ts'
import { isNear, SCRAPE_S } from '../lib/sources/contract/timings-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { openPrometheusSource } from '../lib/sources/prometheus/index.ts'
import { startPrometheus } from './prometheus.ts'
import { type CounterHistory, exposition } from './timings-history.ts'
import { startVictoriaMetrics } from './victoria-metrics.ts'

const NEVER = new AbortController().signal
const NOW = Math.floor(Date.now() / MINUTE_MS)
const MINUTES = 40
/** Ends so many minutes before now: VictoriaMetrics hides what is newer than 30 s. */
const FIRST = NOW - 2 - MINUTES
const ODD = '18446744073709551615"} or vector(1) # \\'
const GAP = [20, 21, 22, 23] as const

const steady = (seconds: number) => Array.from({ length: MINUTES }, () => seconds)
const HISTORY = [
  { guild: '42', action: 'message_create', node: 'n1', busy: steady(12) },
  { guild: '42', action: 'message_create', node: 'n2', busy: steady(6) },
  { guild: '42', action: 'connect', node: 'n1', busy: steady(0) },
  // What runs at 30 s a minute, then is not scraped for four minutes.
  { guild: 'gap', action: 'a', node: 'n1', busy: steady(30).map((s, m) => (GAP.some((g) => g === m) ? undefined : s)) },
  { guild: ODD, action: '<b>\u202e’', node: 'n1', busy: steady(3) },
]

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

type Histories = readonly CounterHistory[]

const SERVERS = {
  Prometheus: (histories: Histories, first: number) =>
    startPrometheus(`${exposition(histories, first, (seconds) => String(seconds))}# EOF\n`),
  VictoriaMetrics: async (histories: Histories, first: number) => {
    const server = await startVictoriaMetrics()
    const body = exposition(histories, first, (seconds) => String(seconds * 1_000))
    const sent = await fetch(`${server.url}/api/v1/import/prometheus`, { method: 'POST', body })
    if (!sent.ok) throw new Error(`VictoriaMetrics refused the history: ${sent.status}`)
    await fetch(`${server.url}/internal/force_flush`)
    return server
  },
}

function timingsAt(url: string) {
  const settings = sourceSettings.parse({ kind: 'prometheus', url })
  if (settings.kind !== 'prometheus') throw new Error('not this kind')
  const client = createBackendClient('metrics', settings)
  return { client, timings: openPrometheusSource('metrics', settings, client).timings }
}

/** Longer than one answer of either server may be. */
const LONG = 12_000
const RESET_AT = [3_000, 4_999, 5_000, 10_001]

for (const name of ['Prometheus', 'VictoriaMetrics'] as const) {
  test(`${name}: a range longer than the points of one answer is whole, and counters that begin anew lose no minute`, async () => {
    const busy = Array.from({ length: LONG }, (_, m) => 10 + (m % 7 === 0 ? 20 : 0))
    const first = NOW - 2 - LONG
    const histories = [
      { guild: 'long', action: 'a', node: 'n1', busy },
      { guild: 'reset', action: 'a', node: 'n1', busy, resets: RESET_AT },
    ]
    const server = await SERVERS[name](histories, first)
    const { client, timings } = timingsAt(server.url)
    try {
      const range = { fromMs: first * MINUTE_MS, toMs: (first + LONG) * MINUTE_MS }
      for (const guild of ['long', 'reset']) {
        const { cells, state } = must(await timings.minutes(guild, range, NEVER))
        expect(state).toEqual(new Array(LONG).fill(MINUTE_STATE.data))
        const wrong = cells.busyUs.flatMap((us, m) => {
          // A reset is noticed only by what the new counter holds at its first scrape: what the old one did after its last is lost.
          const lost =
            guild === 'reset' && (RESET_AT.includes(m) || RESET_AT.includes(m - 1)) ? (busy[m - 1] * SCRAPE_S) / 60 : 0
          const isRight = isNear(us / 1e6, busy[m], busy[m - 1] ?? 0) || Math.abs(us / 1e6 - busy[m]) <= lost
          return isRight ? [] : [[m, us, busy[m]]]
        })
        expect([guild, wrong]).toEqual([guild, []])
      }
    } finally {
      await client.close()
      await server.stop()
    }
  })

  test(`${name}: busy minutes, gaps that are unknown, ids that are only values, long ranges, health`, async () => {
    const server = await SERVERS[name](HISTORY, FIRST)
    const { client, timings } = timingsAt(server.url)
    const range = { fromMs: (FIRST + 5) * MINUTE_MS, toMs: (FIRST + 35) * MINUTE_MS }
    try {
      const answer = must(await timings.minutes('42', range, NEVER))
      expect(answer.nodes).toEqual(['n1', 'n2'])
      expect([...answer.actions].sort()).toEqual(['connect', 'message_create'])
      const cells = (action: string) =>
        answer.cells.busyUs.filter((_, k) => k % answer.actions.length === answer.actions.indexOf(action))
      for (const busy of cells('message_create')) expect(Math.abs(busy - 18e6)).toBeLessThan(0.02 * 18e6)
      expect(cells('connect')).toEqual(new Array(30).fill(0))
      expect(answer.measures).toEqual(['busyUs'])
      expect(answer.notes.join(' ')).toContain('Minutes are approximate for metrics')

      const gap = must(await timings.minutes('gap', range, NEVER))
      const inGap = GAP.map((m) => m - 5)
      for (const m of inGap) expect([gap.state[m], gap.cells.busyUs[m]]).toEqual([MINUTE_STATE.none, -1])
      expect(Math.abs(gap.cells.busyUs[5] - 30e6)).toBeLessThan(0.6e6)

      const odd = must(await timings.minutes(ODD, range, NEVER))
      expect(odd.actions).toEqual(['<b>\u202e’'])
      const none = must(await timings.minutes('nobody"} or guild_busy_seconds_total{a="', range, NEVER))
      expect(none.actions).toEqual([])

      const fleet = must(await timings.fleet({ minutes: 30, limit: 10, atMs: (FIRST + 38) * MINUTE_MS }, NEVER))
      expect(fleet.guilds.map((guild) => guild.guildId).sort()).toEqual(['42', 'gap', ODD].sort())
      const long = must(
        await timings.minutes('42', { fromMs: (NOW - 40_000) * MINUTE_MS, toMs: NOW * MINUTE_MS }, NEVER),
      )
      expect(long.minutes).toBe(40_000)
      const health = await timings.health(NEVER)
      expect(health).toMatchObject({ ok: true, kind: 'prometheus' })
      expect(health.lagMs).toBeLessThan(5 * MINUTE_MS)
      if (name === 'Prometheus') expect(health.version).toMatch(/^2\./)
    } finally {
      await client.close()
      await server.stop()
    }
  })
}
