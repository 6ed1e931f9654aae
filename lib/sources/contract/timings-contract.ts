import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MINUTE_MS, MINUTE_STATE } from '../../model/timings.ts'
import type { TimingsSource } from '../timings-source.ts'
import { must, NEVER } from './answers.ts'

/** A timings service under test. */
export interface TimingsSubject {
  readonly source: TimingsSource
  /** Hands samples of the timings API to the service; resolves when they can be read. */
  send(samples: readonly object[]): Promise<void>
  close(): Promise<void>
}

/**
 * What a service loses of the samples it is sent; never the guild, the minute, the action or the node.
 * - exact minutes: it has counters that are scraped beside the minute. A minute then shows at most `SCRAPE_S` seconds of what happened in
 *   the minute before, and misses as much of its own.
 * - samples again: a counter cannot be stated anew, only the same again.
 * - what was not stated: between a guild's first and last minute a counter that rests is 0.
 */
export type TimingsLoss = 'exact minutes' | 'guild names' | 'histograms' | 'samples again' | 'what was not stated'

/** What counters that are scraped lose: Prometheus and VictoriaMetrics. */
export const SCRAPED_LOSSES = [
  'exact minutes',
  'guild names',
  'histograms',
  'samples again',
  'what was not stated',
] as const satisfies readonly TimingsLoss[]

export interface TimingsTerms {
  readonly losses?: readonly TimingsLoss[]
  /** The clock of the source under test; absent: the machine's. */
  readonly nowMs?: number
}

/** Scrapes are so many seconds apart. */
export const SCRAPE_S = 15

/** Whether a minute shows what it may where the minute before was `before` and this one was `truth`. */
export function isNear(shown: number, truth: number, before: number): boolean {
  return Math.abs(shown - truth) <= (SCRAPE_S / 60) * Math.abs(truth - before) + 1e-6 * truth
}

/** What every timings service must do. */
export function timingsContract(name: string, open: () => Promise<TimingsSubject>, terms: TimingsTerms = {}): void {
  const loses = (loss: TimingsLoss) => terms.losses?.includes(loss) === true
  describe(`timings source contract: ${name}`, () => {
    let subject: TimingsSubject
    // The minute that runs while the suite does; tests use whole minutes before it.
    const now = Math.floor((terms.nowMs ?? Date.now()) / MINUTE_MS)
    const sample = (guildId: string, ago: number, action: string, busyUs: number, more: object = {}) => ({
      guildId,
      minute: new Date((now - ago) * MINUTE_MS).toISOString(),
      node: 'n1',
      action,
      busyUs,
      ...more,
    })
    const minutes = async (guild: string, ago: number, until = 0) =>
      must(
        await subject.source.minutes(
          guild,
          { fromMs: (now - ago) * MINUTE_MS, toMs: (now - until) * MINUTE_MS },
          NEVER,
        ),
      )
    /** Consecutive minutes of one series; −1: nothing was stated. The minute before the first had none. */
    const expectMinutes = (shown: readonly number[], truth: readonly number[]) => {
      if (!loses('exact minutes')) return expect(shown).toEqual(truth)
      const first = truth.findIndex((value) => value >= 0)
      const last = truth.findLastIndex((value) => value >= 0)
      const isRight = shown.map((value, m) => {
        if (m < first || m > last)
          return value === -1 || (loses('what was not stated') && isNear(value, 0, truth[m - 1]))
        return isNear(value, Math.max(0, truth[m]), Math.max(0, m === first ? 0 : truth[m - 1]))
      })
      expect([shown, isRight]).toEqual([shown, truth.map(() => true)])
    }
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())

    test('minutes × actions come back, summed over nodes, −1 where nothing is stated', async () => {
      await subject.send([
        sample('m', 4, 'a', 1000, { count: 10 }),
        sample('m', 4, 'a', 500, { count: 5, node: 'n2' }),
        sample('m', 4, 'b', 100),
        sample('m', 2, 'b', 300, { waitUsMax: 7, guildName: 'Name', sessions: 12 }),
      ])
      const answer = await minutes('m', 5, 1)
      expect(answer).toMatchObject({
        guildId: 'm',
        ...(loses('guild names') ? {} : { guildName: 'Name' }),
        minutes: 4,
        nodes: ['n1', 'n2'],
        fromMs: (now - 5) * MINUTE_MS,
      })
      expect(answer.actions).toEqual(['a', 'b'])
      const cells = (measure: 'busyUs' | 'count', action: number) =>
        answer.cells[measure]?.filter((_, k) => k % 2 === action) ?? []
      expectMinutes(cells('busyUs', 0), [-1, 1500, -1, -1])
      expectMinutes(cells('busyUs', 1), [-1, 100, -1, 300])
      expectMinutes(cells('count', 0), [-1, 15, -1, -1])
      expect(cells('count', 1)).toEqual([-1, -1, -1, -1])
      expect(answer.measures).toEqual(['busyUs', 'count', 'waitUsMax'])
      expect(answer.sessions).toEqual([-1, -1, -1, 12])
      const idle = loses('exact minutes') ? expect.any(Number) : MINUTE_STATE.zero
      expect(answer.state).toEqual([MINUTE_STATE.none, MINUTE_STATE.data, idle, MINUTE_STATE.data])
      const range = { fromMs: (now - 5) * MINUTE_MS, toMs: (now - 1) * MINUTE_MS }
      const json = new TextDecoder().decode(must(await subject.source.minutesJson('m', range, NEVER)))
      expect(JSON.parse(json)).toEqual({ ...answer, nowMs: expect.any(Number) })
    })

    test('a sample that is sent again replaces the one before', async () => {
      const resent = loses('samples again')
      await subject.send([sample('again', 2, 'a', resent ? 4 : 1)])
      if (!resent) {
        await subject.send([sample('again', 2, 'a', 5), sample('again', 2, 'a', 9)])
        expect((await minutes('again', 3, 1)).cells.busyUs).toEqual([-1, 9])
      }
      await subject.send([sample('again', 2, 'a', 4)])
      expectMinutes((await minutes('again', 3, 1)).cells.busyUs, [-1, 4])
      const samples = must(
        await subject.source.samples('again', { fromMs: (now - 3) * MINUTE_MS, toMs: now * MINUTE_MS }, 10, NEVER),
      )
      expect(samples.samples).toMatchObject([{ guildId: 'again', action: 'a', minuteMs: (now - 2) * MINUTE_MS }])
      expectMinutes([samples.samples[0].busyUs], [4])
    })

    test('the running minute is partial, later ones have not come', async () => {
      await subject.send([sample('live', 0, 'a', 10)])
      const answer = await minutes('live', 0, -3)
      expect(answer.partialMinuteMs).toBe(Math.floor(answer.nowMs / MINUTE_MS) * MINUTE_MS)
      expect(answer.state.at(-1)).toBe(MINUTE_STATE.future)
    })

    test('minutes beyond the retention are rotated, not zero', async () => {
      const { retainedFromMs } = must(await subject.source.retention('m', NEVER))
      if (retainedFromMs === undefined) return
      const before = Math.floor(retainedFromMs / MINUTE_MS) - 10
      const answer = must(
        await subject.source.minutes('m', { fromMs: before * MINUTE_MS, toMs: (before + 3) * MINUTE_MS }, NEVER),
      )
      expect(answer.state).toEqual([MINUTE_STATE.rotated, MINUTE_STATE.rotated, MINUTE_STATE.rotated])
    })

    test('histograms give a median and a 99th percentile', async () => {
      const waitHistogram = { boundsUs: [100, 200, 400], counts: [0, 98, 2, 0] }
      await subject.send([sample('h', 2, 'a', 10, { waitHistogram })])
      const answer = await minutes('h', 2, 1)
      if (loses('histograms')) return expect([answer.waitP50Us, answer.waitP99Us]).toEqual([[-1], [-1]])
      expect(answer.waitP50Us[0]).toBeGreaterThan(100)
      expect(answer.waitP50Us[0]).toBeLessThanOrEqual(200)
      expect(answer.waitP99Us[0]).toBeGreaterThan(200)
      expect(answer.waitP99Us[0]).toBeLessThanOrEqual(400)
    })

    test('a minute with more than 60 s on one node is kept and marked', async () => {
      await subject.send([
        sample('over', 3, 'a', 61e6),
        sample('over', 2, 'a', 40e6),
        sample('over', 2, 'a', 40e6, { node: 'n2' }),
      ])
      const answer = await minutes('over', 3, 1)
      if (!loses('exact minutes')) expect(answer.overbooked).toEqual([0])
      expectMinutes(answer.cells.busyUs, [61e6, 80e6])
    })

    test('names of any kind, and huge ids, stay what they are', async () => {
      const guild = '18446744073709551615'
      await subject.send([sample(guild, 2, '<script>\u202e’', 10), sample("o'guild\u0000", 2, 'a', 10)])
      expect((await minutes(guild, 2, 1)).actions).toEqual(['<script>\u202e’'])
      expectMinutes((await minutes("o'guild\u0000", 2, 1)).cells.busyUs, [10])
    })

    test('the fleet is ranked: silent first, then by wait', async () => {
      const busy = (guild: string, from: number, until: number, wait: number) =>
        Array.from({ length: from - until + 1 }, (_, k) =>
          sample(guild, from - k, 'act', 20e6, {
            count: 600,
            waitUsTotal: 600 * wait,
            arrived: 700,
            mailboxDepthMax: 100 * (k + 1),
          }),
        )
      await subject.send([...busy('calm', 20, 1, 1_000), ...busy('sick', 20, 1, 900_000), ...busy('dead', 20, 9, 5)])
      const fleet = must(await subject.source.fleet({ minutes: 30, limit: 100 }, NEVER))
      expect(fleet.rankedBy).toBe('wait')
      const order = fleet.guilds.map((guild) => guild.guildId)
      expect(order[0]).toBe('dead')
      expect(order.indexOf('sick')).toBeLessThan(order.indexOf('calm'))
      const dead = fleet.guilds[0]
      expect(dead.silentSinceMs).toBe((now - 8) * MINUTE_MS)
      const sick = fleet.guilds.find((guild) => guild.guildId === 'sick')
      expect(sick).toMatchObject({ waitKind: 'mean', node: 'n1', saturatedMinutes: 0 })
      expect(sick?.waitUs).toBeCloseTo(900_000, 3)
      expect(sick?.backlog?.depth).toBe(2000)
      expect(sick?.backlog?.perMinute).toBeCloseTo(100)
      expect(fleet.guilds.every((guild) => guild.busyUs.length === 30)).toBe(true)
      const state = await minutes('dead', 12)
      expect(state.state.slice(0, 4)).toEqual([1, 1, 1, 1])
      expect(state.state.slice(4)).toEqual(new Array(8).fill(MINUTE_STATE.silent))
      const limited = must(await subject.source.fleet({ minutes: 30, limit: 1 }, NEVER))
      expect(limited.guilds).toHaveLength(1)
      expect(limited.total).toBe(fleet.total)
    })

    test('the fleet at a moment in the past is what it was then: its minute still ran', async () => {
      await subject.send([
        sample('then', 6, 'act', 30e6),
        sample('then', 5, 'act', 59.9e6),
        sample('then', 4, 'act', 1e6),
      ])
      const atMs = (now - 5) * MINUTE_MS
      const fleet = must(await subject.source.fleet({ atMs, minutes: 30, limit: 100 }, NEVER))
      expect(fleet.nowMs).toBe(atMs)
      expect(fleet.fromMs).toBe(atMs - 29 * MINUTE_MS)
      const guild = fleet.guilds.find(({ guildId }) => guildId === 'then')
      expectMinutes([(guild?.busyNow ?? -1) * 60e6], [30e6])
      expectMinutes(guild?.busyUs.slice(-2) ?? [], [30e6, 59.9e6])
    })

    test('a burst of an action type over the fleet is marked, with the guilds behind it', async () => {
      const rate = (ago: number, count: number) => sample('burster', ago, 'burst', count * 10, { count })
      await subject.send([...Array.from({ length: 15 }, (_, k) => rate(20 - k, 100)), rate(5, 2000), rate(4, 2100)])
      const fleet = must(await subject.source.fleet({ minutes: 30, limit: 5 }, NEVER))
      const strip = fleet.actions.find((action) => action.action === 'burst')
      const minuteOf = (ago: number) => now - ago - fleet.fromMs / MINUTE_MS
      expect(strip?.bursts).toEqual([minuteOf(5), minuteOf(4)])
      expect(strip?.topGuilds).toEqual(['burster'])
      expectMinutes(strip?.count.slice(minuteOf(6), minuteOf(3)) ?? [], [100, 2000, 2100])
    })

    test('unknown guilds have no minutes; impossible ranges are refused', async () => {
      const answer = await minutes('nobody', 3, 1)
      expect([answer.actions, answer.state]).toEqual([[], [MINUTE_STATE.none, MINUTE_STATE.none]])
      const backwards = await subject.source.minutes('m', { fromMs: 1e12, toMs: 1 }, NEVER)
      expect(backwards.ok ? 'ok' : backwards.failure.kind).toBe('bad-request')
      const aborted = await subject.source.fleet({ minutes: 5, limit: 1 }, AbortSignal.abort())
      expect(aborted.ok ? 'ok' : aborted.failure.kind).toBe('cancelled')
    })
  })
}
