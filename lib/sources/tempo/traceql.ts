import type { AttributeMapping } from '../../model/span-batch.ts'
import type { TraceQuery } from '../../model/trace-list.ts'

const MAX_INT64 = 2n ** 63n - 1n

/** A TraceQL text. Its escapes are Go's, of which JSON's are a part; a lone surrogate, which Go refuses, becomes U+FFFD. */
export function traceqlText(text: string): string {
  return JSON.stringify(
    text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd'),
  )
}

/** What an attribute with this value satisfies in TraceQL: as a text, and as a number where it can be one. Tempo compares neither with the other. */
export function traceqlEquals(text: string): readonly string[] {
  const asText = `= ${traceqlText(text)}`
  if (!/^(0|-?[1-9][0-9]{0,18})$/.test(text)) return [asText]
  const value = BigInt(text)
  if (value > MAX_INT64 || value < -MAX_INT64 - 1n) return [asText]
  // The least of all would be written as minus a number that is too large for Tempo's reader.
  return [asText, value < -MAX_INT64 ? `< ${-MAX_INT64}` : `= ${text}`]
}

/** An attribute's name in a scope, quoted where it needs it. */
function traceqlName(scope: 'span' | 'resource', key: string): string {
  return `${scope}.${/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(key) ? key : traceqlText(key)}`
}

const SCOPES = ['span', 'resource'] as const

function anyOf(keys: readonly string[], conditions: readonly string[]): readonly string[] {
  return SCOPES.flatMap((scope) =>
    keys.flatMap((key) => conditions.map((condition) => `${traceqlName(scope, key)} ${condition}`)),
  )
}

/**
 * What a search asks Tempo. Guild and action may be named by different spans of the trace, so each is a span set of its own:
 *
 *   {span.guild.id = "7" || span.guild.id = 7 || resource.guild.id = …} && {span.guild.action = "connect" || …} | select(…)
 */
export function searchQuery(query: TraceQuery, mapping: AttributeMapping): string {
  const sets: string[] = []
  if (query.guild !== undefined) sets.push(anyOf(mapping.guild, traceqlEquals(query.guild)).join(' || '))
  if (query.action !== undefined) {
    const isIt = `= ${traceqlText(query.action)}`
    sets.push([...anyOf(mapping.action, [isIt]), `name ${isIt}`].join(' || '))
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
