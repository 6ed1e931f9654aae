/** Answers that take long to read: with how far they have come, for whoever wants to know. */
import type { Result } from '../base/result.ts'
import type { OnProgress } from '../model/read-progress.ts'
import { failedInside, failureResponse, jsonResponse } from './respond.ts'

const LINES = 'application/x-ndjson'

/** Work that tells how far it is, and ends early when `signal` aborts. */
export type LongWork<T> = (signal: AbortSignal, onProgress: OnProgress) => Promise<Result<T>>

/**
 * For `get`: the work's value as JSON. Whoever accepts lines of JSON gets `{"progress": …}` any number of times, then `{"answer": …}` or
 * `{"failure": …}`: the status is told before the work is done.
 */
export async function progressResponse<T>(work: LongWork<T>, request: Request): Promise<Response> {
  if (!(request.headers.get('accept') ?? '').includes(LINES)) {
    const result = await work(request.signal, () => {})
    return result.ok ? jsonResponse(result.value, request) : failureResponse(result.failure)
  }
  const left = new AbortController()
  const signal = AbortSignal.any([request.signal, left.signal])
  const encoder = new TextEncoder()
  const stream = new ReadableStream<Uint8Array>({
    // Not awaited: what is sent is read while the work goes on.
    start(controller) {
      const send = (line: object) => {
        if (!signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`))
      }
      const end = (result: Result<T>) => {
        send(result.ok ? { answer: result.value } : { failure: result.failure })
        if (!left.signal.aborted) controller.close()
      }
      void work(signal, (progress) => send({ progress }))
        .catch(failedInside)
        .then(end)
    },
    cancel() {
      left.abort()
    },
  })
  return new Response(stream, {
    headers: { 'content-type': LINES, 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no' },
  })
}
