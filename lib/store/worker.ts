import { parentPort, workerData } from 'node:worker_threads'
import { fail, ok, type Result } from '../base/result.ts'
import type { StoreConfig } from './config.ts'
import { Engine } from './engine.ts'
import type { Operation, Operations, Reply, Request } from './protocol.ts'
import { type Cancel, CancelledError } from './readers.ts'

/** The store's thread: takes requests, answers them as they get done. */

class CancelFlag implements Cancel {
  cancelled = false
  readonly #callbacks: (() => void)[] = []

  onCancel(callback: () => void): void {
    this.#callbacks.push(callback)
  }

  cancel(): void {
    this.cancelled = true
    for (const callback of this.#callbacks) callback()
  }
}

const running = new Map<number, CancelFlag>()

type Handlers = { [K in Operation]: (question: Operations[K][0], cancel: Cancel) => Promise<Operations[K][1]> }

function handlers(engine: Engine): Handlers {
  return {
    ingestTraces: ({ body, format }) => engine.ingestTraces(body, format),
    ingestTimings: ({ body, format }) => engine.ingestTimings(body, format),
    searchTraces: (query, cancel) => engine.searchTraces(query, cancel),
    trace: ({ traceId }, cancel) => engine.trace(traceId, cancel),
    traceWire: ({ traceId }, cancel) => engine.traceWire(traceId, cancel),
    spanIds: ({ traceId }, cancel) => engine.spanIds(traceId, cancel),
    spanDetails: ({ traceId, index, of }, cancel) => engine.spanDetails(traceId, index, of, cancel),
    traceEvidence: ({ traceId }, cancel) => engine.traceEvidence(traceId, cancel),
    spansOf: ({ query, run, batch }, cancel) => engine.spansOf(query, run, batch, cancel),
    flame: (query, cancel) => engine.flame(query, cancel),
    fleet: (query, cancel) => engine.timings.fleet(query, Date.now(), cancel),
    minutes: ({ guildId, range }, cancel) => engine.timings.minutes(guildId, range, Date.now(), cancel),
    minutesJson: async ({ guildId, range }, cancel) => {
      const minutes = await engine.timings.minutes(guildId, range, Date.now(), cancel)
      return minutes.ok ? ok(new TextEncoder().encode(JSON.stringify(minutes.value))) : minutes
    },
    samples: ({ guildId, range, limit }, cancel) => engine.timings.samples(guildId, range, limit, Date.now(), cancel),
    hours: async ({ guildId, range }, cancel) =>
      ok(await engine.totals.read(guildId, range.fromMs - (range.fromMs % 3_600_000), range.toMs, cancel)),
    retention: async ({ guildId }) => ok(engine.timings.retention(guildId, Date.now())),
    stats: async () => engine.stats(),
    close: async () => {
      // Readers are sent away; what is being written is finished.
      for (const flag of running.values()) flag.cancel()
      await engine.close()
      return undefined
    },
  }
}

async function answer(engine: Engine, request: Request): Promise<void> {
  if (request.op === 'cancel') {
    running.get(request.id)?.cancel()
    return
  }
  const flag = new CancelFlag()
  running.set(request.id, flag)
  try {
    const handle = <K extends Operation>(op: K, question: Operations[K][0]) => handlers(engine)[op](question, flag)
    send({ id: request.id, answer: await handle(request.op, request.question) })
  } catch (error) {
    if (error instanceof CancelledError) send({ id: request.id, answer: cancelled() })
    else send({ id: request.id, bug: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  } finally {
    running.delete(request.id)
  }
}

function cancelled(): Result<never> {
  return fail('cancelled', 'embedded', 'The request was cancelled.', 'Ask again.')
}

function send(reply: Reply): void {
  parentPort?.postMessage(reply, 'answer' in reply ? buffersIn(reply.answer) : [])
}

/** Every whole buffer in an answer is handed over, not copied. */
function buffersIn(value: unknown, found = new Set<ArrayBuffer>(), depth = 0): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) {
    // A view on a part of a buffer is copied: the rest of it may be in use.
    if (value.buffer instanceof ArrayBuffer && value.byteLength === value.buffer.byteLength) found.add(value.buffer)
  } else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 4) {
    for (const each of Object.values(value)) buffersIn(each, found, depth + 1)
  }
  return [...found]
}

async function main(config: StoreConfig): Promise<void> {
  let engine: Engine
  try {
    engine = await Engine.open(config)
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    send({
      ready: fail(
        'unavailable',
        'embedded',
        `The store could not be opened: ${reason}`,
        `Check the folder ${config.dataDir}.`,
      ),
    })
    return
  }
  parentPort?.on('message', (request: Request) => {
    answer(engine, request).catch((error: unknown) => {
      // Only a broken message port gets here; the main thread sees the worker end.
      throw error
    })
  })
  engine.start()
  send({ ready: ok(undefined) })
}

await main(workerData)
