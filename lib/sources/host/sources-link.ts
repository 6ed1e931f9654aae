import type { MessagePort, Worker } from 'node:worker_threads'
import { fail, type Result } from '../../base/result.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import { Asker } from '../thread/asker.ts'
import type { Operation, Operations, Reply, Request, SourceOffer } from './protocol.ts'

/** A thread (or, in tests, a port) that serves sources. */
export type Served = Worker | MessagePort

/** The thread is gone: its readers get a sentence, and the next question starts it anew. */
export class ThreadEnded extends Error {}

/** Asks the sources' thread and matches its replies. A thread that died is started again with the next question. */
export class SourcesLink {
  readonly #start: () => Served
  readonly #asker = new Asker<Operations>()
  #thread: Served | undefined
  #offers: Promise<Readonly<Record<string, SourceOffer>>> | undefined
  #closed: (() => void) | undefined
  #isClosed = false

  constructor(start: () => Served) {
    this.#start = start
  }

  /** An id nobody had before. */
  fresh(): number {
    return this.#asker.fresh()
  }

  /** What the sources offer; starts the thread where it does not run. */
  offers(): Promise<Readonly<Record<string, SourceOffer>>> {
    if (this.#offers !== undefined) return this.#offers
    const thread = this.#start()
    this.#thread = thread
    this.#offers = new Promise((resolve, reject) => {
      thread.on('message', (reply: Reply) => {
        if ('offers' in reply) resolve(reply.offers)
        else if ('closed' in reply) this.#closed?.()
        else this.#asker.take(reply)
      })
      const ended = (why: string) => {
        reject(new ThreadEnded(why))
        this.#end(thread, why)
      }
      thread.on('error', (error: Error) => ended(error.message))
      thread.on('exit', (code: number) => ended(`its thread ended with code ${code}`))
      thread.on('close', () => ended('its thread ended'))
    })
    // Whoever asks hears of it; nobody asking is no reason to end the process.
    this.#offers.catch(() => {})
    return this.#offers
  }

  #end(thread: Served, why: string): void {
    if (this.#thread !== thread) return
    this.#thread = undefined
    this.#offers = undefined
    this.#closed?.()
    this.#asker.end(new ThreadEnded(why))
  }

  async ask<K extends Operation>(
    source: string,
    op: K,
    question: Operations[K][0],
    signal?: AbortSignal,
    onProgress?: OnProgress,
  ): Promise<Operations[K][1]> {
    if (this.#isClosed) throw new ThreadEnded('it is being closed')
    await this.offers()
    const thread = this.#thread
    if (thread === undefined) throw new ThreadEnded('its thread ended')
    const post = (message: object) => thread.postMessage(message)
    return this.#asker.ask(post, op, question, { signal, onProgress, more: { source } })
  }

  /** The same as a result: an aborted signal is answered at once, a thread that ended as a sentence. */
  async askResult<K extends Operation, T>(
    source: string,
    op: K,
    question: Operations[K][0],
    signal: AbortSignal,
    pick: (answer: Operations[K][1]) => Result<T>,
    onProgress?: OnProgress,
  ): Promise<Result<T>> {
    const cancelled = (): Result<T> =>
      fail('cancelled', source, `The request to ${source} was cancelled.`, 'Ask again.')
    if (signal.aborted) return cancelled()
    try {
      const answer = await this.ask(source, op, question, signal, onProgress)
      return signal.aborted ? cancelled() : pick(answer)
    } catch (error) {
      if (error instanceof ThreadEnded) return stopped(source, error)
      throw error
    }
  }

  /** Readers are sent away, connections closed, the thread ended. */
  async close(): Promise<void> {
    this.#isClosed = true
    const thread = this.#thread
    if (thread === undefined) return
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, 2_000)
      this.#closed = () => {
        clearTimeout(late)
        resolve()
      }
      thread.postMessage({ id: 0, op: 'close' } satisfies Request)
    })
    if ('terminate' in thread) await thread.terminate()
    else thread.close()
    this.#end(thread, 'it is closed')
  }
}

export function stopped(source: string, error: Error): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} could not be asked: what reads other systems stopped (${error.message}).`,
    'Ask again: it is started anew. If it stays so, look at the log.',
  )
}
