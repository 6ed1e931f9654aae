/**
 * The tables in which copies of the application keep what people make (`guildscope_records`, `guildscope_pieces`). Every write is
 * acknowledged by the server before it is here; every answer is rows of fields without tabs, because texts travel as base64.
 */
import { fail, ok, type Result } from '../base/result.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import type { TableNames } from '../sources/clickhouse/schema/tables.ts'
import { piecesTable, recordsTable } from '../sources/clickhouse/schema/version-2.ts'
import type { BackendClient } from '../sources/http/backend-client.ts'
import { checkSchema } from './schema.ts'
import { run } from './statement.ts'

const MOST_ANSWER_BYTES = 256 * 2 ** 20
/** What stands between quotes in a statement here: names and ids of ours, never a text that somebody wrote. */
const PLAIN = /^[A-Za-z0-9_.:-]{0,200}$/

/** Not from a buffer that is flushed later: the row is in a part on disk. */
const INSERT = { async_insert: 0, insert_deduplicate: 0 } as const

export class StateTables {
  readonly records: string
  readonly pieces: string
  readonly #client: BackendClient
  readonly #names: TableNames
  readonly #closed = new AbortController()
  #checked = false

  constructor(client: BackendClient, names: TableNames) {
    this.#client = client
    this.#names = names
    this.records = recordsTable(names)
    this.pieces = piecesTable(names)
  }

  get source(): string {
    return this.#client.source
  }

  /** The fields of each row. `what` must not hold texts as they are. */
  async select(what: string): Promise<Result<readonly (readonly string[])[]>> {
    const ready = await this.#ready()
    if (!ready.ok) return ready
    const answer = await run(
      this.#client,
      { sql: `SELECT ${what} FORMAT TSV`, idempotent: true, maxBytes: MOST_ANSWER_BYTES },
      this.#closed.signal,
    )
    if (!answer.ok) return answer
    const lines = answer.value.split('\n')
    lines.pop()
    return ok(lines.map((line) => line.split('\t')))
  }

  /** `rows`: JSONEachRow. The same rows twice are one: their keys say so. */
  async insert(table: string, columns: string, rows: string): Promise<Result<undefined>> {
    const ready = await this.#ready()
    if (!ready.ok) return ready
    const sql = `INSERT INTO ${table} (${columns}) FORMAT JSONEachRow`
    const answer = await run(
      this.#client,
      { sql, rows: encodeUtf8(rows), settings: INSERT, idempotent: true },
      this.#closed.signal,
    )
    return answer.ok ? ok(undefined) : answer
  }

  /** Rewrites the parts in which such rows are, and waits until they are gone. */
  async remove(table: string, where: string): Promise<Result<undefined>> {
    const ready = await this.#ready()
    if (!ready.ok) return ready
    const sql = `ALTER TABLE ${table} DELETE WHERE ${where} SETTINGS mutations_sync = 2`
    const answer = await run(this.#client, { sql, idempotent: true }, this.#closed.signal)
    return answer.ok ? ok(undefined) : answer
  }

  unexpected<T = never>(what: string): Result<T> {
    return fail(
      'unavailable',
      this.source,
      `${this.source} answered ${what} in a way that is not understood.`,
      'Try again.',
    )
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#client.close()
  }

  async #ready(): Promise<Result<undefined>> {
    if (this.#checked) return ok(undefined)
    const checked = await checkSchema(this.#client, this.#names, this.#closed.signal)
    this.#checked = checked.ok
    return checked
  }
}

/** In quotes; throws on what is no name of ours. */
export function literal(name: string): string {
  if (!PLAIN.test(name)) throw new Error('not fit to stand in a statement')
  return `'${name}'`
}

/** `('a', 'b')`; of nothing, what matches nothing. */
export function literals(names: Iterable<string>): string {
  const quoted = Array.from(names, literal)
  return quoted.length === 0 ? "('')" : `(${quoted.join(', ')})`
}
