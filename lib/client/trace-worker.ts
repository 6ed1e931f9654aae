/** Fetches a trace in the wire format, decodes and indexes it, and hands the columns over. Ended by the page when it leaves. */
import type { Failure } from '../base/result.ts'
import { decodeTrace } from '../model/wire.ts'
import { ApiFailure, authorize, request } from './api.ts'
import type { WorkerReport, WorkerTask } from './trace-loaded.ts'
import { buffersOf, prepareTrace } from './trace-prepare.ts'

const REPORT_EVERY_MS = 60

function report(message: WorkerReport, transfer: Transferable[] = []): void {
  postMessage(message, { transfer })
}

/** The whole body in one buffer; the stated length, where there is one, saves a copy. */
async function readBody(response: Response): Promise<Uint8Array<ArrayBuffer>> {
  const stated = response.headers.has('content-encoding') ? Number.NaN : Number(response.headers.get('content-length'))
  const totalBytes = stated > 0 && stated < 2 ** 31 ? stated : undefined
  const reader = response.body?.getReader()
  if (reader === undefined) return new Uint8Array(await response.arrayBuffer())
  let bytes = new Uint8Array(totalBytes ?? 1 << 20)
  let received = 0
  let reported = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return received === bytes.length ? bytes : bytes.slice(0, received)
    if (received + value.length > bytes.length) {
      const larger = new Uint8Array(Math.max(received + value.length, bytes.length * 2))
      larger.set(bytes.subarray(0, received))
      bytes = larger
    }
    bytes.set(value, received)
    received += value.length
    if (performance.now() - reported > REPORT_EVERY_MS) {
      reported = performance.now()
      report({ kind: 'progress', receivedBytes: received, totalBytes })
    }
  }
}

function failureFrom(error: unknown): Failure {
  if (error instanceof ApiFailure) return error.failure
  return {
    kind: 'unavailable',
    source: 'guildscope',
    what: `The trace could not be read: ${error instanceof Error ? error.message : String(error)}.`,
    tryThis: 'Check that the server is running, then load it again.',
  }
}

async function run(task: WorkerTask): Promise<void> {
  try {
    authorize(task.authorization)
    const bytes = await readBody(await request(task.url, undefined))
    report({ kind: 'decoding', receivedBytes: bytes.length })
    const decoded = decodeTrace(bytes)
    if (!decoded.ok) return report({ kind: 'failed', failure: decoded.failure })
    const loaded = prepareTrace(decoded.value, task.groupThreshold)
    report({ kind: 'loaded', loaded }, buffersOf(loaded))
  } catch (error) {
    report({ kind: 'failed', failure: failureFrom(error) })
  }
}

addEventListener('message', (event: MessageEvent<WorkerTask>) => void run(event.data), { once: true })
