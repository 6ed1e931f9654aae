import { attributeOf } from '../../model/otlp/any-text.ts'
import { ProtoReader } from '../../model/otlp/proto-reader.ts'
import type { SpanBatch } from '../../model/span-batch.ts'
import type { Attribute } from '../../model/span-columns.ts'
import type { FetchedTrace } from '../fetched/fetched-trace.ts'

/** What Jaeger itself says about a span, among the span's attributes. */
export const WARNINGS = '@jaeger@warnings'
const KEY = Buffer.from(WARNINGS)
/** Field 9 of a span: an attribute. */
const ATTRIBUTE = 0x4a

/** Takes Jaeger's warnings out of the attributes: they are the source's remarks, not the user's data. */
export function withoutWarnings(batches: readonly SpanBatch[]): Pick<FetchedTrace, 'batches' | 'remarks'> {
  if (!batches.some((batch) => Buffer.from(batch.rest.buffer, batch.rest.byteOffset, batch.rest.length).includes(KEY)))
    return { batches }
  const taken = batches.map(takeWarnings)
  return {
    batches: taken.map((one) => one.batch),
    remarks: (batch, row) => taken[batch]?.remarks.get(row) ?? [],
  }
}

function takeWarnings(batch: SpanBatch): {
  readonly batch: SpanBatch
  readonly remarks: ReadonlyMap<number, readonly string[]>
} {
  const remarks = new Map<number, readonly string[]>()
  const rest = new Uint8Array(batch.rest.length)
  const restEnd = new Uint32Array(batch.count)
  let at = 0
  for (let i = 0; i < batch.count; i++) {
    const reader = new ProtoReader(batch.rest, i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    while (reader.pos < reader.end) {
      const from = reader.pos
      const tag = reader.tag()
      const said = tag === ATTRIBUTE ? warningsIn(reader) : undefined
      if (tag !== ATTRIBUTE) reader.skip(tag)
      if (said !== undefined) remarks.set(i, [...(remarks.get(i) ?? []), ...said])
      else {
        rest.set(batch.rest.subarray(from, reader.pos), at)
        at += reader.pos - from
      }
    }
    restEnd[i] = at
  }
  return { batch: { ...batch, rest: rest.slice(0, at), restEnd }, remarks }
}

/** Steps over an attribute; its sentences if it holds warnings. */
function warningsIn(reader: ProtoReader): readonly string[] | undefined {
  const length = reader.length()
  const from = reader.pos
  reader.pos += length
  // KeyValue begins with its key: tag, length, text.
  if (length < KEY.length + 2 || reader.bytes[from + 1] !== KEY.length) return undefined
  for (let k = 0; k < KEY.length; k++) if (reader.bytes[from + 2 + k] !== KEY[k]) return undefined
  const attribute = attributeOf(reader.bytes, from, from + length)
  return attribute === undefined ? [] : sentencesOf(attribute)
}

function sentencesOf({ type, value }: Attribute): readonly string[] {
  if (type !== 'array') return [value]
  try {
    const list: unknown = JSON.parse(value)
    return Array.isArray(list) ? list.map(String) : [value]
  } catch {
    return [value]
  }
}
