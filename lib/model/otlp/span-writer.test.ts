import { expect, test } from 'vitest'
import { bigIntToSpanId, halvesToTraceId } from '../../base/ids.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../span-batch.ts'
import { decodeTracesProtobuf } from './decode.ts'
import { decodeSpanRest } from './details.ts'
import { OtlpSpanWriter } from './span-writer.ts'

function decoded(writer: OtlpSpanWriter): SpanBatch {
  const answer = decodeTracesProtobuf(writer.take(), DEFAULT_MAPPING)
  if (!answer.ok) throw new Error(answer.failure.what)
  return answer.value
}

test('what is written is what the decoder reads', () => {
  const writer = new OtlpSpanWriter()
  writer.resource((attributes) => attributes.string('service.name', 'api'))
  writer.scope('lib', '1.2', (attributes) => attributes.bool('s', true))
  writer.begin('ab'.repeat(16), 'fedcba9876543210', 'näme 𝄞', 1_795_514_400_000_000_001n, 1_795_514_400_000_000_005n)
  writer.parent('00000000000000ff')
  writer.kind(5)
  writer.traceState('ot=th:8')
  writer.status(2, 'no')
  writer.attributes.int('guild.id', -9_223_372_036_854_775_808n)
  writer.attributes.double('d', 0.5)
  writer.attributes.bytes('y', Uint8Array.of(0, 1, 2))
  writer.attributes.string('big', 'ж'.repeat(20_000))
  writer.event(7n, 'ev', (attributes) => attributes.string('k', 'v'))
  writer.link('cd'.repeat(16), 'ef'.repeat(8), (attributes) => attributes.int('n', 3n))
  writer.dropped(3, 0, 1)
  writer.end()
  const batch = decoded(writer)
  expect(batch.count).toBe(1)
  const details = decodeSpanRest(batch.rest, batch.resources[batch.resourceId[0]], batch.scopes[batch.scopeId[0]], {
    traceId: halvesToTraceId(batch.traceIdHi[0], batch.traceIdLo[0]),
    spanId: bigIntToSpanId(batch.spanId[0]),
    parentSpanId: bigIntToSpanId(batch.parentId[0]),
    ordinal: 0,
    name: batch.strings[batch.nameId[0]],
    startUnixNano: String(batch.startNs[0]),
    endUnixNano: String(batch.endNs[0]),
  })
  expect(details).toEqual({
    traceId: 'ab'.repeat(16),
    spanId: 'fedcba9876543210',
    parentSpanId: '00000000000000ff',
    ordinal: 0,
    name: 'näme 𝄞',
    kind: 'consumer',
    status: { code: 'error', message: 'no' },
    startUnixNano: '1795514400000000001',
    endUnixNano: '1795514400000000005',
    traceState: 'ot=th:8',
    attributes: [
      { key: 'guild.id', type: 'int', value: '-9223372036854775808' },
      { key: 'd', type: 'double', value: '0.5' },
      { key: 'y', type: 'bytes', value: 'AAEC' },
      { key: 'big', type: 'string', value: 'ж'.repeat(20_000) },
    ],
    resource: [{ key: 'service.name', type: 'string', value: 'api' }],
    scope: { name: 'lib', version: '1.2', attributes: [{ key: 's', type: 'bool', value: 'true' }] },
    events: [{ timeUnixNano: '7', name: 'ev', attributes: [{ key: 'k', type: 'string', value: 'v' }] }],
    links: [{ traceId: 'cd'.repeat(16), spanId: 'ef'.repeat(8), attributes: [{ key: 'n', type: 'int', value: '3' }] }],
    dropped: { attributes: 3, events: 0, links: 1 },
    remarks: [],
  })
})

test('the resource stays stated over several requests, and wrong ids are counted', () => {
  const writer = new OtlpSpanWriter()
  const add = (traceId: string, spanId: string) => {
    writer.begin(traceId, spanId, 'n', 1n, 2n)
    writer.end()
  }
  writer.resource((attributes) => attributes.string('service.name', 'one'))
  add('ab'.repeat(16), 'cd'.repeat(8))
  expect(decoded(writer).strings).toContain('one')
  expect(writer.size).toBe(0)
  add('ab'.repeat(16), 'cd'.repeat(8))
  writer.resource((attributes) => attributes.string('service.name', 'two'))
  add('ab'.repeat(16), 'ef'.repeat(8))
  add('not hex', 'cd'.repeat(8))
  const batch = decoded(writer)
  const services = Array.from({ length: batch.count }, (_, i) => batch.strings[batch.serviceId[i]])
  expect(services).toEqual(['one', 'two'])
  expect(batch.rejected.map((rejected) => rejected.count)).toEqual([1])
})
