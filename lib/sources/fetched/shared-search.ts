import type { Result } from '../../base/result.ts'

interface Running<T> {
  readonly answer: Promise<Result<T>>
  readonly quit: AbortController
  askers: number
}

/**
 * The same question asked twice at a time is asked once: a page's list and its flame graph want the same traces, and a search may answer
 * a hundred megabytes. It ends early when everybody who asked has left.
 */
export class SharedSearch<T> {
  readonly #running = new Map<string, Running<T>>()

  async ask(key: string, signal: AbortSignal, run: (signal: AbortSignal) => Promise<Result<T>>): Promise<Result<T>> {
    const search = this.#running.get(key) ?? this.#begin(key, run)
    search.askers++
    let leave = () => {}
    const left = new Promise<undefined>((resolve) => {
      leave = () => resolve(undefined)
    })
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const first = await Promise.race([search.answer, left])
    signal.removeEventListener('abort', leave)
    if (--search.askers === 0 && first === undefined) {
      if (this.#running.get(key) === search) this.#running.delete(key)
      search.quit.abort()
    }
    return first ?? { ok: false, failure: CANCELLED }
  }

  #begin(key: string, run: (signal: AbortSignal) => Promise<Result<T>>): Running<T> {
    const quit = new AbortController()
    const answer = run(quit.signal)
    const search: Running<T> = { answer, quit, askers: 0 }
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
