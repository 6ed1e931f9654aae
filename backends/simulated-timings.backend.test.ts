/**
 * The simulator's fleet as counters (`--openmetrics`) in the real Prometheus and VictoriaMetrics, against its ground truth (`--truth`): which numbers
 * are equal, and how far the others are off.
 */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { MINUTE_MS, MINUTE_STATE } from '../lib/model/timings.ts'
import { must } from '../lib/sources/contract/answers.ts'
import { isNear, SCRAPE_S } from '../lib/sources/contract/timings-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { openPrometheusSource } from '../lib/sources/prometheus/index.ts'
import { ownFolder } from './process.ts'
import { startPrometheus } from './prometheus.ts'
import { startVictoriaMetrics } from './victoria-metrics.ts'

const NEVER = new AbortController().signal
const NOW = Math.floor(Date.now() / MINUTE_MS) - 2
const SATURATED_US = 59e6

const truthFile = z.object({
  incidents: z.array(
    z.object({
      guildId: z.string(),
      onsetMs: z.number(),
      minutes: z.array(
        z.object({
          minuteMs: z.number(),
          arrived: z.number(),
          processed: z.number(),
          busyUs: z.number(),
          actions: z.record(z.string(), z.tuple([z.number(), z.number()])),
        }),
      ),
    }),
  ),
})
type Told = z.infer<typeof truthFile>['incidents'][number]

let told: Told
let metrics: string
const folder = ownFolder('simulated')
beforeAll(async () => {
  // The spans have to go somewhere.
  const sink = createServer((incoming, response) => incoming.resume().on('end', () => response.end('{}')))
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve))
  const bound = sink.address()
  if (typeof bound !== 'object' || bound === null) throw new Error('no port')
  const [counters, truth] = ['counters.txt', 'truth.json'].map((name) => path.join(folder, name))
  await promisify(execFile)(process.execPath, [
    ...['--import', 'tsx', 'lib/simulator/cli.ts'],
    ...['--preset', 'reaction-flurry', '--demo', '--seed', '1', '--guilds', '12', '--now', String(NOW * MINUTE_MS)],
    ...['--target', `http://127.0.0.1:${bound.port}`, '--openmetrics', counters, '--truth', truth],
  ])
  sink.closeAllConnections()
  sink.close()
  metrics = readFileSync(counters, 'utf8')
  ;[told] = truthFile.parse(JSON.parse(readFileSync(truth, 'utf8'))).incidents
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SERVERS = {
  Prometheus: () => startPrometheus(metrics),
  VictoriaMetrics: async () => {
    const server = await startVictoriaMetrics()
    // Its import takes milliseconds, and no comment at the end.
    const body = metrics.replace(/^([^#].*) (\d+)$/gm, '$1 $2000').replace('# EOF\n', '')
    const sent = await fetch(`${server.url}/api/v1/import/prometheus`, { method: 'POST', body })
    if (!sent.ok) throw new Error(`VictoriaMetrics refused the history: ${sent.status}`)
    await fetch(`${server.url}/internal/force_flush`)
    return server
  },
}

const sum = (values: readonly number[]) => values.reduce((all, value) => all + value, 0)

for (const name of ['Prometheus', 'VictoriaMetrics'] as const)
  test(`${name}: minutes, counts, arrivals and the onset of the simulated incident`, async () => {
    const server = await SERVERS[name]()
    const settings = sourceSettings.parse({ kind: 'prometheus', url: server.url })
    if (settings.kind !== 'prometheus') throw new Error('not this kind')
    const client = createBackendClient('metrics', settings)
    const { timings } = openPrometheusSource('metrics', settings, client)
    try {
      const minutes = told.minutes.filter(({ minuteMs }) => minuteMs < NOW * MINUTE_MS)
      const fromMs = minutes[0].minuteMs
      const answer = must(
        await timings.minutes(told.guildId, { fromMs, toMs: fromMs + minutes.length * MINUTE_MS }, NEVER),
      )
      const width = answer.actions.length
      /** By minute: of one action, or of all. */
      const shown = (measure: 'busyUs' | 'count' | 'arrived', of?: string) =>
        minutes.map((_, m) => {
          const cells = answer.cells[measure]?.slice(m * width, (m + 1) * width) ?? []
          return cells.reduce((all, value, a) => (of === undefined || answer.actions[a] === of ? all + value : all), 0)
        })
      const expectNear = (what: string, values: readonly number[], truth: readonly number[]) => {
        const wrong = values.flatMap((value, m) =>
          isNear(value, truth[m], truth[m - 1] ?? 0) ? [] : [[m, value, truth[m]]],
        )
        expect([what, wrong]).toEqual([what, []])
      }

      // Equal: which minutes there are, and which actions.
      expect(answer.state).toEqual(minutes.map(() => MINUTE_STATE.data))
      const actions = new Set(minutes.flatMap((minute) => Object.keys(minute.actions)))
      expect([...answer.actions].sort()).toEqual([...actions].sort())

      // Off by no more than a scrape interval's share of the change since the minute before: every minute of every measure.
      const busy = shown('busyUs')
      const truth = minutes.map((minute) => minute.busyUs)
      expectNear('busy', busy, truth)
      expectNear(
        'count',
        shown('count'),
        minutes.map((minute) => minute.processed),
      )
      expectNear(
        'arrived',
        shown('arrived'),
        minutes.map((minute) => minute.arrived),
      )
      for (const action of actions) {
        expectNear(
          `count of ${action}`,
          shown('count', action),
          minutes.map((minute) => minute.actions[action]?.[1] ?? 0),
        )
        expectNear(
          `arrived of ${action}`,
          shown('arrived', action),
          minutes.map((minute) => minute.actions[action]?.[0] ?? 0),
        )
      }

      // So a guild that stays at its limit reads so to 0.01 s, and its total is off by a scrape interval's work at most.
      const onset = minutes.findIndex(({ minuteMs }) => minuteMs === told.onsetMs)
      for (let m = onset + 2; m < minutes.length; m++) expect(Math.abs(busy[m] - truth[m])).toBeLessThan(0.01e6)
      expect(Math.abs(sum(busy) - sum(truth))).toBeLessThan((SCRAPE_S / 60) * Math.max(...truth))
      // Its first saturated minute is the true one or the one after.
      expect([onset, onset + 1]).toContain(busy.findIndex((us) => us >= SATURATED_US))

      const fleet = must(await timings.fleet({ minutes: 30, limit: 20, atMs: NOW * MINUTE_MS }, NEVER))
      expect(fleet.total).toBe(12)
      expect(fleet.guilds[0].guildId).toBe(told.guildId)
    } finally {
      await client.close()
      await server.stop()
    }
  })
