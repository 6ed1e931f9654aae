import type { MessagePort } from 'node:worker_threads'
import { fail, ok, type Result } from '../../base/result.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import type { SpanColumns } from '../../model/span-columns.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { OpenedSource } from '../open-source.ts'
import type { TimingsSource } from '../timings-source.ts'
import type { SpanQuery, TraceSource } from '../trace-source.ts'
import type { Operation, Operations, Reply, Request, SourceOffer } from './protocol.ts'

/** One source as it is served: its adapter and its client. */
export interface ServedSource extends OpenedSource {
  readonly client: BackendClient
}

interface Run {
  readonly iterator: AsyncIterator<Result<SpanColumns>>
  readonly quit: AbortController
}

/** The thread's side: takes requests from `port` and answers them as they get done. */
export function serveSources(sources: ReadonlyMap<string, ServedSource>, port: MessagePort): void {
  const running = new Map<number, AbortController>()
  const runs = new Map<number, Run>()

  const answer = async (request: Extract<Request, { readonly source: string }>): Promise<void> => {
    const quit = new AbortController()
    running.set(request.id, quit)
    try {
      const source = sources.get(request.source)
      if (source === undefined) throw new Error(`no source ${request.source}`)
      const tell = atTimes((progress) => send(port, { id: request.id, progress }))
      const handle = <K extends Operation>(op: K, question: Operations[K][0]) =>
        handlers(source, runs)[op](question, quit.signal, tell)
      send(port, { id: request.id, answer: await handle(request.op, request.question) })
    } catch (error) {
      if (quit.signal.aborted) send(port, { id: request.id, answer: cancelled(request.source) })
      else send(port, { id: request.id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    } finally {
      running.delete(request.id)
    }
  }

  const close = async (): Promise<void> => {
    for (const quit of running.values()) quit.abort()
    for (const run of runs.values()) run.quit.abort()
    await Promise.all([...sources.values()].map((source) => source.client.close()))
    send(port, { closed: true })
  }

  port.on('message', (request: Request) => {
    if (request.op === 'cancel') running.get(request.id)?.abort()
    else if (request.op === 'close') void close()
    // Only a broken port rejects: the main thread sees the thread end.
    else void answer(request)
  })
  const offers = Object.fromEntries([...sources].map(([name, source]) => [name, offerOf(source)]))
  send(port, { offers })
}

function offerOf({ traces, timings }: OpenedSource): SourceOffer {
  return {
    ...(traces === undefined
      ? {}
      : { traces: { capabilities: traces.capabilities, evidence: traces.traceEvidence !== undefined } }),
    ...(timings === undefined ? {} : { timings: { hours: timings.hours !== undefined } }),
  }
}

type Handlers = {
  [K in Operation]: (
    question: Operations[K][0],
    signal: AbortSignal,
    onProgress: OnProgress,
  ) => Promise<Operations[K][1]>
}

function handlers(source: ServedSource, runs: Map<number, Run>): Handlers {
  const traces = (): TraceSource => had(source.traces)
  const timings = (): TimingsSource => had(source.timings)
  return {
    searchTraces: (query, signal) => traces().searchTraces(query, signal),
    trace: ({ traceId, hint }, signal) => traces().trace(traceId, hint, signal),
    traceWire: ({ traceId, hint }, signal) => traces().traceWire(traceId, hint, signal),
    spanIds: ({ traceId }, signal) => traces().spanIds(traceId, signal),
    spanDetails: ({ traceId, index, of }, signal) => traces().spanDetails(traceId, index, of, signal),
    traceEvidence: async ({ traceId }, signal) => had(await traces().traceEvidence?.(traceId, signal)),
    spansNext: ({ query, run }, signal) => spansNext(traces(), runs, query, run, signal),
    spansEnd: async ({ run }) => endRun(runs, run),
    flame: (query, signal, onProgress) => traces().flame(query, signal, onProgress),
    fleet: (query, signal) => timings().fleet(query, signal),
    minutes: ({ guildId, range }, signal) => timings().minutes(guildId, range, signal),
    minutesJson: ({ guildId, range }, signal) => timings().minutesJson(guildId, range, signal),
    samples: ({ guildId, range, limit }, signal) => timings().samples(guildId, range, limit, signal),
    hours: async ({ guildId, range }, signal) => had(await timings().hours?.(guildId, range, signal)),
    retention: ({ guildId }, signal) => timings().retention(guildId, signal),
    tracesHealth: async (_, signal) => {
      const health = await traces().health(signal)
      return { health, capabilities: traces().capabilities }
    },
    timingsHealth: (_, signal) => timings().health(signal),
    stats: async () => source.client.stats(),
  }
}

/** Passes on what comes at most ten times a second, so that progress costs nothing; what follows at once is more up to date anyway. */
function atTimes(tell: OnProgress): OnProgress {
  let toldMs = 0
  return (progress) => {
    const nowMs = Date.now()
    if (nowMs - toldMs < 100) return
    toldMs = nowMs
    tell(progress)
  }
}

function had<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('asked for something this source does not offer')
  return value
}

async function spansNext(
  source: TraceSource,
  runs: Map<number, Run>,
  query: SpanQuery,
  id: number,
  signal: AbortSignal,
): Promise<Result<SpanColumns | undefined>> {
  let run = runs.get(id)
  if (run === undefined) {
    const quit = new AbortController()
    run = { quit, iterator: source.spansOf(query, quit.signal)[Symbol.asyncIterator]() }
    runs.set(id, run)
  }
  const { quit } = run
  const left = () => quit.abort()
  signal.addEventListener('abort', left, { once: true })
  try {
    const next = await run.iterator.next()
    if (next.done === true) {
      runs.delete(id)
      return ok(undefined)
    }
    return next.value
  } finally {
    signal.removeEventListener('abort', left)
  }
}

function endRun(runs: Map<number, Run>, id: number): undefined {
  const run = runs.get(id)
  runs.delete(id)
  if (run === undefined) return
  run.quit.abort()
  // A generator that waits for its backend returns once the signal has ended that.
  run.iterator.return?.()?.catch(() => {})
}

function cancelled(source: string): Result<never> {
  return fail('cancelled', source, `The request to ${source} was cancelled.`, 'Ask again.')
}

/** An adapter may keep what it answered: what is handed over is a copy, made on this thread and not on the one that serves pages. */
function send(port: MessagePort, reply: Reply): void {
  if ('answer' in reply) {
    const copy: unknown = structuredClone(reply)
    port.postMessage(copy, buffersIn(copy))
  } else port.postMessage(reply)
}

function buffersIn(value: unknown, found = new Set<ArrayBuffer>(), depth = 0): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 5) {
    for (const each of Object.values(value)) buffersIn(each, found, depth + 1)
  }
  return [...found]
}
