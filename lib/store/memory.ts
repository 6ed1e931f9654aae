import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Spans handled since the last time from which on it is worth tidying up. */
const WORTH_SPANS = 50_000
const EVERY_MS = 3_000
/** Under steady load memory is reused anyway; then so often is enough. */
const AT_LEAST_EVERY_MS = 30_000
/** Freed buffers go back to the C heap by a sweeper of their own, some time after the collection. */
const SWEEP_MS = 250

/**
 * Gives memory back after large work. A thread that has nothing to do collects no garbage, and the C library keeps what is freed:
 * after one large answer hundreds of megabytes would stay resident until the next one.
 */
export class Tidy {
  readonly #trim: () => Promise<void>
  #spans = 0
  #lastUse = 0
  #lastTidy = 0
  #again = false
  #timer: ReturnType<typeof setInterval> | undefined
  #trimming: ReturnType<typeof setTimeout> | undefined

  /** `trim` hands free memory of the C heap back to the system. */
  constructor(trim: () => Promise<void>) {
    this.#trim = trim
  }

  start(): void {
    this.#timer = setInterval(() => this.#look(), EVERY_MS)
  }

  stop(): void {
    clearInterval(this.#timer)
    clearTimeout(this.#trimming)
  }

  /** So many spans were in memory for some work. */
  used(spans: number): void {
    this.#spans += spans
    this.#lastUse = performance.now()
  }

  #look(): void {
    const now = performance.now()
    if (this.#again) {
      this.#again = false
      this.#tidyUp()
      return
    }
    if (this.#spans < WORTH_SPANS) return
    if (now - this.#lastUse < EVERY_MS / 2 && now - this.#lastTidy < AT_LEAST_EVERY_MS) return
    this.#spans = 0
    this.#lastTidy = now
    // What the first collection only made old, the second one frees.
    this.#again = true
    this.#tidyUp()
  }

  #tidyUp(): void {
    collectGarbage()
    this.#trimming = setTimeout(() => {
      this.#trim().catch((error: unknown) => console.error('Memory could not be trimmed:', error))
    }, SWEEP_MS)
  }
}

setFlagsFromString('--expose-gc')
const collect: unknown = runInNewContext('gc')

function collectGarbage(): void {
  if (typeof collect === 'function') collect()
}
