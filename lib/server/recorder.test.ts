import { afterEach, expect, test } from 'vitest'
import { SampleColumns } from '../analysis/timings/answers.ts'
import { fail, ok, type Result } from '../base/result.ts'
import { MINUTE_MS, type TimingSample } from '../model/timings.ts'
import { type SampleBackend, sampledTimings } from '../sources/sampled/sampled-timings.ts'
import { mustOpen, temporaryConfig } from '../store/store-fixture.ts'
import { Recorder } from './recorder.ts'

const NEVER = new AbortController().signal
const NOW = Math.floor(Date.now() / MINUTE_MS)
const open: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

/** Somebody else's service over a list of samples; `down`: it does not answer. */
function serviceOf(samples: readonly TimingSample[]) {
  const asked: string[] = []
  const state = { down: false }
  const backend: SampleBackend = {
    name: 'theirs',
    gapsAreUnknown: false,
    read: async (guild, from, to) => {
      if (state.down) return fail('unavailable', 'theirs', 'theirs does not answer.', 'Wait.')
      if (guild !== undefined) asked.push(guild)
      const columns = new SampleColumns()
      for (const sample of samples) {
        const minute = sample.minuteMs / MINUTE_MS
        if ((guild === undefined || sample.guildId === guild) && minute >= from && minute < to) columns.add(sample)
      }
      return ok({ rows: columns.rows, notes: [] })
    },
    retention: async () => ok({ rule: 'an hour' }),
    health: async () => ({ name: 'theirs', kind: 'timings-http', ok: true, facts: [] }),
  }
  return { source: sampledTimings(backend), asked, state }
}

const minutesOf = (guildId: string, from: number, until: number, busyUs: number): TimingSample[] =>
  Array.from({ length: from - until + 1 }, (_, k) => ({
    guildId,
    minuteMs: (NOW - from + k) * MINUTE_MS,
    node: 'n1',
    action: 'a',
    busyUs,
  }))

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

async function recorderOver(samples: readonly TimingSample[]) {
  const { config, dispose } = temporaryConfig()
  const store = await mustOpen(config)
  const service = serviceOf(samples)
  const recorder = new Recorder({
    source: service.source,
    ingest: (body, format) => store.ingestTimings(body, format),
    afterMinutes: config.holdAfterSaturatedMinutes,
    beforeMinutes: config.holdBeforeMinutes,
    retentionMinutes: config.retentionMinutes,
    random: () => 0.5,
  })
  open.push(async () => {
    await recorder.stop()
    await store.close()
    dispose()
  })
  return { store, recorder, ...service }
}

test('minutes of saturated and silent guilds are copied and held, with others beside them; the rest is not', async () => {
  const calm = Array.from({ length: 8 }, (_, k) => minutesOf(`calm-${k}`, 40, 0, 1e6 + k)).flat()
  const { store, recorder, asked } = await recorderOver([
    ...minutesOf('sick', 40, 11, 30e6),
    ...minutesOf('sick', 10, 0, 59.5e6),
    ...minutesOf('dead', 40, 10, 20e6),
    ...calm,
  ])
  await recorder.round()
  expect(new Set(asked.slice(0, 2))).toEqual(new Set(['sick', 'dead']))
  expect(asked).toHaveLength(5)
  expect(recorder.words()).toContain('2 suspect')
  const range = { fromMs: (NOW - 40) * MINUTE_MS, toMs: NOW * MINUTE_MS }
  const sick = must(await store.timings.minutes('sick', range, NEVER))
  expect(sick.cells.busyUs.slice(-5)).toEqual(new Array(5).fill(59.5e6))
  await expect
    .poll(
      async () => {
        const [held, silent] = await Promise.all([
          store.timings.retention('sick', NEVER),
          store.timings.retention('dead', NEVER),
        ])
        return must(held).heldUntilMs !== undefined && must(silent).heldUntilMs !== undefined
      },
      { timeout: 10_000 },
    )
    .toBe(true)
})

test('a second round copies only the newest minutes; a failure makes it wait longer, and is said', async () => {
  const { recorder, state } = await recorderOver(minutesOf('sick', 20, 0, 59.5e6))
  await recorder.round()
  const copied = () => Number(/(\d+) samples/.exec(recorder.words())?.[1])
  const first = copied()
  expect(first).toBe(21)
  await recorder.round()
  expect(copied() - first).toBeLessThanOrEqual(5)
  expect(recorder.pauseMs()).toBe(60_000)
  state.down = true
  await recorder.round()
  await recorder.round()
  expect(recorder.pauseMs()).toBe(240_000)
  expect(recorder.words()).toContain('theirs does not answer.')
  for (let k = 0; k < 8; k++) await recorder.round()
  expect(recorder.pauseMs()).toBe(900_000)
  state.down = false
  await recorder.round()
  expect([recorder.pauseMs(), recorder.words().includes('does not answer')]).toEqual([60_000, false])
})
