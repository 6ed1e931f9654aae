import { toBase64 } from '../../base/base64.ts'
import { int64Text } from '../../base/int64.ts'
import { decodeUtf8 } from '../../base/utf8.ts'
import type { Attribute } from '../span-columns.ts'
import { ProtoReader } from './proto-reader.ts'

/** Levels of arrays and maps that are written out; what lies deeper is replaced by `TOO_DEEP`. */
export const MAX_NESTING = 256
export const TOO_DEEP = `… nested more than ${MAX_NESTING} levels deep`
const GARBLED = '… garbled'

/** The last member of the oneof in an `AnyValue`. For strings, bytes and containers, bytes[from .. to) is the content. */
interface Member {
  readonly type: Attribute['type']
  readonly from: number
  readonly to: number
  /** Text of a scalar that is no string. */
  readonly text: string
}

const EMPTY: Member = { type: 'empty', from: 0, to: 0, text: '' }

const LENGTH_DELIMITED = new Map<number, Attribute['type']>([
  [0x0a, 'string'],
  [0x2a, 'array'],
  [0x32, 'map'],
  [0x3a, 'bytes'],
])

/** The member of the `AnyValue` in bytes[from .. to); undefined where it is garbled. */
function memberOf(bytes: Uint8Array, from: number, to: number): Member | undefined {
  const reader = new ProtoReader(bytes, from, to)
  let member = EMPTY
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    const type = LENGTH_DELIMITED.get(tag)
    if (type !== undefined) {
      const length = reader.length()
      member = { type, from: reader.pos, to: reader.pos + length, text: '' }
      reader.pos += length
    } else if (tag === 0x10) {
      reader.varint()
      member = { type: 'bool', from: 0, to: 0, text: reader.lo !== 0 || reader.hi !== 0 ? 'true' : 'false' }
    } else if (tag === 0x18) {
      reader.varint()
      member = { type: 'int', from: 0, to: 0, text: int64Text(reader.lo, reader.hi) }
    } else if (tag === 0x21) {
      member = { type: 'double', from: 0, to: 0, text: String(reader.double()) }
    } else reader.skip(tag)
  }
  return reader.bad ? undefined : member
}

/** The `KeyValue` in bytes[from .. to): its key, and where its value stands; undefined where it is garbled. */
function pairOf(bytes: Uint8Array, from: number, to: number) {
  const reader = new ProtoReader(bytes, from, to)
  let key = ''
  let valueFrom = 0
  let valueTo = 0
  while (reader.pos < reader.end) {
    const tag = reader.tag()
    if (tag === 0x0a) {
      const length = reader.length()
      key = decodeUtf8(bytes, reader.pos, reader.pos + length)
      reader.pos += length
    } else if (tag === 0x12) {
      const length = reader.length()
      valueFrom = reader.pos
      valueTo = reader.pos += length
    } else reader.skip(tag)
  }
  return reader.bad ? undefined : { key, valueFrom, valueTo }
}

/** The attribute in the `KeyValue` bytes[from .. to); undefined where it is garbled. */
export function attributeOf(bytes: Uint8Array, from: number, to: number): Attribute | undefined {
  const pair = pairOf(bytes, from, to)
  if (pair === undefined) return undefined
  const member = memberOf(bytes, pair.valueFrom, pair.valueTo)
  if (member === undefined) return undefined
  const { key } = pair
  switch (member.type) {
    case 'string':
      return { key, type: 'string', value: decodeUtf8(bytes, member.from, member.to) }
    case 'bytes':
      return { key, type: 'bytes', value: toBase64(bytes.subarray(member.from, member.to)) }
    case 'array':
    case 'map':
      return { key, type: member.type, value: jsonOf(bytes, member) }
    default:
      return { key, type: member.type, value: member.text }
  }
}

/** An array or map as JSON text; integers with all their digits. Iterative: values can be nested as deep as a request is long. */
function jsonOf(bytes: Uint8Array, root: Member): string {
  const parts: string[] = []
  const stack: { readonly isMap: boolean; readonly reader: ProtoReader; entries: number }[] = []
  const emit = (member: Member | undefined) => {
    if (member === undefined) parts.push(JSON.stringify(GARBLED))
    else if (member.type === 'array' || member.type === 'map') {
      if (stack.length >= MAX_NESTING) {
        parts.push(JSON.stringify(TOO_DEEP))
        return
      }
      const isMap = member.type === 'map'
      parts.push(isMap ? '{' : '[')
      stack.push({ isMap, reader: new ProtoReader(bytes, member.from, member.to), entries: 0 })
    } else parts.push(scalarJson(bytes, member))
  }
  emit(root)
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const { reader } = top
    if (reader.pos >= reader.end) {
      if (reader.bad) parts.push(top.entries > 0 ? ',' : '', top.isMap ? '"":' : '', JSON.stringify(GARBLED))
      parts.push(top.isMap ? '}' : ']')
      stack.pop()
      continue
    }
    const tag = reader.tag()
    if (tag !== 0x0a) {
      reader.skip(tag)
      continue
    }
    const length = reader.length()
    if (reader.bad) continue
    const from = reader.pos
    reader.pos += length
    if (top.entries++ > 0) parts.push(',')
    if (!top.isMap) {
      emit(memberOf(bytes, from, from + length))
      continue
    }
    const pair = pairOf(bytes, from, from + length)
    parts.push(JSON.stringify(pair?.key ?? ''), ':')
    emit(pair && memberOf(bytes, pair.valueFrom, pair.valueTo))
  }
  return parts.join('')
}

function scalarJson(bytes: Uint8Array, member: Member): string {
  switch (member.type) {
    case 'string':
      return JSON.stringify(decodeUtf8(bytes, member.from, member.to))
    case 'bytes':
      return JSON.stringify(toBase64(bytes.subarray(member.from, member.to)))
    case 'double':
      return Number.isFinite(Number(member.text)) ? member.text : JSON.stringify(member.text)
    case 'empty':
      return 'null'
    default:
      return member.text
  }
}
