import duckdb from '@duckdb/node-bindings'
import type { ColumnType } from './columns.ts'
import { RawChunk } from './raw-vectors.ts'

/** How DuckDB is started: everything the store holds lives in attached files, the main database is empty. */
export interface DuckOptions {
  readonly memoryLimitBytes: number
  readonly threads: number
  readonly tempDir: string
}

export class Duck {
  readonly #database: duckdb.Database

  private constructor(database: duckdb.Database) {
    this.#database = database
  }

  static async open(options: DuckOptions): Promise<Duck> {
    const config = duckdb.create_config()
    duckdb.set_config(config, 'memory_limit', `${Math.floor(options.memoryLimitBytes / 1e6)}MB`)
    duckdb.set_config(config, 'threads', String(options.threads))
    duckdb.set_config(config, 'temp_directory', options.tempDir)
    // Rows are found by their own number, never by the order in which DuckDB hands them out.
    duckdb.set_config(config, 'preserve_insertion_order', 'true')
    // A checkpoint holds up the commit that starts it: every few seconds under load, well under a second each.
    duckdb.set_config(config, 'wal_autocheckpoint', '64MB')
    duckdb.set_config(config, 'autoinstall_known_extensions', 'false')
    duckdb.set_config(config, 'autoload_known_extensions', 'false')
    return new Duck(await duckdb.open(':memory:', config))
  }

  async connect(): Promise<DuckConnection> {
    return new DuckConnection(await duckdb.connect(this.#database))
  }

  close(): void {
    duckdb.close_sync(this.#database)
  }
}

/** One connection; its statements run one after the other, in the order of the calls. */
export class DuckConnection {
  readonly raw: duckdb.Connection
  #tail: Promise<unknown> = Promise.resolve()

  constructor(raw: duckdb.Connection) {
    this.raw = raw
  }

  /** Runs `work` when everything asked before it is done. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#tail.then(work, work)
    this.#tail = next.then(nothing, nothing)
    return next
  }

  run(sql: string): Promise<void> {
    return this.exclusive(async () => {
      await duckdb.query(this.raw, sql)
    })
  }

  /** Runs `work` between BEGIN and COMMIT; rolls back where it throws. Inside, use `step` and `appendRows`. */
  transaction(work: () => Promise<void>): Promise<void> {
    return this.exclusive(async () => {
      await duckdb.query(this.raw, 'BEGIN')
      try {
        await work()
        await duckdb.query(this.raw, 'COMMIT')
      } catch (error) {
        // A failed COMMIT has rolled back by itself; then there is nothing left to roll back.
        await duckdb.query(this.raw, 'ROLLBACK').catch(nothing)
        throw error
      }
    })
  }

  /** One statement inside `transaction` or `exclusive`. */
  async step(sql: string): Promise<void> {
    await duckdb.query(this.raw, sql)
  }

  /** Hands over the result chunk by chunk (≤ 2,048 rows); `each` returning false ends it early. Memory stays at one chunk. */
  stream(sql: string, types: readonly ColumnType[], each: (chunk: RawChunk) => boolean | undefined): Promise<void> {
    return this.exclusive(async () => {
      const statement = await duckdb.prepare(this.raw, sql)
      try {
        const result = await duckdb.execute_prepared_streaming(statement)
        for (;;) {
          const chunk = await duckdb.fetch_chunk(result)
          if (chunk === null) return
          const rows = duckdb.data_chunk_get_size(chunk)
          if (rows === 0) return
          if (each(new RawChunk(chunk, rows, types)) === false) return
        }
      } finally {
        duckdb.destroy_prepare_sync(statement)
      }
    })
  }

  /** One number: the first column of the first row, which must be cast to DOUBLE in the statement; NaN where there is none. */
  async number(sql: string): Promise<number> {
    let answer = Number.NaN
    await this.stream(sql, ['f64'], (chunk) => {
      const column = chunk.f64(0)
      if (chunk.isValid(0, 0)) answer = column[0]
      return false
    })
    return answer
  }

  /** Ends the running statement early. */
  interrupt(): void {
    duckdb.interrupt(this.raw)
  }

  close(): void {
    duckdb.disconnect_sync(this.raw)
  }
}

function nothing(): void {}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
