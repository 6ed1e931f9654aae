import { describe, expect, test } from 'vitest'
import { DEFAULT_MAPPING, type SpanBatch } from '../span-batch.ts'
import { FLAG } from '../span-columns.ts'
import { STAGE_ID } from '../stages.ts'
import { decodeTracesProtobuf, REASON } from './decode.ts'
import { encodeRequest, ProtoSpan } from './otlp-proto.fixture.ts'

const TRACE = Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const SPAN = Uint8Array.from([0xa1, 2, 3, 4, 5, 6, 7, 8])

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } })
const int = (key: string, intValue: string) => ({ key, value: { intValue } })
const double = (key: string, doubleValue: number) => ({ key, value: { doubleValue } })

function span(fields: Record<string, unknown> = {}): Record<string, unknown> {
  return { traceId: TRACE, spanId: SPAN, name: 'work', startTimeUnixNano: '100', endTimeUnixNano: '250', ...fields }
}

function request(spans: readonly Record<string, unknown>[], resource: readonly Record<string, unknown>[] = []) {
  return encodeRequest({
    resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope: { name: 'test' }, spans }] }],
  })
}

function decode(bytes: Uint8Array, mapping = DEFAULT_MAPPING): SpanBatch {
  const result = decodeTracesProtobuf(bytes, mapping)
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

describe('decodeTracesProtobuf', () => {
  test('fills every column from a full span', () => {
    const batch = decode(
      request(
        [
          span({
            parentSpanId: Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 9]),
            kind: 5,
            status: { code: 2, message: 'went wrong' },
            traceState: 'a=b,ot=rv:ffffffffffffff;th:c',
            startTimeUnixNano: '1763978700123456789',
            attributes: [
              int('guild.id', '9223372036854775807'),
              text('guild.name', 'Ducks'),
              text('guild.action', 'message_create'),
              text('guild.stage', 'guild'),
              int('guild.enqueued_unix_nano', '1763978700123456000'),
              int('guild.mailbox.depth', '588000'),
              int('fanout.recipients', '1000000'),
              double('fanout.keep_rate', 0.125),
              text('guild.relay.id', 'relay-7'),
              text('beam.pid', '<0.1.0>'),
              int('guild.sessions', '12'),
              text('enduser.id', 'u1'),
              text('session.id', 's1'),
              text('guild.channel.id', 'c1'),
            ],
            events: [{ name: 'dequeued' }],
            links: [{ traceId: TRACE, spanId: SPAN }],
          }),
        ],
        [text('service.name', 'guilds'), text('service.instance.id', 'guilds@10.0.0.7')],
      ),
    )
    const s = (column: Uint32Array) => batch.strings[column[0]]
    expect(batch.count).toBe(1)
    expect(batch.traceIdHi[0]).toBe(0x0102030405060708n)
    expect(batch.traceIdLo[0]).toBe(0x090a0b0c0d0e0f10n)
    expect(batch.spanId[0]).toBe(0xa102030405060708n)
    expect(batch.parentId[0]).toBe(9n)
    expect(batch.startNs[0]).toBe(1763978700123456789n)
    expect(batch.endNs[0]).toBe(250n)
    expect([batch.kind[0], batch.status[0]]).toEqual([5, 2])
    expect(batch.flags[0]).toBe(FLAG.error | FLAG.hasEvents | FLAG.hasLinks)
    expect(batch.stageId[0]).toBe(STAGE_ID.guild)
    expect(s(batch.nameId)).toBe('work')
    expect(s(batch.serviceId)).toBe('guilds')
    expect(s(batch.nodeId)).toBe('guilds@10.0.0.7')
    expect(s(batch.actionId)).toBe('message_create')
    expect(s(batch.relayId)).toBe('relay-7')
    expect(s(batch.guildId)).toBe('9223372036854775807')
    expect(batch.guildIsInt[0]).toBe(1)
    expect(s(batch.guildNameId)).toBe('Ducks')
    expect([s(batch.processId), s(batch.userId), s(batch.sessionId), s(batch.channelId)]).toEqual([
      '<0.1.0>',
      'u1',
      's1',
      'c1',
    ])
    expect(batch.enqueuedNs[0]).toBe(1763978700123456000n)
    expect([batch.mailboxDepth[0], batch.recipients[0], batch.sessions[0]]).toEqual([588000, 1000000, 12])
    expect(batch.keepRate[0]).toBe(0.125)
    expect(batch.headRate[0]).toBe(0.25)
    expect(batch.rejected).toEqual([])
  })

  test('says what is absent, and takes the span name for the action', () => {
    const batch = decode(request([span()]))
    expect([batch.guildId[0], batch.guildIsInt[0], batch.relayId[0], batch.serviceId[0]]).toEqual([0, 0, 0, 0])
    expect([batch.parentId[0], batch.enqueuedNs[0], batch.stageId[0]]).toEqual([0n, 0n, 0])
    expect([batch.mailboxDepth[0], batch.recipients[0], batch.sessions[0]]).toEqual([-1, -1, -1])
    expect([batch.keepRate[0], batch.headRate[0]]).toEqual([Number.NaN, Number.NaN])
    expect(batch.actionId[0]).toBe(batch.nameId[0])
    expect(batch.strings).toEqual(['', 'work'])
  })

  test('prefers the span over its resource, and earlier alternatives over later ones', () => {
    const mapping = {
      ...DEFAULT_MAPPING,
      guild: ['guild.id', 'tenant'],
      stageOfService: { api_server: 'api' as const },
    }
    const batch = decode(
      request(
        [
          span({ attributes: [text('tenant', 'from-span')] }),
          span({ attributes: [text('tenant', 'second'), int('guild.id', '-5')] }),
          span({ attributes: [text('guild.id', ''), { key: 'tenant', value: { arrayValue: {} } }] }),
          span({ attributes: [text('guild.stage', 'relay')] }),
        ],
        [text('guild.id', 'from-resource'), text('service.name', 'api_server')],
      ),
      mapping,
    )
    expect([...batch.guildId].map((id) => batch.strings[id])).toEqual([
      'from-span',
      '-5',
      'from-resource',
      'from-resource',
    ])
    expect([...batch.guildIsInt]).toEqual([0, 1, 0, 0])
    expect([...batch.stageId]).toEqual([2, 2, 2, STAGE_ID.relay])
  })

  test('a service called like a property of every object has no stage', () => {
    const batch = decode(request([span()], [text('service.name', 'constructor')]))
    expect(batch.stageId[0]).toBe(0)
  })

  test('rejects spans with unusable ids, with a count per reason, and keeps the others', () => {
    const batch = decode(
      request([
        span({ name: 'kept', endTimeUnixNano: '1' }),
        span({ traceId: TRACE.slice(0, 8) }),
        span({ traceId: new Uint8Array(16) }),
        span({ spanId: new Uint8Array(0) }),
        span({ spanId: new Uint8Array(8) }),
        span({ spanId: new Uint8Array(7) }),
        span({ parentSpanId: new Uint8Array(3) }),
        span({ name: 'kept too', parentSpanId: new Uint8Array(8), attributes: [text('x', 'y')] }),
      ]),
    )
    expect([...batch.nameId].map((id) => batch.strings[id])).toEqual(['kept', 'kept too'])
    expect(batch.endNs[0]).toBe(1n)
    expect(batch.parentId[1]).toBe(0n)
    expect(batch.rejected).toEqual([
      { count: 1, reason: REASON.traceIdLength },
      { count: 1, reason: REASON.traceIdZero },
      { count: 2, reason: REASON.spanIdLength },
      { count: 1, reason: REASON.spanIdZero },
      { count: 1, reason: REASON.parentIdLength },
    ])
    expect(ProtoSpan.toObject(ProtoSpan.decode(batch.rest.slice(batch.restEnd[0], batch.restEnd[1])))).toMatchObject({
      attributes: [{ key: 'x', value: { stringValue: 'y' } }],
    })
  })

  test('reads a resource that stands behind its spans, or in two pieces', () => {
    const whole = request([span()], [text('guild.id', 'g')])
    // ResourceSpans { resource (field 1), scope_spans (field 2) }: swap the two fields, then repeat the resource.
    const body = whole.subarray(2)
    const resourceLength = 2 + body[1]
    const resource = body.subarray(0, resourceLength)
    const swapped = [...body.subarray(resourceLength), ...resource]
    const once = decode(Uint8Array.from([0x0a, swapped.length, ...swapped]))
    expect(once.strings[once.guildId[0]]).toBe('g')
    const twice = [...swapped, ...resource]
    const joined = decode(Uint8Array.from([0x0a, twice.length, ...twice]))
    const payload = resource.subarray(2)
    expect([...joined.resources[joined.resourceId[0]]]).toEqual([...payload, ...payload])
  })

  test('refuses every proper prefix that cuts a message, with a sentence', () => {
    const bytes = request([span({ attributes: [text('guild.id', 'x')] })], [text('service.name', 's')])
    for (let length = 1; length < bytes.length; length++) {
      const result = decodeTracesProtobuf(bytes.subarray(0, length), DEFAULT_MAPPING)
      expect(result.ok).toBe(false)
      if (!result.ok) expect(result.failure).toMatchObject({ kind: 'bad-request', source: 'request' })
    }
    expect(decode(new Uint8Array(0)).count).toBe(0)
  })

  test('keeps a megabyte of name, NUL and bidi marks, and replaces invalid UTF-8', () => {
    const long = `${'ä'.repeat(500_000)}\u0000\u202e<script>`
    const batch = decode(request([span({ name: long })]))
    expect(batch.strings[batch.nameId[0]]).toBe(long)
    const bytes = request([span({ name: 'abc' })])
    bytes[bytes.indexOf(0x62)] = 0xff
    const broken = decode(bytes)
    expect(broken.strings[broken.nameId[0]]).toBe('a\ufffdc')
  })

  test.each([
    ['ot=th:0', 1],
    ['ot=th:8', 0.5],
    ['ot=th:80000000000000', 0.5],
    ['ot=th:ffffffffffffff', 2 ** -56],
    ['x=1 , ot=p:8;th:f', 1 / 16],
    ['ot=th:', Number.NaN],
    ['ot=th:123456789abcdef', Number.NaN],
    ['ot=th:xyz', Number.NaN],
    ['not=th:8', Number.NaN],
    ['', Number.NaN],
  ])('head rate of tracestate %s is %d', (traceState, expected) => {
    expect(decode(request([span({ traceState })])).headRate[0]).toBe(Math.fround(expected))
  })
})
