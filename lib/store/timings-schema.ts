import { type ColumnDefinition, createTable } from './columns.ts'
import { STRING_COLUMNS } from './span-schema.ts'

/** One slice of timings: rows are only ever added; of several with one (guild, minute, node, action) the highest `seq` counts. */
export const SAMPLE_COLUMNS = [
  /** Ascends over all slices and restarts. */
  { name: 'seq', type: 'f64' },
  /** Unix minutes. */
  { name: 'minute', type: 'u32' },
  { name: 'guild', type: 'u32' },
  { name: 'guild_name', type: 'u32' },
  { name: 'node', type: 'u32' },
  { name: 'action', type: 'u32' },
  /** −1: not stated, in these. */
  { name: 'busy_us', type: 'f64' },
  { name: 'handled', type: 'f64' },
  { name: 'wait_us_total', type: 'f64' },
  { name: 'wait_us_max', type: 'f64' },
  { name: 'arrived', type: 'f64' },
  { name: 'depth_max', type: 'f64' },
  { name: 'sessions', type: 'f64' },
  /** Wait histogram: little-endian f64, bounds then counts (one more than bounds); empty: none. */
  { name: 'histogram', type: 'blob' },
] as const satisfies readonly ColumnDefinition[]

export function createTimingTables(catalog: string): string {
  return [createTable(catalog, 'samples', SAMPLE_COLUMNS), createTable(catalog, 'strings', STRING_COLUMNS)].join(';\n')
}

/** Of several rows with one key, the newest: what stays of a slice when its time is over. */
export const COMPACT_SAMPLES =
  'SELECT * FROM samples QUALIFY row_number() OVER (PARTITION BY guild, minute, node, action ORDER BY seq DESC) = 1 ORDER BY guild, minute'
