/** Minutes derived from spans that the embedded store really holds. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Result } from '../../base/result.ts'
import { MINUTE_MS, MINUTE_STATE } from '../../model/timings.ts'
import { mustOpen, temporaryConfig } from '../../store/store-fixture.ts'
import type { EmbeddedStore } from '../../store/types.ts'
import { otlpRequest } from '../contract/otlp-request.ts'
import type { TimingsSource } from '../timings-source.ts'
import { derivedTimings } from './index.ts'

const NEVER = new AbortController().signal
const NOW = Math.floor(Date.now() / MINUTE_MS)
const FIRST = NOW - 10
const { config, dispose } = temporaryConfig()
let store: EmbeddedStore
let derived: TimingsSource

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

const trace = (n: number) => n.toString(16).padStart(32, 'd')
const span = (n: number) => n.toString(16).padStart(16, 'e')
/** Ten per cent of traces were kept. */
const TENTH = { traceState: 'ot=th:e6666666666668' }

beforeAll(async () => {
  store = await mustOpen(config)
  derived = derivedTimings(store.traces)
  const spans = [
    // 30 s of work from 50 s into the first minute on, of which there were ten.
    { trace: trace(1), id: span(1), guild: 'g', stage: 'api', at: 40_000, ms: 45_000, more: TENTH },
    {
      trace: trace(1),
      id: span(2),
      parent: span(1),
      guild: 'g',
      stage: 'guild',
      action: 'act',
      at: 50_000,
      ms: 30_000,
      more: TENTH,
    },
    {
      trace: trace(1),
      id: span(3),
      parent: span(2),
      guild: 'g',
      stage: 'guild',
      action: 'act',
      at: 51_000,
      ms: 5_000,
      more: TENTH,
    },
    // Says nothing of sampling.
    { trace: trace(2), id: span(4), guild: 'unknown', stage: 'guild', action: 'act', at: 1_000, ms: 2_000 },
  ]
  must(
    await store.ingestTraces(new TextEncoder().encode(JSON.stringify(otlpRequest(spans, FIRST * MINUTE_MS))), 'json'),
  )
})
afterAll(async () => {
  await store.close()
  dispose()
})

const range = { fromMs: FIRST * MINUTE_MS, toMs: (FIRST + 4) * MINUTE_MS }

test('minutes are what the guild’s topmost spans cover, as often as they stand for', async () => {
  const answer = must(await derived.minutes('g', range, NEVER))
  expect(answer.actions).toEqual(['act'])
  const busy = answer.cells.busyUs.map((value) => Math.round(value / 1e6))
  expect(busy.slice(0, 2)).toEqual([100, 200])
  expect(answer.state).toEqual([MINUTE_STATE.data, MINUTE_STATE.data, MINUTE_STATE.none, MINUTE_STATE.none])
  expect(answer.notes[0]).toBe('Derived from 1 sampled span of embedded, not counted by the guild’s process.')
  expect(answer.notes[1]).toMatch(/^Busy in all: 300 ± 5\d\d s \(95%, sampling alone\)\.$/)
})

test('an unknown sampling rate is unknown: a lower limit, and that is said', async () => {
  const answer = must(await derived.minutes('unknown', range, NEVER))
  expect(answer.cells.busyUs[0]).toBe(2e6)
  expect(answer.notes[1]).toMatch(/^None of them tells how many it stands for/)
  const none = must(await derived.minutes('nobody', range, NEVER))
  expect(none.notes).toEqual(['Derived from spans of embedded, of which there are none here.'])
})

test('the fleet is that of the newest traces', async () => {
  const fleet = must(await derived.fleet({ minutes: 30, limit: 10 }, NEVER))
  expect(fleet.guilds.map(({ guildId }) => guildId).sort()).toEqual(['g', 'unknown'])
  expect(fleet.notes.join(' ')).toContain('Guilds are those of the newest 2 traces of embedded')
  expect((await derived.health(NEVER)).kind).toBe('derived')
})

test('of a system that is asked for a number of traces, it is said from when on minutes are known', async () => {
  const { traces } = store
  const asked = derivedTimings({
    ...traces,
    name: 'jaeger',
    capabilities: { ...traces.capabilities, flame: false },
    searchTraces: async (query, signal) => {
      const page = await traces.searchTraces(query, signal)
      return page.ok ? { ok: true, value: { ...page.value, next: 'there are more' } } : page
    },
  })
  const range = { fromMs: FIRST * MINUTE_MS, toMs: NOW * MINUTE_MS }
  const since = new Date(FIRST * MINUTE_MS + 40_000).toISOString().slice(11, 16)
  expect(must(await asked.minutes('g', range, NEVER)).notes.join(' ')).toContain(
    `Only the newest 1 traces that jaeger was asked for are read, since ${since} UTC: what was before is not known.`,
  )
  expect(must(await asked.fleet({ minutes: 30, limit: 10 }, NEVER)).notes.join(' ')).toContain(
    'of 2 guilds earlier minutes are not known',
  )
  expect(must(await derived.minutes('g', range, NEVER)).notes.join(' ')).not.toContain('Only the newest')
})
