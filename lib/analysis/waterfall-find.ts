/** Search: the string tables first (a handful of names), then one pass over the id columns. */
import { lowerBound } from '../base/bisect.ts'
import type { SpanColumns } from '../model/span-columns.ts'

/** Indices of spans whose name, service, node, action or relay contains `text` (case-insensitive), ascending. */
export function findSpans(spans: SpanColumns, text: string): Uint32Array {
  const needle = text.trim().toLowerCase()
  if (needle === '') return new Uint32Array(0)
  const searches = [
    { ids: spans.nameId, table: spans.names },
    { ids: spans.serviceId, table: spans.services },
    { ids: spans.nodeId, table: spans.nodes },
    { ids: spans.actionId, table: spans.actions },
    { ids: spans.relayId, table: spans.relays },
  ]
    .map(({ ids, table }) => ({ ids, matches: Uint8Array.from(table, (entry) => matchOf(entry, needle)) }))
    .filter(({ matches }) => matches.includes(1))
  if (searches.length === 0) return new Uint32Array(0)
  const hit = new Uint8Array(spans.count)
  let hits = 0
  for (const { ids, matches } of searches) {
    for (let i = 0; i < spans.count; i++) {
      if (matches[ids[i]] === 1 && hit[i] === 0) {
        hit[i] = 1
        hits++
      }
    }
  }
  const found = new Uint32Array(hits)
  let at = 0
  for (let i = 0; at < hits; i++) if (hit[i] === 1) found[at++] = i
  return found
}

function matchOf(entry: string, needle: string): 0 | 1 {
  return entry.toLowerCase().includes(needle) ? 1 : 0
}

/** Place in `hits` of the next hit after (or before) span `from`, wrapping around; −1 for none. */
export function stepHit(hits: Uint32Array, from: number, direction: 1 | -1): number {
  if (hits.length === 0) return -1
  if (direction === 1) {
    const at = lowerBound(hits, from + 1)
    return at === hits.length ? 0 : at
  }
  const at = lowerBound(hits, Math.max(from, 0)) - 1
  return at < 0 ? hits.length - 1 : at
}
