/**
 * Everything that `SpanDetails` answers and the trace's columns do not hold, as columns for all spans of a trace at once.
 *
 * Attributes: each list (of a span, an event, a link, a resource, a scope) has a *shape*, its keys and types in order, and its values.
 * Few shapes and many lists are what instrumented code makes.
 *
 *   lists    span 0 … span n−1 │ events │ links │ resources │ scopes
 *   shape 1  guild.id:string, mailbox.depth:int        list 7 → shape 1, values "42", "588000"
 *
 * Keys, values, names and messages are numbers into one table of texts.
 */
import { bigIntToSpanId } from '../base/ids.ts'
import type { Attribute, SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import { type TextTable, textOf } from './text-table.ts'

export const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
export const CODES = ['unset', 'ok', 'error'] as const
export const TYPES = ['string', 'int', 'double', 'bool', 'bytes', 'array', 'map', 'empty'] as const

/** How a span's parent is stated: not at all, by the id of its parent in the tree, or by an id that is written out. */
export const PARENT = { none: 0, tree: 1, stated: 2 } as const

export interface AttributeShape {
  /** Text numbers. */
  readonly keys: Uint32Array
  /** Indices into `TYPES`. */
  readonly types: Uint8Array
}

export interface AttributeLists {
  readonly shapes: readonly AttributeShape[]
  /** Shape of each list. */
  readonly shapeOf: Uint32Array
  /** Values of list l are values[from[l] .. from[l + 1]). */
  readonly from: Uint32Array
  /** Text numbers. */
  readonly values: Uint32Array
}

/** Columns have one element a span unless said otherwise. Sparse ones name the spans they speak of, ascending. */
export interface DetailColumns {
  readonly texts: TextTable
  readonly lists: AttributeLists
  /** Indices into `KINDS` and `CODES`. */
  readonly kind: Uint8Array
  readonly status: Uint8Array
  readonly statusMessage: Uint32Array
  readonly traceState: Uint32Array
  readonly droppedAttributes: Float64Array
  readonly droppedEvents: Float64Array
  readonly droppedLinks: Float64Array
  /** 0: none; else the number of the resource or scope, from 1. */
  readonly resource: Uint32Array
  readonly scope: Uint32Array
  /** Per scope. */
  readonly scopeName: Uint32Array
  readonly scopeVersion: Uint32Array
  readonly resources: number
  /** `PARENT`, and the ids of those that are written out, in order. */
  readonly parentKind: Uint8Array
  readonly statedParent: BigUint64Array
  /** Per span, one past its last event and link; then one element per event and link. */
  readonly eventEnd: Uint32Array
  readonly eventTime: BigUint64Array
  readonly eventName: Uint32Array
  readonly linkEnd: Uint32Array
  readonly linkTrace: Uint32Array
  readonly linkSpan: Uint32Array
  /** Raw times where they are not what the trace's columns say (an end before the start, more than 104 days). */
  readonly rawSpan: Uint32Array
  readonly rawStart: BigUint64Array
  readonly rawEnd: BigUint64Array
  readonly ordinalSpan: Uint32Array
  readonly ordinal: Uint32Array
  /** A span can have several. */
  readonly remarkSpan: Uint32Array
  readonly remark: Uint32Array
}

export function attributesOf(details: DetailColumns, list: number): Attribute[] {
  const { lists, texts } = details
  const { keys, types } = lists.shapes[lists.shapeOf[list]]
  const from = lists.from[list]
  return Array.from(keys, (key, k) => ({
    key: textOf(texts, key),
    type: TYPES[types[k]],
    value: textOf(texts, lists.values[from + k]),
  }))
}

/** Numbers of the lists that follow those of the spans. */
export function listStarts(details: Pick<DetailColumns, 'kind' | 'eventTime' | 'linkTrace' | 'resources'>) {
  const events = details.kind.length
  const links = events + details.eventTime.length
  const resources = links + details.linkTrace.length
  return { events, links, resources, scopes: resources + details.resources }
}

/** Start and end of span `i` as the trace's columns say, Unix ns modulo 2^64. */
export function timesOf({ spans }: Trace, i: number): readonly [start: bigint, end: bigint] {
  const start = spans.traceStartNs + BigInt(Math.trunc(spans.start[i]))
  return [BigInt.asUintN(64, start), BigInt.asUintN(64, start + BigInt(Math.trunc(spans.duration[i])))]
}

/** Span `index` in full; it must be below the trace's count. */
export function detailsOf(trace: Trace, ids: SpanIds, details: DetailColumns, index: number): SpanDetails {
  const { texts } = details
  const starts = listStarts(details)
  const parent = parentOf(trace, ids, details, index)
  const raw = find(details.rawSpan, index)
  const [start, end] = raw === -1 ? timesOf(trace, index) : ([details.rawStart[raw], details.rawEnd[raw]] as const)
  const ordinal = find(details.ordinalSpan, index)
  const message = textOf(texts, details.statusMessage[index])
  const traceState = textOf(texts, details.traceState[index])
  const resource = details.resource[index]
  const scope = scopeOf(details, details.scope[index], starts.scopes)
  const code = CODES[details.status[index]]
  return {
    traceId: trace.traceId,
    spanId: bigIntToSpanId(ids[index]),
    ordinal: ordinal === -1 ? 0 : details.ordinal[ordinal],
    ...(parent === undefined ? {} : { parentSpanId: bigIntToSpanId(parent) }),
    name: trace.spans.names[trace.spans.nameId[index]],
    startUnixNano: String(start),
    endUnixNano: String(end),
    kind: KINDS[details.kind[index]],
    status: message === '' ? { code } : { code, message },
    ...(traceState === '' ? {} : { traceState }),
    attributes: attributesOf(details, index),
    resource: resource === 0 ? [] : attributesOf(details, starts.resources + resource - 1),
    ...(scope === undefined ? {} : { scope }),
    events: range(details.eventEnd, index).map((event) => ({
      timeUnixNano: String(details.eventTime[event]),
      name: textOf(texts, details.eventName[event]),
      attributes: attributesOf(details, starts.events + event),
    })),
    links: range(details.linkEnd, index).map((link) => ({
      traceId: textOf(texts, details.linkTrace[link]),
      spanId: textOf(texts, details.linkSpan[link]),
      attributes: attributesOf(details, starts.links + link),
    })),
    dropped: {
      attributes: details.droppedAttributes[index],
      events: details.droppedEvents[index],
      links: details.droppedLinks[index],
    },
    remarks: remarksOf(details, index),
  }
}

function parentOf(trace: Trace, ids: SpanIds, details: DetailColumns, index: number): bigint | undefined {
  const kind = details.parentKind[index]
  if (kind === PARENT.none) return undefined
  if (kind === PARENT.tree) return ids[trace.spans.parent[index]]
  let place = 0
  for (let i = 0; i < index; i++) if (details.parentKind[i] === PARENT.stated) place++
  return details.statedParent[place]
}

function scopeOf(details: DetailColumns, scope: number, firstList: number): SpanDetails['scope'] {
  if (scope === 0) return undefined
  const version = textOf(details.texts, details.scopeVersion[scope - 1])
  return {
    name: textOf(details.texts, details.scopeName[scope - 1]),
    ...(version === '' ? {} : { version }),
    attributes: attributesOf(details, firstList + scope - 1),
  }
}

function remarksOf(details: DetailColumns, index: number): string[] {
  const remarks: string[] = []
  for (let at = find(details.remarkSpan, index); at !== -1 && details.remarkSpan[at] === index; at++)
    remarks.push(textOf(details.texts, details.remark[at]))
  return remarks
}

function range(end: Uint32Array, index: number): number[] {
  const from = index === 0 ? 0 : end[index - 1]
  return Array.from({ length: end[index] - from }, (_, k) => from + k)
}

/** First place of `value` in an ascending column, −1 where it is not. */
function find(column: Uint32Array, value: number): number {
  let low = 0
  let high = column.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (column[middle] < value) low = middle + 1
    else high = middle
  }
  return column[low] === value && low < column.length ? low : -1
}
