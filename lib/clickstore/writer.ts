/**
 * Writes what the receivers take into ClickHouse. A request is acknowledged once the server has acknowledged every row of it; the same
 * bytes sent again carry the same tokens, and the server leaves out what it has.
 */
import { createHash } from 'node:crypto'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fail, ok, type Result } from '../base/result.ts'
import { decodeTracesProtobuf } from '../model/otlp/decode.ts'
import { decodeTracesJson } from '../model/otlp/json.ts'
import type { AttributeMapping } from '../model/span-batch.ts'
import { parseTimings } from '../model/timings-parse.ts'
import { quoted, type TableNames, tableIn } from '../sources/clickhouse/schema/tables.ts'
import type { BackendClient } from '../sources/http/backend-client.ts'
import type { EmbeddedStore, IngestAnswer } from '../store/types.ts'
import { RowBytes } from './row-bytes.ts'
import { checkSchema } from './schema.ts'
import { SPAN_COLUMNS, SpanRows, TOO_LATE } from './span-rows.ts'
import { run } from './statement.ts'
import { timingRow } from './timing-rows.ts'

/** Bytes of one insert: what is held beside the request itself. */
const INSERT_BYTES = 8 * 2 ** 20
/** Rows after which other work gets its turn: about 5 ms. */
const ROWS_A_TURN = 1_000

const SETTINGS = {
  async_insert: 1,
  wait_for_async_insert: 1,
  async_insert_deduplicate: 1,
  // The table of trace times is filled by a view: a block that is left out must be left out there, too.
  deduplicate_blocks_in_dependent_materialized_views: 1,
  max_partitions_per_insert_block: 1_000,
  date_time_input_format: 'basic',
} as const

export interface ClickStore extends Pick<EmbeddedStore, 'ingestTraces' | 'ingestTimings'> {
  close(): Promise<void>
}

export interface ClickStoreOptions {
  readonly client: BackendClient
  readonly names: TableNames
  readonly mapping: AttributeMapping
}

export function createClickStore(options: ClickStoreOptions): ClickStore {
  return new Writer(options)
}

class Writer implements ClickStore {
  readonly #client: BackendClient
  readonly #names: TableNames
  readonly #mapping: AttributeMapping
  readonly #closed = new AbortController()
  #checked = false

  constructor({ client, names, mapping }: ClickStoreOptions) {
    this.#client = client
    this.#names = names
    this.#mapping = mapping
  }

  async ingestTraces(body: Uint8Array<ArrayBuffer>, format: 'protobuf' | 'json'): Promise<Result<IngestAnswer>> {
    const decoded =
      format === 'protobuf' ? decodeTracesProtobuf(body, this.#mapping) : decodeTracesJson(body, this.#mapping)
    if (!decoded.ok) return decoded
    const batch = decoded.value
    const rows = new SpanRows(batch)
    const into = `${tableIn(this.#names.database, this.#names.traces)} (${SPAN_COLUMNS.map(quoted).join(', ')}) FORMAT JSONCompactEachRow`
    const written = await this.#write(into, body, batch.count, rows.bytes, (i) => rows.add(i))
    if (!written.ok) return written
    const reasons = [...batch.rejected, ...(rows.refused > 0 ? [{ count: rows.refused, reason: TOO_LATE }] : [])]
    return ok({ accepted: batch.count - rows.refused, rejected: total(reasons), reasons })
  }

  async ingestTimings(body: Uint8Array<ArrayBuffer>, format: 'json' | 'ndjson'): Promise<Result<IngestAnswer>> {
    const nowMs = Date.now()
    const parsed = parseTimings(body, format, nowMs)
    if (!parsed.ok) return parsed
    const { batch, rejected } = parsed.value
    const rows = new RowBytes()
    const into = `${tableIn(this.#names.database, this.#names.timings)} FORMAT JSONEachRow`
    const written = await this.#write(into, body, batch.rows, rows, (i) => rows.text(timingRow(batch, i, nowMs)))
    return written.ok ? ok({ accepted: batch.rows, rejected: total(rejected), reasons: rejected }) : written
  }

  async close(): Promise<void> {
    this.#closed.abort()
    await this.#client.close()
  }

  /** `add` writes row `i` into `rows`. */
  async #write(
    into: string,
    body: Uint8Array,
    count: number,
    rows: RowBytes,
    add: (i: number) => void,
  ): Promise<Result<undefined>> {
    if (count === 0) return ok(undefined)
    const ready = await this.#ready()
    if (!ready.ok) return ready
    const hash = createHash('sha256').update(body).digest('hex')
    let part = 0
    const flush = async (): Promise<Result<undefined>> => {
      if (rows.length === 0) return ok(undefined)
      const inserted = await this.#insert(into, rows.written(), `${hash}-${part++}`)
      rows.length = 0
      return inserted
    }
    for (let i = 0; i < count; i++) {
      add(i)
      if (rows.length >= INSERT_BYTES) {
        const flushed = await flush()
        if (!flushed.ok) return flushed
      } else if (i % ROWS_A_TURN === ROWS_A_TURN - 1) await nextTurn()
    }
    return flush()
  }

  async #insert(into: string, rows: Uint8Array, token: string): Promise<Result<undefined>> {
    const answer = await run(
      this.#client,
      {
        sql: `INSERT INTO ${into}`,
        rows,
        settings: { ...SETTINGS, insert_deduplication_token: token },
        // The token makes a second try harmless.
        idempotent: true,
      },
      this.#closed.signal,
    )
    return answer.ok ? ok(undefined) : mayPass(answer)
  }

  async #ready(): Promise<Result<undefined>> {
    if (this.#checked) return ok(undefined)
    const checked = await checkSchema(this.#client, this.#names, this.#closed.signal)
    this.#checked = checked.ok
    return checked.ok ? checked : mayPass(checked)
  }
}

/** The request was sound; whatever keeps ClickHouse from taking it, the sender is to come again and not to give its spans up. */
function mayPass<T>(result: Result<T>): Result<T> {
  if (result.ok) return result
  const { kind, source, what, tryThis } = result.failure
  return kind === 'busy' ? result : fail('unavailable', source, what, tryThis)
}

function total(reasons: readonly { readonly count: number }[]): number {
  return reasons.reduce((sum, { count }) => sum + count, 0)
}
