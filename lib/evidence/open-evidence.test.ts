import { beforeEach, describe, expect, test } from 'vitest'
import { FIXTURE_FROM, guildFixture } from '../analysis/guild-fixture.ts'
import type { Result } from '../base/result.ts'
import type { CallTree, FlameAnswer } from '../model/call-tree.ts'
import { mergeCalls } from '../model/merge-calls.ts'
import { MINUTE_MS, MINUTE_STATE } from '../model/timings.ts'
import type { TraceSummary } from '../model/trace-list.ts'
import { decodeTrace } from '../model/wire.ts'
import { attribute, MemoryPieces, manifestOf, partsFromText } from './evidence-fixture.ts'
import type { FrozenTrace, Manifest } from './manifest.ts'
import { openEvidence } from './open-evidence.ts'
import { encodeFlame, encodeMinutes, encodeTraceList, encodeTracePiece } from './pieces.ts'
import type { EvidenceReader } from './reader.ts'
import { summaryOf } from './trace-summary.ts'

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}
const sentence = (result: Result<unknown>) => (result.ok ? '' : `${result.failure.kind}: ${result.failure.what}`)

/** Fixture traces begin here: 2001-09-09T01:46:40Z. */
const TRACE_MS = 1_000_000_000_000
const SIDE = { guildId: '42', fromMs: FIXTURE_FROM, toMs: FIXTURE_FROM + 4 * MINUTE_MS }
const TRACE_SIDE = { guildId: '42', fromMs: 999_999_960_000, toMs: 1_000_000_020_000 }

const id = (n: number) => n.toString(16).padStart(32, 'a')

function tracePartsOf(n: number, action: string, guild: string) {
  return partsFromText(
    `api 0 ${100 * n} stage=api action=${action} head=0.5
  call 20 90 stage=guild wait=${15 * n}
    check 30 40
    relay 60 70 stage=relay
  elsewhere 95 99 stage=guild`,
    {
      traceId: id(n),
      guilds: [{ id: guild }, { id: 'other' }],
      spans: {
        call: { attributes: [attribute('guild.id', guild)] },
        elsewhere: { attributes: [attribute('guild.id', 'other')] },
      },
    },
  )
}

describe('evidence', () => {
  const traces = [1, 2, 3].map((n) => tracePartsOf(n, n === 3 ? 'connect' : 'message', '42'))
  const listed: TraceSummary[] = [
    ...traces.map((parts) => summaryOf(parts.trace)),
    { ...summaryOf(traces[0].trace), traceId: id(9) },
  ]
  const kept: FlameAnswer = {
    tree: mergeCalls([]),
    traces: 99,
    spans: 0,
    unknownSampling: 99,
    notes: ['exactly this'],
  }
  let pieces: MemoryPieces
  let manifest: Manifest
  let reader: EvidenceReader

  beforeEach(() => {
    pieces = new MemoryPieces()
    const frozen = traces.map(
      (parts): FrozenTrace => ({
        traceId: parts.trace.traceId,
        summary: summaryOf(parts.trace),
        guilds: parts.trace.guilds.map((guild) => guild.id),
        why: ['chosen'],
        spans: parts.trace.spans.count,
        weight: 2,
        piece: pieces.put('trace@1', encodeTracePiece(parts)),
      }),
    )
    const minutes = guildFixture(
      `state          data data zero silent
       connect busy   12   60   .    .
       message count  .    10   .    .`,
      { guildId: '42', overbooked: [1], notes: ['as sent'] },
    )
    const before = guildFixture('connect busy 1 2 3 4', { guildId: '42', fromMs: FIXTURE_FROM - 60 * MINUTE_MS })
    manifest = manifestOf({
      minutes: [
        { side: SIDE, role: 'range', piece: pieces.put('minutes@1', encodeMinutes(minutes)) },
        {
          side: { ...SIDE, fromMs: SIDE.fromMs - 60 * MINUTE_MS, toMs: SIDE.toMs - 60 * MINUTE_MS },
          role: 'hour-before',
          piece: pieces.put('minutes@1', encodeMinutes(before)),
        },
      ],
      flames: [{ ...TRACE_SIDE, scope: 'guild', action: 'message', piece: pieces.put('flame@1', encodeFlame(kept)) }],
      lists: [
        {
          side: TRACE_SIDE,
          total: 1204,
          piece: pieces.put('trace-list@1', encodeTraceList({ items: listed, total: 1204, notes: [] })),
        },
      ],
      traces: frozen,
      missing: [{ what: 'the minutes of guild 43', reason: 'they had rotated away' }],
    })
    reader = openEvidence(manifest, pieces.source)
  })

  test('minutes: exactly what was frozen, cut, padded, and joined over an hour', async () => {
    const whole = must(await reader.minutes('42', SIDE))
    expect([whole.actions, whole.notes, whole.overbooked]).toEqual([['connect', 'message'], ['as sent'], [1]])
    const cut = must(await reader.minutes('42', { fromMs: SIDE.fromMs, toMs: SIDE.fromMs + MINUTE_MS }))
    expect([cut.minutes, cut.actions, cut.measures, cut.cells.busyUs]).toEqual([1, ['connect'], ['busyUs'], [12e6]])
    expect(cut.overbooked).toEqual([])
    const padded = must(
      await reader.minutes('42', { fromMs: SIDE.fromMs - MINUTE_MS, toMs: SIDE.fromMs + 2 * MINUTE_MS }),
    )
    expect(padded.state).toEqual([MINUTE_STATE.none, MINUTE_STATE.data, MINUTE_STATE.data])
    expect(padded.cells.busyUs).toEqual([-1, -1, 12e6, -1, 60e6, -1])
    expect(padded.overbooked).toEqual([2])
    expect(padded.notes).toEqual(['as sent', '1 of these minutes was not frozen.'])
    expect(padded.nowMs).toBe(SIDE.toMs)
    const joined = must(await reader.minutes('42', { fromMs: SIDE.fromMs - 60 * MINUTE_MS, toMs: SIDE.toMs }))
    expect(joined.minutes).toBe(64)
    expect(joined.state.filter((state) => state === MINUTE_STATE.none)).toHaveLength(56)
    const row = joined.actions.indexOf('connect')
    expect([joined.cells.busyUs[row], joined.cells.busyUs[60 * joined.actions.length + row]]).toEqual([1e6, 12e6])
  })

  test('minutes that are not there are said, never invented', async () => {
    const far = must(await reader.minutes('42', { fromMs: SIDE.toMs, toMs: SIDE.toMs + 2 * MINUTE_MS }))
    expect([far.state, far.actions, far.notes]).toEqual([[0, 0], [], ['None of these minutes were frozen.']])
    expect(sentence(await reader.minutes('43', SIDE))).toContain('they had rotated away')
    expect(sentence(await reader.minutes('44', SIDE))).toBe('not-found: No minutes of guild 44 were frozen.')
    expect(sentence(await reader.minutes('42', { fromMs: 2, toMs: 1 }))).toContain('bad-request')
    expect(sentence(await reader.minutes('42', { fromMs: 0, toMs: 1e14 }))).toContain('bad-request')
  })

  test('a flame graph that was frozen is exactly that; others are merged from the frozen traces, and say so', async () => {
    const query = { guildId: '42', fromMs: TRACE_SIDE.fromMs, toMs: TRACE_SIDE.toMs, scope: 'guild' } as const
    expect(must(await reader.flame({ ...query, action: 'message' }))).toEqual(kept)
    const merged = must(await reader.flame(query))
    expect(merged).toMatchObject({ traces: 3, spans: 9, estimatedTraces: 6, unknownSampling: 0 })
    expect(merged.notes).toEqual(['Merged from the 3 frozen traces; 1,204 matched when this was frozen.'])
    expect(names(merged.tree)).toEqual(['', 'call', 'check', 'relay'])
    const whole = must(await reader.flame({ ...query, scope: 'trace', action: 'connect' }))
    expect([whole.traces, whole.notes[0]]).toEqual([1, 'Merged from the one frozen trace.'])
    expect(names(whole.tree)).toEqual(['', 'api', 'call', 'check', 'relay', 'elsewhere'])
    const none = must(await reader.flame({ ...query, guildId: '43' }))
    expect([none.traces, none.notes[0]]).toEqual([0, 'None of the frozen traces belongs here.'])
    const theirs = must(await reader.flame({ ...query, guildId: 'other' }))
    expect(names(theirs.tree)).toEqual(['', 'elsewhere'])
  })

  test('the list: filters, order, pages, and which of them are here with their spans', async () => {
    const all = must(await reader.searchTraces({ guild: '42', sort: 'slowest', limit: 3 }))
    expect(all.items.map((item) => [item.traceId, item.frozen])).toEqual([
      [id(3), true],
      [id(2), true],
      [id(1), true],
    ])
    expect(all.total).toBe(4)
    expect(all.notes).toEqual(['The frozen list of guild 42 has 4 of the 1,204 traces that matched.'])
    const next = must(await reader.searchTraces({ guild: '42', sort: 'slowest', limit: 3, cursor: all.next ?? '' }))
    expect([next.items.map((item) => [item.traceId, item.frozen]), next.next]).toEqual([[[id(9), false]], undefined])
    const connect = must(await reader.searchTraces({ action: 'connect', sort: 'newest', limit: 9 }))
    expect(connect.items.map((item) => item.traceId)).toEqual([id(3)])
    const long = must(await reader.searchTraces({ guild: 'other', minDurationNs: 200, sort: 'newest', limit: 9 }))
    expect(long.items).toHaveLength(2)
    const later = must(await reader.searchTraces({ fromMs: TRACE_MS + 1, sort: 'newest', limit: 9 }))
    expect(later.items).toEqual([])
    expect(sentence(await reader.searchTraces({ sort: 'newest', limit: 1, cursor: 'x' }))).toContain('bad-request')
  })

  test('a trace pinned later is in the list, too', async () => {
    const pinned = openEvidence({ ...manifest, lists: [] }, pieces.source)
    const list = must(await pinned.searchTraces({ guild: '42', sort: 'newest', limit: 9 }))
    expect(list.items.map((item) => item.frozen)).toEqual([true, true, true])
  })

  test('traces: wire bytes, ids and details; a row alone says why there is no more', async () => {
    const wire = must(decodeTrace(must(await reader.traceWire(id(2)))))
    expect(wire).toEqual(traces[1].trace)
    expect(must(await reader.spanIds(id(2)))).toEqual(traces[1].ids)
    for (const [i, details] of traces[1].all.entries())
      expect(must(await reader.spanDetails(id(2), i, 5))).toEqual(details)
    expect(sentence(await reader.spanDetails(id(2), 5, undefined))).toContain('bad-request')
    expect(sentence(await reader.spanDetails(id(2), 0, 4))).toContain('bad-request')
    expect(sentence(await reader.traceWire(id(9)))).toBe(
      'not-found: Only this trace’s row in the list was frozen, not its spans.',
    )
    expect(sentence(await reader.traceWire(id(77)))).toContain('not-found')
  })

  test('a damaged piece is named, and the rest is there', async () => {
    pieces.bytes.delete(manifest.traces[0].piece.sha256)
    pieces.bytes.delete(manifest.lists[0].piece.sha256)
    pieces.bytes.set(manifest.flames[0].piece.sha256, new Uint8Array(3))
    expect(sentence(await reader.traceWire(id(1)))).toContain('is damaged')
    expect(must(await reader.traceWire(id(2))).length).toBeGreaterThan(0)
    const list = must(await reader.searchTraces({ sort: 'newest', limit: 9 }))
    expect([list.items.length, list.notes.length]).toEqual([3, 1])
    const flame = must(await reader.flame({ ...TRACE_SIDE, scope: 'guild', action: 'message' }))
    expect([flame.traces, flame.notes.length]).toEqual([1, 4])
  })

  test('a piece that holds another trace is refused', async () => {
    const swapped = manifest.traces.map((trace) => ({ ...trace, piece: manifest.traces[0].piece }))
    const odd = openEvidence({ ...manifest, traces: swapped }, pieces.source)
    expect(sentence(await odd.traceWire(id(2)))).toContain('holds another trace')
  })

  test('opened pieces are kept, within the memory that was given', async () => {
    await Promise.all([reader.traceWire(id(1)), reader.spanIds(id(1)), reader.spanDetails(id(1), 0, undefined)])
    await reader.traceWire(id(1))
    expect(pieces.reads).toBe(1)
    const small = openEvidence(manifest, pieces.source, 1)
    for (const n of [1, 2, 1, 2]) await small.traceWire(id(n))
    expect(pieces.reads).toBe(5)
  })
})

function names(tree: CallTree): string[] {
  return tree.nameId.map((nameId) => tree.names[nameId])
}
