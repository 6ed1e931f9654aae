import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../../base/utf8.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../span-batch.ts'
import { REASON } from './decode.ts'
import { decodeSpanRest } from './details.ts'
import { decodeTracesJson } from './json.ts'

const GOOD = {
  traceId: '5B8EFFF798038103D269B633813FC60C',
  spanId: 'eee19b7ec3c1b174',
  name: 'work',
  startTimeUnixNano: '1763978700123456789',
  endTimeUnixNano: '1763978700223456789',
}

function request(...spans: readonly unknown[]): string {
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

function decode(body: string): SpanBatch {
  const result = decodeTracesJson(body, DEFAULT_MAPPING)
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

function details(batch: SpanBatch, i = 0) {
  const rest = batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])
  const core = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '', endUnixNano: '' }
  return decodeSpanRest(rest, batch.resources[batch.resourceId[i]], batch.scopes[batch.scopeId[i]], core)
}

describe('decodeTracesJson', () => {
  test('reads a request as the specification writes it', () => {
    const batch = decode(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'guilds' } }] },
            scopeSpans: [
              {
                scope: { name: 'lib', version: '1.2', attributes: [{ key: 'a', value: { boolValue: true } }] },
                spans: [
                  {
                    ...GOOD,
                    parentSpanId: 'eee19b7ec3c1b173',
                    kind: 2,
                    traceState: 'ot=th:8',
                    status: { code: 2, message: 'no' },
                    droppedEventsCount: 3,
                    attributes: [
                      { key: 'guild.id', value: { intValue: '81384788765712384' } },
                      { key: 'd', value: { doubleValue: 0.5 } },
                      { key: 'nan', value: { doubleValue: 'NaN' } },
                      { key: 'bytes', value: { bytesValue: 'AAEC_w==' } },
                      { key: 'none', value: {} },
                      { key: 'nothing', value: null },
                      {
                        key: 'map',
                        value: {
                          kvlistValue: {
                            values: [
                              {
                                key: 'x"',
                                value: { arrayValue: { values: [{ intValue: '-9223372036854775808' }, null] } },
                              },
                              { key: 'b', value: { bytesValue: 'AA' } },
                            ],
                          },
                        },
                      },
                    ],
                    events: [{ timeUnixNano: 1763978700123456800, name: 'e', attributes: [] }],
                    links: [{ traceId: GOOD.traceId, spanId: GOOD.spanId, flags: 1 }],
                    flags: 256,
                    somethingNew: [{ deep: [null] }],
                  },
                ],
              },
            ],
          },
        ],
      }),
    )
    expect(batch.rejected).toEqual([])
    expect(batch.traceIdHi[0]).toBe(0x5b8efff798038103n)
    expect(batch.startNs[0]).toBe(1763978700123456789n)
    expect(batch.strings[batch.guildId[0]]).toBe('81384788765712384')
    expect(batch.headRate[0]).toBe(0.5)
    expect(details(batch)).toEqual({
      traceId: '',
      spanId: '',
      ordinal: 0,
      name: '',
      startUnixNano: '',
      endUnixNano: '',
      kind: 'server',
      status: { code: 'error', message: 'no' },
      traceState: 'ot=th:8',
      attributes: [
        { key: 'guild.id', type: 'int', value: '81384788765712384' },
        { key: 'd', type: 'double', value: '0.5' },
        { key: 'nan', type: 'double', value: 'NaN' },
        { key: 'bytes', type: 'bytes', value: 'AAEC/w==' },
        { key: 'none', type: 'empty', value: '' },
        { key: 'nothing', type: 'empty', value: '' },
        { key: 'map', type: 'map', value: '{"x\\"":[-9223372036854775808,null],"b":"AA=="}' },
      ],
      resource: [{ key: 'service.name', type: 'string', value: 'guilds' }],
      scope: { name: 'lib', version: '1.2', attributes: [{ key: 'a', type: 'bool', value: 'true' }] },
      events: [{ timeUnixNano: '1763978700123456800', name: 'e', attributes: [] }],
      links: [{ traceId: GOOD.traceId.toLowerCase(), spanId: GOOD.spanId, attributes: [] }],
      dropped: { attributes: 0, events: 3, links: 0 },
      remarks: [],
    })
  })

  test('keeps every digit of integers written as numbers', () => {
    const body = request({ ...GOOD, attributes: [{ key: 'guild.id', value: { intValue: 'ID' } }] })
    const batch = decode(
      body.replace('"ID"', '9007199254740993').replace('"1763978700123456789"', '1763978700123456789'),
    )
    expect(batch.strings[batch.guildId[0]]).toBe('9007199254740993')
    expect(batch.startNs[0]).toBe(1763978700123456789n)
  })

  test('accepts snake_case, base64 ids, escaped keys, and enums by name', () => {
    const batch = decode(
      `{"resource_spans":[{"scope_spans":[{"spans":[{"trace\\u0049d":"W47/95gDgQPSabYzgT/GDA==","span_id":"7uGbfsPBsXQ",
        "kind":"SPAN_KIND_CONSUMER","status":{"code":"STATUS_CODE_ERROR"},"start_time_unix_nano":12,"attributes":[
        {"value":{"int_value":5},"key":"guild.mailbox.depth"}]}]}]}]}`,
    )
    expect(batch.count).toBe(1)
    expect(batch.traceIdHi[0]).toBe(0x5b8efff798038103n)
    expect(batch.spanId[0]).toBe(0xeee19b7ec3c1b174n)
    expect([batch.kind[0], batch.status[0], batch.startNs[0], batch.mailboxDepth[0]]).toEqual([5, 2, 12n, 5])
  })

  test('a bad span loses no other', () => {
    const batch = decode(
      request(
        { ...GOOD, name: 'first' },
        { ...GOOD, traceId: '5B8EFFF798038103D269B633813FC60' },
        { ...GOOD, traceId: 'zB8EFFF798038103D269B633813FC60C' },
        { ...GOOD, spanId: '0000000000000000' },
        { ...GOOD, startTimeUnixNano: 'yesterday' },
        { ...GOOD, attributes: [{ key: 'x', value: { stringValue: 5 } }] },
        { ...GOOD, attributes: 'none' },
        { ...GOOD, kind: 'SPAN_KIND_ODD' },
        7,
        { ...GOOD, name: 'last' },
      ),
    )
    expect([...batch.nameId].map((id) => batch.strings[id])).toEqual(['first', 'last'])
    expect(batch.rejected).toEqual([
      { count: 2, reason: REASON.traceIdLength },
      { count: 1, reason: REASON.spanIdZero },
      { count: 1, reason: 'startTimeUnixNano is not an integer' },
      { count: 1, reason: 'stringValue is not a text' },
      { count: 1, reason: 'attributes is not a list' },
      { count: 1, reason: 'kind is not a known value' },
      { count: 1, reason: 'spans is not an object' },
    ])
  })

  test.each([
    ['', /ends early/],
    ['[]', /not a JSON object/],
    ['{"resourceSpans":{}}', /resourceSpans is not a list/],
    ['{"resourceSpans":[5]}', /resourceSpans is not an object/],
    ['{"resourceSpans":[]} x', /behind the end/],
    [request(GOOD).slice(0, -3), /ends early/],
  ])('refuses %s', (body, sentence) => {
    const result = decodeTracesJson(body, DEFAULT_MAPPING)
    expect(result.ok ? 'accepted' : result.failure.what).toMatch(sentence)
  })

  test('an empty request is a valid one', () => {
    expect(decode('{}').count).toBe(0)
    expect(decode('{"resourceSpans":null}').count).toBe(0)
  })

  test('values nested 100,000 deep are kept, and shown as far as a person can follow', () => {
    const depth = 100_000
    const open = '{"arrayValue":{"values":['
    const deep = `${open.repeat(depth)}{"intValue":1}${']}}'.repeat(depth)}`
    const body = request({
      ...GOOD,
      attributes: [
        { key: 'deep', value: 'DEEP' },
        { key: 'x', value: { intValue: 1 } },
      ],
    })
    const batch = decode(body.replace('"DEEP"', deep))
    expect(batch.rest.length).toBeGreaterThan(depth * 4)
    const [shown, after] = details(batch).attributes
    expect(shown.value).toBe(`${'['.repeat(256)}"… nested more than 256 levels deep"${']'.repeat(256)}`)
    expect(after).toEqual({ key: 'x', type: 'int', value: '1' })
  })

  test('reads bytes with a byte order mark', () => {
    const result = decodeTracesJson(Uint8Array.from([0xef, 0xbb, 0xbf, ...encodeUtf8(request(GOOD))]), DEFAULT_MAPPING)
    expect(result.ok && result.value.count).toBe(1)
  })
})
