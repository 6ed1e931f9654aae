import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { guildFixture } from '../analysis/guild-fixture.ts'
import type { Result } from '../base/result.ts'
import type { FlameAnswer } from '../model/call-tree.ts'
import { spansFromText } from '../model/fixtures.ts'
import { mergeCalls } from '../model/merge-calls.ts'
import type { TraceSummary } from '../model/trace-list.ts'
import { manifestOf } from './evidence-fixture.ts'
import type { Manifest, PieceRef } from './manifest.ts'
import { canonicalJson, manifestBytes, parseManifest, piecesOf } from './parse-manifest.ts'
import {
  checkPiece,
  encodeFlame,
  encodeMinutes,
  encodeTraceList,
  openPiece,
  readPieceFormat,
  TRACE_LIST_MAX,
} from './pieces.ts'

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

const MINUTES = guildFixture(
  `state          data data zero silent
   connect busy   12   60   .    .
   connect count  10   12
   a<b busy       .    1`,
  { guildName: 'N\u202eame', overbooked: [1], retainedFromMs: 1000, partialMinuteMs: 60_000, notes: ['a note'] },
)
const FLAME: FlameAnswer = {
  tree: mergeCalls([
    spansFromText(`api 0 100 stage=api
  guild 20 90 stage=guild wait=15 error
    relay 60 70 stage=relay
  other 95 99`),
  ]),
  traces: 1,
  spans: 4,
  estimatedTraces: 200,
  unknownSampling: 0,
  notes: [],
}
const SUMMARY: TraceSummary = {
  source: 'embedded',
  traceId: '0123456789abcdef0123456789abcdef',
  startMs: 1795687500000.25,
  durationNs: 5e9,
  spanCount: 3,
  errorCount: 0,
  rootName: 'POST /messages',
  rootService: 'api',
  action: 'message_create',
  guildId: '42',
  complete: true,
  waitNs: -1,
  weight: 200,
}
const LIST = { items: [SUMMARY], total: 7, notes: ['older ones are left out'] }

const ref = (format: PieceRef['format'], bytes = 0): PieceRef => ({
  sha256: 'a'.repeat(64),
  storedBytes: 1,
  bytes,
  format,
})
const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))

describe('JSON pieces', () => {
  test('come back as they were', () => {
    expect(must(openPiece.minutes(ref('minutes@1'), encodeMinutes(MINUTES)))).toEqual(MINUTES)
    expect(must(openPiece.flame(ref('flame@1'), encodeFlame(FLAME)))).toEqual(FLAME)
    expect(must(openPiece.traceList(ref('trace-list@1'), encodeTraceList(LIST)))).toEqual(LIST)
  })

  test('those that version 1 wrote still open, and mean the same', () => {
    expect(must(openPiece.minutes(ref('minutes@1'), fixture('minutes-v1.json')))).toEqual(MINUTES)
    expect(must(openPiece.flame(ref('flame@1'), fixture('flame-v1.json')))).toEqual(FLAME)
    expect(must(openPiece.traceList(ref('trace-list@1'), fixture('trace-list-v1.json')))).toEqual(LIST)
    expect(checkPiece(ref('trace@1'), fixture('trace-v1.bin')).ok).toBe(true)
  })

  test('a long list is cut where it is written', () => {
    const items = Array.from({ length: TRACE_LIST_MAX + 1 }, (_, n) => ({
      ...SUMMARY,
      traceId: n.toString(16).padStart(32, 'a'),
    }))
    const list = must(openPiece.traceList(ref('trace-list@1'), encodeTraceList({ items, total: 9_000, notes: [] })))
    expect([list.items.length, list.total]).toEqual([TRACE_LIST_MAX, 9_000])
  })

  test('a damaged one is named, with its format', () => {
    const damaged = openPiece.minutes(ref('minutes@1'), new TextEncoder().encode('{"guildId":"1"'))
    expect(damaged.ok ? '' : damaged.failure.what).toContain('Piece aaaaaaaaaaaa, minutes@1.')
    const other = openPiece.flame(ref('minutes@1'), encodeMinutes(MINUTES))
    expect(other.ok ? '' : other.failure.what).toContain('marked as minutes')
  })

  /** Puts any JSON at any place of a document: it opens or is refused, and never throws. */
  test.each([
    ['minutes@1', MINUTES],
    ['flame@1', FLAME],
    ['trace-list@1', LIST],
  ] as const)('%s with anything anywhere', (format, good) => {
    const paths = pathsIn(good)
    fc.assert(
      fc.property(
        fc.nat(paths.length - 1),
        fc.oneof(fc.jsonValue(), fc.constantFrom(-1, 1e308, 0.5, '', null)),
        (at, value) => {
          const copy = JSON.parse(JSON.stringify(good))
          const path = paths[at]
          let inner = copy
          for (const key of path.slice(0, -1)) inner = inner[key]
          inner[path[path.length - 1]] = value
          checkPiece(ref(format), new TextEncoder().encode(JSON.stringify(copy)))
        },
      ),
      { numRuns: 500 },
    )
  })

  test.each([
    ['a cell too few', { ...MINUTES, cells: { ...MINUTES.cells, count: [1] } }],
    ['more minutes than anybody can ask for', { ...MINUTES, minutes: 1e9 }],
    ['half a minute', { ...MINUTES, fromMs: MINUTES.fromMs + 1 }],
    ['an unknown state', { ...MINUTES, state: [1, 1, 2, 9] }],
    ['a negative measure', { ...MINUTES, sessions: [-2, 0, 0, 0] }],
  ])('minutes with %s are refused', (_, minutes) => {
    expect(openPiece.minutes(ref('minutes@1'), new TextEncoder().encode(JSON.stringify(minutes))).ok).toBe(false)
  })

  test('flame graphs that are no tree are refused; depth and ends are computed, not believed', () => {
    const open = (tree: object) =>
      openPiece.flame(
        ref('flame@1'),
        new TextEncoder().encode(JSON.stringify({ ...FLAME, tree: { ...FLAME.tree, ...tree } })),
      )
    expect(open({ parent: [-1, 0, 3, 2, 1] }).ok).toBe(false)
    expect(open({ parent: [-1, -1, 1, 2, 1] }).ok).toBe(false)
    expect(open({ parent: [-1, 0, 1, 0, 2] }).ok).toBe(false)
    expect(must(open({ depth: [9], subtreeEnd: ['x'] })).tree).toEqual(FLAME.tree)
  })
})

function pathsIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at]
  const inner = Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...at, key]))
  return at.length === 0 ? inner : [at, ...inner]
}

describe('formats', () => {
  test('are read from their text; newer and unknown ones are sentences', () => {
    expect(must(readPieceFormat('trace-list@1'))).toMatchObject({ name: 'trace-list', version: 1 })
    const newer = readPieceFormat('trace@2')
    expect(newer.ok ? '' : newer.failure.what).toContain('newer Guildscope (format trace@2')
    for (const text of ['', 'trace', 'trace@0', 'trace@01', 'heat@1', 'trace@1 ', `${'a'.repeat(1000)}@1`])
      expect(readPieceFormat(text).ok).toBe(false)
  })
})

const SIDE = { guildId: '42', guildName: 'G', fromMs: MINUTES.fromMs, toMs: MINUTES.fromMs + 240_000 }
const MANIFEST: Manifest = manifestOf({
  minutes: [{ side: SIDE, role: 'range', piece: { ...ref('minutes@1'), sha256: '1'.repeat(64) } }],
  flames: [
    {
      guildId: '42',
      fromMs: SIDE.fromMs,
      toMs: SIDE.toMs,
      scope: 'guild',
      piece: { ...ref('flame@1'), sha256: '2'.repeat(64) },
    },
  ],
  lists: [{ side: SIDE, total: 7, piece: { ...ref('trace-list@1'), sha256: '3'.repeat(64) } }],
  traces: [
    {
      traceId: SUMMARY.traceId,
      summary: SUMMARY,
      guilds: ['42'],
      why: ['slowest', 'sample'],
      spans: 3,
      weight: 200,
      piece: { ...ref('trace@1'), sha256: '4'.repeat(64) },
    },
  ],
  sample: { words: '1 of 7 traces', population: 7, taken: 1 },
  sources: [{ name: 'embedded', ok: true, facts: ['Spans 12'] }],
  retention: { minutes: 60, largeDays: 30, largestGuilds: 20, holdHours: 24, diskCapBytes: 2e10 },
  missing: [{ what: 'the minutes of guild 42 a week before', reason: 'they have rotated away' }],
  redacted: [{ key: 'enduser.id', how: 'hashed' }],
})

describe('the manifest', () => {
  test('comes back as it was, and always has the same bytes', () => {
    const bytes = manifestBytes(MANIFEST)
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes))
    expect(must(parseManifest(json))).toEqual(MANIFEST)
    expect(manifestBytes(must(parseManifest(json)))).toEqual(bytes)
    expect(canonicalJson({ b: 1, a: [{ d: undefined, c: 'x' }] })).toBe('{"a":[{"c":"x"}],"b":1}')
    expect(piecesOf(MANIFEST).map((piece) => piece.format)).toEqual(['minutes@1', 'flame@1', 'trace-list@1', 'trace@1'])
  })

  test('one that version 1 wrote still opens, and means the same', () => {
    expect(must(parseManifest(JSON.parse(fixture('manifest-v1.json').toString())))).toEqual(MANIFEST)
  })

  test('newer ones, and ones with newer pieces, say so', () => {
    const newer = parseManifest({ ...MANIFEST, v: 2 })
    expect(newer.ok ? '' : newer.failure.what).toContain('newer Guildscope (version 2')
    const piece = parseManifest({ ...MANIFEST, minutes: [{ ...MANIFEST.minutes[0], piece: { format: 'minutes@3' } }] })
    expect(piece.ok ? '' : piece.failure.what).toContain('minutes@3')
  })

  test('anything anywhere is a manifest or a sentence', () => {
    const paths = pathsIn(MANIFEST)
    fc.assert(
      fc.property(fc.nat(paths.length - 1), fc.jsonValue(), (at, value) => {
        const copy = JSON.parse(JSON.stringify(MANIFEST))
        const path = paths[at]
        let inner = copy
        for (const key of path.slice(0, -1)) inner = inner[key]
        inner[path[path.length - 1]] = value
        parseManifest(copy)
        expect(parseManifest(value).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })

  test.each([
    [
      'a path for a name',
      { minutes: [{ ...MANIFEST.minutes[0], piece: { ...ref('minutes@1'), sha256: '../../etc/passwd' } }] },
    ],
    ['the wrong kind of piece', { flames: [{ ...MANIFEST.flames[0], piece: ref('minutes@1') }] }],
    ['a size beyond memory', { flames: [{ ...MANIFEST.flames[0], piece: { ...ref('flame@1'), bytes: 2 ** 50 } }] }],
  ])('%s is refused', (_, part) => {
    expect(parseManifest({ ...MANIFEST, ...part }).ok).toBe(false)
  })
})

// The fixtures above were written by: JSON.stringify of MINUTES, FLAME, LIST and MANIFEST, `encodeTracePiece` of trace-piece.test.ts.
