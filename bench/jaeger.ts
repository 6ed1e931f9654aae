import { sourceSettings } from '../lib/config/source-fields.ts'
import { otlpRequest, type SpanSketch, stringAttribute } from '../lib/sources/contract/otlp-request.ts'
import { wholeTraceSource } from '../lib/sources/fetched/whole-trace-source.ts'
import type { BackendClient } from '../lib/sources/http/backend-client.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { startReplay } from '../lib/sources/http/replay.fixture.ts'
import { jaegerBackend } from '../lib/sources/jaeger/backend.ts'
import { type Figure, ms, percentile } from './figure.ts'

const SPANS = 100_000
const TRACE = 'd'.repeat(32)
const BASE_MS = 1_795_514_400_000
const BUDGET_MS = 300
/** Columns of a batch, bytes a span; its attributes come on top. */
const COLUMN_BYTES = 150
const RUNS = 5

/** 100,000 spans with seven attributes and an event each, as Jaeger's API v3 writes them; read and made into the wire format. */
export async function benchJaeger(): Promise<Figure[]> {
  const { body, restBytes } = answer()
  const replay = await startReplay([{ request: `GET /api/v3/traces/${TRACE}?raw_traces=true`, status: 200, body }])
  const settings = sourceSettings.parse({ kind: 'jaeger', url: replay.url })
  if (settings.kind !== 'jaeger') throw new Error('not a Jaeger')
  const client = createBackendClient('jaeger', settings, {})
  let lastByte = 0
  const watched: BackendClient = {
    source: client.source,
    stream: (request, take) =>
      client.stream(request, (chunk) => {
        lastByte = performance.now()
        return take(chunk)
      }),
    bytes: (request) => client.bytes(request),
    json: (request) => client.json(request),
    stats: () => client.stats(),
    close: () => client.close(),
  }
  const after: number[] = []
  let peak = 0
  for (let run = 0; run < RUNS; run++) {
    const source = wholeTraceSource(jaegerBackend('jaeger', settings, watched))
    globalThis.gc?.()
    const before = inUse()
    const timer = setInterval(() => {
      peak = Math.max(peak, inUse() - before)
    }, 5)
    const wire = await source.traceWire(TRACE, undefined, new AbortController().signal)
    if (!wire.ok) throw new Error(wire.failure.what)
    after.push(performance.now() - lastByte)
    peak = Math.max(peak, inUse() - before)
    clearInterval(timer)
  }
  await client.close()
  await replay.close()
  const columns = SPANS * COLUMN_BYTES + restBytes
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`
  const median = percentile(after, 0.5)
  return [
    {
      what: `Jaeger, ${SPANS} spans (${megabytes(body.length)}): our time after the last byte`,
      budget: `≤ ${BUDGET_MS} ms`,
      figure: `${ms(median)} (worst of ${RUNS}: ${ms(Math.max(...after))})`,
      ok: median <= BUDGET_MS,
    },
    {
      what: 'Jaeger, the same: memory at its peak, garbage included',
      budget: `≤ ${megabytes(3 * columns)}`,
      figure: `${megabytes(peak)}, columns ${megabytes(columns)}`,
      ok: peak <= 3 * columns,
    },
  ]
}

function inUse(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function answer(): { readonly body: Buffer; readonly restBytes: number } {
  const parts: string[] = []
  for (let from = 0; from < SPANS; from += 5_000) {
    const spans = Array.from({ length: 5_000 }, (_, k) => sketch(from + k))
    parts.push(
      JSON.stringify(otlpRequest(spans, BASE_MS, `svc${(from / 5_000) % 4}`)).slice('{"resourceSpans":['.length, -2),
    )
  }
  const body = Buffer.from(`{"result":{"resourceSpans":[${parts.join(',')}]}}`)
  // In OTLP's protobuf, the attributes and the event of one such span.
  return { body, restBytes: SPANS * 226 }
}

function sketch(n: number): SpanSketch {
  const id = (k: number) => k.toString(16).padStart(16, '0')
  return {
    trace: TRACE,
    id: id(n + 1),
    ...(n === 0 ? {} : { parent: id(1 + Math.floor(n / 8)) }),
    name: `name ${n % 40}`,
    at: n % 5_000,
    ms: 3,
    guild: { int: '81384788765712384' },
    stage: 'guild',
    action: 'message_create',
    attributes: [
      stringAttribute('session.id', `s${n}`),
      stringAttribute('http.route', '/a/b/c'),
      { key: 'fanout.recipients', value: { intValue: String(n) } },
      { key: 'guild.enqueued_unix_nano', value: { intValue: String(BigInt(BASE_MS) * 1_000_000n) } },
    ],
    more: { events: [{ timeUnixNano: '5', name: 'ev', attributes: [stringAttribute('k', 'v')] }] },
  }
}
