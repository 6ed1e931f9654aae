import { z } from 'zod'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { BackendClient } from '../http/backend-client.ts'

/** Values of `{name:Type}` placeholders: nothing a reader sends is ever part of a statement. */
export type Params = Readonly<Record<string, string | number | bigint>>

const MAX_JSON_BYTES = 64 * 2 ** 20
/** The end of a body, in which an exception stands that came after the first rows. */
const TAIL = 16_384
const EXCEPTION = /Code: (\d+)\. DB::Exception: ([\s\S]{0,600})/

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
    const chunks: Uint8Array[] = []
    const read = await this.binary(
      `${sql} FORMAT JSONEachRow`,
      params,
      maxRows,
      signal,
      (bytes) => {
        chunks.push(bytes)
        return true
      },
      // A row is one line; a sentence of the server's is none.
      () => chunks.length === 0 || Buffer.concat(chunks.slice(-2)).subarray(-2).toString() === '}\n',
      MAX_JSON_BYTES,
    )
    if (!read.ok) return read
    if (read.value)
      return fail(
        'too-large',
        this.#client.source,
        `${this.#client.source} answered more than 64 MiB.`,
        'Choose a shorter range.',
      )
    try {
      const lines = Buffer.concat(chunks)
        .toString()
        .split('\n')
        .filter((line) => line !== '')
      return ok(lines.map((line) => schema.parse(JSON.parse(line))))
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
      return fail(
        'unavailable',
        this.#client.source,
        `${this.#client.source} did not answer as ClickHouse does.`,
        'Check the address of the source: it must be the HTTP interface, usually port 8123.',
      )
    }
  }

  /**
   * The body as it comes. True: it was cut by `take` or `maxBytes`. An exception that the server wrote after the first rows is a failure,
   * whatever was handed out before. Aborting closes the connection (`cancel_http_readonly_queries_on_client_close` ends the statement),
   * and `max_execution_time` bounds what goes on.
   */
  async binary(
    sql: string,
    params: Params,
    maxRows: number,
    signal: AbortSignal,
    take: (bytes: Uint8Array) => boolean,
    atRowEnd: () => boolean,
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
        return take(bytes)
      },
    )
    // A span may hold such a sentence, too: only what is no whole row is the server's.
    if (answer.ok && (answer.value.cut || atRowEnd())) return ok(answer.value.cut)
    const failed = EXCEPTION.exec(decodeUtf8(tail, 0, tail.length))
    if (failed !== null) return this.#exception(Number(failed[1]), failed[2])
    if (!answer.ok) return answer
    return fail(
      'unavailable',
      this.#client.source,
      `${this.#client.source} broke off its answer in the middle of a row.`,
      'Ask again.',
    )
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
      `${source} broke off its answer (ClickHouse code ${code}): ${text}`,
      heavy ? 'Choose a shorter range or name an action.' : 'Look into the log of the ClickHouse server.',
    )
  }
}

/** A value as the HTTP interface reads it: tab-separated escapes. */
function escaped(value: string | number | bigint): string {
  return String(value).replace(/[\\\t\n\r]/g, (c) => `\\${{ '\t': 't', '\n': 'n', '\r': 'r' }[c] ?? c}`)
}
