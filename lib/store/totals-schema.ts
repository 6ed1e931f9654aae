import { type ColumnDefinition, createTable } from './columns.ts'

/** Hourly totals of guild × action: they outlive the minutes. Rows of one key add up. */
export const TOTAL_COLUMNS = [
  { name: 'hour', type: 'u32' },
  { name: 'guild', type: 'text' },
  { name: 'action', type: 'text' },
  { name: 'busy_us', type: 'f64' },
  { name: 'handled', type: 'f64' },
  { name: 'wait_us_total', type: 'f64' },
  { name: 'arrived', type: 'f64' },
] as const satisfies readonly ColumnDefinition[]

export function createTotalTables(catalog: string): string {
  return [
    createTable(catalog, 'totals', TOTAL_COLUMNS),
    createTable(catalog, 'summed', [{ name: 'up_to_minute', type: 'u32' }]),
  ].join(';\n')
}
