import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bigIntToSpanId, halvesToTraceId } from '../../base/ids.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../span-batch.ts'
import type { Attribute, SpanDetails } from '../span-columns.ts'
import { stageIdOf } from '../stages.ts'
import { decodeTracesProtobuf } from './decode.ts'
import { decodeSpanRest } from './details.ts'
import { decodeTracesJson } from './json.ts'
import { encodeRequest, TraceRequest } from './otlp-proto.fixture.ts'

/** A request as OTLP/JSON has it: also what protobufjs takes, once ids are bytes. */
interface Value {
  readonly stringValue?: string
  readonly intValue?: string
  readonly doubleValue?: number
  readonly boolValue?: boolean
  readonly bytesValue?: string
  readonly arrayValue?: { readonly values: readonly Value[] }
  readonly kvlistValue?: { readonly values: readonly Pair[] }
}
interface Pair {
  readonly key: string
  readonly value: Value
}
interface SpanModel {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly traceState: string
  readonly attributes: readonly Pair[]
  readonly droppedAttributesCount: number
  readonly events: readonly {
    readonly timeUnixNano: string
    readonly name: string
    readonly attributes: readonly Pair[]
  }[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string; readonly attributes: readonly Pair[] }[]
  readonly status: { readonly code: number; readonly message: string }
}
interface RequestModel {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Pair[] }
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string }
      readonly spans: readonly SpanModel[]
    }[]
  }[]
}

const MAPPED = Object.values(DEFAULT_MAPPING).flatMap((keys) => (Array.isArray(keys) ? keys : []))
const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String)
const hex = (bytes: number) => fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(toHex)
const scalar: fc.Arbitrary<Value> = fc.oneof(
  text.map((stringValue) => ({ stringValue })),
  int64.map((intValue) => ({ intValue })),
  fc.integer({ min: 0, max: 99 }).map((n) => ({ intValue: String(n) })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((doubleValue) => ({ doubleValue: doubleValue + 0 })),
  fc.boolean().map((boolValue) => ({ boolValue })),
  fc.constant({}),
)
const tree = fc.letrec<{ value: Value; pair: Pair }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.uint8Array({ maxLength: 9 }).map((bytes) => ({ bytesValue: Buffer.from(bytes).toString('base64') })),
    fc.array(tie('value'), { maxLength: 4 }).map((values) => ({ arrayValue: { values } })),
    fc.array(tie('pair'), { maxLength: 4 }).map((values) => ({ kvlistValue: { values } })),
  ),
  pair: fc.record({ key: fc.oneof(text, fc.constantFrom(...MAPPED, 'service.name')), value: tie('value') }),
}))
const attributes = fc.uniqueArray(tree.pair, { selector: (pair) => pair.key, maxLength: 8 })
const span: fc.Arbitrary<SpanModel> = fc.record({
  traceId: fc.oneof({ weight: 9, arbitrary: hex(16) }, fc.constant('00'.repeat(16)), hex(15), fc.constant('')),
  spanId: fc.oneof({ weight: 9, arbitrary: hex(8) }, fc.constant('00'.repeat(8)), hex(9)),
  parentSpanId: fc.oneof(fc.constant(''), hex(8)),
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: uint64,
  endTimeUnixNano: uint64,
  traceState: fc.oneof(fc.constant(''), fc.constant('ot=th:c'), text),
  attributes,
  droppedAttributesCount: fc.nat(),
  events: fc.array(fc.record({ timeUnixNano: uint64, name: text, attributes }), { maxLength: 2 }),
  links: fc.array(fc.record({ traceId: hex(16), spanId: hex(8), attributes }), { maxLength: 2 }),
  status: fc.record({ code: fc.integer({ min: 0, max: 2 }), message: text }),
})
const request: fc.Arbitrary<RequestModel> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record({ attributes }),
      scopeSpans: fc.array(
        fc.record({ scope: fc.record({ name: text, version: text }), spans: fc.array(span, { maxLength: 5 }) }),
        { maxLength: 2 },
      ),
    }),
    { maxLength: 3 },
  ),
})

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function toBytes(model: RequestModel): Uint8Array<ArrayBuffer> {
  const id = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'))
  return encodeRequest({
    resourceSpans: model.resourceSpans.map((r) => ({
      ...r,
      scopeSpans: r.scopeSpans.map((s) => ({
        ...s,
        spans: s.spans.map((span) => ({
          ...span,
          traceId: id(span.traceId),
          spanId: id(span.spanId),
          parentSpanId: id(span.parentSpanId),
          links: span.links.map((link) => ({ ...link, traceId: id(link.traceId), spanId: id(link.spanId) })),
        })),
      })),
    })),
  })
}

function decoded(result: ReturnType<typeof decodeTracesProtobuf>): SpanBatch {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

/** The value under the mapped key as text, as the naive reader finds it; undefined where absent. */
function mapped(pairs: readonly Pair[], key: string): string | undefined {
  const value = pairs.find((pair) => pair.key === key)?.value
  if (value?.stringValue !== undefined && value.stringValue !== '') return value.stringValue
  if (value?.intValue !== undefined) return value.intValue
  if (value?.doubleValue !== undefined) return String(value.doubleValue)
  return value?.boolValue === undefined ? undefined : String(value.boolValue)
}

function attributeModel({ key, value }: Pair): Attribute {
  if (value.stringValue !== undefined) return { key, type: 'string', value: value.stringValue }
  if (value.intValue !== undefined) return { key, type: 'int', value: value.intValue }
  if (value.doubleValue !== undefined) return { key, type: 'double', value: String(value.doubleValue) }
  if (value.boolValue !== undefined) return { key, type: 'bool', value: String(value.boolValue) }
  if (value.bytesValue !== undefined) return { key, type: 'bytes', value: value.bytesValue }
  if (value.arrayValue !== undefined) return { key, type: 'array', value: jsonModel(value) }
  return value.kvlistValue === undefined
    ? { key, type: 'empty', value: '' }
    : { key, type: 'map', value: jsonModel(value) }
}

/** The recursive way; only for trees of a test's size. */
function jsonModel(value: Value): string {
  if (value.arrayValue !== undefined) return `[${value.arrayValue.values.map(jsonModel).join(',')}]`
  if (value.kvlistValue !== undefined) {
    return `{${value.kvlistValue.values.map((pair) => `${JSON.stringify(pair.key)}:${jsonModel(pair.value)}`).join(',')}}`
  }
  const { type, value: shown } = attributeModel({ key: '', value })
  if (type === 'empty') return 'null'
  return type === 'string' || type === 'bytes' ? JSON.stringify(shown) : shown
}

const isValid = (span: SpanModel) =>
  span.traceId.length === 32 && span.spanId.length === 16 && /[^0]/.test(span.traceId) && /[^0]/.test(span.spanId)

const KINDS: readonly SpanDetails['kind'][] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const CODES: readonly SpanDetails['status']['code'][] = ['unset', 'ok', 'error']

/** Everything about the batch, span by span, as the model would have it. */
function expectSame(batch: SpanBatch, model: RequestModel): void {
  const flat = model.resourceSpans.flatMap((r) =>
    r.scopeSpans.flatMap((s) => s.spans.map((span) => ({ span, resource: r.resource.attributes, scope: s.scope }))),
  )
  const valid = flat.filter(({ span }) => isValid(span))
  expect(batch.count).toBe(valid.length)
  expect(batch.rejected.reduce((sum, r) => sum + r.count, 0)).toBe(flat.length - valid.length)
  valid.forEach(({ span, resource, scope }, i) => {
    const find = (key: string) => mapped(span.attributes, key) ?? mapped(resource, key) ?? ''
    const s = (column: Uint32Array) => batch.strings[column[i]]
    expect(halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i])).toBe(span.traceId)
    expect(bigIntToSpanId(batch.spanId[i])).toBe(span.spanId)
    expect(bigIntToSpanId(batch.parentId[i])).toBe(span.parentSpanId.padStart(16, '0'))
    expect(batch.startNs[i]).toBe(BigInt(span.startTimeUnixNano))
    expect(batch.endNs[i]).toBe(BigInt(span.endTimeUnixNano))
    expect([s(batch.nameId), batch.kind[i], batch.status[i]]).toEqual([span.name, span.kind, span.status.code])
    expect(s(batch.guildId)).toBe(find('guild.id'))
    expect(s(batch.actionId)).toBe(find('guild.action') || span.name)
    expect(s(batch.userId)).toBe(find('enduser.id'))
    expect(s(batch.serviceId)).toBe(mapped(resource, 'service.name') ?? '')
    const stages = [mapped(span.attributes, 'guild.stage'), mapped(resource, 'guild.stage')]
    expect(batch.stageId[i]).toBe(stages.map((stage) => stageIdOf(stage ?? '')).find((id) => id > 0) ?? 0)
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const core = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '', endUnixNano: '' }
    const details = decodeSpanRest(rest, batch.resources[batch.resourceId[i]], batch.scopes[batch.scopeId[i]], core)
    expect(details.attributes).toEqual(span.attributes.map(attributeModel))
    expect(details.resource).toEqual(resource.map(attributeModel))
    expect(details.scope?.name ?? '').toBe(scope.name)
    expect(details.scope?.version ?? '').toBe(scope.version)
    expect(details.traceState ?? '').toBe(span.traceState)
    expect([details.kind, details.status.code]).toEqual([KINDS[span.kind], CODES[span.status.code]])
    expect(details.status.message ?? '').toBe(span.status.message)
    expect(details.dropped.attributes).toBe(span.droppedAttributesCount)
    expect(details.events).toEqual(
      span.events.map((event) => ({ ...event, attributes: event.attributes.map(attributeModel) })),
    )
    expect(details.links).toEqual(
      span.links.map((link) => ({ ...link, attributes: link.attributes.map(attributeModel) })),
    )
    expect(details.remarks).toEqual([])
  })
}

/** Whatever the bytes were, a batch that came out of them holds together. */
function expectSound(batch: SpanBatch): void {
  const ids = [batch.nameId, batch.serviceId, batch.nodeId, batch.actionId, batch.relayId, batch.guildId, batch.userId]
  for (const column of ids) for (const id of column) expect(id).toBeLessThan(batch.strings.length)
  for (const id of batch.resourceId) expect(id).toBeLessThan(batch.resources.length)
  for (const id of batch.scopeId) expect(id).toBeLessThan(batch.scopes.length)
  let before = 0
  for (const end of batch.restEnd) {
    expect(end).toBeGreaterThanOrEqual(before)
    before = end
  }
  expect(batch.rest.length).toBe(before)
  for (let i = 0; i < batch.count; i++) {
    const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
    const core = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '', endUnixNano: '' }
    decodeSpanRest(rest, batch.resources[batch.resourceId[i]], batch.scopes[batch.scopeId[i]], core)
  }
}

const mutation = fc.record({
  kind: fc.constantFrom('set', 'cut', 'insert', 'copy', 'truncate'),
  at: fc.nat(),
  length: fc.integer({ min: 1, max: 12 }),
  byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0x0a, 0x12, 0x7f, 0x80, 0xff)),
})

function mutate(bytes: Uint8Array, mutations: readonly { kind: string; at: number; length: number; byte: number }[]) {
  const out = [...bytes]
  for (const { kind, at, length, byte } of mutations) {
    const where = out.length === 0 ? 0 : at % out.length
    if (kind === 'set') out[where] = byte
    else if (kind === 'cut') out.splice(where, length)
    else if (kind === 'insert') out.splice(where, 0, ...new Array<number>(length).fill(byte))
    else if (kind === 'copy') out.splice(where, 0, ...out.slice(where, where + length))
    else out.length = where
  }
  return Uint8Array.from(out)
}

test('property (seed 11): decodes what protobufjs encodes', () => {
  fc.assert(
    fc.property(request, (model) => expectSame(decoded(decodeTracesProtobuf(toBytes(model), DEFAULT_MAPPING)), model)),
    { seed: 11, numRuns: 400 },
  )
})

test('property (seed 12): decodes the same from JSON', () => {
  fc.assert(
    fc.property(request, (model) =>
      expectSame(decoded(decodeTracesJson(JSON.stringify(model), DEFAULT_MAPPING)), model),
    ),
    { seed: 12, numRuns: 400 },
  )
})

test('property (seed 13): mutated protobuf never throws, and is sound where it is accepted', () => {
  let accepted = 0
  let refused = 0
  fc.assert(
    fc.property(request, fc.array(mutation, { minLength: 1, maxLength: 6 }), (model, mutations) => {
      const bytes = mutate(toBytes(model), mutations)
      const result = decodeTracesProtobuf(bytes, DEFAULT_MAPPING)
      if (result.ok) {
        accepted++
        expectSound(result.value)
      } else {
        refused++
        expect(result.failure.kind).toBe('bad-request')
      }
    }),
    { seed: 13, numRuns: 2_000 },
  )
  expect(Math.min(accepted, refused)).toBeGreaterThan(100)
})

test('property (seed 14): whatever protobufjs refuses of the outer messages, so do we', () => {
  // Truncation cuts an outer message in any case; protobufjs is the judge.
  fc.assert(
    fc.property(request, fc.nat(), (model, at) => {
      const whole = toBytes(model)
      const bytes = whole.subarray(0, whole.length === 0 ? 0 : at % whole.length)
      let theirs = true
      try {
        TraceRequest.decode(bytes)
      } catch {
        theirs = false
      }
      expect(decodeTracesProtobuf(bytes, DEFAULT_MAPPING).ok).toBe(theirs)
    }),
    { seed: 14, numRuns: 1_000 },
  )
})

test('property (seed 15): mutated JSON never throws, and is sound where it is accepted', () => {
  fc.assert(
    fc.property(request, fc.array(mutation, { minLength: 1, maxLength: 4 }), (model, mutations) => {
      const result = decodeTracesJson(mutate(encodeUtf8(JSON.stringify(model)), mutations), DEFAULT_MAPPING)
      if (result.ok) expectSound(result.value)
    }),
    { seed: 15, numRuns: 1_000 },
  )
})

test('property (seed 16): random bytes never throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const result = decodeTracesProtobuf(bytes, DEFAULT_MAPPING)
      if (result.ok) expectSound(result.value)
      const core = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '', endUnixNano: '' }
      decodeSpanRest(bytes, bytes, bytes, core)
    }),
    { seed: 16, numRuns: 20_000 },
  )
})
