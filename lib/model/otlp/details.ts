import { uint64Text } from '../../base/int64.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Attribute, SpanDetails } from '../span-columns.ts'
import { attributeOf } from './any-text.ts'
import { ProtoReader } from './proto-reader.ts'

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const CODES = ['unset', 'ok', 'error'] as const

/** What the columns hold of a span: everything that `rest` does not. */
export type SpanCore = Pick<
  SpanDetails,
  'traceId' | 'spanId' | 'ordinal' | 'parentSpanId' | 'name' | 'startUnixNano' | 'endUnixNano'
>

/**
 * One span in full, from its columns (`core`), the other fields of its OTLP message (`rest`, as in `SpanBatch`), and its raw
 * `Resource` and `InstrumentationScope` messages. Never fails: what is garbled is left out, and `remarks` says so.
 */
export function decodeSpanRest(rest: Uint8Array, resource: Uint8Array, scope: Uint8Array, core: SpanCore): SpanDetails {
  const reader = new ProtoReader(rest)
  const garbled = new Set<string>()
  const attributes: Attribute[] = []
  const events: SpanDetails['events'][number][] = []
  const links: SpanDetails['links'][number][] = []
  const dropped = { attributes: 0, events: 0, links: 0 }
  let kind: SpanDetails['kind'] = 'unspecified'
  let status: SpanDetails['status'] = { code: 'unset' }
  let traceState: string | undefined
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    switch (tag) {
      case 0x1a:
        traceState = text(reader)
        break
      case 0x30:
        kind = (number(reader) < KINDS.length ? KINDS[reader.lo] : undefined) ?? 'unspecified'
        break
      case 0x4a:
        pushAttribute(reader, attributes, garbled)
        break
      case 0x50:
        dropped.attributes = number(reader)
        break
      case 0x5a:
        events.push(eventOf(message(reader), garbled))
        break
      case 0x60:
        dropped.events = number(reader)
        break
      case 0x6a:
        links.push(linkOf(message(reader), garbled))
        break
      case 0x70:
        dropped.links = number(reader)
        break
      case 0x7a:
        status = statusOf(message(reader), garbled)
        break
      default:
        reader.skip(tag)
    }
  }
  if (reader.bad) garbled.add('the span')
  const ofResource = attributesOf(resource, 0x0a, 'the resource', garbled)
  const ofScope = scope.length > 0 ? scopeOf(scope, garbled) : undefined
  return {
    ...core,
    kind,
    status,
    ...(traceState === undefined || traceState === '' ? {} : { traceState }),
    attributes,
    resource: ofResource,
    ...(ofScope === undefined ? {} : { scope: ofScope }),
    events,
    links,
    dropped,
    remarks: [...garbled].map((what) => `A part of ${what} is garbled as it was sent; what could be read is shown.`),
  }
}

/** A reader over the nested message that comes next. */
function message(reader: ProtoReader): ProtoReader {
  const length = reader.length()
  const from = reader.pos
  reader.pos += length
  return new ProtoReader(reader.bytes, from, from + length)
}

function text(reader: ProtoReader): string {
  const length = reader.length()
  const from = reader.pos
  reader.pos += length
  return decodeUtf8(reader.bytes, from, from + length)
}

function hex(reader: ProtoReader): string {
  const length = reader.length()
  const from = reader.pos
  reader.pos += length
  let digits = ''
  // An id is 8 or 16 bytes; a wrong one is shown as it is, but not by the megabyte.
  for (let i = from; i < from + Math.min(length, 64); i++) digits += reader.bytes[i].toString(16).padStart(2, '0')
  return length > 64 ? `${digits}…` : digits
}

function number(reader: ProtoReader): number {
  reader.varint()
  return reader.hi * 0x1_0000_0000 + reader.lo
}

function pushAttribute(reader: ProtoReader, into: Attribute[], garbled: Set<string>): void {
  const length = reader.length()
  const attribute = attributeOf(reader.bytes, reader.pos, reader.pos + length)
  if (attribute === undefined) garbled.add('the attributes')
  else if (!reader.bad) into.push(attribute)
  reader.pos += length
}

/** All attributes of a message, which stand under `tag`. */
function attributesOf(bytes: Uint8Array, tag: number, what: string, garbled: Set<string>): Attribute[] {
  const reader = new ProtoReader(bytes)
  const attributes: Attribute[] = []
  while (reader.pos < reader.end) {
    const found = reader.tag()
    if (found === tag) pushAttribute(reader, attributes, garbled)
    else reader.skip(found)
  }
  if (reader.bad) garbled.add(what)
  return attributes
}

function scopeOf(bytes: Uint8Array, garbled: Set<string>): SpanDetails['scope'] {
  const reader = new ProtoReader(bytes)
  const attributes: Attribute[] = []
  let name = ''
  let version = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) name = text(reader)
    else if (tag === 0x12) version = text(reader)
    else if (tag === 0x1a) pushAttribute(reader, attributes, garbled)
    else reader.skip(tag)
  }
  if (reader.bad) garbled.add('the scope')
  return { name, ...(version === '' ? {} : { version }), attributes }
}

function eventOf(reader: ProtoReader, garbled: Set<string>): SpanDetails['events'][number] {
  const attributes: Attribute[] = []
  let timeUnixNano = '0'
  let name = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x09) {
      reader.fixed64()
      timeUnixNano = uint64Text(reader.lo, reader.hi)
    } else if (tag === 0x12) name = text(reader)
    else if (tag === 0x1a) pushAttribute(reader, attributes, garbled)
    else reader.skip(tag)
  }
  if (reader.bad) garbled.add('the events')
  return { timeUnixNano, name, attributes }
}

function linkOf(reader: ProtoReader, garbled: Set<string>): SpanDetails['links'][number] {
  const attributes: Attribute[] = []
  let traceId = ''
  let spanId = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) traceId = hex(reader)
    else if (tag === 0x12) spanId = hex(reader)
    else if (tag === 0x22) pushAttribute(reader, attributes, garbled)
    else reader.skip(tag)
  }
  if (reader.bad) garbled.add('the links')
  return { traceId, spanId, attributes }
}

function statusOf(reader: ProtoReader, garbled: Set<string>): SpanDetails['status'] {
  let code: (typeof CODES)[number] = 'unset'
  let said = ''
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x12) said = text(reader)
    else if (tag === 0x18) code = (number(reader) < CODES.length ? CODES[reader.lo] : undefined) ?? 'unset'
    else reader.skip(tag)
  }
  if (reader.bad) garbled.add('the status')
  return said === '' ? { code } : { code, message: said }
}
