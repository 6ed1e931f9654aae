/**
 * The adapter over recorded answers of Prometheus 2.42 and VictoriaMetrics 1.79 (`backends/prometheus.backend.test.ts` asks the real ones):
 * twelve minutes of counters, scraped every 15 s from 7 s into the minute on.
 */
import { afterEach, expect, test } from 'vitest'
import type { Result } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import { MINUTE_MS, MINUTE_STATE } from '../../model/timings.ts'
import { createBackendClient } from '../http/create-client.ts'
import { recordedIn, startReplay } from '../http/replay.fixture.ts'
import { sampledTimings } from '../sampled/sampled-timings.ts'
import { prometheusBackend } from './backend.ts'
import { queryOf, quoted, templatesOf } from './templates.ts'

const NEVER = new AbortController().signal
const FIRST = Date.UTC(2026, 10, 20, 12) / MINUTE_MS
const NOW_MS = (FIRST + 12) * MINUTE_MS + 20_000
const RANGE = { fromMs: FIRST * MINUTE_MS, toMs: (FIRST + 10) * MINUTE_MS }
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

function settingsOf(url: string, more: object = {}) {
  const settings = sourceSettings.parse({ kind: 'prometheus', url, ...more })
  if (settings.kind !== 'prometheus') throw new Error('not this kind')
  return settings
}

async function sourceOver(answers: Parameters<typeof startReplay>[0], otherwise?: string, more: object = {}) {
  const replay = await startReplay(
    answers,
    otherwise === undefined
      ? {}
      : {
          otherwise: ({ target }) => ({
            request: target,
            status: 200,
            contentType: 'application/json',
            body: otherwise,
          }),
        },
  )
  const settings = settingsOf(replay.url, more)
  const client = createBackendClient('metrics', settings)
  open.push(async () => {
    await client.close()
    await replay.close()
  })
  const now = () => NOW_MS
  return { replay, source: sampledTimings(prometheusBackend('metrics', settings, client, now), now) }
}

for (const server of ['prometheus-2.42', 'victoria-metrics-1.79'] as const) {
  test(`${server}: what was recorded`, async () => {
    const answers = recordedIn(new URL(`fixtures/${server}`, import.meta.url).pathname)
    const { replay, source } = await sourceOver(answers)
    const answer = must(await source.minutes('42', RANGE, NEVER))
    // Truth is 18 18 65.5 65.5 65.5 36 9 9 9 9 s. Scrapes lie up to 15 s beside the minute: where the load changes, a part of it counts for
    // the minute after; the first scrapes of a counter tell nothing of what it held before.
    const seconds = answer.cells.busyUs.map((us) => us / 1e6)
    const expected = [15.6, 18, 59.2, 65.5, 65.5, 39.9, 12.6, 9, 9, 9]
    for (const [m, value] of seconds.entries()) expect(value).toBeCloseTo(expected[m], 0)
    expect(answer.overbooked).toEqual([])
    const odd = must(await source.minutes('18446744073709551615', RANGE, NEVER))
    expect(odd.actions).toEqual(['<b>\u202e’'])
    expect(odd.state.slice(2, 7)).toEqual([1, 0, 0, 0, 1])
    expect(odd.cells.busyUs.slice(3, 6)).toEqual([-1, -1, -1])
    expect(must(await source.minutes('x"} or vector(1) # \\', RANGE, NEVER)).actions).toEqual([])
    const fleet = must(await source.fleet({ minutes: 12, limit: 10 }, NEVER))
    expect(fleet.guilds.map(({ guildId }) => guildId).sort()).toEqual(['18446744073709551615', '42'])
    const health = await source.health(NEVER)
    expect(health).toMatchObject({ ok: true, kind: 'prometheus' })
    expect(health.lagMs).toBeGreaterThanOrEqual(MINUTE_MS)
    expect(replay.unmatched).toEqual([])
  })
}

test('no number, or one below zero, is unknown; minutes of nobody’s scrape are, too', async () => {
  const at = (m: number) => (FIRST + m + 1) * 60
  const values = [
    [at(0), 'NaN'],
    [at(1), '+Inf'],
    [at(2), '-3'],
    [at(3), '0'],
    [at(5), '1.5'],
  ]
  const metric = { guild_id: 'g', action: 'a', instance: 'n' }
  const body = JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } })
  const { source } = await sourceOver([], body)
  const answer = must(await source.minutes('g', { ...RANGE, toMs: (FIRST + 6) * MINUTE_MS }, NEVER))
  expect(answer.cells.busyUs).toEqual([-1, -1, -1, 0, -1, 1.5e6])
  expect(answer.state[4]).toBe(MINUTE_STATE.none)
  expect(answer.notes.join(' ')).toContain('no finite numbers are left out')
})

test('what refuses a query, or is no such API, is named', async () => {
  const refused = await sourceOver([], '{"status":"error","errorType":"bad_data","error":"parse error: x"}')
  const answer = await refused.source.fleet({ minutes: 5, limit: 1 }, NEVER)
  expect(answer.ok ? '' : answer.failure.what).toBe('metrics refused a query: parse error: x')
  const other = await sourceOver([], '{"hello":1}')
  const none = await other.source.fleet({ minutes: 5, limit: 1 }, NEVER)
  expect(none.ok ? '' : none.failure.what).toContain('not Prometheus’s query API')
})

test('a long range is asked for in parts', async () => {
  const empty = '{"status":"success","data":{"resultType":"matrix","result":[]}}'
  const { source, replay } = await sourceOver([], empty)
  must(await source.minutes('g', { fromMs: RANGE.fromMs - 12_000 * MINUTE_MS, toMs: RANGE.fromMs }, NEVER))
  const parts = replay.requests.filter(
    ({ target }) => target.includes('guild_busy_seconds_total') && !target.includes('count%28sum'),
  )
  const spans = parts.map(({ target }) => new URL(target, 'http://x').searchParams)
  for (const part of spans) expect((Number(part.get('end')) - Number(part.get('start'))) / 60).toBeLessThan(5_000)
  expect(spans.length).toBeGreaterThanOrEqual(3)
})

test('a guild’s id is a value in quotes, whatever it holds', () => {
  expect(quoted('a"\\\n\u2028')).toBe('"a\\"\\\\\\n\\u2028"')
  const { busy } = templatesOf(settingsOf('http://x'))
  expect(queryOf(busy, 'g"} or x')).toContain('{guild_id="g\\"} or x"}')
  expect(queryOf(busy, undefined)).toContain('{guild_id!=""}')
  expect(queryOf('m{g=~{guild}}', 'a.b')).toBe('m{g=~"a\\\\.b"}')
})
