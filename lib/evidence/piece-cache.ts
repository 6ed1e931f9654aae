/** Opened pieces, the least recently used given up first. What is being opened is opened once, however many ask. */
import type { Result } from '../base/result.ts'

interface Held<T> {
  readonly opened: Promise<Result<T>>
  readonly bytes: number
}

export class PieceCache<T> {
  /** Insertion order is use order: the first is the oldest. */
  readonly #held = new Map<string, Held<T>>()
  readonly #maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** `bytes`: what it takes in memory, about. A failure is not kept: the next one who asks tries again. */
  get(key: string, bytes: number, open: () => Promise<Result<T>>): Promise<Result<T>> {
    const known = this.#held.get(key)
    if (known !== undefined) {
      this.#held.delete(key)
      this.#held.set(key, known)
      return known.opened
    }
    const opened = open().then(
      (result) => {
        if (!result.ok) this.#drop(key)
        return result
      },
      (error: unknown) => {
        this.#drop(key)
        throw error
      },
    )
    this.#held.set(key, { opened, bytes })
    this.#bytes += bytes
    for (const oldest of this.#held.keys()) {
      if (this.#bytes <= this.#maxBytes || oldest === key) break
      this.#drop(oldest)
    }
    return opened
  }

  #drop(key: string): void {
    const held = this.#held.get(key)
    if (held === undefined || !this.#held.delete(key)) return
    this.#bytes -= held.bytes
  }
}
