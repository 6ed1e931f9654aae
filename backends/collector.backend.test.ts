/** The recipes for OpenTelemetry's collector in docs/interop.md and docs/scaling.md, as they stand there but for addresses, with a real collector. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { SpanKind, SpanStatusCode, trace as tracing } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '../e2e/server-process.ts'
import { startSimulator, until } from '../e2e/simulator-process.ts'
import type { Trace } from '../lib/model/span-columns.ts'
import type { Page, TraceSummary } from '../lib/model/trace-list.ts'
import { decodeTrace } from '../lib/model/wire.ts'
import type { TruthFile } from '../lib/simulator/simulation.ts'
import { must, sketch } from '../lib/sources/contract/answers.ts'
import { otlpRequest, type SpanSketch } from '../lib/sources/contract/otlp-request.ts'
import { type Collector, startCollector } from './collector.ts'
import { type Jaeger, startJaeger } from './jaeger.ts'
import { freePorts, ownFolder } from './process.ts'

const folder = ownFolder('collector-recipes')
let jaeger: Jaeger
let guildscope: ServerProcess
let receiver: number
beforeAll(async () => {
  jaeger = await startJaeger()
  const config = path.join(folder, 'guildscope.config.json')
  writeFileSync(config, JSON.stringify({ sources: { jaeger: { kind: 'jaeger', url: jaeger.url } } }))
  const [web, http, grpc] = await freePorts(3)
  receiver = http
  guildscope = await startServer(path.join(folder, 'data'), { web, http, grpc }, { GUILDSCOPE_CONFIG: config })
})
afterAll(async () => {
  await guildscope?.stop()
  await jaeger?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The one block of YAML of a document that holds a text, with the addresses of this test. */
function recipe(document: string, holds: RegExp, moved: Readonly<Record<string, string>>): string {
  const text = readFileSync(path.join(import.meta.dirname, '../docs', document), 'utf8')
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((found) => found[1]).filter((one) => holds.test(one))
  if (blocks.length !== 1) throw new Error(`${blocks.length} blocks of ${document} hold ${holds}`)
  return Object.entries(moved).reduce((yaml, [from, to]) => {
    if (!yaml.includes(from)) throw new Error(`${document} does not name ${from}`)
    return yaml.replaceAll(from, to)
  }, blocks[0])
}

const toGuildscope = () => ({ 'http://guildscope:4318': `http://127.0.0.1:${receiver}` })

async function using(collector: Collector, use: () => Promise<void>): Promise<void> {
  try {
    await use()
  } finally {
    await collector.stop()
  }
}

async function send(port: number, ...spans: SpanSketch[]): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(otlpRequest(spans, Date.now() - 60_000)),
  })
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
}

/** Undefined as long as the source does not know it. */
async function traceAt(origin: string, id: string, source = 'embedded'): Promise<Trace | undefined> {
  const answer = await fetch(`${origin}/api/traces/${id}?source=${source}`)
  return answer.ok ? must(decodeTrace(new Uint8Array(await answer.arrayBuffer()))) : undefined
}

async function arrived(origin: string, id: string, spans: number, source?: string): Promise<Trace> {
  let found: Trace | undefined
  await until(`trace ${id} with ${spans} spans`, 30_000, async () => {
    found = await traceAt(origin, id, source)
    return found?.spans.count === spans
  })
  if (found === undefined) throw new Error('no trace')
  return found
}

test('collector → Guildscope: a trace of an OpenTelemetry SDK over gRPC', async () => {
  const yaml = recipe('interop.md', /processors: \[batch\], exporters: \[otlphttp\/guildscope\]/, toGuildscope())
  const collector = await startCollector(yaml)
  await using(collector, async () => {
    const provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'shop@10.1.1.1' }),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `http://127.0.0.1:${collector.grpc}` }))],
    })
    const tracer = provider.getTracer('collector-test')
    const root = tracer.startSpan('checkout', { kind: SpanKind.SERVER, attributes: { 'guild.id': 'of-the-sdk' } })
    const { context } = await import('@opentelemetry/api')
    const child = tracer.startSpan('charge', {}, tracing.setSpan(context.active(), root))
    child.setStatus({ code: SpanStatusCode.ERROR, message: 'declined' })
    child.end()
    root.end()
    await provider.shutdown()
    const trace = await arrived(guildscope.origin, root.spanContext().traceId, 2)
    expect(sketch(trace)).toEqual(['checkout', '  charge error'])
    expect(trace.guilds).toEqual([{ id: 'of-the-sdk' }])
  })
})

test('collector → Guildscope and Jaeger: the simulator’s traces are the same in both', async () => {
  const moved = { ...toGuildscope(), 'http://jaeger:4318': jaeger.otlp }
  const collector = await startCollector(recipe('interop.md', /otlphttp\/jaeger/, moved))
  await using(collector, async () => {
    const truthFile = path.join(folder, 'truth.json')
    const simulator = startSimulator({ httpPort: collector.http, origin: guildscope.origin }, truthFile, [
      ...[
        '--preset',
        'reaction-flurry',
        '--guilds',
        '8',
        '--seed',
        '1',
        '--demo',
        '--no-live',
        '--history-minutes',
        '30',
      ],
      ...['--traces-per-minute', '60'],
    ])
    await simulator.told(240_000)
    await simulator.stop()
    const told: TruthFile = JSON.parse(readFileSync(truthFile, 'utf8'))
    const [{ guildId }] = told.incidents
    const list = async (source: string) => {
      const range = `from=${told.startMs}&to=${told.endMs}`
      const answer = await fetch(
        `${guildscope.origin}/api/traces?guild=${guildId}&${range}&sort=newest&limit=20&source=${source}`,
      )
      const page: Page<TraceSummary> = await answer.json()
      return page.items.map((item) => item.traceId)
    }
    await until('both have the newest traces', 30_000, async () => {
      const [here, there] = [await list('embedded'), await list('jaeger')]
      return here.length === 20 && here.join() === there.join()
    })
    for (const id of await list('embedded')) {
      const here = await traceAt(guildscope.origin, id)
      if (here === undefined) throw new Error(`no trace ${id}`)
      const there = await arrived(guildscope.origin, id, here.spans.count, 'jaeger')
      expect(sketch(there)).toEqual(sketch(here))
      expect([...there.spans.start]).toEqual([...here.spans.start])
      expect([...there.spans.weight]).toEqual([...here.spans.weight])
      expect(there.guilds).toEqual(here.guilds)
    }
  })
}, 300_000)

test('sampling before Guildscope: the weight is what the sampler wrote', async () => {
  const collector = await startCollector(recipe('interop.md', /probabilistic_sampler/, toGuildscope()))
  await using(collector, async () => {
    // The last 56 bits decide: the largest quarter stays.
    const [kept, dropped] = ['f'.repeat(14), '0'.repeat(14)].map((random) => `ab${'c'.repeat(16)}${random}`)
    for (const trace of [dropped, kept])
      await send(collector.http, { trace, id: '1'.padStart(16, '0'), guild: 'sampled' })
    const trace = await arrived(guildscope.origin, kept, 1)
    expect([...trace.spans.weight]).toEqual([4])
    expect(await traceAt(guildscope.origin, dropped)).toBeUndefined()
  })
})

test('tail sampling: what it keeps has no known weight', async () => {
  const collector = await startCollector(recipe('interop.md', /tail_sampling/, toGuildscope()), 'jaeger')
  await using(collector, async () => {
    const [failed, slow, fine] = ['1', '2', '3'].map((n) => n.padStart(32, 'd'))
    const id = '1'.padStart(16, '0')
    await send(collector.http, { trace: failed, id, more: { status: { code: 2 } } })
    await send(collector.http, { trace: slow, id, ms: 1_500 })
    await send(collector.http, { trace: fine, id, ms: 5 })
    for (const trace of [failed, slow]) {
      const found = await arrived(guildscope.origin, trace, 1)
      expect([...found.spans.weight]).toEqual([Number.NaN])
    }
    expect(await traceAt(guildscope.origin, fine)).toBeUndefined()
  })
})

test('what a collector acknowledged while no Guildscope answered arrives, after the collector was killed, too', async () => {
  const queue = path.join(folder, 'queue')
  mkdirSync(queue)
  const [web, http, grpc] = await freePorts(3)
  const yaml = recipe('scaling.md', /file_storage/, {
    'http://guildscope:4318': `http://127.0.0.1:${http}`,
    '/var/lib/otelcol/queue': queue,
  })
  const trace = 'e'.repeat(32)
  const first = await startCollector(yaml)
  await send(first.http, { trace, id: '1'.padStart(16, '0'), name: 'kept', guild: 'queued' })
  await first.stop('SIGKILL')
  const late = await startServer(path.join(folder, 'late'), { web, http, grpc })
  try {
    await using(await startCollector(yaml), async () => {
      expect(sketch(await arrived(late.origin, trace, 1))).toEqual(['kept'])
    })
  } finally {
    await late.stop()
  }
})
