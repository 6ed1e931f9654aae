import { fail, ok, type Result } from '../base/result.ts'
import { decodeUtf8 } from '../base/utf8.ts'
import type { BackendClient } from '../sources/http/backend-client.ts'

/** `Code: 60. DB::Exception: …` of a body, whatever the status said. */
const EXCEPTION = /Code:\s*\d+\.\s*DB::Exception:[^\n]{0,300}/

export interface Statement {
  readonly sql: string
  /** Rows of an insert, in the format that it names; the statement then goes into the address. */
  readonly rows?: Uint8Array
  readonly settings?: Readonly<Record<string, string | number>>
  readonly idempotent?: boolean
  /** Of the answer; 1 MiB unless told. */
  readonly maxBytes?: number
}

/** Runs a statement; its answer as text. An exception inside an answer with status 200 is a failure, too. */
export async function run(client: BackendClient, statement: Statement, signal: AbortSignal): Promise<Result<string>> {
  const { sql, rows, settings, idempotent, maxBytes = 2 ** 20 } = statement
  const answer = await client.bytes({
    path: '/',
    method: 'POST',
    query: { ...settings, wait_end_of_query: 1, ...(rows === undefined ? {} : { query: sql }) },
    body: rows ?? sql,
    headers: { 'content-type': 'text/plain' },
    maxBytes,
    signal,
    ...(idempotent === undefined ? {} : { idempotent }),
  })
  if (!answer.ok) return answer
  const text = decodeUtf8(answer.value.body, 0, answer.value.body.byteLength)
  const code = answer.value.header('x-clickhouse-exception-code')
  const said = EXCEPTION.exec(text)?.[0]
  if (code === undefined && said === undefined) return ok(text)
  return fail(
    'unavailable',
    client.source,
    `${client.source} refused a statement: ${said ?? `code ${code}`}.`,
    'Look at the message, and at the rights of the user that Guildscope has there.',
  )
}
