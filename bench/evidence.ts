/** Evidence at the size of an incident: 200 traces with 100,000 spans copied out of the store, opened, merged and redacted. */
import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { formatBytes, formatDuration } from '../lib/base/format.ts'
import type { Result } from '../lib/base/result.ts'
import type { FrozenTrace, Manifest } from '../lib/evidence/manifest.ts'
import { openEvidence } from '../lib/evidence/open-evidence.ts'
import type { PieceSource } from '../lib/evidence/reader.ts'
import { redact } from '../lib/evidence/redact.ts'
import type { TraceEvidence } from '../lib/evidence/trace-evidence.ts'
import { openTracePiece } from '../lib/evidence/trace-piece.ts'
import { MINUTE_MS } from '../lib/model/timings.ts'
import type { EmbeddedStore } from '../lib/store/types.ts'
import type { Figure } from './figure.ts'
import { openBenchStore } from './open-store.ts'
import { SpanLoad } from './span-load.ts'

const TRACES = 200
const SPANS_PER_TRACE = 500
/** Traces asked for at a time, as a freeze does. */
const LANES = 32
const NEVER = new AbortController().signal

export async function benchEvidence(): Promise<Figure[]> {
  const dataDir = join(tmpdir(), `guildscope-bench-evidence-${process.pid}`)
  try {
    const store = await openBenchStore(dataDir)
    const figures = await measure(store)
    await store.close()
    return figures
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

async function measure(store: EmbeddedStore): Promise<Figure[]> {
  const load = new SpanLoad({ seed: 5, guilds: 50, spansPerTrace: SPANS_PER_TRACE })
  const now = Date.now()
  for (let n = 0; n < TRACES; n += 10)
    must(await store.ingestTraces(load.request(10, now - 10 * MINUTE_MS + n * 100, 10), 'protobuf'))
  const figures: Figure[] = []
  const ids = Array.from({ length: TRACES }, (_, n) => load.traceId(n))
  const [evidence, frozenMs] = await timed(() => freeze(store, ids))
  figures.push(figure('evidence: 200 traces, 100k spans, copied out of the store', 1_500, frozenMs, formatMs))
  const stored = evidence.reduce((sum, each) => sum + each.stored.length, 0)
  figures.push(
    figure('evidence: stored bytes a span', 60, stored / TRACES / SPANS_PER_TRACE, (n) => `${n.toFixed(1)} B`),
  )
  const inflated = new Map(evidence.map((each) => [each.piece.sha256, new Uint8Array(gunzipSync(each.stored))]))
  const traces = evidence.map(
    (each, n): FrozenTrace => ({
      traceId: ids[n],
      summary: each.summary,
      guilds: each.guilds,
      why: ['chosen'],
      spans: each.summary.spanCount,
      weight: each.summary.weight,
      piece: each.piece,
    }),
  )
  const manifest: Manifest = {
    ...{ kind: 'guildscope.evidence', v: 1, frozenAtMs: now, madeBy: 'bench' },
    ...{ minutes: [], flames: [], lists: [], traces, sources: [], missing: [] },
  }
  const pieces: PieceSource = async (piece) => ({
    ok: true,
    value: inflated.get(piece.sha256) ?? new Uint8Array(0),
  })
  const reader = openEvidence(manifest, pieces)
  const range = { fromMs: now - 60 * MINUTE_MS, toMs: now }
  const [flame, flameMs] = await timed(async () =>
    must(await reader.flame({ guildId: SpanLoad.guildId(0), ...range, scope: 'trace' })),
  )
  figures.push(figure(`evidence: flame graph merged from ${flame.traces} frozen traces`, 500, flameMs, formatMs))
  const [, detailsMs] = await timed(async () => {
    for (const bytes of inflated.values()) must(must(openTracePiece(bytes)).details())
  })
  figures.push(figure('evidence: all details of 100k spans opened', 500, detailsMs, formatMs))
  const copied = new Map<string, Uint8Array<ArrayBuffer>>()
  const [, redactMs] = await timed(async () =>
    must(
      await redact({
        manifest,
        entries: [],
        pieces,
        choices: ['enduser.id', 'session.id', 'guild.channel.id'].map((key) => ({ key, how: 'hashed' })),
        salt: new Uint8Array(16).fill(1),
        sha256: async (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
        put: async (format, bytes) => {
          const sha256 = String(copied.size).padStart(64, '0')
          copied.set(sha256, bytes)
          return { ok: true, value: { sha256, storedBytes: bytes.length, bytes: bytes.length, format } }
        },
      }),
    ),
  )
  figures.push(figure('evidence: users, sessions, channels hashed in all of it', 3_000, redactMs, formatMs))
  return [...figures, ...(await bigTrace(store, now))]
}

async function freeze(store: EmbeddedStore, ids: readonly string[]): Promise<TraceEvidence[]> {
  const evidence: TraceEvidence[] = []
  let next = 0
  const lane = async () => {
    while (next < ids.length) {
      const n = next++
      const ask = store.traces.traceEvidence
      if (ask === undefined) throw new Error('The embedded store makes evidence by itself')
      evidence[n] = must(await ask(ids[n], NEVER))
    }
  }
  await Promise.all(Array.from({ length: LANES }, lane))
  return evidence
}

/** One message to a million sessions. */
async function bigTrace(store: EmbeddedStore, now: number): Promise<Figure[]> {
  const load = new SpanLoad({ seed: 11, guilds: 1, spansPerTrace: 10_000 })
  load.oneTrace = Buffer.alloc(16, 0xbb)
  for (let n = 0; n < 100; n++) must(await store.ingestTraces(load.request(1, now - 20 * MINUTE_MS, 1), 'protobuf'))
  const before = process.memoryUsage().rss
  let peak = before
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss)
  }, 20)
  const [evidence, ms] = await timed(() => freeze(store, ['b'.repeat(32)]))
  clearInterval(watch)
  const spans = evidence[0].summary.spanCount
  return [
    figure(`evidence: one trace of ${(spans / 1e6).toFixed(1)}M spans copied`, 15_000, ms, formatMs),
    figure('evidence: memory added by it at its peak', 1_500e6, peak - before, formatBytes),
  ]
}

async function timed<T>(work: () => Promise<T>): Promise<[T, number]> {
  const start = performance.now()
  const value = await work()
  return [value, performance.now() - start]
}

function figure(what: string, budget: number, value: number, print: (value: number) => string): Figure {
  return { what, budget: `≤ ${print(budget)}`, figure: print(value), ok: value <= budget }
}

function formatMs(ms: number): string {
  return formatDuration(ms * 1e6)
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}
