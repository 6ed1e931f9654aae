import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Result } from '../base/result.ts'
import { decodeSpanRest } from '../model/otlp/details.ts'
import { decodeTracesJson } from '../model/otlp/json.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { SpanDetails } from '../model/span-columns.ts'
import { encodeTrace } from '../model/wire.ts'
import { TYPES } from './detail-columns.ts'
import { DetailsBuilder } from './details-builder.ts'
import { attribute, partsFromText } from './evidence-fixture.ts'
import { encodeTracePiece, openTracePiece } from './trace-piece.ts'

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

const EXAMPLE = partsFromText(
  `api 0 100 stage=api action=connect node=n1 service=api
  guild 20 90 stage=guild wait=15 error events
    relay 60 70 stage=relay relay=r1
  other 95 99 stage=guild links
lost 30 40 parent=nobody`,
  {
    guilds: [{ id: '42', name: 'Zweiundvierzig' }, { id: '43' }],
    resource: [attribute('service.name', 'guilds'), attribute('service.instance.id', 'n1')],
    spans: {
      guild: {
        attributes: [
          attribute('guild.id', '42'),
          attribute('', 'no key'),
          attribute('twice', '1', 'int'),
          attribute('twice', '1', 'int'),
          attribute('list', '["a",1]', 'array'),
          attribute('nothing', '', 'empty'),
          attribute('odd', 'a\u0000b\u202e𝄞'),
        ],
        more: {
          kind: 'server',
          status: { code: 'error', message: 'no' },
          traceState: 'ot=th:8',
          events: [
            { timeUnixNano: '18446744073709551615', name: 'late', attributes: [attribute('k', 'v')] },
            { timeUnixNano: '0', name: '', attributes: [] },
          ],
          dropped: { attributes: 3, events: 0, links: 2 ** 40 },
          remarks: ['one', 'two'],
        },
      },
      other: {
        attributes: [attribute('guild.id', '43')],
        more: {
          startUnixNano: '5',
          endUnixNano: '18446744073709551615',
          links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: [attribute('why', 'batch')] }],
        },
      },
      lost: { attributes: [], more: { ordinal: 7, parentSpanId: 'ffffffffffffffff' } },
    },
  },
)

function read(bytes: Uint8Array): SpanDetails[] {
  const piece = must(openTracePiece(bytes))
  return Array.from({ length: piece.trace.spans.count }, (_, i) => must(piece.spanDetails(i)))
}

describe('trace@1', () => {
  const bytes = encodeTracePiece(EXAMPLE)

  test('keeps every answer about every span, the wire bytes and the ids', () => {
    expect(read(bytes)).toEqual(EXAMPLE.all)
    const piece = must(openTracePiece(bytes))
    expect(piece.wire).toEqual(encodeTrace(EXAMPLE.trace))
    expect(piece.trace).toEqual(EXAMPLE.trace)
    expect(piece.ids).toEqual(EXAMPLE.ids)
    expect(Array.from(piece.guildOf, (guild) => piece.guilds[guild])).toEqual(['', '42', '42', '43', ''])
  })

  test('opens where it stands in the middle of a larger buffer', () => {
    const within = new Uint8Array(bytes.length + 16)
    within.set(bytes, 5)
    expect(read(within.subarray(5, 5 + bytes.length))).toEqual(EXAMPLE.all)
    expect(read(Buffer.from(bytes))).toEqual(EXAMPLE.all)
  })

  test('a piece that version 1 wrote still opens, and means the same', () => {
    const old = readFileSync(new URL('./fixtures/trace-v1.bin', import.meta.url))
    expect(read(old)).toEqual(EXAMPLE.all)
  })

  test('random spans come back', () => {
    const text = fc.oneof(fc.constantFrom('', 'a', 'guild.id', '42'), fc.string({ unit: 'grapheme', maxLength: 20 }))
    const attributes = fc.array(fc.record({ key: text, type: fc.constantFrom(...TYPES), value: text }), {
      maxLength: 6,
    })
    const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String)
    const span = fc.record({
      attributes,
      kind: fc.constantFrom('internal', 'server', 'consumer'),
      events: fc.array(fc.record({ timeUnixNano: u64, name: text, attributes }), { maxLength: 3 }),
      links: fc.array(fc.record({ traceId: text, spanId: text, attributes }), { maxLength: 2 }),
      resource: attributes,
      startUnixNano: u64,
      remarks: fc.array(text, { maxLength: 2 }),
    }) satisfies fc.Arbitrary<Partial<SpanDetails>>
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 12 }), (given) => {
        const lines = given.map((_, i) => `s${i} ${i} ${i + 5} parent=${i === 0 ? '-' : `s${i >> 1}`}`)
        const spans = Object.fromEntries(given.map((more, i) => [`s${i}`, { attributes: more.attributes, more }]))
        const parts = partsFromText(lines.join('\n'), { spans })
        expect(read(encodeTracePiece(parts))).toEqual(parts.all)
      }),
      { numRuns: 200 },
    )
  })
})

describe('hostile bytes', () => {
  const bytes = encodeTracePiece(EXAMPLE)

  function open(hostile: Uint8Array): boolean {
    const piece = openTracePiece(hostile)
    if (!piece.ok) {
      expect(piece.failure.what).toMatch(/\.$/)
      return false
    }
    if (!piece.value.details().ok) return false
    for (let i = 0; i < piece.value.trace.spans.count; i++) piece.value.spanDetails(i)
    return true
  }

  test('every truncation is refused', () => {
    for (let length = 0; length < bytes.length; length += length < 800 ? 1 : 7)
      expect(open(bytes.subarray(0, length))).toBe(false)
  })

  test('every flipped bit gives an answer or a sentence', () => {
    const copy = bytes.slice()
    let refused = 0
    for (let i = 0; i < bytes.length; i++) {
      for (const mask of [1, 0x80, 0xff]) {
        copy[i] = bytes[i] ^ mask
        if (!open(copy)) refused++
      }
      copy[i] = bytes[i]
    }
    expect(refused).toBeGreaterThan(bytes.length / 4)
  })

  test('random changes of several bytes, and random bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)), { minLength: 1, maxLength: 30 }),
        fc.uint8Array({ maxLength: 300 }),
        (changes, noise) => {
          const copy = bytes.slice()
          for (const [at, value] of changes) copy[at] = value
          open(copy)
          expect(open(noise)).toBe(false)
        },
      ),
      { numRuns: 2000 },
    )
  })
})

describe('details straight from OTLP', () => {
  const values = [
    { stringValue: 'text ‮' },
    { stringValue: '' },
    { intValue: '-9223372036854775808' },
    { boolValue: true },
    { boolValue: false },
    { doubleValue: 0.1 },
    { bytesValue: 'AAEC' },
    { arrayValue: { values: [{ stringValue: 'x' }] } },
    { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } },
    {},
    undefined,
  ]
  const span = (more: object) => ({
    traceId: 'ab'.repeat(16),
    spanId: 'cd'.repeat(8),
    name: 's',
    startTimeUnixNano: '1',
    endTimeUnixNano: '2',
    ...more,
  })
  const spans = [
    span({ kind: 2, flags: 257, attributes: values.map((value, i) => ({ key: `k${i}`, value })) }),
    span({ status: { code: 1 }, traceState: 'ot=th:8' }),
    span({ status: { code: 2, message: 'no' }, droppedEventsCount: 1 }),
    span({ kind: 99, status: {}, events: [{ timeUnixNano: '1', name: 'e' }], links: [{ traceId: 'ab'.repeat(16) }] }),
    span({}),
  ]
  const body = new TextEncoder().encode(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  const batch = must(decodeTracesJson(body, DEFAULT_MAPPING))
  const NOTHING = new Uint8Array(0)
  const core = {
    traceId: '0123456789abcdef0123456789abcdef',
    spanId: '0000000000000001',
    ordinal: 0,
    name: 's',
    startUnixNano: '1000000000000000000',
    endUnixNano: '1000000000000000001',
  }

  function viaBuilder(rest: Uint8Array): SpanDetails {
    const parts = partsFromText('s 0 1')
    const builder = new DetailsBuilder(1)
    builder.addRest(rest, 0, rest.length, 0, 0, [])
    const details = builder.finish(parts.trace, parts.ids, Uint32Array.of(0), {
      parentIds: BigUint64Array.of(0n),
      starts: BigUint64Array.of(1_000_000_000_000_000_000n),
      ends: BigUint64Array.of(1_000_000_000_000_000_001n),
      ordinals: new Map(),
    })
    return read(encodeTracePiece({ ...parts, details }))[0]
  }

  const rests = spans.map((_, i) => batch.rest.slice(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i]))

  test('are what the careful reader says', () => {
    expect(batch.count).toBe(spans.length)
    for (const rest of rests) expect(viaBuilder(rest)).toEqual(decodeSpanRest(rest, NOTHING, NOTHING, core))
  })

  test('also where bytes are garbled', () => {
    fc.assert(
      fc.property(
        fc.nat(rests.length - 1),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
        (n, changes) => {
          const rest = rests[n].slice()
          for (const [at, value] of changes) if (rest.length > 0) rest[at % rest.length] = value
          expect(viaBuilder(rest)).toEqual(decodeSpanRest(rest, NOTHING, NOTHING, core))
        },
      ),
      { numRuns: 1500 },
    )
  })
})
