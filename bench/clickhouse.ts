/** ClickHouse as a source and as the store, with the engine on the same processors (chdb behind the tests' HTTP front). */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { type ClickHouse, startClickHouse } from '../backends/clickhouse.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import type { TraceQuery } from '../lib/model/trace-list.ts'
import { ClickHouseTraces } from '../lib/sources/clickhouse/source.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { applyTo, BARE, guildOf, LAST_MS, NAMES, SPANS_A_TRACE, startWithSpans, TRACES } from './clickhouse-data.ts'
import { type Figure, ms, percentile } from './figure.ts'
import { feed } from './ingest.ts'
import { makeTemplate } from './payload.ts'
import { startBenchServer } from './server.ts'

const NEVER = new AbortController().signal
const HOUR_MS = 3_600_000
const SECONDS = Number(process.env.GUILDSCOPE_BENCH_SECONDS ?? 60)
/** As a collector's `batch` processor sends them. */
const SPANS_A_REQUEST = 8_192
const PARTS = (process.env.GUILDSCOPE_BENCH_CLICKHOUSE ?? 'read,ingest').split(',')

export async function benchClickhouse(): Promise<Figure[]> {
  const figures: Figure[] = []
  if (PARTS.includes('read')) figures.push(...(await reading()))
  if (PARTS.includes('ingest')) figures.push(...(await ingest()))
  return figures
}

async function reading(): Promise<Figure[]> {
  const { engine, large } = await startWithSpans()
  try {
    const spans = TRACES * SPANS_A_TRACE
    const disk = await engine.query(
      `SELECT sum(bytes_on_disk) / sum(rows) FROM system.parts WHERE active AND table = '${NAMES.traces}' FORMAT TSV`,
    )
    return [
      await wire(engine, large),
      ...(await searches(engine, `guild search in ${spans.toLocaleString('en')} spans`)),
      { what: 'bytes on disk a span', budget: '–', figure: Number(disk).toFixed(1), ok: true },
    ]
  } finally {
    await engine.stop()
  }
}

function open(engine: ClickHouse, tracesTable: string) {
  const settings = sourceSettings.parse({
    kind: 'clickhouse',
    url: engine.url,
    tracesTable,
    timeoutMs: 120_000,
    totalTimeoutMs: 120_000,
  })
  if (settings.kind !== 'clickhouse') throw new Error('not a ClickHouse')
  const client = createBackendClient('engine', settings, {})
  return { source: new ClickHouseTraces('engine', settings, client), close: () => client.close() }
}

/** Wall times of `runs` runs, and what it cost both processes. */
async function timed(engine: ClickHouse, runs: number, work: () => Promise<void>) {
  const times: number[] = []
  const own = process.cpuUsage()
  const theirs = engine.cpuMs()
  for (let run = 0; run < runs; run++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  const { user, system } = process.cpuUsage(own)
  const cpu = `processor: ${ms((user + system) / 1e3 / runs)} here, ${ms((engine.cpuMs() - theirs) / runs)} engine; load ${loadavg()[0].toFixed(1)}`
  const median = percentile(times, 0.5)
  return { median, figure: `${ms(median)} (best of ${runs} ${ms(Math.min(...times))}; ${cpu})` }
}

async function wire(engine: ClickHouse, large: string): Promise<Figure> {
  const { source, close } = open(engine, NAMES.traces)
  const { median, figure } = await timed(engine, 5, async () => {
    const answer = await source.traceWire(large, undefined, NEVER)
    if (!answer.ok) throw new Error(answer.failure.what)
  })
  await close()
  return { what: 'trace of 1M spans, to our wire format', budget: '≤ 2,500 ms', figure, ok: median <= 2_500 }
}

async function searches(engine: ClickHouse, what: string): Promise<Figure[]> {
  const [toMs, fromMs] = [LAST_MS - 4 * HOUR_MS, LAST_MS - 5 * HOUR_MS]
  const newest = (k: number): TraceQuery => ({ guild: guildOf(k), toMs: LAST_MS, sort: 'newest', limit: 50 })
  const longest = (k: number): TraceQuery => ({ guild: guildOf(k), fromMs, toMs, sort: 'longest-wait', limit: 50 })
  const wanted: readonly (readonly [string, TraceQuery, number])[] = [
    ['most frequent guild, newest 50', newest(1), 500],
    ['100th guild, newest 50', newest(100), 500],
    ['5,000th guild, all it has', newest(5_000), 500],
    ['100th guild, longest wait in an hour', longest(100), 500],
    ['most frequent guild, longest wait in an hour', longest(1), 0],
  ]
  const figures: Figure[] = []
  const asked = async (table: string, name: string, query: TraceQuery, budget: number, runs: number) => {
    const { source, close } = open(engine, table)
    let found = ''
    const { median, figure } = await timed(engine, runs, async () => {
      const page = await source.searchTraces(query, NEVER)
      found = page.ok ? `${page.value.items.length} rows` : page.failure.what
    })
    await close()
    const isBudget = budget > 0
    figures.push({
      what: `${what}: ${name}`,
      budget: isBudget ? `≤ ${budget} ms` : '–',
      figure: `${figure}, ${found}`,
      ok: !isBudget || median <= budget,
    })
  }
  for (const [name, query, budget] of wanted) await asked(NAMES.traces, name, query, budget, 5)
  for (const [name, query] of wanted.slice(0, 3))
    await asked(BARE, `${name}, collector’s tables as they are`, query, 0, 1)
  return figures
}

/** OTLP requests → receiver → engine, each acknowledged after the engine acknowledged its rows. */
async function ingest(): Promise<Figure[]> {
  const engine = await startClickHouse()
  const folder = mkdtempSync(path.join(tmpdir(), 'guildscope-bench-clickhouse-'))
  const config = path.join(folder, 'guildscope.config.json')
  writeFileSync(
    config,
    JSON.stringify({ store: 'clickhouse', sources: { engine: { kind: 'clickhouse', url: engine.url } } }),
  )
  await applyTo(engine)
  const server = await startBenchServer(undefined, { GUILDSCOPE_CONFIG: config })
  try {
    const template = makeTemplate(SPANS_A_REQUEST, 40)
    const deadline = performance.now() + SECONDS * 1_000
    let spans = 0
    const acks: number[] = []
    const started = performance.now()
    const [own, app, theirs] = [process.cpuUsage(), server.cpuMs(), engine.cpuMs()]
    await feed(
      new URL(`${server.otlp}/v1/traces`),
      template,
      () => performance.now() >= deadline,
      (count, took) => {
        spans += count
        acks.push(took)
      },
    )
    const rate = spans / ((performance.now() - started) / 1_000)
    const { user, system } = process.cpuUsage(own)
    const each = (cpuMs: number) => `${((cpuMs * 1_000) / spans).toFixed(1)} µs`
    const there = Number(await engine.query(`SELECT count() FROM ${NAMES.traces}`))
    return [
      {
        what: `spans through the receiver into the engine, OTLP/HTTP protobuf, 8 attributes, requests of ${SPANS_A_REQUEST}, ${SECONDS} s`,
        budget: '≥ 30,000 spans/s',
        figure: `${Math.round(rate).toLocaleString('en')} spans/s (ack p50 ${ms(percentile(acks, 0.5))}, p99 ${ms(percentile(acks, 0.99))}; processor a span: ${each(server.cpuMs() - app)} Guildscope, ${each(engine.cpuMs() - theirs)} engine and its front, ${each((user + system) / 1e3)} sender; load ${loadavg()[0].toFixed(1)})`,
        ok: rate >= 30_000,
      },
      {
        what: 'of these, in the engine afterwards',
        budget: '100 %',
        figure: `${there.toLocaleString('en')} of ${spans.toLocaleString('en')}`,
        ok: there >= spans,
      },
    ]
  } finally {
    await server.stop()
    await engine.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
