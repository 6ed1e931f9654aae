import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTracesProtobuf } from '../model/otlp/decode.ts'
import { TraceRequest } from '../model/otlp/otlp-proto.fixture.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { attributeKey, attributes, keyValue, nameField, SpanEncoder, traceStateField } from './otlp-encode.ts'

const BASE_MS = 1_795_000_000_000
const trace = { words: [1, 2, 0xfffffffe, 4], traceState: traceStateField('ot=th:fd70a4') } as const

function decoded(request: Uint8Array) {
  const result = decodeTracesProtobuf(request, DEFAULT_MAPPING)
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

/** What a generated codec reads, as plain objects with 64-bit numbers as text. */
function reference(request: Uint8Array): unknown {
  return TraceRequest.toObject(TraceRequest.decode(request), { longs: String, bytes: String, enums: Number })
}

describe('SpanEncoder', () => {
  it('writes what a generated protobuf codec reads', () => {
    const encoder = new SpanEncoder(BASE_MS, 'scope', '1')
    const resource = encoder.resource({ 'service.name': 'guilds', n: { int: '-3' } }, 250)
    const id = { hi: 7, lo: 8 }
    encoder.begin(resource, trace, id, { hi: 9, lo: 10 }, nameField('guild.x'), 2, 1_000_000, 1_000_001.5)
    encoder.add(attributes({ 'guild.id': { int: '9223372036854775807' }, text: 'ü', yes: true, half: 0.5 }))
    encoder.addString(attributeKey('s'), 'x'.repeat(300))
    encoder.addInt(attributeKey('i'), 2 ** 40 + 3)
    encoder.addInstant(attributeKey('t'), 2_000_000)
    encoder.event(1_000_000, 'e', [keyValue('k', 'v')])
    encoder.link(trace, id, [keyValue('k', 'v')])
    encoder.error('went wrong')
    encoder.end()
    expect(encoder.pending).toBe(1)
    expect(reference(encoder.take())).toMatchInlineSnapshot(`
      {
        "resourceSpans": [
          {
            "resource": {
              "attributes": [
                {
                  "key": "service.name",
                  "value": {
                    "stringValue": "guilds",
                  },
                },
                {
                  "key": "n",
                  "value": {
                    "intValue": "-3",
                  },
                },
              ],
            },
            "scopeSpans": [
              {
                "scope": {
                  "name": "scope",
                  "version": "1",
                },
                "spans": [
                  {
                    "attributes": [
                      {
                        "key": "guild.id",
                        "value": {
                          "intValue": "9223372036854775807",
                        },
                      },
                      {
                        "key": "text",
                        "value": {
                          "stringValue": "ü",
                        },
                      },
                      {
                        "key": "yes",
                        "value": {
                          "boolValue": true,
                        },
                      },
                      {
                        "key": "half",
                        "value": {
                          "doubleValue": 0.5,
                        },
                      },
                      {
                        "key": "s",
                        "value": {
                          "stringValue": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
                        },
                      },
                      {
                        "key": "i",
                        "value": {
                          "intValue": "1099511627779",
                        },
                      },
                      {
                        "key": "t",
                        "value": {
                          "intValue": "1795000002000250000",
                        },
                      },
                    ],
                    "endTimeUnixNano": "1795000001000251500",
                    "events": [
                      {
                        "attributes": [
                          {
                            "key": "k",
                            "value": {
                              "stringValue": "v",
                            },
                          },
                        ],
                        "name": "e",
                        "timeUnixNano": "1795000001000250000",
                      },
                    ],
                    "kind": 2,
                    "links": [
                      {
                        "attributes": [
                          {
                            "key": "k",
                            "value": {
                              "stringValue": "v",
                            },
                          },
                        ],
                        "spanId": "AAAABwAAAAg=",
                        "traceId": "AAAAAQAAAAL////+AAAABA==",
                      },
                    ],
                    "name": "guild.x",
                    "parentSpanId": "AAAACQAAAAo=",
                    "spanId": "AAAABwAAAAg=",
                    "startTimeUnixNano": "1795000001000250000",
                    "status": {
                      "code": 2,
                      "message": "went wrong",
                    },
                    "traceId": "AAAAAQAAAAL////+AAAABA==",
                    "traceState": "ot=th:fd70a4",
                  },
                ],
              },
            ],
          },
        ],
      }
    `)
    expect(encoder.pending).toBe(0)
  })

  it('keeps instants exact to the nanosecond, before and after the base, through carries of the low half', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -1_000_000, max: 86_400_000_000 }),
        fc.integer({ min: -2_000, max: 2_000 }),
        fc.integer({ min: 1_000_000_000_000, max: 4_000_000_000_000 }),
        (us, offset, baseMs) => {
          const encoder = new SpanEncoder(baseMs, 's', '1')
          const resource = encoder.resource({}, offset)
          encoder.begin(resource, trace, { hi: 1, lo: 1 }, undefined, nameField('n'), 1, us, us + 1)
          encoder.addInstant(attributeKey('guild.enqueued_unix_nano'), us)
          encoder.end()
          const batch = decoded(encoder.take())
          const expected = BigInt(baseMs) * 1_000_000n + BigInt(us + offset) * 1000n
          expect(batch.startNs[0]).toBe(expected)
          expect(batch.endNs[0]).toBe(expected + 1000n)
          expect(batch.enqueuedNs[0]).toBe(expected)
        },
      ),
      { seed: 20_261_124 },
    )
  })

  it('groups spans by resource, whatever the order in which they were written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.nat(2 ** 31)), { maxLength: 60 }), (spans) => {
        const encoder = new SpanEncoder(BASE_MS, 's', '1')
        const resources = [0, 1, 2, 3].map((n) => encoder.resource({ 'service.instance.id': `node-${n}` }, 0))
        spans.forEach(([resource, lo], i) => {
          encoder.begin(resources[resource], trace, { hi: i + 1, lo }, undefined, nameField(`s${i}`), 1, i, i + 1)
          encoder.end()
        })
        const batch = decoded(encoder.take())
        const seen = Array.from({ length: batch.count }, (_, i) => [
          batch.strings[batch.nodeId[i]],
          batch.spanId[i],
          batch.strings[batch.nameId[i]],
        ])
        const wanted = spans.map(([resource, lo], i) => [
          `node-${resource}`,
          (BigInt(i + 1) << 32n) | BigInt(lo),
          `s${i}`,
        ])
        const byName = (a: readonly unknown[], b: readonly unknown[]) => String(a[2]).localeCompare(String(b[2]))
        expect(seen.sort(byName)).toEqual(wanted.sort(byName))
      }),
      { seed: 20_261_124 },
    )
  })
})
