import { bigIntToSpanId, halvesToTraceId } from '../../base/ids.ts'
import { decodeSpanRest } from '../../model/otlp/details.ts'
import { decodeTracesJson } from '../../model/otlp/json.ts'
import { DEFAULT_MAPPING } from '../../model/span-batch.ts'
import type { SpanDetails } from '../../model/span-columns.ts'
import { otlpRequest, type SpanSketch, stringAttribute } from './otlp-request.ts'

/** What is sent to every system: its requests in their order, and the tree that must come back. */
export interface Payload {
  readonly name: string
  readonly traceId: string
  /** Each is one OTLP request; between two, what was sent is read back. */
  readonly parts: readonly (readonly SpanSketch[])[]
  /** Names indented by depth, with flags, in the trace's order. */
  readonly tree: readonly string[]
  readonly guilds: readonly string[]
}

const id = (n: number) => n.toString(16).padStart(16, '0')
const traceNo = (n: number) => n.toString(16).padStart(32, 'c')
const link = (n: number) => ({ traceId: 'ab'.repeat(16), spanId: id(n), attributes: [stringAttribute('why', 'batch')] })
/** The same whole milliseconds in every run, so that answers can be recorded: 2026-11-24 10:00 UTC. */
export const RECORDED_BASE_MS = 1_795_514_400_000
export const HOSTILE_GUILD = 'g"il\\de\'} || {.x="\n„Ü𝄞“'

/** Times count from `baseMs`, which must lie within the system's retention. */
export function payloads(baseMs: number): readonly Payload[] {
  const base = BigInt(baseMs) * 1_000_000n
  return [
    {
      name: 'a tree whose spans come late and out of order',
      traceId: traceNo(1),
      parts: [
        [
          { trace: traceNo(1), id: id(3), parent: id(1), name: 'second', at: 20 },
          { trace: traceNo(1), id: id(4), parent: id(2), name: 'inner', at: 11, guild: 'tree', stage: 'guild' },
        ],
        [
          { trace: traceNo(1), id: id(1), name: 'root', ms: 100, stage: 'api', action: 'connect' },
          { trace: traceNo(1), id: id(2), parent: id(1), name: 'first', at: 10 },
        ],
      ],
      tree: ['root', '  first', '    inner', '  second'],
      guilds: ['tree'],
    },
    {
      name: 'nanoseconds, a span without length, and ids of 64 bits',
      traceId: `0000000000000000${traceNo(2).slice(16)}`,
      parts: [
        [
          {
            trace: `0000000000000000${traceNo(2).slice(16)}`,
            id: 'fedcba9876543210',
            name: 'long',
            guild: { int: '9007199254740993' },
            more: { startTimeUnixNano: String(base + 123_456_789n), endTimeUnixNano: String(base + 999_999_999n) },
          },
          {
            trace: `0000000000000000${traceNo(2).slice(16)}`,
            id: 'ffffffffffffffff',
            parent: 'fedcba9876543210',
            name: 'point',
            at: 500,
            ms: 0,
          },
        ],
      ],
      tree: ['long', '  point'],
      guilds: ['9007199254740993'],
    },
    {
      name: 'every type of value, events, links, status and trace state',
      traceId: traceNo(3),
      parts: [
        [
          {
            trace: traceNo(3),
            id: id(1),
            name: 'All Of It',
            ms: 50,
            guild: { int: '-9223372036854775808' },
            attributes: [
              stringAttribute('s', 'text'),
              stringAttribute('nothing', ''),
              { key: 'i', value: { intValue: '9223372036854775807' } },
              { key: 'd', value: { doubleValue: 0.5 } },
              { key: 'b', value: { boolValue: true } },
              { key: 'y', value: { bytesValue: 'AAEC/w==' } },
              { key: 'a', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '1' }] } } },
              { key: 'm', value: { kvlistValue: { values: [stringAttribute('k', 'v')] } } },
            ],
            more: {
              kind: 2,
              traceState: 'ot=th:8',
              status: { code: 2, message: 'call timed out' },
              events: [
                { timeUnixNano: String(base + 6_000_001n), name: 'dequeued', attributes: [stringAttribute('k', 'v')] },
                { timeUnixNano: String(base + 7_000_000n), name: 'Exception', attributes: [] },
              ],
              links: [link(7), { ...link(8), attributes: [] }],
            },
          },
          { trace: traceNo(3), id: id(2), parent: id(1), name: 'fine', at: 1, more: { kind: 3, status: { code: 1 } } },
          { trace: traceNo(3), id: id(3), parent: id(1), name: 'kind 4', at: 2, more: { kind: 4 } },
          { trace: traceNo(3), id: id(4), parent: id(1), name: 'kind 5', at: 3, more: { kind: 5 } },
        ],
      ],
      tree: ['All Of It error hasEvents hasLinks', '  fine', '  kind 4', '  kind 5'],
      guilds: ['-9223372036854775808'],
    },
    {
      name: 'orphans and a cycle',
      traceId: traceNo(4),
      parts: [
        [
          { trace: traceNo(4), id: id(1), parent: id(2), name: 'a', guild: 'cycle' },
          { trace: traceNo(4), id: id(2), parent: id(1), name: 'b', at: 1 },
          { trace: traceNo(4), id: id(3), parent: id(9), name: 'lost', at: 2 },
          { trace: traceNo(4), id: id(4), parent: id(3), name: 'below', at: 3 },
        ],
      ],
      tree: ['a cycle', '  b', 'lost orphan', '  below'],
      guilds: ['cycle'],
    },
    {
      name: 'texts that are hostile or of other scripts',
      traceId: traceNo(5),
      parts: [
        [
          {
            trace: traceNo(5),
            id: id(1),
            name: 'обработка <script>alert(1)</script> 𝄞 ‮',
            guild: HOSTILE_GUILD,
            stage: 'guild',
            attributes: [stringAttribute('ключ "\\', 'значение\t\u0007𝄞'), stringAttribute('big', 'ж'.repeat(20_000))],
          },
        ],
      ],
      tree: ['обработка <script>alert(1)</script> 𝄞 ‮'],
      guilds: [HOSTILE_GUILD],
    },
  ]
}

/** The payload's part as an OTLP/JSON request. */
export function requestOf(part: readonly SpanSketch[], baseMs: number): object {
  return otlpRequest(part, baseMs)
}

/** Every span of a payload in full, as it was sent. */
export function sentSpans(payload: Payload, baseMs: number): SpanDetails[] {
  return payload.parts.flatMap((part) => {
    const decoded = decodeTracesJson(JSON.stringify(requestOf(part, baseMs)), DEFAULT_MAPPING)
    if (!decoded.ok) throw new Error(decoded.failure.what)
    const batch = decoded.value
    return Array.from({ length: batch.count }, (_, i) =>
      decodeSpanRest(
        batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i]),
        batch.resources[batch.resourceId[i]],
        batch.scopes[batch.scopeId[i]],
        {
          traceId: halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i]),
          spanId: bigIntToSpanId(batch.spanId[i]),
          ordinal: 0,
          ...(batch.parentId[i] === 0n ? {} : { parentSpanId: bigIntToSpanId(batch.parentId[i]) }),
          name: batch.strings[batch.nameId[i]],
          startUnixNano: String(batch.startNs[i]),
          endUnixNano: String(batch.endNs[i]),
        },
      ),
    )
  })
}

/** Traces of one guild for a search: `count` of them, 100 ms apart, named by action `even` and `odd` in turn. */
export function searchable(guild: string | { readonly int: string }, first: number, count: number): SpanSketch[][] {
  return Array.from({ length: count }, (_, n) => {
    const trace = traceNo(first + n)
    const action = n % 2 === 0 ? 'even' : 'odd'
    return [
      { trace, id: id(1), name: 'root', at: n * 100, ms: 10 * (n + 1), stage: 'api', action, guild },
      { trace, id: id(2), parent: id(1), name: 'work', at: n * 100 + 1, stage: 'guild', guild },
    ]
  })
}

/** One trace of `count` spans: a root and its children, in requests of 10,000. */
export function siblings(count: number): { readonly traceId: string; readonly parts: readonly SpanSketch[][] } {
  const trace = traceNo(0x1_0000)
  const parts: SpanSketch[][] = []
  for (let from = 0; from < count; from += 10_000) {
    parts.push(
      Array.from({ length: Math.min(10_000, count - from) }, (_, k) => {
        const n = from + k
        return n === 0
          ? { trace, id: id(1), name: 'root', ms: 2_000, guild: 'large' }
          : { trace, id: id(n + 1), parent: id(1), name: 'leaf', at: n % 1_000 }
      }),
    )
  }
  return { traceId: trace, parts }
}
