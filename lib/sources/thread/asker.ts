import { EventEmitter, setMaxListeners } from 'node:events'
import type { OnProgress, ReadProgress } from '../../model/read-progress.ts'

/** What a thread says to whoever asked question `id`. */
export type ThreadReply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  /** A bug, as text: the asker's promise rejects. */
  | { readonly id: number; readonly bug: string }
  /** Any number of times before the answer. */
  | { readonly id: number; readonly progress: ReadProgress }

export interface AskOptions {
  readonly signal?: AbortSignal | undefined
  /** Buffers of the question that change hands. */
  readonly transfer?: readonly ArrayBuffer[]
  readonly onProgress?: OnProgress | undefined
  /** What the request says besides the operation and its question. */
  readonly more?: Readonly<Record<string, string>>
}

interface Open {
  readonly onProgress: OnProgress | undefined
  readonly reject: (error: Error) => void
}

/**
 * Questions to a thread of our own and its replies, matched. `O`: the thread's operations, `[question, answer]` by name. A question whose
 * signal aborts is told to the thread as `{ id, op: 'cancel' }`; the thread answers it all the same.
 */
export class Asker<O extends { readonly [K in keyof O]: readonly [unknown, unknown] }> {
  readonly #open = new Map<number, Open>()
  /** By id. What an operation is answered with is checked where the thread's handlers are declared. */
  readonly #answers = new EventEmitter()
  #nextId = 1

  /** An id nobody had before. */
  fresh(): number {
    return this.#nextId++
  }

  /** Resolves with the thread's answer; rejects with its bug, or with what `end` is told. */
  ask<K extends keyof O & string>(
    post: (message: object, transfer: readonly ArrayBuffer[]) => void,
    op: K,
    question: O[K][0],
    { signal, transfer = [], onProgress, more = {} }: AskOptions = {},
  ): Promise<O[K][1]> {
    const id = this.fresh()
    return new Promise((resolve, reject) => {
      const cancel = () => post({ id, op: 'cancel' }, [])
      const done = () => {
        signal?.removeEventListener('abort', cancel)
        this.#open.delete(id)
        this.#answers.removeAllListeners(String(id))
      }
      this.#answers.once(String(id), (answer) => {
        done()
        resolve(answer)
      })
      const refuse = (error: Error) => {
        done()
        reject(error)
      }
      this.#open.set(id, { onProgress, reject: refuse })
      // One job may ask for many things at once; Node takes more than ten listeners for a leak.
      if (signal !== undefined) setMaxListeners(0, signal)
      signal?.addEventListener('abort', cancel)
      post({ ...more, id, op, question }, transfer)
      if (signal?.aborted === true) cancel()
    })
  }

  take(reply: ThreadReply<O[keyof O][1]>): void {
    const open = this.#open.get(reply.id)
    if (open === undefined) return
    if ('progress' in reply) open.onProgress?.(reply.progress)
    else if ('bug' in reply) open.reject(new Error(reply.bug))
    else this.#answers.emit(String(reply.id), reply.answer)
  }

  /** The thread is gone: every question that is open is refused. */
  end(error: Error): void {
    for (const { reject } of [...this.#open.values()]) reject(error)
  }
}
