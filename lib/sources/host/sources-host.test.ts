import { join } from 'node:path'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { fail, ok, type Result } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import type { SpanColumns } from '../../model/span-columns.ts'
import { createBackendClient } from '../http/create-client.ts'
import { recordedIn, startReplay } from '../http/replay.fixture.ts'
import type { TimingsSource } from '../timings-source.ts'
import type { SourceHealth, TraceCapabilities, TraceSource } from '../trace-source.ts'
import { serveSources } from './serve.ts'
import { hostOver, openSourcesHost, type SourcesHost } from './sources-host.ts'

const never = new AbortController().signal
const hosts: SourcesHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

const capabilities: TraceCapabilities = {
  searchByGuild: true,
  searchByAction: false,
  links: false,
  nanoseconds: false,
  exactCounts: false,
  flame: false,
  maxSpansPerTrace: 5,
  limits: ['a test'],
}
const health: SourceHealth = { name: 'x', kind: 'zipkin', ok: true, facts: [] }
const gone = fail<never>('not-found', 'x', 'x has no such trace.', 'Ask another.')
const query = { guild: '1', fromMs: 0, toMs: 1, maxSpans: 10 }
const kept = Uint8Array.from([1, 2, 3])

/** Columns of no span, told apart by their string table. */
function columns(name: string): SpanColumns {
  return {
    count: 0,
    traceStartNs: 5n,
    start: new Float64Array(0),
    duration: new Float64Array(0),
    parent: new Int32Array(0),
    subtreeEnd: new Uint32Array(0),
    depth: new Uint32Array(0),
    nameId: new Uint32Array(0),
    serviceId: new Uint32Array(0),
    nodeId: new Uint32Array(0),
    actionId: new Uint32Array(0),
    relayId: new Uint32Array(0),
    stageId: new Uint8Array(0),
    flags: new Uint8Array(0),
    wait: new Float64Array(0),
    weight: new Float32Array(0),
    names: ['', name],
    services: [''],
    nodes: [''],
    actions: [''],
    relays: [''],
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

/** A host over sources that a test makes, both sides in this thread. */
async function hostOf(
  traces: Partial<TraceSource>,
  timings?: Partial<TimingsSource>,
  started: (port: MessagePort) => void = () => {},
): Promise<SourcesHost> {
  const settings = sourceSettings.parse({ kind: 'zipkin', url: 'http://127.0.0.1:9' })
  const unasked = () => {
    throw new Error('not asked in this test')
  }
  const whole: TraceSource = {
    name: 'x',
    capabilities,
    searchTraces: unasked,
    trace: unasked,
    traceWire: unasked,
    spanIds: unasked,
    spanDetails: unasked,
    spansOf: unasked,
    flame: unasked,
    health: async () => health,
    ...traces,
  }
  const ofTimings: TimingsSource = {
    name: 'x',
    fleet: unasked,
    minutes: unasked,
    minutesJson: unasked,
    samples: unasked,
    retention: unasked,
    health: async () => health,
    ...timings,
  }
  const host = await hostOver(new Map([['x', 'zipkin']]), () => {
    const { port1, port2 } = new MessageChannel()
    const client = createBackendClient('x', settings)
    serveSources(
      new Map([['x', { client, traces: whole, ...(timings === undefined ? {} : { timings: ofTimings }) }]]),
      port2,
    )
    started(port2)
    return port1
  })
  hosts.push(host)
  return host
}

function tracesOf(host: SourcesHost): TraceSource {
  const source = host.traces.get('x')
  if (source === undefined) throw new Error('no source x')
  return source
}

describe('sources in their own thread', () => {
  it('offers what the sources have, and nothing else', async () => {
    const host = await hostOf({}, { hours: async () => ok([]) })
    expect([...host.traces.keys()]).toEqual(['x'])
    expect(tracesOf(host).capabilities).toEqual(capabilities)
    expect(tracesOf(host).traceEvidence).toBeUndefined()
    expect(host.timings.get('x')?.hours).toBeDefined()
    expect(await tracesOf(host).health(never)).toEqual(health)
    expect(await host.stats('x')).toEqual({ lastErrors: [] })
  })

  it('hands answers over, and leaves the source what it keeps', async () => {
    const host = await hostOf({ traceWire: async () => ok(kept), trace: async () => gone })
    for (let i = 0; i < 2; i++) expect(await tracesOf(host).traceWire('1', undefined, never)).toEqual(ok(kept))
    expect(await tracesOf(host).trace('1', undefined, never)).toEqual(gone)
  })

  it('ends what its reader has left', async () => {
    let ended = false
    const host = await hostOf({
      flame: async (_query, signal) => {
        await untilAborted(signal)
        ended = true
        throw new Error('left')
      },
    })
    const leaving = new AbortController()
    const answer = tracesOf(host).flame(query, leaving.signal)
    setTimeout(() => leaving.abort(), 10)
    expect(await answer).toMatchObject({ ok: false, failure: { kind: 'cancelled', source: 'x' } })
    expect(ended).toBe(true)
  })

  it('reads batch after batch, and stops the source when nobody reads on', async () => {
    let signalled = false
    async function* spansOf(_query: unknown, signal: AbortSignal): AsyncGenerator<Result<SpanColumns>> {
      signal.addEventListener('abort', () => {
        signalled = true
      })
      for (const name of ['a', 'b', 'c']) yield ok(columns(name))
    }
    const host = await hostOf({ spansOf })
    const names: (string | undefined)[] = []
    for await (const batch of tracesOf(host).spansOf(query, never)) names.push(batch.ok ? batch.value.names[1] : '')
    expect(names).toEqual(['a', 'b', 'c'])
    expect(signalled).toBe(false)
    for await (const batch of tracesOf(host).spansOf(query, never)) {
      expect(batch.ok).toBe(true)
      break
    }
    expect(signalled).toBe(true)
  })

  it('lets a bug be a bug', async () => {
    const host = await hostOf({})
    await expect(tracesOf(host).spanIds('1', never)).rejects.toThrow('not asked in this test')
  })

  it('tells its readers when the thread dies, and starts it anew with the next question', async () => {
    const ports: MessagePort[] = []
    const host = await hostOf(
      { traceWire: async () => ok(kept), flame: () => new Promise(() => {}) },
      undefined,
      (port) => ports.push(port),
    )
    const answer = tracesOf(host).flame(query, never)
    setTimeout(() => ports[0]?.close(), 10)
    expect(await answer).toMatchObject({ ok: false, failure: { kind: 'unavailable', source: 'x' } })
    expect(await tracesOf(host).traceWire('1', undefined, never)).toEqual(ok(kept))
    expect(ports.length).toBe(2)
  })

  it('reads recorded answers of a real server through a real thread', async () => {
    const replay = await startReplay(recordedIn(join(import.meta.dirname, '../zipkin/fixtures')))
    const host = await openSourcesHost({ z: sourceSettings.parse({ kind: 'zipkin', url: replay.url }) })
    hosts.push(host)
    const source = host.traces.get('z')
    if (source === undefined) throw new Error('no source z')
    const id = 'c4a70000000000000000000000000abc'
    // Twice: what the source keeps must not have gone away with the first answer.
    for (let i = 0; i < 2; i++) {
      const trace = await source.trace(id, undefined, never)
      expect(trace.ok ? trace.value.spans.count : trace.failure.what).toBeGreaterThan(3)
      const wire = await source.traceWire(id, undefined, never)
      expect(wire.ok ? wire.value.byteLength : wire.failure.what).toBeGreaterThan(100)
      const ids = await source.spanIds(id, never)
      expect(ids.ok ? ids.value.length : ids.failure.what).toBeGreaterThan(3)
    }
    expect(await source.spanDetails(id, 0, undefined, never)).toMatchObject({ ok: true })
    await replay.close()
  })

  it('starts a real thread, and none where no source is configured', async () => {
    const nobody = await openSourcesHost({})
    expect(nobody.traces.size).toBe(0)
    await nobody.close()
    const host = await openSourcesHost({
      somewhere: sourceSettings.parse({ kind: 'jaeger', url: 'http://127.0.0.1:9' }),
    })
    expect(await host.stats('somewhere')).toEqual({ lastErrors: [] })
    await host.close()
    await expect(host.stats('somewhere')).rejects.toThrow('closed')
  })
})
