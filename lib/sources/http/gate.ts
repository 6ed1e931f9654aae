/** At most so many at once; the others wait in the order they came, and leave when their signal aborts. */
export class Gate {
  readonly #most: number
  #inside = 0
  readonly #waiting: (() => void)[] = []

  constructor(most: number) {
    this.#most = most
  }

  /** How many wait. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** False: the signal aborted before there was room. Whoever got true calls `leave` once. */
  enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false)
    if (this.#inside < this.#most) {
      this.#inside++
      return Promise.resolve(true)
    }
    return new Promise((resolve) => {
      const admitted = () => {
        signal.removeEventListener('abort', gone)
        resolve(true)
      }
      const gone = () => {
        this.#waiting.splice(this.#waiting.indexOf(admitted), 1)
        resolve(false)
      }
      signal.addEventListener('abort', gone, { once: true })
      this.#waiting.push(admitted)
    })
  }

  leave(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#inside--
    else next()
  }
}
