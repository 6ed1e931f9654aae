import { type ColumnDefinition, createTable } from './columns.ts'

/**
 * The tables of one slice of spans. Rows are numbered in the order in which they were written; the spans of one trace and one
 * commit are a run of consecutive rows, a *part*. A trace is found through `parts`, its spans by row number: DuckDB's zone
 * maps on an ascending column leave only the row groups that hold them.
 *
 *   parts   first_row 0, rows 3, trace A │ first_row 3, rows 2, trace B │ …
 *   spans   row 0, 1, 2                  │ row 3, 4                     │ …
 *   blocks  first_row 0, rows 5: everything the columns do not hold, deflated
 */
export const SPAN_COLUMNS = [
  { name: 'row', type: 'u32' },
  /** The part's guild: also on spans that name none themselves. */
  { name: 'part_guild', type: 'u32' },
  { name: 'span_id', type: 'u64' },
  { name: 'parent_id', type: 'u64' },
  { name: 'start_ns', type: 'u64' },
  /** end − start modulo 2^64: small numbers take less room than a second time stamp. */
  { name: 'duration_ns', type: 'u64' },
  /** start − enqueued + 1 modulo 2^64; 0: not stated. */
  { name: 'wait_plus_1', type: 'u64' },
  { name: 'kind', type: 'u8' },
  { name: 'status', type: 'u8' },
  { name: 'flags', type: 'u8' },
  { name: 'stage', type: 'u8' },
  { name: 'guild_is_int', type: 'u8' },
  { name: 'name', type: 'u32' },
  { name: 'service', type: 'u32' },
  { name: 'node', type: 'u32' },
  { name: 'action', type: 'u32' },
  { name: 'relay', type: 'u32' },
  { name: 'guild', type: 'u32' },
  { name: 'guild_name', type: 'u32' },
  { name: 'channel', type: 'u32' },
  { name: 'process', type: 'text' },
  { name: 'user_id', type: 'text' },
  { name: 'session', type: 'text' },
  /** −1: not stated, in this and the next four. */
  { name: 'mailbox_depth', type: 'f64' },
  { name: 'recipients', type: 'f64' },
  { name: 'sessions', type: 'f64' },
  { name: 'keep_rate', type: 'f32' },
  { name: 'head_rate', type: 'f32' },
  { name: 'resource', type: 'u32' },
  { name: 'scope', type: 'u32' },
] as const satisfies readonly ColumnDefinition[]

export const PART_COLUMNS = [
  { name: 'first_row', type: 'u32' },
  { name: 'row_count', type: 'u32' },
  { name: 'trace_hi', type: 'u64' },
  { name: 'trace_lo', type: 'u64' },
  { name: 'guild', type: 'u32' },
  { name: 'guild_name', type: 'u32' },
  { name: 'start_ns', type: 'u64' },
  { name: 'end_ns', type: 'u64' },
  { name: 'errors', type: 'u32' },
  /** Bit s is set where a span of stage s is in the part. */
  { name: 'stages', type: 'u8' },
  /** 1: a root is in the part; then `lead_*` describe the earliest root, else the earliest span. */
  { name: 'has_root', type: 'u8' },
  { name: 'lead_ns', type: 'u64' },
  { name: 'lead_name', type: 'u32' },
  { name: 'lead_service', type: 'u32' },
  /** Action of the earliest span that names one, and that span's start. */
  { name: 'action', type: 'u32' },
  { name: 'action_ns', type: 'u64' },
  /** Longest stated wait, ns; −1: none. */
  { name: 'wait_ns', type: 'f64' },
  { name: 'head_rate', type: 'f32' },
  /** Parent ids that are not in this part, little-endian u64, at most `MISSING_CAP`. */
  { name: 'missing', type: 'blob' },
] as const satisfies readonly ColumnDefinition[]

/** So many unresolved parents are remembered per part; a part with more cannot be called complete. */
export const MISSING_CAP = 64

/** Guilds beside the part's own that spans of the part name. */
export const PART_GUILD_COLUMNS = [
  { name: 'first_row', type: 'u32' },
  { name: 'guild', type: 'u32' },
] as const satisfies readonly ColumnDefinition[]

export const STRING_COLUMNS = [
  { name: 'id', type: 'u32' },
  { name: 'value', type: 'text' },
] as const satisfies readonly ColumnDefinition[]

/** Raw protobuf resources (`is_scope` 0) and scopes (1). */
export const CONTEXT_COLUMNS = [
  { name: 'id', type: 'u32' },
  { name: 'is_scope', type: 'u8' },
  { name: 'body', type: 'blob' },
] as const satisfies readonly ColumnDefinition[]

export const BLOCK_COLUMNS = [
  { name: 'first_row', type: 'u32' },
  { name: 'row_count', type: 'u32' },
  { name: 'body', type: 'blob' },
] as const satisfies readonly ColumnDefinition[]

export function createTraceTables(catalog: string): string {
  return [
    createTable(catalog, 'spans', SPAN_COLUMNS),
    createTable(catalog, 'parts', PART_COLUMNS),
    createTable(catalog, 'part_guilds', PART_GUILD_COLUMNS),
    createTable(catalog, 'strings', STRING_COLUMNS),
    createTable(catalog, 'contexts', CONTEXT_COLUMNS),
    createTable(catalog, 'blocks', BLOCK_COLUMNS),
  ].join(';\n')
}
