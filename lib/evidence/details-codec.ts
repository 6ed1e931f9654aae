/**
 * Detail columns ↔ slabs of a `trace@1` piece; docs/evidence-format.md describes them. Reading takes the bytes as hostile: how many
 * elements a column has follows from bytes that are really there, and every number is checked before it is used as an index.
 */
import { ok, type Result } from '../base/result.ts'
import {
  packBounding,
  packIntegers,
  packOptional,
  unpackBytes,
  unpackIntegers,
  unpackTimes,
} from '../model/wire-columns.ts'
import type { Slab, SlabTable } from '../model/wire-slabs.ts'
import { columnMajor, listOffsets } from './attribute-order.ts'
import {
  type AttributeLists,
  type AttributeShape,
  CODES,
  type DetailColumns,
  KINDS,
  PARENT,
  TYPES,
} from './detail-columns.ts'
import { copyOf, endsOf, type TextTable } from './text-table.ts'
import { unreadable } from './versions.ts'

const RAW = 0
const COLUMN = {
  textLength: 0,
  textBytes: 1,
  shapeLength: 2,
  shapeKey: 3,
  shapeType: 4,
  listShape: 5,
  values: 6,
  kind: 7,
  status: 8,
  statusMessage: 9,
  traceState: 10,
  droppedAttributes: 11,
  droppedEvents: 12,
  droppedLinks: 13,
  resource: 14,
  scope: 15,
  scopeName: 16,
  scopeVersion: 17,
  parentKind: 18,
  statedParent: 19,
  eventCount: 20,
  eventTime: 21,
  eventName: 22,
  linkCount: 23,
  linkTrace: 24,
  linkSpan: 25,
  rawSpan: 26,
  rawStart: 27,
  rawEnd: 28,
  ordinalSpan: 29,
  ordinal: 30,
  remarkSpan: 31,
  remark: 32,
} as const

/** Slabs with kinds from `base` on. */
export function packDetails(base: number, columns: DetailColumns): Slab[] {
  const { lists, texts } = columns
  const n = columns.kind.length
  const scratch = new Float64Array(n)
  const integers = (kind: number, values: Uint8Array | Uint32Array) => packIntegers(base + kind, values, values.length)
  const bounding = (kind: number, values: Uint32Array) => packBounding(base + kind, values, values.length)
  const optional = (kind: number, values: Float64Array) => packOptional(base + kind, values, n, scratch)
  const place = columnMajor(lists)
  const inOrder = new Uint32Array(place.length)
  for (let v = 0; v < place.length; v++) inOrder[place[v]] = lists.values[v]
  return [
    bounding(COLUMN.textLength, differences(texts.end)),
    raw(base + COLUMN.textBytes, texts.bytes),
    bounding(
      COLUMN.shapeLength,
      Uint32Array.from(lists.shapes, (shape) => shape.keys.length),
    ),
    bounding(COLUMN.shapeKey, joined(lists.shapes.map((shape) => shape.keys))),
    integers(COLUMN.shapeType, joined(lists.shapes.map((shape) => shape.types))),
    bounding(COLUMN.listShape, lists.shapeOf),
    bounding(COLUMN.values, zigzag(inOrder)),
    integers(COLUMN.kind, columns.kind),
    integers(COLUMN.status, columns.status),
    integers(COLUMN.statusMessage, columns.statusMessage),
    integers(COLUMN.traceState, columns.traceState),
    optional(COLUMN.droppedAttributes, columns.droppedAttributes),
    optional(COLUMN.droppedEvents, columns.droppedEvents),
    optional(COLUMN.droppedLinks, columns.droppedLinks),
    integers(COLUMN.resource, columns.resource),
    integers(COLUMN.scope, columns.scope),
    bounding(COLUMN.scopeName, columns.scopeName),
    integers(COLUMN.scopeVersion, columns.scopeVersion),
    integers(COLUMN.parentKind, columns.parentKind),
    words(base + COLUMN.statedParent, columns.statedParent),
    integers(COLUMN.eventCount, differences(columns.eventEnd)),
    words(base + COLUMN.eventTime, columns.eventTime),
    integers(COLUMN.eventName, columns.eventName),
    integers(COLUMN.linkCount, differences(columns.linkEnd)),
    bounding(COLUMN.linkTrace, columns.linkTrace),
    integers(COLUMN.linkSpan, columns.linkSpan),
    bounding(COLUMN.rawSpan, columns.rawSpan),
    words(base + COLUMN.rawStart, columns.rawStart),
    words(base + COLUMN.rawEnd, columns.rawEnd),
    bounding(COLUMN.ordinalSpan, columns.ordinalSpan),
    integers(COLUMN.ordinal, columns.ordinal),
    bounding(COLUMN.remarkSpan, columns.remarkSpan),
    integers(COLUMN.remark, columns.remark),
  ]
}

/** The details of a trace of `n` spans, whose tree has a parent for span i where `hasParent(i)`. */
export function unpackDetails(
  base: number,
  table: SlabTable,
  n: number,
  hasParent: (index: number) => boolean,
): Result<DetailColumns> {
  const read = new Reader(base, table)
  const texts = read.texts()
  const textLimit = texts.end.length
  const lists = read.lists(textLimit)
  const scopeName = read.bounded(COLUMN.scopeName, textLimit)
  const scopes = scopeName.length
  const eventTime = read.words(COLUMN.eventTime)
  const linkTrace = read.bounded(COLUMN.linkTrace, textLimit)
  const resources = lists.shapeOf.length - n - eventTime.length - linkTrace.length - scopes
  if (resources < 0) read.wrong('lists')
  const rawSpan = read.ascending(COLUMN.rawSpan, n, true)
  const ordinalSpan = read.ascending(COLUMN.ordinalSpan, n, true)
  const remarkSpan = read.ascending(COLUMN.remarkSpan, n, false)
  const parentKind = read.bytes(COLUMN.parentKind, n, 3)
  const statedParent = read.words(COLUMN.statedParent)
  let stated = 0
  for (let i = 0; i < parentKind.length; i++) {
    if (parentKind[i] === PARENT.stated) stated++
    else if (parentKind[i] === PARENT.tree && !hasParent(i)) read.wrong('parents')
  }
  if (stated !== statedParent.length) read.wrong('parents')
  const columns: DetailColumns = {
    texts,
    lists,
    kind: read.bytes(COLUMN.kind, n, KINDS.length),
    status: read.bytes(COLUMN.status, n, CODES.length),
    statusMessage: read.ids(COLUMN.statusMessage, n, textLimit),
    traceState: read.ids(COLUMN.traceState, n, textLimit),
    droppedAttributes: read.counts(COLUMN.droppedAttributes, n),
    droppedEvents: read.counts(COLUMN.droppedEvents, n),
    droppedLinks: read.counts(COLUMN.droppedLinks, n),
    resource: read.ids(COLUMN.resource, n, resources + 1),
    scope: read.ids(COLUMN.scope, n, scopes + 1),
    scopeName,
    scopeVersion: read.ids(COLUMN.scopeVersion, scopes, textLimit),
    resources,
    parentKind,
    statedParent,
    eventEnd: read.ends(COLUMN.eventCount, n, eventTime.length),
    eventTime,
    eventName: read.ids(COLUMN.eventName, eventTime.length, textLimit),
    linkEnd: read.ends(COLUMN.linkCount, n, linkTrace.length),
    linkTrace,
    linkSpan: read.ids(COLUMN.linkSpan, linkTrace.length, textLimit),
    rawSpan,
    rawStart: read.words(COLUMN.rawStart, rawSpan.length),
    rawEnd: read.words(COLUMN.rawEnd, rawSpan.length),
    ordinalSpan,
    ordinal: read.ids(COLUMN.ordinal, ordinalSpan.length, 2 ** 32),
    remarkSpan,
    remark: read.ids(COLUMN.remark, remarkSpan.length, textLimit),
  }
  return read.fault === undefined ? ok(columns) : unreadable('trace', `has wrong ${read.fault}`)
}

/** Reads columns; the first that is wrong is noted in `fault`, and from then on every column is empty. */
class Reader {
  fault: string | undefined
  readonly #base: number
  readonly #table: SlabTable

  constructor(base: number, table: SlabTable) {
    this.#base = base
    this.#table = table
  }

  wrong(what: string): void {
    this.fault ??= what
  }

  #slab(kind: number): Slab {
    const slab = this.#table.slabs.get(this.#base + kind)
    if (slab === undefined) this.wrong(nameOf(kind))
    return slab ?? { kind, encoding: 255, width: 0, bytes: new Uint8Array(0) }
  }

  /** A column of known length, each below `limit`. */
  ids(kind: number, count: number, limit: number): Uint32Array<ArrayBuffer> {
    if (this.fault !== undefined) return new Uint32Array(0)
    const values = unpackIntegers(this.#slab(kind), count, limit, nameOf(kind))
    if (values.ok) return values.value
    this.wrong(nameOf(kind))
    return new Uint32Array(0)
  }

  bytes(kind: number, count: number, limit: number): Uint8Array<ArrayBuffer> {
    if (this.fault !== undefined) return new Uint8Array(0)
    const values = unpackBytes(this.#slab(kind), count, limit, nameOf(kind))
    if (values.ok) return values.value
    this.wrong(nameOf(kind))
    return new Uint8Array(0)
  }

  /** A column whose bytes say how long it is. */
  bounded(kind: number, limit: number): Uint32Array<ArrayBuffer> {
    const slab = this.#slab(kind)
    const count = slab.width === 0 ? 0 : slab.bytes.length / slab.width
    if (slab.encoding !== 1 || !Number.isInteger(count)) this.wrong(nameOf(kind))
    return this.ids(kind, count, limit)
  }

  ascending(kind: number, limit: number, strictly: boolean): Uint32Array<ArrayBuffer> {
    const values = this.bounded(kind, limit)
    for (let i = 1; i < values.length; i++)
      if (values[i] < values[i - 1] || (strictly && values[i] === values[i - 1])) this.wrong(nameOf(kind))
    return values
  }

  /** 64-bit values; `count` where it is known. */
  words(kind: number, count?: number): BigUint64Array<ArrayBuffer> {
    const { bytes } = this.#slab(kind)
    if (bytes.length % 8 !== 0 || (count !== undefined && bytes.length !== count * 8)) this.wrong(nameOf(kind))
    return this.fault === undefined ? new BigUint64Array(copyOf(bytes).buffer) : new BigUint64Array(0)
  }

  /** Counts per span that add up to `total`, as ends. */
  ends(kind: number, count: number, total: number): Uint32Array<ArrayBuffer> {
    const end = endsOf(this.ids(kind, count, total + 1), total)
    if (end === undefined) this.wrong(nameOf(kind))
    return end ?? new Uint32Array(0)
  }

  counts(kind: number, count: number): Float64Array<ArrayBuffer> {
    if (this.fault !== undefined) return new Float64Array(0)
    const values = unpackTimes(this.#slab(kind), count, false, nameOf(kind))
    if (values.ok) return values.value
    this.wrong(nameOf(kind))
    return new Float64Array(0)
  }

  texts(): TextTable {
    const { bytes } = this.#slab(COLUMN.textBytes)
    const end = endsOf(this.bounded(COLUMN.textLength, 2 ** 32), bytes.length)
    if (end === undefined || end.length === 0 || end[0] !== 0) this.wrong('texts')
    return { bytes, end: end ?? new Uint32Array(1) }
  }

  lists(textLimit: number): AttributeLists {
    const lengths = this.bounded(COLUMN.shapeLength, 2 ** 32)
    const keys = this.bounded(COLUMN.shapeKey, textLimit)
    const ends = endsOf(lengths, keys.length)
    if (ends === undefined) this.wrong('attribute keys')
    const types = this.bytes(COLUMN.shapeType, keys.length, TYPES.length)
    const shapeOf = this.bounded(COLUMN.listShape, lengths.length)
    let total = 0
    for (let l = 0; l < shapeOf.length; l++) total += lengths[shapeOf[l]]
    const inOrder = this.bounded(COLUMN.values, 2 ** 32)
    if (total !== inOrder.length) this.wrong('attribute values')
    if (this.fault !== undefined || ends === undefined)
      return { shapes: [], shapeOf: new Uint32Array(0), from: new Uint32Array(1), values: new Uint32Array(0) }
    const shapes: AttributeShape[] = Array.from(lengths, (length, s) => ({
      keys: keys.subarray(ends[s] - length, ends[s]),
      types: types.subarray(ends[s] - length, ends[s]),
    }))
    unzigzag(inOrder)
    const place = columnMajor({ shapes, shapeOf })
    const values = new Uint32Array(total)
    for (let v = 0; v < total; v++) {
      values[v] = inOrder[place[v]]
      if (values[v] >= textLimit) this.wrong('attribute values')
    }
    return { shapes, shapeOf, from: listOffsets(shapes, shapeOf), values }
  }
}

function nameOf(kind: number): string {
  return Object.entries(COLUMN).find(([, value]) => value === kind)?.[0] ?? 'columns'
}

function raw(kind: number, bytes: Uint8Array): Slab {
  return { kind, encoding: RAW, width: 0, bytes }
}

function words(kind: number, values: BigUint64Array): Slab {
  return raw(kind, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

function joined(parts: readonly (Uint32Array | Uint8Array)[]): Uint32Array<ArrayBuffer> {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Differences of an ascending column to the element before. */
function differences(end: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(end.length)
  for (let i = 0; i < end.length; i++) out[i] = end[i] - (i === 0 ? 0 : end[i - 1])
  return out
}

/** Differences to the element before, small ones of either sign as small numbers; modulo 2^32. */
function zigzag(values: Uint32Array): Uint32Array<ArrayBuffer> {
  const out = new Uint32Array(values.length)
  for (let i = 0, before = 0; i < values.length; i++) {
    const step = (values[i] - before) | 0
    out[i] = (step << 1) ^ (step >> 31)
    before = values[i]
  }
  return out
}

function unzigzag(values: Uint32Array): void {
  for (let i = 0, sum = 0; i < values.length; i++) {
    sum = (sum + ((values[i] >>> 1) ^ -(values[i] & 1))) | 0
    values[i] = sum
  }
}
