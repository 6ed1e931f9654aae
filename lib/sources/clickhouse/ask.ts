import type { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { BackendClient } from '../http/backend-client.ts'
import type { NativeBlocks } from './native-blocks.ts'

/** Values of `{name:Type}` placeholders: nothing a reader sends is ever part of a statement. Short ones: they stand in the address. */
export type Params = Readonly<Record<string, string | number | bigint>>

/** Where a body goes. */
export interface Sink {
  /** False: it has enough. */
  take(bytes: Uint8Array): boolean
  /** `foreign`: these are not the rows that were asked for. */
  readonly state: 'whole' | 'within' | 'foreign'
}

const MAX_JSON_BYTES = 64 * 2 ** 20
/** A row as JSON: one span with all its attributes. */
const MAX_LINE_BYTES = 64 * 2 ** 20
/** The end of a body, in which an exception stands that came after the first rows. */
const TAIL = 16_384
const EXCEPTION = /Code: (\d+)\. DB::Exception: ([\s\S]{0,600})/
const LINE_END = 10

/** Reading statements to one ClickHouse over its HTTP interface, each bounded in time, rows and memory, and read-only. */
export class Asker {
  readonly #client: BackendClient
  readonly #database: string
  readonly #seconds: number

  constructor(client: BackendClient, database: string, totalTimeoutMs: number) {
    this.#client = client
    this.#database = database
    this.#seconds = Math.max(1, Math.ceil(totalTimeoutMs / 1_000))
  }

  /** Rows as objects that `schema` accepts; 64-bit numbers come as text. */
  async rows<T>(
    sql: string,
    schema: z.ZodType<T>,
    params: Params,
    maxRows: number,
    signal: AbortSignal,
  ): Promise<Result<T[]>> {
    const found: T[] = []
    const read = await this.eachRow(sql, schema, params, maxRows, signal, (row) => found.push(row), MAX_JSON_BYTES)
    if (!read.ok) return read
    if (!read.value) return ok(found)
    return fail(
      'too-large',
      this.#client.source,
      `${this.#client.source} answered more than it was asked for (64 MiB or ${maxRows} rows).`,
      'Choose a shorter range.',
    )
  }

  /** Rows one by one while they come. True: they were cut at `maxBytes`. */
  async eachRow<T>(
    sql: string,
    schema: z.ZodType<T>,
    params: Params,
    maxRows: number,
    signal: AbortSignal,
    onRow: (row: T) => void,
    maxBytes?: number,
  ): Promise<Result<boolean>> {
    const lines = new JsonLines(schema, onRow)
    return this.#read(`${sql} FORMAT JSONEachRow`, params, maxRows, signal, lines, maxBytes)
  }

  /** Rows as blocks of columns. True: they were cut, by the reader or by the bytes an answer may have. */
  blocks(
    sql: string,
    params: Params,
    maxRows: number,
    signal: AbortSignal,
    blocks: NativeBlocks,
  ): Promise<Result<boolean>> {
    return this.#read(`${sql} FORMAT Native`, params, maxRows, signal, blocks)
  }

  /**
   * An exception that the server wrote after the first rows is a failure, whatever was handed out before. Aborting closes the connection
   * (`cancel_http_readonly_queries_on_client_close` ends the statement), and `max_execution_time` bounds what goes on.
   */
  async #read(
    sql: string,
    params: Params,
    maxRows: number,
    signal: AbortSignal,
    sink: Sink,
    maxBytes?: number,
  ): Promise<Result<boolean>> {
    if (signal.aborted) return this.#cancelled()
    let tail: Uint8Array = new Uint8Array(0)
    const bound = Object.fromEntries(Object.entries(params).map(([key, value]) => [`param_${key}`, escaped(value)]))
    const answer = await this.#client.stream(
      {
        path: '/',
        method: 'POST',
        idempotent: true,
        body: sql,
        query: {
          database: this.#database,
          ...bound,
          readonly: 1,
          max_execution_time: this.#seconds,
          max_result_rows: maxRows,
          max_memory_usage: 4 * 2 ** 30,
          cancel_http_readonly_queries_on_client_close: 1,
          output_format_json_quote_64bit_integers: 1,
        },
        ...(maxBytes === undefined ? {} : { maxBytes }),
        signal,
      },
      (bytes) => {
        tail = bytes.length >= TAIL ? bytes.slice(-TAIL) : Buffer.concat([tail, bytes]).subarray(-TAIL)
        return sink.take(bytes)
      },
    )
    const { state } = sink
    // A span may hold such a sentence, too: only what is no whole row is the server's.
    if (answer.ok && state !== 'foreign' && (answer.value.cut || state === 'whole')) return ok(answer.value.cut)
    const failed = EXCEPTION.exec(decodeUtf8(tail, 0, tail.length))
    if (failed !== null) return this.#exception(Number(failed[1]), failed[2])
    if (!answer.ok) return answer
    const { source } = this.#client
    return state === 'foreign'
      ? fail(
          'unavailable',
          source,
          `${source} did not answer as ClickHouse does.`,
          'Check the address of the source: it must be the HTTP interface, usually port 8123.',
        )
      : fail('unavailable', source, `${source} broke off its answer in the middle of a row.`, 'Ask again.')
  }

  #cancelled(): Result<never> {
    return fail('cancelled', this.#client.source, 'The request was cancelled.', 'Ask again.')
  }

  #exception(code: number, what: string): Result<never> {
    const { source } = this.#client
    const text = what.split('\n')[0].trim().slice(0, 300)
    const heavy = [158, 159, 160, 241, 307, 396].includes(code)
    return fail(
      heavy ? 'too-large' : 'unavailable',
      source,
      `${source} broke off its answer (ClickHouse code ${code}): ${text}${/[.…]$/.test(text) ? '' : '…'}`,
      heavy ? 'Choose a shorter range or name an action.' : 'Look into the log of the ClickHouse server.',
    )
  }
}

/** Lines of JSON as objects that a schema accepts. */
class JsonLines<T> implements Sink {
  state: Sink['state'] = 'whole'
  readonly #schema: z.ZodType<T>
  readonly #onRow: (row: T) => void
  /** The beginning of a line whose end has not come. */
  #rest: Uint8Array[] = []
  #restBytes = 0

  constructor(schema: z.ZodType<T>, onRow: (row: T) => void) {
    this.#schema = schema
    this.#onRow = onRow
  }

  take(bytes: Uint8Array): boolean {
    let from = 0
    while (this.state !== 'foreign') {
      const end = bytes.indexOf(LINE_END, from)
      if (end === -1) break
      this.#rest.push(bytes.subarray(from, end))
      this.#line(Buffer.concat(this.#rest).toString())
      this.#rest = []
      this.#restBytes = 0
      from = end + 1
    }
    if (this.state === 'foreign') return true
    if (from < bytes.length) {
      this.#rest.push(bytes.slice(from))
      this.#restBytes += bytes.length - from
    }
    this.state = this.#restBytes === 0 ? 'whole' : this.#restBytes > MAX_LINE_BYTES ? 'foreign' : 'within'
    return true
  }

  #line(text: string): void {
    if (text === '') return
    const row = this.#schema.safeParse(parsed(text))
    if (row.success) this.#onRow(row.data)
    else this.state = 'foreign'
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A value as the HTTP interface reads it: tab-separated escapes. */
function escaped(value: string | number | bigint): string {
  return String(value).replace(/[\\\t\n\r]/g, (c) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[c] ?? c}`)
}
