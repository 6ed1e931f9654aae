import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openTracePiece } from '../../evidence/trace-piece.ts'
import { FLAG } from '../../model/span-columns.ts'
import { spanBySpan, traceEvidenceOf } from '../trace-evidence.ts'
import type { TraceSource } from '../trace-source.ts'
import { kindOf, must, NEVER, sketch } from './answers.ts'
import { otlpRequest, type SpanSketch, stringAttribute } from './otlp-request.ts'

/** A backend under test. */
export interface TraceSubject {
  readonly source: TraceSource
  /** Hands one OTLP/JSON request to the backend; resolves when its spans can be read. */
  send(request: object): Promise<void>
  close(): Promise<void>
}

const everyType = [
  stringAttribute('s', 'a\u0000b\u202e<script>𝄞'),
  { key: 'i', value: { intValue: '-9223372036854775808' } },
  { key: 'd', value: { doubleValue: 0.5 } },
  { key: 'b', value: { boolValue: false } },
  { key: 'y', value: { bytesValue: 'AAEC' } },
  { key: 'a', value: { arrayValue: { values: [{ stringValue: 'x' }, { intValue: '1' }] } } },
  { key: 'm', value: { kvlistValue: { values: [stringAttribute('k', 'v')] } } },
  stringAttribute('s', 'again'),
]

let nextTrace = 1
function newTrace(): string {
  return (0x7ace_0000_0000 + nextTrace++).toString(16).padStart(32, 'c')
}

const id = (n: number) => n.toString(16).padStart(16, '0')

/**
 * What a source does that keeps every span as it came and answers all that can be asked: the embedded store, and what is made of whole traces.
 * What every source does, whatever it loses, is `payload-contract.ts`; both are run for these.
 */
export function traceContract(name: string, open: () => Promise<TraceSubject>): void {
  describe(`trace source contract: ${name}`, () => {
    let subject: TraceSubject
    // Within the retention of every backend, and on whole milliseconds.
    const baseMs = Date.now() - 5 * 60_000
    const send = (...spans: SpanSketch[]) => subject.send(otlpRequest(spans, baseMs))
    const trace = async (traceId: string) => must(await subject.source.trace(traceId, undefined, NEVER))
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(() => subject.close())

    test('spans that come late join their trace', async () => {
      const t = newTrace()
      await send({ trace: t, id: id(2), parent: id(1), name: 'child', at: 5 })
      expect(sketch(await trace(t))).toEqual(['child orphan'])
      await send({ trace: t, id: id(1), name: 'root', ms: 50 })
      expect(sketch(await trace(t))).toEqual(['root', '  child'])
    })

    test('a resend collapses, a different span with the same id is kept and flagged', async () => {
      const t = newTrace()
      const span = { trace: t, id: id(1), name: 'root' }
      await send(span)
      await send(span)
      expect(sketch(await trace(t))).toEqual(['root'])
      await send({ ...span, name: 'other', at: 3 })
      const found = await trace(t)
      expect(sketch(found)).toEqual(['root duplicateId', 'other duplicateId'])
      expect(must(await subject.source.spanDetails(t, 0, 2, NEVER)).ordinal).toBe(0)
      expect(must(await subject.source.spanDetails(t, 1, 2, NEVER)).ordinal).toBe(1)
    })

    test('cycles, missing parents and spans that end before they start are readable', async () => {
      const t = newTrace()
      await send(
        { trace: t, id: id(1), parent: id(2), name: 'a' },
        { trace: t, id: id(2), parent: id(1), name: 'b', at: 1 },
        { trace: t, id: id(3), parent: id(9), name: 'lost', at: 2 },
        { trace: t, id: id(4), parent: id(4), name: 'self', at: 3 },
        { trace: t, id: id(5), name: 'backwards', at: 4, ms: -2 },
      )
      expect(sketch(await trace(t))).toEqual([
        'a cycle',
        '  b',
        'lost orphan',
        'self cycle',
        'backwards negativeDuration',
      ])
    })

    test('deep, large, unset and odd values, times of no sense and counts of what was dropped come back for one span', async () => {
      const t = newTrace()
      const deep = JSON.parse('{"arrayValue":{"values":['.repeat(100) + ']}}'.repeat(100))
      await send({
        trace: t,
        id: id(1),
        name: 'all',
        attributes: [
          stringAttribute('s', 'a\u0000b\u202e<script>alert(1)</script>𝄞'),
          { key: 'e', value: {} },
          { key: 'deep', value: deep },
          stringAttribute('big', 'x'.repeat(1_000_000)),
        ],
        more: {
          kind: 2,
          traceState: 'ot=th:8',
          status: { code: 2, message: 'no' },
          events: [{ timeUnixNano: '5', name: 'ev', attributes: [stringAttribute('k', 'v')] }],
          links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: [] }],
          droppedAttributesCount: 3,
        },
      })
      const found = await trace(t)
      expect(found.spans.flags[0]).toBe(FLAG.error | FLAG.hasEvents | FLAG.hasLinks)
      expect(found.spans.weight[0]).toBe(2)
      const details = must(await subject.source.spanDetails(t, 0, 1, NEVER))
      expect(details).toMatchObject({
        traceId: t,
        spanId: id(1),
        name: 'all',
        kind: 'server',
        status: { code: 'error', message: 'no' },
        traceState: 'ot=th:8',
        events: [{ timeUnixNano: '5', name: 'ev', attributes: [{ key: 'k', type: 'string', value: 'v' }] }],
        links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) }],
        dropped: { attributes: 3, events: 0, links: 0 },
      })
      const byKey = new Map(details.attributes.map((attribute) => [attribute.key, attribute]))
      expect(byKey.get('s')?.value).toBe('a\u0000b\u202e<script>alert(1)</script>𝄞')
      expect(byKey.get('e')?.type).toBe('empty')
      expect(byKey.get('deep')?.type).toBe('array')
      expect(byKey.get('big')?.value.length).toBe(1_000_000)
      expect(details.resource).toContainEqual({ key: 'service.name', type: 'string', value: 'contract' })
      expect(details.scope).toMatchObject({ name: 'contract', version: '1' })
    })

    test('details follow the order of the trace, and a grown trace is said', async () => {
      const t = newTrace()
      const spans = Array.from({ length: 50 }, (_, n) => ({
        trace: t,
        id: id(n + 1),
        ...(n === 0 ? {} : { parent: id(1 + (n % 7)) }),
        name: `n${n}`,
        at: (n * 37) % 50,
      }))
      await send(...spans)
      const found = await trace(t)
      for (const index of [0, 7, 23, 49]) {
        const details = must(await subject.source.spanDetails(t, index, 50, NEVER))
        expect(details.name).toBe(found.spans.names[found.spans.nameId[index]])
      }
      expect(kindOf(await subject.source.spanDetails(t, 50, 50, NEVER))).toBe('bad-request')
      expect(kindOf(await subject.source.spanDetails(t, 0, 49, NEVER))).toBe('bad-request')
    })

    test('as evidence, a trace is the same in every answer, from the backend itself and span by span', async () => {
      const t = newTrace()
      const guild = { int: '9007199254740993' }
      const detailed = {
        kind: 3,
        flags: 257,
        traceState: 'ot=th:8',
        status: { code: 2, message: 'no ‮' },
        events: [
          { timeUnixNano: '18446744073709551615', name: 'late', attributes: [stringAttribute('k', 'v')] },
          { timeUnixNano: '5', name: '', attributes: [] },
        ],
        links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: [stringAttribute('why', 'batch')] }],
        droppedAttributesCount: 3,
        droppedLinksCount: 1,
      }
      await send(
        { trace: t, id: id(1), name: 'root', ms: 50, stage: 'api', action: 'connect', more: detailed },
        {
          trace: t,
          id: id(2),
          parent: id(1),
          name: 'call',
          at: 2,
          stage: 'guild',
          guild,
          more: { status: { code: 1 } },
        },
        { trace: t, id: id(3), parent: id(9), name: 'lost', at: 3, attributes: [{ key: 'e', value: {} }] },
      )
      await send(
        { trace: t, id: id(4), parent: id(2), name: 'backwards', at: 4, ms: -2, guild: 'other' },
        { trace: t, id: id(4), parent: id(2), name: 'twin', at: 5, attributes: everyType },
        {
          trace: t,
          id: id(2),
          parent: id(1),
          name: 'call',
          at: 2,
          stage: 'guild',
          guild,
          more: { status: { code: 1 } },
        },
        {
          trace: t,
          id: id(5),
          parent: id(4),
          name: 'below',
          at: 6,
          attributes: [stringAttribute('', 'twice'), stringAttribute('', '')],
        },
      )
      const live = await trace(t)
      const own = must(await traceEvidenceOf(subject.source, t, NEVER))
      const slow = must(await spanBySpan(subject.source, t, NEVER))
      expect(own.guilds).toEqual(['9007199254740993', 'other'])
      expect(own.summary).toMatchObject({ traceId: t, rootName: 'root', action: 'connect', complete: false, weight: 2 })
      for (const evidence of [own, slow]) {
        const bytes = gunzipSync(evidence.stored)
        expect([evidence.piece.bytes, evidence.piece.storedBytes]).toEqual([bytes.length, evidence.stored.length])
        expect(evidence.piece.sha256).toBe(createHash('sha256').update(evidence.stored).digest('hex'))
        const piece = must(openTracePiece(bytes))
        expect(piece.trace).toEqual(live)
        expect(Buffer.from(piece.wire)).toEqual(Buffer.from(must(await subject.source.traceWire(t, undefined, NEVER))))
        expect(piece.ids).toEqual(must(await subject.source.spanIds(t, NEVER)))
        for (let i = 0; i < live.spans.count; i++)
          expect(must(piece.spanDetails(i))).toEqual(must(await subject.source.spanDetails(t, i, undefined, NEVER)))
        const work = (name: string) => {
          const at = live.spans.names.indexOf(name)
          return piece.guilds[piece.guildOf[live.spans.nameId.indexOf(at)]]
        }
        expect(['root', 'call', 'lost', 'backwards', 'twin'].map(work)).toEqual([
          '',
          '9007199254740993',
          '',
          'other',
          '9007199254740993',
        ])
      }
      const aborted = await traceEvidenceOf(subject.source, t, AbortSignal.abort())
      expect(kindOf(aborted)).toBe('cancelled')
      expect(kindOf(await traceEvidenceOf(subject.source, 'f'.repeat(32), NEVER))).toBe('not-found')
    })

    test('evidence of many traces asked for at once is that of each alone', async () => {
      const traces = Array.from({ length: 12 }, () => newTrace())
      for (const part of [0, 1, 2])
        await send(
          ...traces.flatMap((t, n) =>
            Array.from({ length: n + 1 }, (_, k) => ({
              trace: t,
              id: id(10 * part + k + 1),
              ...(part + k === 0 ? {} : { parent: id(1) }),
              name: `${n}-${part}`,
              at: (7 * part + 3 * k) % 10,
              guild: `g${n % 3}`,
              attributes: [stringAttribute('of', `${n} ${part} ${k}`), stringAttribute('guild.name', `Name ${n}`)],
            })),
          ),
        )
      const ask = (t: string, signal = NEVER) => traceEvidenceOf(subject.source, t, signal)
      const alone: Buffer[] = []
      for (const t of traces) alone.push(gunzipSync(must(await ask(t)).stored))
      const gone = new AbortController()
      const asked = [...traces, traces[0], 'f'.repeat(32)].map((t) => ask(t))
      const aborted = ask(traces[1], gone.signal)
      gone.abort()
      const answers = await Promise.all(asked)
      expect(kindOf(await aborted)).toBe('cancelled')
      expect(kindOf(answers[13])).toBe('not-found')
      for (let n = 0; n < 13; n++) expect(gunzipSync(must(answers[n]).stored).equals(alone[n % 12])).toBe(true)
    })

    test('a search finds the traces of a guild, pages through them, and filters', async () => {
      const guild = `search-${newTrace()}`
      const traces = Array.from({ length: 7 }, () => newTrace())
      for (const [n, t] of traces.entries())
        await send(
          {
            trace: t,
            id: id(1),
            name: 'root',
            at: n * 100,
            ms: 10 * (n + 1),
            stage: 'api',
            action: n % 2 === 0 ? 'even' : 'odd',
            guild,
          },
          { trace: t, id: id(2), parent: id(n === 3 ? 9 : 1), name: 'work', at: n * 100 + 1, stage: 'guild', guild },
        )
      const query = { guild, fromMs: baseMs - 1000, toMs: baseMs + 60_000, sort: 'newest', limit: 3 } as const
      const seen: string[] = []
      let cursor: string | undefined
      for (let page = 0; page < 4; page++) {
        const answer = must(
          await subject.source.searchTraces({ ...query, ...(cursor === undefined ? {} : { cursor }) }, NEVER),
        )
        seen.push(...answer.items.map((item) => item.traceId))
        cursor = answer.next
        if (cursor === undefined) break
      }
      expect(seen).toEqual([...traces].reverse())
      const slowest = must(await subject.source.searchTraces({ ...query, sort: 'slowest', limit: 1 }, NEVER))
      expect(slowest.items[0]).toMatchObject({
        traceId: traces[6],
        rootName: 'root',
        rootService: 'contract',
        spanCount: 2,
        errorCount: 0,
        action: 'even',
        guildId: guild,
        complete: true,
        durationNs: 70e6,
        startMs: baseMs + 600,
      })
      const even = must(await subject.source.searchTraces({ ...query, action: 'even', limit: 10 }, NEVER))
      expect(even.items).toHaveLength(4)
      const complete = must(await subject.source.searchTraces({ ...query, completeOnly: true, limit: 10 }, NEVER))
      expect(complete.items.map((item) => item.traceId)).not.toContain(traces[3])
      expect(complete.items).toHaveLength(6)
      const long = must(await subject.source.searchTraces({ ...query, minDurationNs: 50e6, limit: 10 }, NEVER))
      expect(long.items).toHaveLength(3)
      const earlier = must(await subject.source.searchTraces({ ...query, toMs: baseMs + 100, limit: 10 }, NEVER))
      expect(earlier.items.map((item) => item.traceId)).toEqual([traces[0]])
      const nobody = must(await subject.source.searchTraces({ ...query, guild: 'nobody' }, NEVER))
      expect(nobody.items).toEqual([])
    })

    test('a trace whose parts came apart is complete once its parents are there', async () => {
      const guild = `parts-${newTrace()}`
      const t = newTrace()
      const query = { guild, sort: 'newest', limit: 5 } as const
      await send({ trace: t, id: id(2), parent: id(1), name: 'work', at: 1, stage: 'guild', guild })
      expect(must(await subject.source.searchTraces(query, NEVER)).items[0]).toMatchObject({ complete: false })
      await send({ trace: t, id: id(1), name: 'root', stage: 'api', guild })
      expect(must(await subject.source.searchTraces(query, NEVER)).items[0]).toMatchObject({
        complete: true,
        spanCount: 2,
        rootName: 'root',
      })
    })

    test('a flame graph merges the traces of a guild, and says what it left out', async () => {
      const guild = `flame-${newTrace()}`
      for (let n = 0; n < 5; n++) {
        const t = newTrace()
        await send(
          { trace: t, id: id(1), name: 'root', at: n, ms: 10, guild, action: n === 0 ? 'rare' : 'often' },
          { trace: t, id: id(2), parent: id(1), name: 'child', at: n + 1, ms: 4, guild },
        )
      }
      const query = { guild, fromMs: baseMs - 1000, toMs: baseMs + 60_000, maxSpans: 1000 }
      const flame = must(await subject.source.flame(query, NEVER))
      expect([flame.traces, flame.spans]).toEqual([5, 10])
      const node = flame.tree.nameId.findIndex((nameId) => flame.tree.names[nameId] === 'child')
      expect([flame.tree.spans[node], flame.tree.totalNs[node]]).toEqual([5, 20e6])
      const rare = must(await subject.source.flame({ ...query, action: 'rare' }, NEVER))
      expect(rare.traces).toBe(1)
      const cut = must(await subject.source.flame({ ...query, maxSpans: 4 }, NEVER))
      expect(cut.traces).toBe(2)
      expect(cut.notes).toHaveLength(1)
      let spans = 0
      for await (const forest of subject.source.spansOf(query, NEVER)) spans += must(forest).count
      expect(spans).toBe(10)
    })

    test('guild work is the work of the guild asked for, not of others that the same user connects to', async () => {
      const [t, mine, other] = [newTrace(), `mine-${newTrace()}`, `other-${newTrace()}`]
      await send(
        { trace: t, id: id(1), name: 'connect', ms: 90, stage: 'api' },
        { trace: t, id: id(2), parent: id(1), name: 'call', at: 1, ms: 4, stage: 'guild', guild: mine },
        { trace: t, id: id(3), parent: id(2), name: 'check', at: 2, ms: 1, stage: 'guild' },
        { trace: t, id: id(4), parent: id(1), name: 'call', at: 9, ms: 80, stage: 'guild', guild: other },
      )
      const query = { guild: mine, fromMs: baseMs - 1000, toMs: baseMs + 60_000, maxSpans: 1000 }
      const work = must(await subject.source.flame({ ...query, scope: 'guild' }, NEVER))
      expect([work.spans, work.tree.totalNs[0]]).toEqual([2, 4e6])
      expect(must(await subject.source.flame({ ...query, scope: 'trace' }, NEVER)).spans).toBe(4)
    })

    test('a trace found by its guild is told whole, also where other parts of it do not name the guild', async () => {
      const [t, guild] = [newTrace(), `whole-${newTrace()}`]
      await send({ trace: t, id: id(1), name: 'root', ms: 90, stage: 'api' })
      await send({ trace: t, id: id(2), parent: id(1), name: 'call', at: 10, ms: 5, stage: 'guild', guild })
      const query = { guild, fromMs: baseMs - 1000, toMs: baseMs + 60_000, sort: 'newest', limit: 3 } as const
      const found = must(await subject.source.searchTraces(query, NEVER))
      expect(found.items).toHaveLength(1)
      expect(found.items[0]).toMatchObject({ spanCount: 2, complete: true, rootName: 'root', durationNs: 90e6 })
    })

    test('an aborted flame graph ends', async () => {
      const controller = new AbortController()
      const running = subject.source.flame({ guild: 'x', fromMs: 0, toMs: Date.now(), maxSpans: 10 }, controller.signal)
      controller.abort()
      expect(['cancelled', 'ok']).toContain(kindOf(await running))
    })
  })
}
