import { ByteTable } from '../base/byte-interner.ts'
import { writeInt64 } from '../base/int64.ts'
import { Uint32List } from '../base/lists.ts'
import { encodeUtf8 } from '../base/utf8.ts'
import { attributeOf } from '../model/otlp/any-text.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import { ProtoReader } from '../model/otlp/proto-reader.ts'
import type { Attribute, SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import { listOffsets } from './attribute-order.ts'
import { type AttributeShape, CODES, type DetailColumns, KINDS, PARENT, TYPES, timesOf } from './detail-columns.ts'
import { renumbered } from './details-renumber.ts'

/** What a span's `rest` says: details without resource and scope. */
export type OwnDetails = Pick<
  SpanDetails,
  'kind' | 'status' | 'traceState' | 'attributes' | 'events' | 'links' | 'dropped' | 'remarks'
>

const EMPTY = new Uint8Array(0)
/** The span's own flags, a fixed32: not part of the details. */
const FLAGS_TAG = 0x85
const NO_CORE = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '0', endUnixNano: '0' }
const [STRING, INT, BOOL] = [TYPES.indexOf('string'), TYPES.indexOf('int'), TYPES.indexOf('bool')]

/** Attribute lists of one kind (spans, events, …) while they are being filled. */
class Lists {
  /** Node of the shape trie. */
  readonly shape = new Uint32List()
  readonly values = new Uint32List()
  /** One past the last value of each list. */
  readonly end = new Uint32List()

  close(shape: number): void {
    this.shape.push(shape)
    this.end.push(this.values.length)
  }
}

/**
 * Collects the details of the spans of one trace, in whatever order they come; `finish` puts them into column order. Texts are interned as bytes, straight from OTLP where they come from
 * there: a string per value of a million spans would not fit.
 */
export class DetailsBuilder {
  readonly #texts = new ByteTable()
  readonly #kind: Uint8Array<ArrayBuffer>
  readonly #status: Uint8Array<ArrayBuffer>
  readonly #statusMessage: Uint32Array<ArrayBuffer>
  readonly #traceState: Uint32Array<ArrayBuffer>
  readonly #dropped: readonly Float64Array<ArrayBuffer>[]
  readonly #resource: Uint32Array<ArrayBuffer>
  readonly #scope: Uint32Array<ArrayBuffer>
  readonly #eventEnd: Uint32Array<ArrayBuffer>
  readonly #linkEnd: Uint32Array<ArrayBuffer>
  readonly #spans = new Lists()
  readonly #events = new Lists()
  readonly #links = new Lists()
  readonly #resources = new Lists()
  readonly #scopes = new Lists()
  readonly #scopeName = new Uint32List()
  readonly #scopeVersion = new Uint32List()
  readonly #eventTime: bigint[] = []
  readonly #eventName = new Uint32List()
  readonly #linkTrace = new Uint32List()
  readonly #linkSpan = new Uint32List()
  readonly #remarkSpan = new Uint32List()
  readonly #remark = new Uint32List()
  readonly #shapes = new ShapeTrie()
  readonly #digits = new Uint8Array(24)
  #pairs = new Uint32Array(128)
  #count = 0

  constructor(spans: number) {
    this.#kind = new Uint8Array(spans)
    this.#status = new Uint8Array(spans)
    this.#statusMessage = new Uint32Array(spans)
    this.#traceState = new Uint32Array(spans)
    this.#dropped = [new Float64Array(spans), new Float64Array(spans), new Float64Array(spans)]
    this.#resource = new Uint32Array(spans)
    this.#scope = new Uint32Array(spans)
    this.#eventEnd = new Uint32Array(spans)
    this.#linkEnd = new Uint32Array(spans)
  }

  /** A new resource; the caller sees to it that equal ones are added once. Its number goes into `add`. */
  addResource(attributes: readonly Attribute[]): number {
    this.#addList(this.#resources, attributes)
    return this.#resources.shape.length
  }

  addScope(scope: NonNullable<SpanDetails['scope']>): number {
    this.#addList(this.#scopes, scope.attributes)
    this.#scopeName.push(this.#text(scope.name))
    this.#scopeVersion.push(this.#text(scope.version ?? ''))
    return this.#scopes.shape.length
  }

  /** The next span. `resource` and `scope`: numbers from `addResource` and `addScope`, 0 for none. */
  add(own: OwnDetails, resource: number, scope: number, remarks: readonly string[] = []): void {
    const i = this.#count
    this.#kind[i] = KINDS.indexOf(own.kind)
    this.#status[i] = CODES.indexOf(own.status.code)
    this.#statusMessage[i] = this.#text(own.status.message ?? '')
    this.#traceState[i] = this.#text(own.traceState ?? '')
    this.#dropped[0][i] = own.dropped.attributes
    this.#dropped[1][i] = own.dropped.events
    this.#dropped[2][i] = own.dropped.links
    this.#addList(this.#spans, own.attributes)
    for (const event of own.events) {
      this.#eventTime.push(unsigned(event.timeUnixNano))
      this.#eventName.push(this.#text(event.name))
      this.#addList(this.#events, event.attributes)
    }
    for (const link of own.links) {
      this.#linkTrace.push(this.#text(link.traceId))
      this.#linkSpan.push(this.#text(link.spanId))
      this.#addList(this.#links, link.attributes)
    }
    this.#end([...own.remarks, ...remarks], resource, scope)
  }

  /** The next span from its OTLP fields in bytes[from .. to), as in `SpanBatch.rest`. The same as `add(decodeSpanRest(…))`. */
  addRest(
    bytes: Uint8Array,
    from: number,
    to: number,
    resource: number,
    scope: number,
    remarks: readonly string[],
  ): void {
    if (this.#addPlain(bytes, from, to)) this.#end(remarks, resource, scope)
    else this.add(decodeSpanRest(bytes.subarray(from, to), EMPTY, EMPTY, NO_CORE), resource, scope, remarks)
  }

  #end(remarks: readonly string[], resource: number, scope: number): void {
    const i = this.#count++
    for (const remark of remarks) {
      this.#remarkSpan.push(i)
      this.#remark.push(this.#text(remark))
    }
    this.#resource[i] = resource
    this.#scope[i] = scope
    this.#eventEnd[i] = this.#events.shape.length
    this.#linkEnd[i] = this.#links.shape.length
  }

  /** Spans as most are: kind, state and scalar attributes. False: nothing was added, read it with care. */
  #addPlain(bytes: Uint8Array, from: number, to: number): boolean {
    const reader = new ProtoReader(bytes, from, to)
    const i = this.#count
    let kind = 0
    let status = 0
    let traceState = 0
    let pairs = 0
    while (reader.pos < reader.end) {
      const tag = reader.tag()
      if (tag === 0x4a) {
        const length = reader.length()
        const start = reader.pos
        reader.pos += length
        if (reader.bad || !this.#pair(reader, start, pairs)) return false
        pairs += 2
      } else if (tag === 0x30) {
        reader.varint()
        if (reader.hi !== 0 || reader.lo >= KINDS.length) return false
        kind = reader.lo
      } else if (tag === 0x1a) {
        const length = reader.length()
        traceState = this.#texts.id(bytes, reader.pos, reader.pos + length)
        reader.pos += length
      } else if (tag === 0x7a) {
        const length = reader.length()
        // A code without a message, or nothing at all.
        const codeOnly = length === 2 && bytes[reader.pos] === 0x18 && bytes[reader.pos + 1] < CODES.length
        if (!codeOnly && length !== 0) return false
        status = codeOnly ? bytes[reader.pos + 1] : 0
        reader.pos += length
      } else if (tag === FLAGS_TAG) reader.skip(tag)
      else return false
    }
    if (reader.bad) return false
    this.#kind[i] = kind
    this.#status[i] = status
    this.#traceState[i] = traceState
    let shape = 0
    for (let p = 0; p < pairs; p += 2) {
      shape = this.#shapes.next(shape, this.#pairs[p])
      this.#spans.values.push(this.#pairs[p + 1])
    }
    this.#spans.close(shape)
    return true
  }

  /** Notes the attribute in bytes[from .. reader.pos) as (column, value) at `#pairs[at]`. */
  #pair(outer: ProtoReader, from: number, at: number): boolean {
    const { bytes, pos: to, end } = outer
    if (at + 2 > this.#pairs.length) {
      const pairs = new Uint32Array(this.#pairs.length * 2)
      pairs.set(this.#pairs)
      this.#pairs = pairs
    }
    const texts = this.#texts
    // The reader is borrowed for the nested message and given back as it was.
    outer.pos = from
    outer.end = to
    let key = -1
    let type = -1
    let value = 0
    if (outer.tag() === 0x0a) {
      const length = outer.length()
      key = texts.id(bytes, outer.pos, outer.pos + length)
      outer.pos += length
      if (outer.pos < to && outer.tag() === 0x12) {
        const size = outer.length()
        const last = outer.pos + size
        const tag = last === to && outer.pos < to ? outer.tag() : 0
        if (tag === 0x0a) {
          const textLength = outer.length()
          value = texts.id(bytes, outer.pos, outer.pos + textLength)
          outer.pos += textLength
          type = STRING
        } else if (tag === 0x18) {
          outer.varint()
          const start = writeInt64(outer.lo, outer.hi, this.#digits)
          value = texts.id(this.#digits, start, this.#digits.length)
          type = INT
        } else if (tag === 0x10) {
          outer.varint()
          value = this.#text(outer.lo !== 0 || outer.hi !== 0 ? 'true' : 'false')
          type = BOOL
        }
      }
    }
    const plain = type !== -1 && !outer.bad && outer.pos === to
    outer.bad = false
    outer.pos = to
    outer.end = end
    if (!plain) {
      const attribute = attributeOf(bytes, from, to)
      if (attribute === undefined) return false
      key = this.#text(attribute.key)
      type = TYPES.indexOf(attribute.type)
      value = this.#text(attribute.value)
    }
    this.#pairs[at] = this.#shapes.column(key, type)
    this.#pairs[at + 1] = value
    return true
  }

  #addList(lists: Lists, attributes: readonly Attribute[]): void {
    let shape = 0
    for (const { key, type, value } of attributes) {
      shape = this.#shapes.next(shape, this.#shapes.column(this.#text(key), TYPES.indexOf(type)))
      lists.values.push(this.#text(value))
    }
    lists.close(shape)
  }

  #text(text: string): number {
    if (text === '') return 0
    const bytes = encodeUtf8(text)
    return this.#texts.id(bytes, 0, bytes.length)
  }

  /**
   * `order`: which of the added spans (from 0) stands at each place of the trace's columns. The rest is in column order: `parentIds` (0n
   * where none is stated), `starts` and `ends` (raw Unix ns), `ordinals`.
   */
  finish(
    trace: Trace,
    ids: SpanIds,
    order: Uint32Array,
    raw: {
      readonly parentIds: BigUint64Array
      readonly starts: BigUint64Array
      readonly ends: BigUint64Array
      readonly ordinals: ReadonlyMap<number, number>
    },
  ): DetailColumns {
    const events = rangesOf(this.#eventEnd, order)
    const links = rangesOf(this.#linkEnd, order)
    const picked = [
      pickLists(this.#spans, order),
      pickLists(this.#events, events.pick),
      pickLists(this.#links, links.pick),
      pickLists(this.#resources),
      pickLists(this.#scopes),
    ]
    const { shapes, shapeOf } = this.#shapes.finish(concat(picked.map((lists) => lists.shape)))
    const ordinals = [...raw.ordinals].sort((a, b) => a[0] - b[0])
    const columns: DetailColumns = {
      texts: { bytes: EMPTY, end: new Uint32Array(1) },
      lists: {
        shapes,
        shapeOf,
        from: listOffsets(shapes, shapeOf),
        values: concat(picked.map((lists) => lists.values)),
      },
      kind: pickBytes(this.#kind, order),
      status: pickBytes(this.#status, order),
      statusMessage: pick(this.#statusMessage, order),
      traceState: pick(this.#traceState, order),
      droppedAttributes: pickNumbers(this.#dropped[0], order),
      droppedEvents: pickNumbers(this.#dropped[1], order),
      droppedLinks: pickNumbers(this.#dropped[2], order),
      resource: pick(this.#resource, order),
      scope: pick(this.#scope, order),
      scopeName: this.#scopeName.toArray(),
      scopeVersion: this.#scopeVersion.toArray(),
      resources: this.#resources.shape.length,
      eventEnd: events.end,
      eventTime: BigUint64Array.from(events.pick, (at) => this.#eventTime[at]),
      eventName: pick(this.#eventName.toArray(), events.pick),
      linkEnd: links.end,
      linkTrace: pick(this.#linkTrace.toArray(), links.pick),
      linkSpan: pick(this.#linkSpan.toArray(), links.pick),
      ...this.#remarks(order),
      ordinalSpan: Uint32Array.from(ordinals, ([span]) => span),
      ordinal: Uint32Array.from(ordinals, ([, ordinal]) => ordinal),
      ...rawTimes(trace, raw.starts, raw.ends),
      ...parents(trace, ids, raw.parentIds),
    }
    return renumbered(columns, this.#texts)
  }

  #remarks(order: Uint32Array) {
    const spans = this.#remarkSpan.toArray()
    const texts = this.#remark.toArray()
    if (spans.length === 0) return { remarkSpan: spans, remark: texts }
    const place = new Int32Array(this.#count).fill(-1)
    for (let i = 0; i < order.length; i++) place[order[i]] = i
    const kept = Array.from(spans.keys())
      .filter((r) => place[spans[r]] !== -1)
      .sort((a, b) => place[spans[a]] - place[spans[b]] || a - b)
    return {
      remarkSpan: Uint32Array.from(kept, (r) => place[spans[r]]),
      remark: Uint32Array.from(kept, (r) => texts[r]),
    }
  }
}

function pick(column: Uint32Array, order: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(order.length)
  for (let i = 0; i < order.length; i++) out[i] = column[order[i]]
  return out
}

function pickBytes(column: Uint8Array, order: Uint32Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(order.length)
  for (let i = 0; i < order.length; i++) out[i] = column[order[i]]
  return out
}

function pickNumbers(column: Float64Array, order: Uint32Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(order.length)
  for (let i = 0; i < order.length; i++) out[i] = column[order[i]]
  return out
}

/** The lists at `order`, all where it is left out. */
function pickLists(lists: Lists, order?: Uint32Array) {
  const shape = lists.shape.toArray()
  const values = lists.values.toArray()
  if (order === undefined) return { shape, values }
  const end = lists.end.toArray()
  const out = new Uint32List()
  for (const l of order) for (let v = l === 0 ? 0 : end[l - 1]; v < end[l]; v++) out.push(values[v])
  return { shape: pick(shape, order), values: out.toArray() }
}

/** Runs of elements that belong to spans, as they follow each other in another order of the spans. */
function rangesOf(end: Uint32Array, order: Uint32Array) {
  const ends = new Uint32Array(order.length)
  const picked = new Uint32List()
  for (let i = 0; i < order.length; i++) {
    const at = order[i]
    for (let e = at === 0 ? 0 : end[at - 1]; e < end[at]; e++) picked.push(e)
    ends[i] = picked.length
  }
  return { end: ends, pick: picked.toArray() }
}

/** Shapes as paths: a node stands for the keys and types that lead to it. Node 0 is the empty list. */
class ShapeTrie {
  readonly #columns = new Map<number, number>()
  readonly #columnKeys: number[] = []
  readonly #columnTypes: number[] = []
  readonly #next = new Map<number, number>()
  readonly #parent: number[] = [-1]
  readonly #column: number[] = [-1]
  /** The child that was taken last from each node, and over which column: what the next span takes, too, mostly. */
  readonly #lastColumn: number[] = [-1]
  readonly #lastChild: number[] = [0]

  column(key: number, type: number): number {
    const pair = key * TYPES.length + type
    const known = this.#columns.get(pair)
    if (known !== undefined) return known
    const column = this.#columnKeys.length
    this.#columns.set(pair, column)
    this.#columnKeys.push(key)
    this.#columnTypes.push(type)
    return column
  }

  next(node: number, column: number): number {
    if (this.#lastColumn[node] === column) return this.#lastChild[node]
    const step = node * 0x400_0000 + column
    let child = this.#next.get(step)
    if (child === undefined) {
      child = this.#parent.length
      this.#next.set(step, child)
      this.#parent.push(node)
      this.#column.push(column)
      this.#lastColumn.push(-1)
      this.#lastChild.push(0)
    }
    this.#lastColumn[node] = column
    this.#lastChild[node] = child
    return child
  }

  /** Numbers the shapes that lists have, in order of first sight. */
  finish(nodeOf: Uint32Array): { readonly shapes: AttributeShape[]; readonly shapeOf: Uint32Array } {
    const numberOf = new Int32Array(this.#parent.length).fill(-1)
    const shapes: AttributeShape[] = []
    const shapeOf = nodeOf.map((node) => {
      if (numberOf[node] === -1) numberOf[node] = shapes.push(this.#shape(node)) - 1
      return numberOf[node]
    })
    return { shapes, shapeOf }
  }

  #shape(node: number): AttributeShape {
    const columns: number[] = []
    for (let at = node; at > 0; at = this.#parent[at]) columns.push(this.#column[at])
    columns.reverse()
    return {
      keys: Uint32Array.from(columns, (column) => this.#columnKeys[column]),
      types: Uint8Array.from(columns, (column) => this.#columnTypes[column]),
    }
  }
}

function concat(parts: readonly Uint32Array[]): Uint32Array<ArrayBuffer> {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** A decimal text as 64 bits, 0 where it is none. */
function unsigned(text: string): bigint {
  return /^-?\d{1,20}$/.test(text) ? BigInt.asUintN(64, BigInt(text)) : 0n
}

function rawTimes(trace: Trace, starts: BigUint64Array, ends: BigUint64Array) {
  const spans = new Uint32List()
  const rawStart: bigint[] = []
  const rawEnd: bigint[] = []
  for (let i = 0; i < trace.spans.count; i++) {
    const [start, end] = timesOf(trace, i)
    if (start === starts[i] && end === ends[i]) continue
    spans.push(i)
    rawStart.push(starts[i])
    rawEnd.push(ends[i])
  }
  return {
    rawSpan: spans.toArray(),
    rawStart: BigUint64Array.from(rawStart),
    rawEnd: BigUint64Array.from(rawEnd),
  }
}

function parents(trace: Trace, ids: SpanIds, parentIds: BigUint64Array) {
  const { count, parent } = trace.spans
  const parentKind = new Uint8Array(count)
  const stated: bigint[] = []
  for (let i = 0; i < count; i++) {
    const id = parentIds[i]
    if (id === 0n) continue
    if (parent[i] !== -1 && ids[parent[i]] === id) parentKind[i] = PARENT.tree
    else {
      parentKind[i] = PARENT.stated
      stated.push(id)
    }
  }
  return { parentKind, statedParent: BigUint64Array.from(stated) }
}
