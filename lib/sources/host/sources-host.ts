/**
 * Other systems' sources live in a thread of their own: an answer of a hundred megabytes is parsed there, while this thread goes on serving
 * pages. Here stands what looks like the sources themselves: the same two interfaces, each call a message.
 */
import { Worker } from 'node:worker_threads'
import { ok, type Result } from '../../base/result.ts'
import type { SourceSettings } from '../../config/source-fields.ts'
import type { SpanColumns } from '../../model/span-columns.ts'
import type { BackendStats } from '../http/backend-client.ts'
import type { TimingsSource } from '../timings-source.ts'
import type { SourceHealth, SourceKind, SpanQuery, TraceCapabilities, TraceSource } from '../trace-source.ts'
import type { HostedSettings, SourceOffer } from './protocol.ts'
import { type Served, SourcesLink, stopped, ThreadEnded } from './sources-link.ts'

/** Every configured source by its name. */
export interface SourcesHost {
  readonly traces: ReadonlyMap<string, TraceSource>
  readonly timings: ReadonlyMap<string, TimingsSource>
  /** How a source's backend answered of late. Rejects where the thread has ended. */
  stats(name: string): Promise<BackendStats>
  close(): Promise<void>
}

/** Starts the thread and opens every source in it (asks none of them yet). No source: no thread. Rejects where the thread cannot start. */
export async function openSourcesHost(settings: Readonly<Record<string, SourceSettings>>): Promise<SourcesHost> {
  const kinds = new Map(Object.entries(settings).map(([name, each]) => [name, each.kind]))
  return hostOver(kinds, () => startThread({ sources: settings }))
}

/** The same over any thread or port that serves sources (`serve.ts`). */
export async function hostOver(kinds: ReadonlyMap<string, SourceKind>, start: () => Served): Promise<SourcesHost> {
  const link = new SourcesLink(start)
  const offers: Readonly<Record<string, SourceOffer>> = kinds.size === 0 ? {} : await link.offers()
  const traces = new Map<string, TraceSource>()
  const timings = new Map<string, TimingsSource>()
  for (const [name, kind] of kinds) {
    const offer = offers[name]
    if (offer?.traces !== undefined) traces.set(name, traceSource(link, name, kind, offer.traces))
    if (offer?.timings !== undefined) timings.set(name, timingsSource(link, name, kind, offer.timings.hours))
  }
  return { traces, timings, stats: (name) => link.ask(name, 'stats', undefined), close: () => link.close() }
}

function startThread(workerData: HostedSettings): Worker {
  // The bundler sets NEXT_RUNTIME and turns the URL into its own; elsewhere (tests, scripts) the source is run as it is.
  return process.env.NEXT_RUNTIME === undefined
    ? new Worker(fromSource(), { workerData, eval: true })
    : new Worker(new URL('./worker.ts', import.meta.url), { workerData })
}

/** Threads do not inherit the TypeScript loader: this one registers it first. */
function fromSource(): string {
  const source = import.meta.url.replace(/sources-host\.ts$/, 'worker.ts')
  return `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(source)}) })`
}

function same<T>(answer: T): T {
  return answer
}

function traceSource(
  link: SourcesLink,
  name: string,
  kind: SourceKind,
  offer: { readonly capabilities: TraceCapabilities; readonly evidence: boolean },
): TraceSource {
  let { capabilities } = offer
  return {
    name,
    get capabilities() {
      return capabilities
    },
    searchTraces: (query, signal) => link.askResult(name, 'searchTraces', query, signal, same),
    trace: (traceId, hint, signal) => link.askResult(name, 'trace', { traceId, hint }, signal, same),
    traceWire: (traceId, hint, signal) => link.askResult(name, 'traceWire', { traceId, hint }, signal, same),
    spanIds: (traceId, signal) => link.askResult(name, 'spanIds', { traceId }, signal, same),
    spanDetails: (traceId, index, of, signal) =>
      link.askResult(name, 'spanDetails', { traceId, index, of }, signal, same),
    spansOf: (query, signal) => spansOf(link, name, query, signal),
    flame: (query, signal, onProgress) => link.askResult(name, 'flame', query, signal, same, onProgress),
    ...(offer.evidence
      ? { traceEvidence: (traceId, signal) => link.askResult(name, 'traceEvidence', { traceId }, signal, same) }
      : {}),
    health: (signal) =>
      healthOf(name, kind, async () => {
        const answer = await link.ask(name, 'tracesHealth', undefined, signal)
        // A cancelled question is answered with a failure instead.
        if (!('health' in answer)) throw new ThreadEnded('the question was cancelled')
        capabilities = answer.capabilities
        return answer.health
      }),
  } satisfies TraceSource
}

async function* spansOf(
  link: SourcesLink,
  name: string,
  query: SpanQuery,
  signal: AbortSignal,
): AsyncGenerator<Result<SpanColumns>> {
  const run = link.fresh()
  let over = false
  try {
    for (;;) {
      const answer = await link.askResult(name, 'spansNext', { query, run }, signal, same)
      if (!answer.ok) {
        yield answer
        return
      }
      if (answer.value === undefined) {
        over = true
        return
      }
      yield ok(answer.value)
    }
  } finally {
    if (!over) await link.ask(name, 'spansEnd', { run }).catch(() => {})
  }
}

function timingsSource(link: SourcesLink, name: string, kind: SourceKind, hours: boolean): TimingsSource {
  return {
    name,
    fleet: (query, signal) => link.askResult(name, 'fleet', query, signal, same),
    minutes: (guildId, range, signal) => link.askResult(name, 'minutes', { guildId, range }, signal, same),
    minutesJson: (guildId, range, signal) => link.askResult(name, 'minutesJson', { guildId, range }, signal, same),
    samples: (guildId, range, limit, signal) =>
      link.askResult(name, 'samples', { guildId, range, limit }, signal, same),
    ...(hours
      ? { hours: (guildId, range, signal) => link.askResult(name, 'hours', { guildId, range }, signal, same) }
      : {}),
    retention: (guildId, signal) => link.askResult(name, 'retention', { guildId }, signal, same),
    health: (signal) =>
      healthOf(name, kind, async () => {
        const health = await link.ask(name, 'timingsHealth', undefined, signal)
        if (!('facts' in health)) throw new ThreadEnded('the question was cancelled')
        return health
      }),
  } satisfies TimingsSource
}

async function healthOf(name: string, kind: SourceKind, ask: () => Promise<SourceHealth>): Promise<SourceHealth> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ThreadEnded)) throw error
    const gone = stopped(name, error)
    return { name, kind, ok: false, ...(gone.ok ? {} : { failure: gone.failure }), facts: [] }
  }
}
