import type { SettingsOf } from '../../config/source-fields.ts'

type Settings = SettingsOf<'prometheus'>
export type PromMeasure = keyof Settings['templates']

/** The order in which measures stand in the columns of samples, and how a measure's values become ours. */
export const PROM_MEASURES: readonly {
  readonly measure: PromMeasure
  /** Place among the values of a row of samples. */
  readonly column: number
  /** Seconds become µs. */
  readonly factor: number
  /** Several series of one key: their sum, or the largest. */
  readonly isMax: boolean
}[] = [
  { measure: 'busy', column: 0, factor: 1e6, isMax: false },
  { measure: 'count', column: 1, factor: 1, isMax: false },
  { measure: 'waitTotal', column: 2, factor: 1e6, isMax: false },
  { measure: 'waitMax', column: 3, factor: 1e6, isMax: true },
  { measure: 'arrived', column: 4, factor: 1, isMax: false },
  { measure: 'mailboxDepthMax', column: 5, factor: 1, isMax: true },
  { measure: 'sessions', column: 6, factor: 1, isMax: true },
]

/**
 * What a counter grew by in the minute before each step. The subquery has a point at both ends of the minute, however the scrapes lie and
 * whether the server's ranges are closed or open on the left. `and count_over_time`: the subquery repeats a value for five minutes after the
 * last scrape, so a minute in which nothing was scraped would read 0; it must be unknown.
 */
function counter(metric: string, by: string, guild: string): string {
  const selector = `${metric}{${guild}={guild}}`
  return `sum by (${by}) (increase(${selector}[1m:15s]) and count_over_time(${selector}[1m]))`
}

function gauge(metric: string, by: string, guild: string): string {
  return `max by (${by}) (max_over_time(${metric}{${guild}={guild}}[1m]))`
}

/** The PromQL of every measure: the configured one, else that of the default metric names. */
export function templatesOf(settings: Settings): Readonly<Record<PromMeasure, string>> {
  const { guild, action, node } = settings.labels
  const by = `${guild}, ${action}, ${node}`
  return {
    busy: counter('guild_busy_seconds_total', by, guild),
    count: counter('guild_messages_total', by, guild),
    waitTotal: counter('guild_wait_seconds_total', by, guild),
    waitMax: gauge('guild_wait_seconds_max', by, guild),
    arrived: counter('guild_arrived_total', by, guild),
    mailboxDepthMax: gauge('guild_mailbox_depth', by, guild),
    sessions: gauge('guild_sessions', by, guild),
    ...settings.templates,
  }
}

/** A text as a PromQL string literal, its quotes included. */
export function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

const EQUALS_GUILD = /(=~?)\s*\{guild\}/g

/** The query for one guild, or for all that have an id. The id is a value in quotes, whatever it holds; never PromQL. */
export function queryOf(template: string, guildId: string | undefined): string {
  return template.replace(EQUALS_GUILD, (_, operator: string) => {
    if (guildId === undefined) return '!=""'
    const value = operator === '=~' ? guildId.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : guildId
    return `${operator}${quoted(value)}`
  })
}
