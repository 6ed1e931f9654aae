import type { AttributeMapping } from '../../model/span-batch.ts'
import type { TraceQuery } from '../../model/trace-list.ts'

const MAX_INT64 = 2n ** 63n - 1n

/** A TraceQL text. Its escapes are Go's, of which JSON's are a part; a lone surrogate, which Go refuses, becomes U+FFFD. */
export function traceqlText(text: string): string {
  return JSON.stringify(
    text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd'),
  )
}

/** The value as TraceQL literals: a text, and a number where it can be one. Tempo compares neither with the other. */
export function traceqlValues(text: string): readonly string[] {
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return [traceqlText(text)]
  const value = BigInt(text)
  // The least of all is written as minus a number that is too large for Tempo's reader.
  return value > MAX_INT64 || value < -MAX_INT64 ? [traceqlText(text)] : [traceqlText(text), text]
}

/** An attribute's name in a scope, quoted where it needs it. */
function traceqlName(scope: 'span' | 'resource', key: string): string {
  return `${scope}.${/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key) ? key : traceqlText(key)}`
}

const SCOPES = ['span', 'resource'] as const

function anyOf(keys: readonly string[], values: readonly string[]): readonly string[] {
  return SCOPES.flatMap((scope) =>
    keys.flatMap((key) => values.map((value) => `${traceqlName(scope, key)} = ${value}`)),
  )
}

/**
 * What a search asks Tempo. Guild and action may be named by different spans of the trace, so each is a span set of its own:
 *
 *   {span.guild.id = "7" || span.guild.id = 7 || resource.guild.id = …} && {span.guild.action = "connect" || …} | select(…)
 */
export function searchQuery(query: TraceQuery, mapping: AttributeMapping): string {
  const sets: string[] = []
  if (query.guild !== undefined) sets.push(anyOf(mapping.guild, traceqlValues(query.guild)).join(' || '))
  if (query.action !== undefined) {
    const text = traceqlText(query.action)
    sets.push([...anyOf(mapping.action, [text]), `name = ${text}`].join(' || '))
  }
  if (query.minDurationNs !== undefined) sets.push(`traceDuration >= ${Math.max(0, Math.floor(query.minDurationNs))}ns`)
  const columns = [
    ...SCOPES.flatMap((scope) => mapping.guild.map((key) => traceqlName(scope, key))),
    ...mapping.action.map((key) => traceqlName('span', key)),
    ...mapping.enqueued.map((key) => traceqlName('span', key)),
  ]
  const wanted = sets.length === 0 ? '{}' : sets.map((set) => `{${set}}`).join(' && ')
  return `${wanted} | select(${columns.join(', ')})`
}
