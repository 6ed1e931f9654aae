import { setMaxListeners } from 'node:events'
import type { ReachedSettings } from '../../config/source-fields.ts'

/**
 * How long one request may take: `signal` aborts when the caller does, when the client closes, when nothing was heard for `timeoutMs`, and
 * when all of it took longer than `totalTimeoutMs`.
 */
export class Patience {
  /** Whose time ran out. */
  late: 'silent' | 'slow' | undefined
  readonly #quit = new AbortController()
  readonly #callers: readonly AbortSignal[]
  readonly #settings: ReachedSettings
  readonly #whole: NodeJS.Timeout
  readonly #left = () => this.#quit.abort()
  #quiet: NodeJS.Timeout | undefined
  #quietEndMs = Number.POSITIVE_INFINITY
  readonly #endMs: number

  constructor(caller: AbortSignal, closed: AbortSignal, settings: ReachedSettings) {
    this.#callers = [caller, closed]
    this.#settings = settings
    this.#endMs = Date.now() + settings.totalTimeoutMs
    this.#whole = setTimeout(() => this.#give('slow'), settings.totalTimeoutMs)
    for (const signal of this.#callers) {
      // One job may ask for many things at once; Node takes more than ten listeners for a leak.
      setMaxListeners(0, signal)
      signal.addEventListener('abort', this.#left, { once: true })
      if (signal.aborted) this.#left()
    }
    setMaxListeners(0, this.#quit.signal)
  }

  get signal(): AbortSignal {
    return this.#quit.signal
  }

  /** The caller left, or the client is being closed. */
  get cancelled(): boolean {
    return this.#callers.some((signal) => signal.aborted)
  }

  /** From now on something must be heard within `timeoutMs`. */
  expectBytes(): void {
    this.#quietEndMs = Date.now() + this.#settings.timeoutMs
    if (this.#quiet === undefined) this.#quiet = setTimeout(() => this.#give('silent'), this.#settings.timeoutMs)
    else this.#quiet.refresh()
  }

  /** Until the first of the limits, ms. */
  leftMs(): number {
    return this.#quit.signal.aborted ? 0 : Math.min(this.#quietEndMs, this.#endMs) - Date.now()
  }

  end(): void {
    clearTimeout(this.#whole)
    clearTimeout(this.#quiet)
    for (const signal of this.#callers) signal.removeEventListener('abort', this.#left)
  }

  #give(why: 'silent' | 'slow'): void {
    this.late ??= why
    this.#quit.abort()
  }
}
