import { encodeUtf8 } from '../../base/utf8.ts'

/** How a JSON value becomes the value of a protobuf field. */
export type FieldKind =
  | 'message'
  | 'string'
  | 'traceId'
  | 'spanId'
  | 'bytes'
  | 'fixed64'
  | 'int64'
  | 'uint32'
  | 'fixed32'
  | 'double'
  | 'bool'
  | 'spanKind'
  | 'statusCode'

export interface Field {
  readonly name: Uint8Array
  readonly label: string
  readonly number: number
  readonly kind: FieldKind
  readonly repeated: boolean
  /** For kind `message`. */
  readonly message: Message
}

/** Fields of a message by the length of their JSON names, each under its lowerCamelCase and its snake_case name. */
export class Message {
  private readonly byLength: Field[][] = []

  add(label: string, number: number, kind: FieldKind | Message, repeated = false): this {
    const snake = label.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    for (const name of new Set([label, snake])) {
      const bytes = encodeUtf8(name)
      while (this.byLength.length <= bytes.length) this.byLength.push([])
      const isMessage = kind instanceof Message
      this.byLength[bytes.length].push({
        name: bytes,
        label,
        number,
        kind: isMessage ? 'message' : kind,
        repeated,
        message: isMessage ? kind : this,
      })
    }
    return this
  }

  /** The field whose name stands in bytes[from .. to). */
  find(bytes: Uint8Array, from: number, to: number): Field | undefined {
    const candidates = this.byLength[to - from]
    if (candidates === undefined) return undefined
    for (const field of candidates) {
      let i = 0
      while (i < field.name.length && field.name[i] === bytes[from + i]) i++
      if (i === field.name.length) return field
    }
    return undefined
  }
}

// Field numbers from opentelemetry-proto: trace.proto, common.proto, resource.proto.
const anyValue = new Message()
const keyValue = new Message().add('key', 1, 'string').add('value', 2, anyValue)
const arrayValue = new Message().add('values', 1, anyValue, true)
const kvlistValue = new Message().add('values', 1, keyValue, true)
anyValue
  .add('stringValue', 1, 'string')
  .add('boolValue', 2, 'bool')
  .add('intValue', 3, 'int64')
  .add('doubleValue', 4, 'double')
  .add('arrayValue', 5, arrayValue)
  .add('kvlistValue', 6, kvlistValue)
  .add('bytesValue', 7, 'bytes')

const event = new Message()
  .add('timeUnixNano', 1, 'fixed64')
  .add('name', 2, 'string')
  .add('attributes', 3, keyValue, true)
  .add('droppedAttributesCount', 4, 'uint32')

const link = new Message()
  .add('traceId', 1, 'traceId')
  .add('spanId', 2, 'spanId')
  .add('traceState', 3, 'string')
  .add('attributes', 4, keyValue, true)
  .add('droppedAttributesCount', 5, 'uint32')
  .add('flags', 6, 'fixed32')

/** The message whose failures concern nothing but itself. */
export const SPAN = new Message()
  .add('traceId', 1, 'traceId')
  .add('spanId', 2, 'spanId')
  .add('traceState', 3, 'string')
  .add('parentSpanId', 4, 'spanId')
  .add('name', 5, 'string')
  .add('kind', 6, 'spanKind')
  .add('startTimeUnixNano', 7, 'fixed64')
  .add('endTimeUnixNano', 8, 'fixed64')
  .add('attributes', 9, keyValue, true)
  .add('droppedAttributesCount', 10, 'uint32')
  .add('events', 11, event, true)
  .add('droppedEventsCount', 12, 'uint32')
  .add('links', 13, link, true)
  .add('droppedLinksCount', 14, 'uint32')
  .add('status', 15, new Message().add('message', 2, 'string').add('code', 3, 'statusCode'))
  .add('flags', 16, 'fixed32')

export const RESOURCE = new Message().add('attributes', 1, keyValue, true).add('droppedAttributesCount', 2, 'uint32')

export const SCOPE = new Message()
  .add('name', 1, 'string')
  .add('version', 2, 'string')
  .add('attributes', 3, keyValue, true)
  .add('droppedAttributesCount', 4, 'uint32')

const scopeSpans = new Message().add('scope', 1, SCOPE).add('spans', 2, SPAN, true).add('schemaUrl', 3, 'string')

const resourceSpans = new Message()
  .add('resource', 1, RESOURCE)
  .add('scopeSpans', 2, scopeSpans, true)
  .add('schemaUrl', 3, 'string')

export const TRACE_REQUEST = new Message().add('resourceSpans', 1, resourceSpans, true)

/** Enum values by name, as in the .proto files. */
export const SPAN_KINDS = [
  'SPAN_KIND_UNSPECIFIED',
  'SPAN_KIND_INTERNAL',
  'SPAN_KIND_SERVER',
  'SPAN_KIND_CLIENT',
  'SPAN_KIND_PRODUCER',
  'SPAN_KIND_CONSUMER',
] as const
export const STATUS_CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR'] as const
