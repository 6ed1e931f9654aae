/** The few column types the store uses, with their SQL names and the bytes of an element in a raw vector. */
export type ColumnType = 'u8' | 'u32' | 'u64' | 'f32' | 'f64' | 'text' | 'blob'

export const SQL_TYPE: Readonly<Record<ColumnType, string>> = {
  u8: 'UTINYINT',
  u32: 'UINTEGER',
  u64: 'UBIGINT',
  f32: 'FLOAT',
  f64: 'DOUBLE',
  text: 'VARCHAR',
  blob: 'BLOB',
}

export const ELEMENT_BYTES: Readonly<Record<ColumnType, number>> = {
  u8: 1,
  u32: 4,
  u64: 8,
  f32: 4,
  f64: 8,
  text: 16,
  blob: 16,
}

export interface ColumnDefinition {
  readonly name: string
  readonly type: ColumnType
}

export function createTable(catalog: string, table: string, columns: readonly ColumnDefinition[]): string {
  return `CREATE TABLE ${catalog}.${table} (${columns.map((c) => `${c.name} ${SQL_TYPE[c.type]}`).join(', ')})`
}

/** A text column as DuckDB lays it out: per row four words, the length and up to 12 bytes; longer texts stand beside it by row. */
export interface TextColumn {
  readonly words: Uint32Array<ArrayBuffer>
  readonly longRows: readonly number[]
  readonly longTexts: readonly Uint8Array[]
}

/** A column's content: numbers in their own typed array; texts laid out, or texts and blobs as one byte array per row. */
export type ColumnData =
  | Uint8Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>
  | TextColumn
  | readonly Uint8Array[]
