import type { Result } from '../../base/result.ts'
import type { OnProgress } from '../../model/read-progress.ts'

interface Running<T> {
  readonly answer: Promise<Result<T>>
  readonly quit: AbortController
  readonly listeners: Set<OnProgress>
  askers: number
}

type Run<T> = (signal: AbortSignal, onProgress: OnProgress) => Promise<Result<T>>

/**
 * The same question asked twice at a time is asked once: a page's list and its flame graph want the same traces, and a search may answer
 * a hundred megabytes. It ends early when everybody who asked has left.
 */
export class SharedSearch<T> {
  readonly #running = new Map<string, Running<T>>()

  async ask(key: string, signal: AbortSignal, run: Run<T>, onProgress?: OnProgress): Promise<Result<T>> {
    const search = this.#running.get(key) ?? this.#begin(key, run)
    search.askers++
    if (onProgress !== undefined) search.listeners.add(onProgress)
    let leave = () => {}
    const left = new Promise<undefined>((resolve) => {
      leave = () => resolve(undefined)
    })
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const first = await Promise.race([search.answer, left])
    signal.removeEventListener('abort', leave)
    if (onProgress !== undefined) search.listeners.delete(onProgress)
    if (--search.askers === 0 && first === undefined) {
      if (this.#running.get(key) === search) this.#running.delete(key)
      search.quit.abort()
    }
    return first ?? { ok: false, failure: CANCELLED }
  }

  #begin(key: string, run: Run<T>): Running<T> {
    const quit = new AbortController()
    const listeners = new Set<OnProgress>()
    const answer = run(quit.signal, (progress) => {
      for (const listener of listeners) listener(progress)
    })
    const search: Running<T> = { answer, quit, listeners, askers: 0 }
    this.#running.set(key, search)
    const forget = () => {
      if (this.#running.get(key) === search) this.#running.delete(key)
    }
    answer.then(forget, forget)
    return search
  }
}

const CANCELLED = {
  kind: 'cancelled',
  source: 'request',
  what: 'The request was cancelled.',
  tryThis: 'Ask again.',
} as const
