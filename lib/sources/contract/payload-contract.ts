/**
 * The contract of every adapter: the same payloads are sent to a system and read back through its `TraceSource`. What must be equal is
 * everything, but for a literal list of what that system loses (`losses.ts`); never ids, parents, times beyond its unit, or the guild.
 *
 * How an adapter joins, in `backends/<kind>.backend.test.ts` (the real server) and again in `lib/sources/<kind>/*.test.ts` (recorded):
 *
 *   payloadContract('zipkin 3.5.1', {
 *     open: async () => ({ source, send, close }),   // `send` takes OTLP/JSON, resolves when its spans can be read
 *     losses: ['links', 'trace state', …],           // each must really be lost, else the suite fails
 *     trees: { 'orphans and a cycle': ['…'] },       // only where the server itself changes the tree, with a comment why
 *     moreAt: 5,                                     // a search limit at which the source must say that there may be more
 *   })
 *
 * Ids and (given `baseMs`) times are the same in every run, so that a server's answers can be recorded and replayed: there `send` does nothing.
 * A recording that has no 100,000 spans says `large: 'not recorded'`, and its server's test does have them.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SpanDetails } from '../../model/span-columns.ts'
import type { TraceQuery } from '../../model/trace-list.ts'
import { decodeTrace } from '../../model/wire.ts'
import { kindOf, must, NEVER, sketch } from './answers.ts'
import { afterLosses, inOrder, type Loss } from './losses.ts'
import { HOSTILE_GUILD, payloads, requestOf, searchable, sentSpans, siblings } from './payloads.ts'
import type { TraceSubject } from './trace-contract.ts'

export { must }

export interface PayloadTerms {
  open(): Promise<TraceSubject>
  readonly losses: readonly Loss[]
  /** By payload: the tree as this server makes it. */
  readonly trees?: Readonly<Record<string, readonly string[]>>
  /** Unix ms at which the payloads begin; absent: five minutes ago. */
  readonly baseMs?: number
  readonly large?: 'not recorded'
  /** False: the source counts matched spans or none; span and error counts of a summary are then −1 or right. */
  readonly exactSummaries?: boolean
}

export function payloadContract(name: string, terms: PayloadTerms): void {
  const baseMs = terms.baseMs ?? Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
  const { losses } = terms
  const all = payloads(baseMs)

  describe(`payload contract: ${name}`, () => {
    let subject: TraceSubject
    beforeAll(async () => {
      subject = await terms.open()
    }, 120_000)
    afterAll(() => subject?.close())

    for (const payload of all) {
      test(payload.name, async () => {
        for (const part of payload.parts) await subject.send(requestOf(part, baseMs))
        const trace = must(await subject.source.trace(payload.traceId, undefined, NEVER))
        const ids = must(await subject.source.spanIds(payload.traceId, NEVER))
        expect(sketch(trace)).toEqual(terms.trees?.[payload.name] ?? treeAfter(payload.tree, losses))
        expect(trace.traceId).toBe(payload.traceId)
        expect(trace.guilds.map((guild) => guild.id)).toEqual(payload.guilds)
        const { count } = trace.spans
        const found: SpanDetails[] = []
        for (let i = 0; i < count; i++)
          found.push(inOrder(must(await subject.source.spanDetails(payload.traceId, i, count, NEVER))))
        expect(found.map((span) => span.spanId)).toEqual([...ids].map((id) => id.toString(16).padStart(16, '0')))
        const sent = sentSpans(payload, baseMs).map((span) => afterLosses(span, losses))
        expect(bySpanId(found)).toEqual(bySpanId(sent))
        const starts = sent.map((span) => BigInt(span.startUnixNano))
        expect(trace.spans.traceStartNs).toBe(starts.reduce((a, b) => (b < a ? b : a)))
        expect(trace.totalSpans).toBe(count)
        // A head rate is that of the whole trace.
        const weight = sent.some((span) => span.traceState === 'ot=th:8') ? 2 : Number.NaN
        expect([...trace.spans.weight]).toEqual(new Array(count).fill(weight))
        const wire = must(decodeTrace(must(await subject.source.traceWire(payload.traceId, undefined, NEVER))))
        expect(sketch(wire)).toEqual(sketch(trace))
      })
    }

    test('the list of losses holds nothing that is not lost', () => {
      const sent = all.flatMap((payload) => sentSpans(payload, baseMs))
      const leaving = (list: readonly Loss[]) => JSON.stringify(sent.map((span) => afterLosses(span, list)))
      for (const loss of losses)
        expect([loss, leaving(losses.filter((l) => l !== loss)) === leaving(losses)]).toEqual([loss, false])
    })

    test('a request without spans changes nothing, and unknown, short and malformed ids are answered', async () => {
      await subject.send({ resourceSpans: [] })
      expect(kindOf(await subject.source.trace('f'.repeat(32), undefined, NEVER))).toBe('not-found')
      expect(kindOf(await subject.source.trace('not hex', undefined, NEVER))).toBe('bad-request')
      expect(kindOf(await subject.source.traceWire('', undefined, NEVER))).toBe('bad-request')
      expect(kindOf(await subject.source.spanIds("'; DROP TABLE spans; --", NEVER))).toBe('bad-request')
      const [, short] = all
      expect(must(await subject.source.trace(short.traceId.slice(16), undefined, NEVER)).traceId).toBe(short.traceId)
    })

    test('a search finds a guild, sent as text or number, and nobody else’s', async () => {
      const range = { fromMs: baseMs - 60_000, toMs: baseMs + 60_000, sort: 'newest', limit: 20 } as const
      const idsOf = async (query: TraceQuery) =>
        must(await subject.source.searchTraces(query, NEVER)).items.map((item) => item.traceId)
      for (const traces of [searchable('777', 0x100, 3), searchable({ int: '777' }, 0x200, 2)])
        for (const spans of traces) await subject.send(requestOf(spans, baseMs))
      const both = [...searchable('777', 0x100, 3), ...searchable('777', 0x200, 2)].map(([root]) => root.trace)
      expect((await idsOf({ ...range, guild: '777' })).toSorted()).toEqual(both.toSorted())
      expect(await idsOf({ ...range, guild: HOSTILE_GUILD })).toEqual([all[4].traceId])
      expect(await idsOf({ ...range, guild: '-9223372036854775808' })).toEqual([all[2].traceId])
      expect(await idsOf({ ...range, guild: 'nobody' })).toEqual([])
      const [newest] = must(await subject.source.searchTraces({ ...range, guild: '777' }, NEVER)).items
      expect(newest).toMatchObject({ traceId: both[2], rootName: 'root', rootService: 'contract', guildId: '777' })
      expect(newest.startMs).toBe(baseMs + 200)
      for (const count of [newest.spanCount, newest.errorCount]) expect([-1, 0, 2]).toContain(count)
      expect(newest.durationNs).toBeGreaterThan(0)
      const slow = must(await subject.source.searchTraces({ ...range, guild: '777', sort: 'slowest' }, NEVER))
      expect(slow.items[0].traceId).toBe(both[2])
      const long = await idsOf({ ...range, guild: '777', minDurationNs: 25e6 })
      expect(long).toEqual([both[2]])
    })

    test('more traces than the limit are said', async () => {
      for (const spans of searchable('many', 0x300, 7)) await subject.send(requestOf(spans, baseMs))
      const query = { guild: 'many', fromMs: baseMs - 60_000, toMs: baseMs + 60_000, sort: 'newest', limit: 5 } as const
      const some = must(await subject.source.searchTraces(query, NEVER))
      expect(some.items).toHaveLength(5)
      expect(some.next !== undefined || some.notes.length > 0).toBe(true)
    })

    test('a flame graph merges the traces of a guild', async () => {
      for (const spans of searchable('flame', 0x400, 4)) await subject.send(requestOf(spans, baseMs))
      const query = { guild: 'flame', fromMs: baseMs - 60_000, toMs: baseMs + 60_000, maxSpans: 1_000 } as const
      const { tree, traces, spans, notes } = must(await subject.source.flame({ ...query, scope: 'trace' }, NEVER))
      expect([traces, spans, notes]).toEqual([4, 8, []])
      const sums = tree.names.flatMap((name, nameId) => {
        const node = tree.nameId.indexOf(nameId)
        return node < 0 || name === '' ? [] : [[name, tree.spans[node], tree.totalNs[node]]]
      })
      expect(sums.toSorted()).toEqual([
        ['root', 4, 100e6],
        ['work', 4, 4e6],
      ])
      const even = must(await subject.source.flame({ ...query, scope: 'trace', action: 'even' }, NEVER))
      expect(even.traces).toBe(2)
    })

    test('an aborted request ends as cancelled', async () => {
      const aborted = AbortSignal.abort()
      expect(kindOf(await subject.source.trace('f'.repeat(32), undefined, aborted))).toBe('cancelled')
      expect(kindOf(await subject.source.searchTraces({ sort: 'newest', limit: 1 }, aborted))).toBe('cancelled')
    })

    test('health names the source and holds facts', async () => {
      const health = await subject.source.health(NEVER)
      expect(health).toMatchObject({ ok: true, name: subject.source.name })
      expect(health.facts.length).toBeGreaterThan(0)
    })

    if (terms.large === 'not recorded') return
    test('100,000 siblings come back whole', async () => {
      const { traceId, parts } = siblings(100_000)
      for (const part of parts) await subject.send(requestOf(part, baseMs))
      const trace = must(await subject.source.trace(traceId, undefined, NEVER))
      expect(trace.spans.count).toBe(100_000)
      expect(trace.spans.subtreeEnd[0]).toBe(100_000)
      expect(trace.totalSpans).toBe(100_000)
      const ids = must(await subject.source.spanIds(traceId, NEVER))
      expect([...ids.toSorted()]).toEqual(Array.from({ length: 100_000 }, (_, n) => BigInt(n + 1)))
    }, 240_000)
  })
}

/** The lines of a tree as they are after what is lost of names and flags. */
function treeAfter(tree: readonly string[], losses: readonly Loss[]): readonly string[] {
  return tree.map((line) => {
    const [, name, flags] = /^(.*?)((?: (?:error|orphan|cycle|hasEvents|hasLinks))*)$/.exec(line) ?? ['', line, '']
    const shown = losses.includes('upper case in span names') ? name.toLowerCase() : name
    return shown + (losses.includes('links') ? flags.replace(' hasLinks', '') : flags)
  })
}

function bySpanId(spans: readonly SpanDetails[]): SpanDetails[] {
  return spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))
}
