import { mkdirSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { formatBytes, formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { SpanColumns } from '../model/span-columns.ts'
import { Asker } from '../sources/thread/asker.ts'
import type { TimingsSource } from '../sources/timings-source.ts'
import type { SourceHealth, SpanQuery, TraceCapabilities, TraceSource } from '../sources/trace-source.ts'
import type { StoreConfig } from './config.ts'
import { type FolderLock, lockFolder } from './lock.ts'
import type { Operation, Operations, Reply } from './protocol.ts'
import type { EmbeddedStore } from './types.ts'

/** Bytes of requests that may wait for their commit; beyond it senders are asked to come back later. */
const MAX_PENDING_BYTES = 128 * 2 ** 20

const CAPABILITIES: TraceCapabilities = {
  searchByGuild: true,
  searchByAction: true,
  links: true,
  nanoseconds: true,
  exactCounts: true,
  flame: true,
  maxSpansPerTrace: 5_000_000,
  limits: [],
}

/** Opens the store of a data folder; `unavailable` where another process has it or the disk refuses. */
export async function openStore(config: StoreConfig): Promise<Result<EmbeddedStore>> {
  try {
    mkdirSync(config.dataDir, { recursive: true })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return fail(
      'unavailable',
      'embedded',
      `The data folder cannot be made: ${reason}`,
      'Name another one with GUILDSCOPE_DATA_DIR.',
    )
  }
  const lock = lockFolder(config.dataDir)
  if (!lock.ok) return lock
  const link = new WorkerLink(config, lock.value)
  const ready = await link.ready
  if (!ready.ok) {
    await link.end()
    return ready
  }
  return ok(storeOver(link))
}

/**
 * Asks the worker. Request bodies and answers change hands without being copied.
 */
class WorkerLink {
  readonly ready: Promise<Result<undefined>>
  pendingBytes = 0
  nextRun = 1
  readonly #worker: Worker
  readonly #lock: FolderLock
  readonly #asker = new Asker<Operations>()
  #ended: Error | undefined
  #closing = false

  constructor(config: StoreConfig, lock: FolderLock) {
    this.#lock = lock
    // The bundler sets NEXT_RUNTIME and turns the URL into its own; elsewhere (tests, scripts) the source is run as it is.
    this.#worker =
      process.env.NEXT_RUNTIME === undefined
        ? new Worker(fromSource(), { workerData: config, eval: true })
        : new Worker(new URL('./worker.ts', import.meta.url), { workerData: config })
    this.ready = new Promise((resolve) => {
      this.#worker.on('message', (reply: Reply) => {
        if ('ready' in reply) resolve(reply.ready)
        else this.#asker.take(reply)
      })
      const ended = (error: Error) => {
        this.#end(error)
        resolve(
          fail('unavailable', 'embedded', `The store stopped: ${error.message}`, 'Look at the log, then start again.'),
        )
      }
      this.#worker.on('error', ended)
      this.#worker.on('exit', (code) => ended(new Error(`its thread ended with code ${code}`)))
    })
  }

  #end(error: Error): void {
    if (this.#ended !== undefined) return
    this.#ended = error
    this.#lock.release()
    this.#asker.end(error)
  }

  ask<K extends Operation>(
    op: K,
    question: Operations[K][0],
    signal?: AbortSignal,
    transfer: ArrayBuffer[] = [],
  ): Promise<Operations[K][1]> {
    if (this.isEnded !== undefined) return Promise.reject(this.isEnded)
    const post = (message: object, buffers: readonly ArrayBuffer[]) => this.#worker.postMessage(message, buffers)
    return this.#asker.ask(post, op, question, { signal, transfer })
  }

  /** The same with an aborted signal answered at once, and the answer dropped when it comes too late. */
  async askResult<K extends Operation, T>(
    op: K,
    question: Operations[K][0],
    signal: AbortSignal,
    pick: (answer: Operations[K][1]) => Result<T>,
  ): Promise<Result<T>> {
    if (signal.aborted) return cancelled()
    if (this.isEnded !== undefined) return stopped(this.isEnded)
    const answer = await this.ask(op, question, signal)
    return signal.aborted ? cancelled() : pick(answer)
  }

  /** Ingest: bounded, so that a slow disk turns into `busy` and not into memory. */
  async ingest<K extends 'ingestTraces' | 'ingestTimings'>(
    op: K,
    question: Operations[K][0],
  ): Promise<Operations[K][1] | Result<never>> {
    if (this.isEnded !== undefined) return stopped(this.isEnded)
    const bytes = question.body.byteLength
    if (this.pendingBytes > 0 && this.pendingBytes + bytes > MAX_PENDING_BYTES)
      return fail(
        'busy',
        'embedded',
        'The store is behind: too much is waiting to be written.',
        'Send it again in a few seconds.',
      )
    this.pendingBytes += bytes
    try {
      const whole = question.body.byteLength === question.body.buffer.byteLength
      return await this.ask(op, question, undefined, whole ? [question.body.buffer] : [])
    } finally {
      this.pendingBytes -= bytes
    }
  }

  /** Nothing new is taken; what was taken is written. */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      const closed = this.ask('close', undefined)
      this.#closing = true
      await closed
    }
    await this.end()
  }

  async end(): Promise<void> {
    await this.#worker.terminate()
    this.#end(new Error('the store is closed'))
  }

  get isEnded(): Error | undefined {
    return this.#ended ?? (this.#closing ? new Error('it is being closed') : undefined)
  }
}

/** Threads do not inherit the TypeScript loader: this one registers it first. */
function fromSource(): string {
  const source = import.meta.url.replace(/embedded\.ts$/, 'worker.ts')
  return `import('tsx/esm/api').then((tsx) => { tsx.register(); return import(${JSON.stringify(source)}) })`
}

function same<T>(answer: T): T {
  return answer
}

function cancelled<T>(): Result<T> {
  return fail('cancelled', 'embedded', 'The request was cancelled.', 'Ask again.')
}

function stopped<T>(error: Error): Result<T> {
  return fail('unavailable', 'embedded', `The store stopped: ${error.message}.`, 'Start the server again.')
}

function storeOver(link: WorkerLink): EmbeddedStore {
  let closing: Promise<void> | undefined
  return {
    traces: traceSource(link),
    timings: timingsSource(link),
    ingestTraces: (body, format) => link.ingest('ingestTraces', { body, format }),
    ingestTimings: (body, format) => link.ingest('ingestTimings', { body, format }),
    stats: async () => ({ ...(await link.ask('stats', undefined)), pendingBytes: link.pendingBytes }),
    close: () => {
      closing ??= link.close()
      return closing
    },
  }
}

function traceSource(link: WorkerLink): TraceSource {
  return {
    name: 'embedded',
    capabilities: CAPABILITIES,
    searchTraces: (query, signal) => link.askResult('searchTraces', query, signal, same),
    trace: (traceId, _hint, signal) => link.askResult('trace', { traceId }, signal, same),
    traceWire: (traceId, _hint, signal) => link.askResult('traceWire', { traceId }, signal, same),
    spanIds: (traceId, signal) => link.askResult('spanIds', { traceId }, signal, same),
    spanDetails: (traceId, index, of, signal) => link.askResult('spanDetails', { traceId, index, of }, signal, same),
    traceEvidence: (traceId, signal) => link.askResult('traceEvidence', { traceId }, signal, same),
    spansOf: (query, signal) => spansOf(link, query, signal),
    flame: (query, signal) => link.askResult('flame', query, signal, same),
    health: (signal) => health(link, signal),
  }
}

async function* spansOf(link: WorkerLink, query: SpanQuery, signal: AbortSignal): AsyncGenerator<Result<SpanColumns>> {
  const run = link.nextRun++
  for (let batch = 0; ; batch++) {
    const answer = await link.askResult('spansOf', { query, run, batch }, signal, same)
    if (!answer.ok) {
      yield answer
      return
    }
    if (answer.value === undefined) return
    yield ok(answer.value)
  }
}

function timingsSource(link: WorkerLink): TimingsSource {
  return {
    name: 'embedded',
    fleet: (query, signal) => link.askResult('fleet', query, signal, same),
    minutes: (guildId, range, signal) => link.askResult('minutes', { guildId, range }, signal, same),
    minutesJson: (guildId, range, signal) => link.askResult('minutesJson', { guildId, range }, signal, same),
    samples: (guildId, range, limit, signal) => link.askResult('samples', { guildId, range, limit }, signal, same),
    hours: (guildId, range, signal) => link.askResult('hours', { guildId, range }, signal, same),
    retention: (guildId, signal) => link.askResult('retention', { guildId }, signal, same),
    health: (signal) => health(link, signal),
  }
}

async function health(link: WorkerLink, signal: AbortSignal): Promise<SourceHealth> {
  if (link.isEnded !== undefined) {
    const failure = stopped<never>(link.isEnded)
    return {
      name: 'embedded',
      kind: 'embedded',
      ok: false,
      ...(failure.ok ? {} : { failure: failure.failure }),
      facts: [],
    }
  }
  const stats = await link.ask('stats', undefined, signal)
  return {
    name: 'embedded',
    kind: 'embedded',
    ok: stats.lastError === undefined,
    facts: [
      { label: 'Spans', value: formatExact(stats.spansStored) },
      { label: 'Timing samples', value: formatExact(stats.timingSamplesStored) },
      { label: 'Disk', value: `${formatBytes(stats.diskBytes)} of ${formatBytes(stats.diskCapBytes)}` },
      { label: 'Slices', value: formatExact(stats.slices) },
    ],
  }
}
