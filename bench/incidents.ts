/** Freezing one guild-hour with 200 traces and 100,000 spans beside 60 minutes × 40 actions, answering from it, archives. Without HTTP. */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Readable } from 'node:stream'
import { formatBytes, formatDuration } from '../lib/base/format.ts'
import type { Result } from '../lib/base/result.ts'
import { type Incidents, openIncidents } from '../lib/incidents/incidents.ts'
import type { FreezeRequest } from '../lib/model/freeze.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import { openStore } from '../lib/store/embedded.ts'
import type { EmbeddedStore } from '../lib/store/types.ts'
import type { Figure } from './figure.ts'
import { SpanLoad } from './span-load.ts'

const TRACES = 200
const SPANS_PER_TRACE = 500
const ACTIONS = 40
const AUTHOR = { name: 'bench', known: false }
const RETENTION = { minutes: 120, largeDays: 30, largestGuilds: 20, holdHours: 24, diskCapBytes: 20e9 }

export async function benchIncidents(): Promise<Figure[]> {
  const dataDir = join(tmpdir(), `guildscope-bench-incidents-${process.pid}`)
  try {
    const store = must(
      await openStore({
        dataDir,
        mapping: DEFAULT_MAPPING,
        retentionMinutes: RETENTION.minutes,
        largeRetentionDays: RETENTION.largeDays,
        largestGuilds: RETENTION.largestGuilds,
        diskCapBytes: RETENTION.diskCapBytes,
        holdHours: RETENTION.holdHours,
        holdBeforeMinutes: 30,
        holdAfterSaturatedMinutes: 3,
        memoryLimitBytes: 192 * 2 ** 20,
      }),
    )
    const { traces, timings } = store
    const incidents = must(
      await openIncidents({
        dataDir,
        version: 'bench',
        sources: () => ({ ok: true, value: { traces, timings } }),
        mapping: DEFAULT_MAPPING,
        retention: RETENTION,
      }),
    )
    const figures = await measure(store, incidents)
    await incidents.close()
    await store.close()
    return figures
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measure(store: EmbeddedStore, incidents: Incidents): Promise<Figure[]> {
  const toMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  const fromMs = toMs - 60 * MINUTE_MS
  const guildId = SpanLoad.guildId(0)
  await fill(store, guildId, fromMs)
  const request: FreezeRequest = {
    title: 'bench',
    severity: 'major',
    view: { path: `/guilds/${guildId}`, search: '' },
    sides: [{ guildId, fromMs, toMs }],
    baselines: ['hour'],
    flames: [],
    traceIds: [],
    slowest: 20,
    longestWait: 20,
    sample: TRACES,
  }
  const figures: Figure[] = []
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const frozen = await timed(() => freeze(incidents, request))
  loop.disable()
  figures.push(figure('incidents: freeze a guild-hour, 200 traces, 100k spans', 3_000, frozen.ms))
  figures.push(figure('incidents: longest stall of the process meanwhile', 100, loop.max / 1e6))
  const id = frozen.value
  const opened = await timed(async () => must(await incidents.open(id)))
  const { manifest } = opened.value
  if (manifest === undefined || manifest.traces.length !== TRACES) throw new Error('not everything was frozen')
  figures.push(figure('incidents: what is frozen, every checksum compared', 250, opened.ms))
  const reader = must(await incidents.reader(id))
  const minutes = await timed(async () => must(await reader.minutes(guildId, { fromMs, toMs })))
  figures.push(figure('incidents: heat map of the hour from evidence', 100, minutes.ms))
  const flame = await timed(async () => must(await reader.flame({ guildId, fromMs, toMs, scope: 'trace' })))
  figures.push(figure('incidents: flame graph of the hour from evidence', 100, flame.ms))
  const list = await timed(async () => must(await reader.searchTraces({ guild: guildId, sort: 'slowest', limit: 100 })))
  figures.push(figure('incidents: list of traces from evidence', 100, list.ms))
  const wire = await timed(async () => must(await reader.traceWire(list.value.items[0].traceId)))
  figures.push(figure('incidents: a trace of 500 spans from evidence', 50, wire.ms))
  const archive = await timed(async () => {
    const file = must(await incidents.export(id, 'archive', [], AUTHOR, undefined))
    return new Uint8Array(await new Response(file.bytes).arrayBuffer())
  })
  figures.push(figure('incidents: archive', 5_000, archive.ms))
  const { byteLength } = archive.value
  figures.push({
    what: 'incidents: its size',
    budget: '≤ 10 MiB',
    figure: formatBytes(byteLength),
    ok: byteLength <= 10 * 2 ** 20,
  })
  const markdown = await timed(async () => must(await incidents.export(id, 'markdown', [], AUTHOR, undefined)))
  figures.push(figure('incidents: post-mortem in Markdown', 500, markdown.ms))
  must(await incidents.remove(id, 'bench'))
  const imported = await timed(async () =>
    must(await incidents.import(Readable.from([archive.value], { objectMode: false }), AUTHOR)),
  )
  figures.push(figure('incidents: import, every piece opened', 5_000, imported.ms))
  return figures
}

async function fill(store: EmbeddedStore, guildId: string, fromMs: number): Promise<void> {
  const load = new SpanLoad({ seed: 5, guilds: 1, spansPerTrace: SPANS_PER_TRACE })
  for (let n = 0; n < TRACES; n += 10)
    must(await store.ingestTraces(load.request(10, fromMs + MINUTE_MS + n * 15_000, 15_000), 'protobuf'))
  const samples = Array.from({ length: 60 * ACTIONS }, (_, k) => ({
    guildId,
    minute: new Date(fromMs + Math.floor(k / ACTIONS) * MINUTE_MS).toISOString(),
    node: 'n0',
    action: `action_${k % ACTIONS}`,
    busyUs: 1_000 + ((k * 977) % 900_000),
    count: 100 + (k % 17),
    waitUsTotal: 12_345 * (k % 40),
    arrived: 101,
  }))
  must(await store.ingestTimings(new TextEncoder().encode(JSON.stringify({ samples })), 'json'))
}

async function freeze(incidents: Incidents, request: FreezeRequest): Promise<string> {
  const freezeId = must(incidents.freeze(request, AUTHOR))
  for (;;) {
    const progress = must(await incidents.freezes.progress(freezeId))
    if (progress.state === 'done') return progress.incidentId
    if (progress.state !== 'running') throw new Error(JSON.stringify(progress))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly ms: number }> {
  const start = performance.now()
  const value = await work()
  return { value, ms: performance.now() - start }
}

function figure(what: string, budgetMs: number, takenMs: number): Figure {
  const words = (ms: number) => formatDuration(ms * 1e6)
  return { what, budget: `≤ ${words(budgetMs)}`, figure: words(takenMs), ok: takenMs <= budgetMs }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}
