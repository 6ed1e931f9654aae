import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { Result } from '../base/result.ts'
import { MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import { otlpRequest, type SpanSketch } from '../sources/contract/otlp-request.ts'
import type { StoreConfig } from './config.ts'
import { Engine } from './engine.ts'
import { NEVER } from './readers.ts'
import { temporaryConfig } from './store-fixture.ts'

const utf8 = new TextEncoder()
const open: { engine: Engine; dispose: () => void }[] = []

afterEach(async () => {
  for (const { engine, dispose } of open.splice(0)) {
    await engine.close()
    dispose()
  }
})

/** An engine in this thread, whose upkeep runs only when a test asks for it. */
async function start(changes: Partial<StoreConfig> = {}): Promise<{ engine: Engine; config: StoreConfig }> {
  const { config, dispose } = temporaryConfig(changes)
  const engine = await Engine.open(config)
  open.push({ engine, dispose })
  return { engine, config }
}

async function reopen(engine: Engine, config: StoreConfig): Promise<Engine> {
  const entry = open.find((each) => each.engine === engine)
  if (entry === undefined) throw new Error('not open')
  await engine.close()
  entry.engine = await Engine.open(config)
  return entry.engine
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

async function sendSpans(engine: Engine, baseMs: number, ...spans: SpanSketch[]): Promise<void> {
  must(await engine.ingestTraces(utf8.encode(JSON.stringify(otlpRequest(spans, baseMs))), 'json'))
}

async function sendSamples(engine: Engine, samples: readonly object[]): Promise<void> {
  must(await engine.ingestTimings(utf8.encode(JSON.stringify({ samples })), 'json'))
}

function sample(guildId: string, minute: number, busyUs: number, more: object = {}): object {
  return { guildId, minute: new Date(minute * MINUTE_MS).toISOString(), node: 'n', action: 'a', busyUs, ...more }
}

function folderBytes(config: StoreConfig): number {
  return readdirSync(config.dataDir).reduce((sum, file) => sum + statSync(join(config.dataDir, file)).size, 0)
}

function sliceFiles(config: StoreConfig, kind: string): string[] {
  return readdirSync(config.dataDir).filter((file) => file.startsWith(kind) && file.endsWith('.duckdb'))
}

const trace = (n: number) => n.toString(16).padStart(32, 'a')
const id = (n: number) => n.toString(16).padStart(16, '0')

/** Many spans with incompressible ids, so that a slice has a size one can measure. */
function bulk(traceId: string, count: number, guild: string): SpanSketch[] {
  return Array.from({ length: count }, (_, n) => ({
    trace: traceId,
    id: ((BigInt(n + 1) * 0x9e37_79b9_7f4a_7c15n) % (1n << 64n)).toString(16).padStart(16, '0'),
    guild,
    name: `span ${n % 10}`,
  }))
}

describe('rotation', () => {
  test('what is past its time is gone, and the folder really shrinks', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    await sendSpans(engine, now - 50 * MINUTE_MS, ...bulk(trace(1), 30_000, 'g'))
    await sendSpans(engine, now, { trace: trace(2), id: id(1), guild: 'g' })
    const again = await reopen(engine, config)
    const before = folderBytes(config)
    expect(before).toBeGreaterThan(300_000)
    await again.maintain(now)
    expect(must(await again.trace(trace(1), NEVER)).spans.count).toBe(30_000)
    await again.maintain(now + 21 * MINUTE_MS)
    expect(folderBytes(config)).toBeLessThan(before / 2)
    expect((await again.trace(trace(1), NEVER)).ok).toBe(false)
    expect(must(await again.trace(trace(2), NEVER)).spans.count).toBe(1)
  })

  test('minutes are served up to the horizon, to the minute, even while their slice still exists', async () => {
    const { engine } = await start()
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const current = now / MINUTE_MS
    await sendSamples(
      engine,
      [58, 59, 60, 61, 62].map((ago) => sample('g', current - ago, 5)),
    )
    const range = { fromMs: now - 62 * MINUTE_MS, toMs: now - 57 * MINUTE_MS }
    const answer = must(await engine.timings.minutes('g', range, now, NEVER))
    const { rotated, data } = MINUTE_STATE
    expect(answer.state).toEqual([rotated, rotated, data, data, data])
    expect(answer.cells.busyUs).toEqual([-1, -1, 5, 5, 5])
  })

  test('time stamps from another age make no slices of their own', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    const ages = [0, 1, 86_400_000, now - 40 * 86_400_000, now + 3_600_000, now + 1e12]
    for (const [n, at] of ages.entries()) await sendSpans(engine, at, { trace: trace(n + 1), id: id(1), guild: 'g' })
    const far = BigInt('18446744073709551615')
    await sendSpans(engine, now, {
      trace: trace(9),
      id: id(1),
      more: { startTimeUnixNano: String(far), endTimeUnixNano: String(far) },
    })
    expect(sliceFiles(config, 'traces')).toHaveLength(1)
    for (const [n] of ages.entries()) expect(must(await engine.trace(trace(n + 1), NEVER)).spans.count).toBe(1)
    // They go with the slice in which they arrived.
    await engine.maintain(now + 71 * MINUTE_MS)
    expect(sliceFiles(config, 'traces')).toHaveLength(0)
  })

  test('over the cap the oldest slices go early, and the figures say so', async () => {
    const { engine, config } = await start({ diskCapBytes: 1_500_000 })
    const now = Date.now()
    for (let n = 0; n < 4; n++)
      await sendSpans(engine, now - (45 - n * 11) * MINUTE_MS, ...bulk(trace(n + 1), 20_000, 'g'))
    const again = await reopen(engine, config)
    expect(folderBytes(config)).toBeGreaterThan(1_500_000)
    await again.maintain(now)
    expect(folderBytes(config)).toBeLessThanOrEqual(1_500_000)
    expect((await again.trace(trace(1), NEVER)).ok).toBe(false)
    expect(must(await again.trace(trace(4), NEVER)).spans.count).toBe(20_000)
    expect(again.stats().notes.join()).toContain('before their time')
  })
})

describe('what outlives rotation', () => {
  test('a guild that was saturated is held, its traces too, and others are not', async () => {
    const { engine } = await start()
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const current = now / MINUTE_MS
    const busy = (ago: number) => (ago <= 40 && ago > 35 ? 59_500_000 : 1_000_000)
    await sendSamples(
      engine,
      Array.from({ length: 55 }, (_, ago) => sample('sick', current - ago, busy(ago))),
    )
    await sendSamples(
      engine,
      Array.from({ length: 55 }, (_, ago) => sample('well', current - ago, 1_000_000)),
    )
    await sendSpans(engine, now - 38 * MINUTE_MS, { trace: trace(1), id: id(1), guild: 'sick', stage: 'guild' })
    await sendSpans(engine, now - 38 * MINUTE_MS, { trace: trace(2), id: id(1), guild: 'well', stage: 'guild' })
    // A span of the held trace that names no guild, in a commit of its own.
    await sendSpans(engine, now - 38 * MINUTE_MS, { trace: trace(1), id: id(2), parent: id(1), name: 'later', at: 5 })
    await engine.maintain(now)
    const held = engine.timings.retention('sick', now).heldUntilMs
    expect(held).toBe(now - 35 * MINUTE_MS + 24 * 3_600_000)
    expect(engine.timings.retention('well', now).heldUntilMs).toBeUndefined()

    const later = now + 5 * 3_600_000
    await engine.maintain(later)
    const range = { fromMs: now - 54 * MINUTE_MS, toMs: now - 30 * MINUTE_MS }
    const sick = must(await engine.timings.minutes('sick', range, later, NEVER))
    expect(new Set(sick.state)).toEqual(new Set([MINUTE_STATE.data]))
    expect(new Set(sick.held)).toEqual(new Set([1]))
    expect(sick.cells.busyUs.filter((us) => us === 59_500_000)).toHaveLength(5)
    const well = must(await engine.timings.minutes('well', range, later, NEVER))
    expect(new Set(well.state)).toEqual(new Set([MINUTE_STATE.rotated]))
    const kept = must(await engine.trace(trace(1), NEVER))
    expect([...kept.spans.nameId].map((name) => kept.spans.names[name])).toEqual(['work', 'later'])
    const details = must(await engine.spanDetails(trace(1), 0, 2, NEVER))
    expect(details.attributes).toContainEqual({ key: 'guild.id', type: 'string', value: 'sick' })
    expect(details.resource).toContainEqual({ key: 'service.name', type: 'string', value: 'contract' })
    expect((await engine.trace(trace(2), NEVER)).ok).toBe(false)

    const over = now + 25 * 3_600_000
    await engine.maintain(over)
    expect((await engine.trace(trace(1), NEVER)).ok).toBe(false)
    const gone = must(await engine.timings.minutes('sick', range, over, NEVER))
    expect(new Set(gone.state)).toEqual(new Set([MINUTE_STATE.rotated]))
  })

  test('a guild that fell silent after load is held', async () => {
    const { engine } = await start()
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const current = now / MINUTE_MS
    await sendSamples(
      engine,
      Array.from({ length: 20 }, (_, k) => sample('dead', current - 10 - k, 5_000_000)),
    )
    await sendSamples(
      engine,
      Array.from({ length: 20 }, (_, k) => sample('well', current - k, 5_000_000)),
    )
    await engine.maintain(now)
    expect(engine.timings.retention('dead', now).heldUntilMs).toBeDefined()
    expect(engine.timings.retention('well', now).heldUntilMs).toBeUndefined()
    const hours = now + 3 * 3_600_000
    await sendSamples(engine, [sample('well', hours / MINUTE_MS, 5_000_000)])
    const fleet = must(await engine.timings.fleet({ minutes: 60, limit: 10 }, hours, NEVER))
    expect(fleet.guilds[0]).toMatchObject({ guildId: 'dead', silentSinceMs: now - 9 * MINUTE_MS, held: true })
  })

  test('a guild that was saturated before it died stays silent for as long as it is held, and no longer once it reports', async () => {
    const { engine } = await start()
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const current = now / MINUTE_MS
    await sendSamples(
      engine,
      Array.from({ length: 20 }, (_, k) => sample('dead', current - 10 - k, 59_500_000)),
    )
    await sendSamples(
      engine,
      Array.from({ length: 20 }, (_, k) => sample('well', current - k, 5_000_000)),
    )
    await engine.maintain(now)
    const silentSinceMs = now - 9 * MINUTE_MS
    const first = must(await engine.timings.fleet({ minutes: 60, limit: 10 }, now, NEVER))
    expect(first.guilds[0]).toMatchObject({ guildId: 'dead', silentSinceMs })
    const hours = now + 3 * 3_600_000
    const later = must(await engine.timings.fleet({ minutes: 60, limit: 10 }, hours, NEVER))
    expect(later.guilds).toMatchObject([{ guildId: 'dead', silentSinceMs, held: true }])
    // Three quiet minutes: too little load for another silence, and the end of this one.
    await sendSamples(
      engine,
      [0, 1, 2].map((ago) => sample('dead', current - ago, 10)),
    )
    await engine.maintain(now)
    const back = must(await engine.timings.fleet({ minutes: 60, limit: 10 }, hours, NEVER))
    expect(back.guilds).toEqual([])
    expect(engine.timings.retention('dead', hours).heldUntilMs).toBeDefined()
  })

  test('the largest guilds outlive the others, also with what came before they were known to be large', async () => {
    const { engine } = await start({ largestGuilds: 1 })
    const now = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
    const current = now / MINUTE_MS
    await sendSpans(engine, now - 30 * MINUTE_MS, { trace: trace(1), id: id(1), guild: 'large' })
    await sendSpans(engine, now - 30 * MINUTE_MS, { trace: trace(2), id: id(1), guild: 'small' })
    await sendSamples(engine, [
      sample('large', current - 30, 10, { sessions: 9000 }),
      sample('small', current - 30, 99, { sessions: 5 }),
    ])
    await engine.maintain(now)
    expect(engine.timings.retention('large', now).rule).toBe('30 days (among the 1 largest by sessions)')
    expect(engine.timings.retention('small', now).rule).toBe('60 min')
    const later = now + 90 * MINUTE_MS
    // Still the largest by what it says later on.
    await sendSamples(engine, [sample('large', current + 8, 10, { sessions: 9000 })])
    await engine.maintain(later)
    expect(must(await engine.trace(trace(1), NEVER)).spans.count).toBe(1)
    expect((await engine.trace(trace(2), NEVER)).ok).toBe(false)
    const range = { fromMs: now - 31 * MINUTE_MS, toMs: now - 29 * MINUTE_MS }
    expect(must(await engine.timings.minutes('large', range, later, NEVER)).cells.busyUs).toEqual([-1, 10])
  })

  test('hours are added up before their minutes rotate, once', async () => {
    const { engine, config } = await start()
    const hour = Math.floor(Date.now() / 3_600_000) * 3_600_000
    const at = (minute: number) => hour / MINUTE_MS - 20 + minute
    const now = Date.now()
    if (now - hour < 30 * MINUTE_MS)
      await sendSamples(
        engine,
        Array.from({ length: 20 }, (_, m) => sample('g', at(m), 10, { count: 2 })),
      )
    else
      await sendSamples(
        engine,
        Array.from({ length: 20 }, (_, m) => sample('g', at(20 + m), 10, { count: 2 })),
      )
    await engine.maintain(hour + 125 * MINUTE_MS)
    const again = await reopen(engine, config)
    await again.maintain(hour + 126 * MINUTE_MS)
    const totals = await again.totals.read('g', hour - 3_600_000, hour + 3_600_000)
    expect(totals.map(({ guild, action, busyUs, count }) => ({ guild, action, busyUs, count }))).toEqual([
      { guild: 'g', action: 'a', busyUs: 200, count: 40 },
    ])
  })
})

describe('start', () => {
  test('what was written is there after a restart, and after a stop without closing', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    await sendSpans(engine, now, { trace: trace(1), id: id(1), guild: 'g' })
    await sendSamples(engine, [sample('g', Math.floor(now / MINUTE_MS) - 1, 5)])
    const again = await reopen(engine, config)
    expect(must(await again.trace(trace(1), NEVER)).spans.count).toBe(1)
    await sendSpans(again, now, { trace: trace(1), id: id(2), parent: id(1), guild: 'g' })
    expect(must(await again.trace(trace(1), NEVER)).spans.count).toBe(2)
    const page = must(await again.searchTraces({ guild: 'g', sort: 'newest', limit: 5 }, NEVER))
    expect(page.items).toMatchObject([{ spanCount: 2 }])
  })

  test('figures and the newest trace of each guild are known again after a restart', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    await sendSpans(engine, now - 50 * MINUTE_MS, { trace: trace(1), id: id(1), guild: 'g' })
    await sendSpans(engine, now - 5 * MINUTE_MS, { trace: trace(2), id: id(1), guild: 'g' })
    await sendSpans(engine, now - 20 * MINUTE_MS, { trace: trace(3), id: id(1), guild: 'h' })
    const minute = Math.floor(now / MINUTE_MS)
    await sendSamples(engine, [sample('g', minute - 9, 5), sample('g', minute, 5), sample('h', minute - 1, 5)])
    const again = await reopen(engine, config)
    await again.maintain(now)
    const fleet = must(await again.timings.fleet({ minutes: 60, limit: 10 }, now, NEVER))
    expect(Object.fromEntries(fleet.guilds.map((guild) => [guild.guildId, guild.lastTraceMs]))).toEqual({
      g: now - 5 * MINUTE_MS,
      h: now - 20 * MINUTE_MS,
    })
    expect(again.stats()).toMatchObject({
      spansStored: 3,
      timingSamplesStored: 3,
      oldestSpanMs: now - 50 * MINUTE_MS,
      newestSpanMs: now - 5 * MINUTE_MS,
      oldestTimingMs: (minute - 9) * MINUTE_MS,
      newestTimingMs: minute * MINUTE_MS,
    })
  })

  test('a slice that cannot be opened is put aside and named; the others work', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    await sendSpans(engine, now - 30 * MINUTE_MS, { trace: trace(1), id: id(1) })
    await sendSpans(engine, now, { trace: trace(2), id: id(1) })
    const [first] = sliceFiles(config, 'traces').sort()
    await engine.close()
    writeFileSync(join(config.dataDir, first), 'not a database')
    writeFileSync(join(config.dataDir, 'half.next'), 'left over')
    const entry = open.find((each) => each.engine === engine)
    if (entry === undefined) throw new Error('not open')
    entry.engine = await Engine.open(config)
    expect((await entry.engine.trace(trace(1), NEVER)).ok).toBe(false)
    expect(must(await entry.engine.trace(trace(2), NEVER)).spans.count).toBe(1)
    expect(entry.engine.stats().notes.join()).toContain('.broken-')
    expect(readdirSync(config.dataDir).some((file) => file.startsWith(`${first}.broken-`))).toBe(true)
    expect(existsSync(join(config.dataDir, 'half.next'))).toBe(false)
  })

  test('replaced samples leave the disk when their slice is settled', async () => {
    const { engine, config } = await start()
    const now = Date.now()
    const minute = Math.floor(now / MINUTE_MS) - 30
    for (let n = 0; n < 20; n++) await sendSamples(engine, [sample('g', minute, n), sample('h', minute, n)])
    await engine.maintain(now)
    expect(engine.stats().timingSamplesStored).toBe(2)
    const range = { fromMs: minute * MINUTE_MS, toMs: (minute + 1) * MINUTE_MS }
    expect(must(await engine.timings.minutes('g', range, now, NEVER)).cells.busyUs).toEqual([19])
    // And the slice still takes late ones.
    await sendSamples(engine, [sample('g', minute, 77)])
    expect(must(await engine.timings.minutes('g', range, now, NEVER)).cells.busyUs).toEqual([77])
    expect(sliceFiles(config, 'timings')).toHaveLength(1)
  })
})
