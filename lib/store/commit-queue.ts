/**
 * Groups what arrives into commits. One commit runs at a time; meanwhile requests gather for the next. A commit starts when
 * enough has gathered or the oldest has waited long enough, so that a lone request is not slow and a flood shares its fsyncs.
 */
export class CommitQueue<T> {
  readonly #commit: (items: readonly T[]) => Promise<void>
  readonly #enough: number
  readonly #waitMs: number
  #items: { readonly item: T; readonly weight: number; readonly done: (error: unknown) => void }[] = []
  readonly #between: (() => Promise<void>)[] = []
  #weight = 0
  #since = 0
  #running: Promise<void> | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  /** `enough`: summed weight at which a commit starts without waiting. */
  constructor(commit: (items: readonly T[]) => Promise<void>, enough: number, waitMs: number) {
    this.#commit = commit
    this.#enough = enough
    this.#waitMs = waitMs
  }

  /** Resolves when the item is durable: with `undefined`, or with the error that kept it from being so. */
  add(item: T, weight: number): Promise<unknown> {
    return new Promise((done) => {
      if (this.#items.length === 0) this.#since = performance.now()
      this.#items.push({ item, weight, done })
      this.#weight += weight
      this.#kick()
    })
  }

  #kick(): void {
    if (this.#running !== undefined) return
    const between = this.#between.shift()
    if (between !== undefined) {
      this.#running = between().then(() => {
        this.#running = undefined
        this.#kick()
      })
      return
    }
    if (this.#items.length === 0) return
    clearTimeout(this.#timer)
    const left = this.#waitMs - (performance.now() - this.#since)
    if (this.#weight >= this.#enough || left <= 0) this.#start()
    else this.#timer = setTimeout(() => this.#start(), left)
  }

  #start(): void {
    if (this.#running !== undefined || this.#items.length === 0) return
    // Not more than a few windows at once: memory stays bounded when the disk is slow.
    let weight = 0
    let count = 0
    while (count < this.#items.length && (count === 0 || weight < 2 * this.#enough))
      weight += this.#items[count++].weight
    const batch = this.#items.splice(0, count)
    this.#weight -= weight
    this.#since = performance.now()
    this.#running = this.#commit(batch.map((entry) => entry.item))
      .then(
        () => undefined,
        (error: unknown) => error ?? new Error('The commit failed.'),
      )
      .then((error) => {
        this.#running = undefined
        for (const entry of batch) entry.done(error)
        this.#kick()
      })
  }

  /** Runs `work` between two commits: nothing is written meanwhile. */
  exclusively<R>(work: () => Promise<R>): Promise<R> {
    return new Promise((resolve, reject) => {
      this.#between.push(() => work().then(resolve, reject))
      this.#kick()
    })
  }

  /** Resolves when everything added so far is committed. */
  async flush(): Promise<void> {
    while (this.#running !== undefined || this.#items.length > 0) {
      this.#start()
      await this.#running
    }
  }
}
