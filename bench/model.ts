/** Timings of the pure core at a million spans: trees, the wire format, the call tree. */
import { gzipSync } from 'node:zlib'
import { formatBytes, formatDuration } from '../lib/base/format.ts'
import { buildForest } from '../lib/model/build-tree.ts'
import { mergeCalls } from '../lib/model/merge-calls.ts'
import type { Trace } from '../lib/model/span-columns.ts'
import type { SpanRows } from '../lib/model/span-rows.ts'
import { STAGE_ID } from '../lib/model/stages.ts'
import { decodeTrace, encodeTrace } from '../lib/model/wire.ts'

export interface BenchLine {
  readonly what: string
  readonly budget: string
  readonly figure: string
  readonly ok: boolean
}

const MILLION = 1_000_000
const MS = 1e6

export async function benchModel(): Promise<BenchLine[]> {
  const rows = fanOut(MILLION)
  const spans = buildForest(rows).spans
  const trace: Trace = {
    ...{ traceId: '1'.padStart(32, '0'), source: 'bench', guilds: [], notes: [] },
    ...{ spans, totalSpans: spans.count },
  }
  const bytes = encodeTrace(trace)
  const gzipped = gzipSync(bytes, { level: 1 })
  const hour = buildForest(manyTraces(2_500, 200)).spans
  return [
    timed('tree of 1M spans in random order', 500, () => buildForest(rows)),
    timed('encode 1M spans', 150, () => encodeTrace(trace)),
    timed('decode and check 1M spans', 100, () => decodeTrace(bytes)),
    sized('1M spans on the wire', 20_000_000, bytes.length),
    sized('the same, gzip level 1', 8_000_000, gzipped.length),
    timed('merge 500k spans of 2,500 traces into a call tree', 400, () => mergeCalls([hour])),
  ]
}

/** The median of five, after one to warm up. */
function timed(what: string, budgetMs: number, run: () => unknown): BenchLine {
  run()
  const times = Array.from({ length: 5 }, () => {
    const from = performance.now()
    run()
    return performance.now() - from
  }).sort((a, b) => a - b)
  return {
    what,
    budget: `≤ ${formatDuration(budgetMs * MS)}`,
    figure: formatDuration(times[2] * MS),
    ok: times[2] <= budgetMs,
  }
}

function sized(what: string, budgetBytes: number, bytes: number): BenchLine {
  return { what, budget: `≤ ${formatBytes(budgetBytes)}`, figure: formatBytes(bytes), ok: bytes <= budgetBytes }
}

/** One guild span, 69 relays, the rest sessions below them; starts and durations are random nanoseconds, rows unsorted. */
function fanOut(n: number): SpanRows {
  const random = randomOf(1)
  const rows = emptyRows(n)
  const ids = new Uint32Array(rows.spanId.buffer)
  for (let i = 0; i < ids.length; i++) ids[i] = random() * 2 ** 32
  for (let i = 0; i < n; i++) {
    const relay = i < 70
    rows.parentId[i] = i === 0 ? 0n : rows.spanId[relay ? 0 : 1 + Math.floor(random() * 69)]
    setTimes(rows, i, i === 0 ? 0 : random() * 30e9, random() * 1e7)
    rows.nameId[i] = relay ? 1 : 2 + Math.floor(random() * 3)
    rows.nodeId[i] = Math.floor(random() * 40)
    rows.stageId[i] = i === 0 ? STAGE_ID.guild : relay ? STAGE_ID.relay : STAGE_ID.session
  }
  rows.headRate.fill(0.005)
  return { ...rows, names: names(5), nodes: names(40) }
}

function manyTraces(traces: number, each: number): SpanRows {
  const random = randomOf(2)
  const rows = emptyRows(traces * each)
  for (let i = 0; i < rows.count; i++) {
    const at = i % each
    rows.traceNo[i] = Math.floor(i / each)
    rows.spanId[i] = BigInt(i + 1)
    rows.parentId[i] = at === 0 ? 0n : BigInt(i - at + 1 + Math.floor(random() * Math.min(at, 12)))
    setTimes(rows, i, random() * 1e6, random() * 1e5)
    rows.nameId[i] = at % 20
  }
  return { ...rows, names: names(20) }
}

function setTimes(rows: SpanRows, i: number, start: number, length: number): void {
  rows.startNs[i] = 1_764_000_000_000_000_000n + BigInt(Math.floor(start))
  rows.endNs[i] = rows.startNs[i] + BigInt(Math.floor(length))
}

function emptyRows(count: number): SpanRows {
  const ids = () => new Uint32Array(count)
  const none = () => new Float32Array(count).fill(Number.NaN)
  return {
    ...{ count, traceNo: ids(), spanId: new BigUint64Array(count), parentId: new BigUint64Array(count) },
    ...{ startNs: new BigInt64Array(count), endNs: new BigInt64Array(count), enqueuedNs: new BigInt64Array(count) },
    ...{ nameId: ids(), serviceId: ids(), nodeId: ids(), actionId: ids(), relayId: ids() },
    ...{ stageId: new Uint8Array(count), flags: new Uint8Array(count), headRate: none(), keepRate: none() },
    ...{ names: [''], services: [''], nodes: [''], actions: [''], relays: [''] },
  }
}

function names(count: number): string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? '' : `name ${i}`))
}

/** Even in [0, 1), the same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x9e3779b9) | 0
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32
  }
}
