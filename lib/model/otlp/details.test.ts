import { expect, test } from 'vitest'
import { decodeSpanRest } from './details.ts'
import { ProtoResource, ProtoScope, ProtoSpan } from './otlp-proto.fixture.ts'

const CORE = {
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  ordinal: 1,
  parentSpanId: 'ef'.repeat(8),
  name: 'work',
  startUnixNano: '5',
  endUnixNano: '4',
}
const NOTHING = new Uint8Array(0)
const encode = (type: typeof ProtoSpan, fields: Record<string, unknown>) =>
  Uint8Array.from(type.encode(type.fromObject(fields)).finish())

test('a span without anything else has only its core', () => {
  expect(decodeSpanRest(NOTHING, NOTHING, NOTHING, CORE)).toEqual({
    ...CORE,
    kind: 'unspecified',
    status: { code: 'unset' },
    attributes: [],
    resource: [],
    events: [],
    links: [],
    dropped: { attributes: 0, events: 0, links: 0 },
    remarks: [],
  })
})

test('what is garbled is left out and said; the rest is shown', () => {
  const rest = encode(ProtoSpan, { kind: 3, attributes: [{ key: 'a', value: { stringValue: 'x' } }] })
  // The length of the string inside the value reaches beyond the value.
  const broken = Uint8Array.from([0x4a, 7, 0x0a, 1, 0x62, 0x12, 2, 0x0a, 9])
  const resource = encode(ProtoResource, { attributes: [{ key: 'service.name', value: { stringValue: 's' } }] })
  const scope = encode(ProtoScope, { name: 'lib' })
  const details = decodeSpanRest(Uint8Array.from([...broken, ...rest]), resource, scope.slice(0, -1), CORE)
  expect(details.kind).toBe('client')
  expect(details.attributes).toEqual([{ key: 'a', type: 'string', value: 'x' }])
  expect(details.resource).toEqual([{ key: 'service.name', type: 'string', value: 's' }])
  expect(details.remarks).toHaveLength(2)
  expect(details.remarks.join()).toMatch(/the attributes.*the scope/)
})

test('odd numbers: an unknown kind and status, doubles that JSON does not have', () => {
  const values = [Number.NaN, Number.POSITIVE_INFINITY, -0, 1e300].map((doubleValue) => ({ doubleValue }))
  const rest = encode(ProtoSpan, {
    attributes: [{ key: 'a', value: { arrayValue: { values: [...values, { boolValue: false }, {}] } } }],
  })
  const odd = Uint8Array.from([0x30, 99, 0x7a, 2, 0x18, 9, ...rest])
  const details = decodeSpanRest(odd, NOTHING, NOTHING, CORE)
  expect([details.kind, details.status]).toEqual(['unspecified', { code: 'unset' }])
  expect(details.attributes[0].value).toBe('["NaN","Infinity",0,1e+300,false,null]')
})
