/** The embedded store at 11 million spans: bytes on disk, and how long its answers take. Straight on the store, without HTTP. */
import { execFile } from 'node:child_process'
import { readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { formatBytes, formatCount, formatDuration } from '../lib/base/format.ts'
import type { Result } from '../lib/base/result.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import type { EmbeddedStore } from '../lib/store/types.ts'
import { openBenchStore } from './open-store.ts'
import { SpanLoad } from './span-load.ts'

export interface BenchLine {
  readonly what: string
  readonly budget: string
  readonly figure: string
  readonly ok: boolean
}

const SPANS = Number(process.env.BENCH_SPANS ?? 11_000_000)
const SPANS_PER_TRACE = 200
const TRACES_PER_REQUEST = 50
const LANES = 6
/** Load is spread over this much of the past, inside the ordinary retention. */
const HISTORY_MS = 54 * MINUTE_MS
const NEVER = new AbortController().signal
const MS = 1e6

export async function benchStore(): Promise<BenchLine[]> {
  const dataDir = join(tmpdir(), `guildscope-bench-${process.pid}`)
  try {
    return await measure(dataDir)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measure(dataDir: string): Promise<BenchLine[]> {
  const lines: BenchLine[] = []
  const load = new SpanLoad({ seed: 7, guilds: 300, spansPerTrace: SPANS_PER_TRACE })
  const first = await openBenchStore(dataDir)
  const now = Date.now()
  const filled = await fill(first, load, now)
  lines.push(
    line('store: ingest, durable, without HTTP', 60_000, filled.perSecond, (n) => `${formatCount(n)} spans/s`, 'least'),
  )
  await fillTimings(first, now)
  await bigTrace(first, now)
  await first.close()
  const stored = SPANS + 1_000_000
  lines.push(line('store: disk', 110, folderBytes(dataDir) / stored, (n) => `${n.toFixed(1)} B/span`))

  lines.push(line('store: idle memory of a process that opens it', 300e6, await idleMemory(dataDir), formatBytes))
  const store = await openBenchStore(dataDir)
  const traces = Math.floor(SPANS / SPANS_PER_TRACE)
  const pick = (n: number) => Math.floor((n + 0.5) * (traces / 20))
  const from = now - HISTORY_MS - MINUTE_MS
  const small = await times(20, async (n) =>
    must(await store.traces.traceWire(load.traceId(pick(n)), undefined, NEVER)),
  )
  lines.push(timeLine('store: 200-span trace by id, median of 20', 50, small.median))
  const guild = SpanLoad.guildId(3)
  const range = { guild, fromMs: from, toMs: from + 60 * MINUTE_MS }
  const list = await times(7, async () =>
    must(await store.traces.searchTraces({ ...range, sort: 'newest', limit: 50 }, NEVER)),
  )
  lines.push(timeLine('store: traces of a guild and hour', 100, list.median))
  const busy = { ...range, guild: SpanLoad.guildId(0) }
  const slowest = await times(5, async () =>
    must(await store.traces.searchTraces({ ...busy, sort: 'slowest', limit: 50 }, NEVER)),
  )
  lines.push(timeLine('store: the same for a guild with half of all traces', 100, slowest.median))
  const flame = await times(3, async () => must(await store.traces.flame({ ...busy, maxSpans: 500_000 }, NEVER)))
  lines.push(timeLine('store: flame graph of 500k spans of a guild’s hour', 1_000, flame.median))
  const heat = await times(7, async () =>
    must(await store.timings.minutes('large', { fromMs: now - 360 * MINUTE_MS, toMs: now }, NEVER)),
  )
  lines.push(timeLine('store: heat map of 6 h', 100, heat.median))
  const fleet = await times(7, async () => must(await store.timings.fleet({ minutes: 60, limit: 2_000 }, NEVER)))
  lines.push(timeLine('store: fleet of 1,500 guilds, 60 min', 100, fleet.median))
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  const big = await times(3, async () => must(await store.traces.traceWire('b'.repeat(32), undefined, NEVER)))
  clearInterval(watch)
  lines.push(timeLine('store: trace of 1M spans, read, built and encoded', 1_200, big.median))
  lines.push(line('store: added by a 1M-span trace at its peak', 500e6, peak - before, formatBytes))
  await sleep(60_000)
  lines.push(line('store: still added 60 s later', 100e6, Math.max(0, process.memoryUsage().rss - before), formatBytes))
  await store.close()
  return lines
}

async function fill(store: EmbeddedStore, load: SpanLoad, now: number): Promise<{ readonly perSecond: number }> {
  const requests = Math.ceil(SPANS / SPANS_PER_TRACE / TRACES_PER_REQUEST)
  const from = now - HISTORY_MS
  let next = 0
  const lane = async () => {
    while (next < requests) {
      const n = next++
      const every = HISTORY_MS / requests / TRACES_PER_REQUEST
      const body = load.request(TRACES_PER_REQUEST, from + n * every * TRACES_PER_REQUEST, every)
      must(await store.ingestTraces(body, 'protobuf'))
    }
  }
  const start = performance.now()
  await Promise.all(Array.from({ length: LANES }, lane))
  return { perSecond: (SPANS / (performance.now() - start)) * 1000 }
}

/** One message to a million sessions. */
async function bigTrace(store: EmbeddedStore, now: number): Promise<void> {
  const load = new SpanLoad({ seed: 11, guilds: 1, spansPerTrace: 10_000 })
  load.oneTrace = Buffer.alloc(16, 0xbb)
  for (let n = 0; n < 100; n++) must(await store.ingestTraces(load.request(1, now - 20 * MINUTE_MS, 1), 'protobuf'))
}

/** 1,500 guilds × 60 min × 20 actions, and one guild with 6 h × 40 actions. */
async function fillTimings(store: EmbeddedStore, now: number): Promise<void> {
  const minute = Math.floor(now / MINUTE_MS)
  const sample = (guildId: string, ago: number, action: number, sessions: number) => ({
    guildId,
    minute: new Date((minute - ago) * MINUTE_MS).toISOString(),
    node: `n${ago % 3}`,
    action: `action_${action}`,
    ...{
      busyUs: 1000 + ((ago * action * 977) % 900_000),
      count: 100 + action,
      waitUsTotal: 12_345 * action,
      arrived: 101,
      sessions,
    },
  })
  const utf8 = new TextEncoder()
  const send = async (samples: readonly object[]) =>
    must(await store.ingestTimings(utf8.encode(JSON.stringify({ samples })), 'json'))
  await send([sample('large', 0, 0, 1e6)])
  // Until the store has noticed that it is the largest, its samples rotate like everybody's.
  await sleep(4_000)
  for (let ago = 0; ago < 360; ago += 30)
    await send(Array.from({ length: 30 * 40 }, (_, k) => sample('large', ago + Math.floor(k / 40), k % 40, 1e6)))
  for (let ago = 0; ago < 60; ago++)
    await send(Array.from({ length: 1_500 * 20 }, (_, k) => sample(`guild-${Math.floor(k / 20)}`, ago, k % 20, 100)))
}

async function idleMemory(dataDir: string): Promise<number> {
  const script = fileURLToPath(new URL('./store-idle.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', script, dataDir])
  return Number(stdout)
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

async function times(count: number, work: (n: number) => Promise<unknown>): Promise<{ readonly median: number }> {
  const taken: number[] = []
  for (let n = 0; n < count; n++) {
    const start = performance.now()
    await work(n)
    taken.push(performance.now() - start)
  }
  taken.sort((a, b) => a - b)
  return { median: taken[taken.length >> 1] }
}

function timeLine(what: string, budgetMs: number, takenMs: number): BenchLine {
  return line(what, budgetMs, takenMs, (ms) => formatDuration(ms * MS))
}

function line(
  what: string,
  budget: number,
  value: number,
  format: (n: number) => string,
  bound: 'most' | 'least' = 'most',
): BenchLine {
  const sign = bound === 'most' ? '≤' : '≥'
  return {
    what,
    budget: `${sign} ${format(budget)}`,
    figure: format(value),
    ok: bound === 'most' ? value <= budget : value >= budget,
  }
}

function folderBytes(folder: string): number {
  let bytes = 0
  for (const file of readdirSync(folder)) bytes += statSync(join(folder, file)).size
  return bytes
}
