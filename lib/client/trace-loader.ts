import { ApiFailure, authorizedAs } from './api.ts'
import type { LoadedTrace, WorkerReport, WorkerTask } from './trace-loaded.ts'

export interface LoadProgress {
  readonly receivedBytes: number
  /** Undefined where the server did not say. */
  readonly totalBytes: number | undefined
  readonly decoding: boolean
}

/**
 * Loads a trace from `path` in a worker of its own, which ends with it: its memory goes at once. Rejects with `ApiFailure`; aborting ends the
 * worker, its request included.
 */
export function loadTrace(
  path: string,
  groupThreshold: number,
  onProgress: (progress: LoadProgress) => void,
  signal: AbortSignal,
): Promise<LoadedTrace> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./trace-worker.ts', import.meta.url), { type: 'module' })
    const finish = (settle: () => void) => {
      worker.terminate()
      signal.removeEventListener('abort', abort)
      settle()
    }
    const abort = () => finish(() => reject(signal.reason))
    signal.addEventListener('abort', abort)
    worker.onmessage = ({ data }: MessageEvent<WorkerReport>) => {
      if (data.kind === 'loaded') finish(() => resolve(data.loaded))
      else if (data.kind === 'failed') finish(() => reject(new ApiFailure(data.failure)))
      else if (data.kind === 'decoding') {
        onProgress({ receivedBytes: data.receivedBytes, totalBytes: data.receivedBytes, decoding: true })
      } else onProgress({ ...data, decoding: false })
    }
    worker.onerror = (event) => {
      const failure = {
        kind: 'unavailable',
        source: 'this page',
        what: `The trace could not be prepared in the browser${event.message ? `: ${event.message}` : ''}.`,
        tryThis: 'Reload the page.',
      } as const
      finish(() => reject(new ApiFailure(failure)))
    }
    if (signal.aborted) abort()
    else
      worker.postMessage({
        url: new URL(path, location.href).href,
        groupThreshold,
        authorization: authorizedAs(),
      } satisfies WorkerTask)
  })
}
