import duckdb from '@duckdb/node-bindings'
import { lowerBound } from '../base/bisect.ts'
import { type ColumnData, type ColumnDefinition, type ColumnType, ELEMENT_BYTES, type TextColumn } from './columns.ts'
import type { DuckConnection } from './duck.ts'

const CHUNK = duckdb.vector_size()

const TYPE_ID: Readonly<Record<ColumnType, number>> = {
  u8: duckdb.Type.UTINYINT,
  u32: duckdb.Type.UINTEGER,
  u64: duckdb.Type.UBIGINT,
  f32: duckdb.Type.FLOAT,
  f64: duckdb.Type.DOUBLE,
  text: duckdb.Type.VARCHAR,
  blob: duckdb.Type.BLOB,
}

/**
 * Appends `rows` rows inside the connection's running transaction, column by column through raw vectors: one memory copy per
 * column and 2,048 rows. Must run inside `connection.exclusive`, like the transaction around it.
 */
export function appendRows(
  connection: DuckConnection,
  catalog: string,
  table: string,
  definitions: readonly ColumnDefinition[],
  data: readonly ColumnData[],
  rows: number,
): void {
  if (rows === 0) return
  const appender = duckdb.appender_create_ext(connection.raw, catalog, 'main', table)
  const chunk = duckdb.create_data_chunk(definitions.map((c) => duckdb.create_logical_type(TYPE_ID[c.type])))
  for (let from = 0; from < rows; from += CHUNK) {
    const count = Math.min(CHUNK, rows - from)
    if (from > 0) duckdb.data_chunk_reset(chunk)
    for (let c = 0; c < definitions.length; c++) {
      const vector = duckdb.data_chunk_get_vector(chunk, c)
      const values = data[c]
      if (isBlobs(values)) {
        for (let i = 0; i < count; i++) duckdb.vector_assign_string_element_len(vector, i, values[from + i])
      } else if ('words' in values) {
        copyTexts(vector, values, from, count)
      } else {
        const bytes = ELEMENT_BYTES[definitions[c].type]
        duckdb.copy_data_to_vector(vector, 0, values.buffer, values.byteOffset + from * bytes, count * bytes)
      }
    }
    duckdb.data_chunk_set_size(chunk, count)
    duckdb.append_data_chunk(appender, chunk)
  }
  duckdb.appender_close_sync(appender)
}

/** Short texts go in one memory copy: a call per text costs more than everything else a row needs. */
function copyTexts(
  vector: duckdb.Vector,
  { words, longRows, longTexts }: TextColumn,
  from: number,
  count: number,
): void {
  duckdb.copy_data_to_vector(vector, 0, words.buffer, words.byteOffset + from * 16, count * 16)
  for (let k = lowerBound(longRows, from); k < longRows.length && longRows[k] < from + count; k++)
    duckdb.vector_assign_string_element_len(vector, longRows[k] - from, longTexts[k])
}

function isBlobs(values: ColumnData): values is readonly Uint8Array[] {
  return Array.isArray(values)
}
