/** Names of the tables, quoted for SQL: they come from the configuration. */
export interface TableNames {
  readonly database: string
  readonly traces: string
  readonly timings: string
}

/** How long what is kept. Ranking guilds is beyond a TTL: a guild counts as large by its sessions. */
export interface KeptFor {
  readonly traceHours: number
  readonly minutes: number
  readonly largeDays: number
  readonly largeSessions: number
}

export const DEFAULT_KEPT: KeptFor = { traceHours: 72, minutes: 60, largeDays: 30, largeSessions: 100_000 }

/** An identifier in backquotes. */
export function quoted(name: string): string {
  return `\`${name.replace(/[\\`]/g, '\\$&')}\``
}

export function tableIn(database: string, table: string): string {
  return `${quoted(database)}.${quoted(table)}`
}
