import type { Duck, DuckConnection } from './duck.ts'

/** Whether the asker still wants the answer. */
export interface Cancel {
  readonly cancelled: boolean
  /** Called once when the asker gives up. */
  onCancel(callback: () => void): void
}

export const NEVER: Cancel = { cancelled: false, onCancel: () => undefined }

/** Thrown inside a reading when its asker has given up; the dispatcher turns it into a `cancelled` failure. */
export class CancelledError extends Error {}

/** A few connections for reading, so that a long answer does not hold up a short one. */
export class Readers {
  readonly #free: DuckConnection[]
  readonly #count: number
  readonly #waiting: ((connection: DuckConnection) => void)[] = []

  private constructor(connections: readonly DuckConnection[]) {
    this.#count = connections.length
    this.#free = [...connections]
  }

  static async open(duck: Duck, count: number): Promise<Readers> {
    const connections: DuckConnection[] = []
    for (let i = 0; i < count; i++) connections.push(await duck.connect())
    return new Readers(connections)
  }

  async borrow<T>(cancel: Cancel, work: (connection: DuckConnection) => Promise<T>): Promise<T> {
    const connection = await this.#take()
    let running = true
    cancel.onCancel(() => {
      if (running) connection.interrupt()
    })
    try {
      if (cancel.cancelled) throw new CancelledError()
      return await work(connection)
    } catch (error) {
      // An interrupted statement fails with DuckDB's own words.
      if (cancel.cancelled) throw new CancelledError()
      throw error
    } finally {
      running = false
      this.#give(connection)
    }
  }

  #take(): Promise<DuckConnection> {
    const free = this.#free.pop()
    if (free !== undefined) return Promise.resolve(free)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #give(connection: DuckConnection): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#free.push(connection)
    else next(connection)
  }

  /** Closes each connection once its reading is done. */
  async close(): Promise<void> {
    for (let n = 0; n < this.#count; n++) (await this.#take()).close()
  }
}
