import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CallTree } from './call-tree.ts'
import { spansFromText } from './fixtures.ts'
import { CallMerger, mergeCalls } from './merge-calls.ts'
import type { SpanColumns } from './span-columns.ts'

/** `name ×spans total wall self`, then what is not zero or unknown, indented by depth. */
function show(tree: CallTree): string {
  const lines = Array.from({ length: tree.count }, (_, i) => {
    const words = [
      `${'  '.repeat(tree.depth[i])}${tree.names[tree.nameId[i]] || '*'} ×${tree.spans[i]}`,
      `total ${tree.totalNs[i]} wall ${tree.wallNs[i]} self ${tree.selfNs[i]}`,
    ]
    if (tree.errors[i] > 0) words.push(`errors ${tree.errors[i]}`)
    if (tree.waitNs[i] > 0) words.push(`wait ${tree.waitNs[i]}`)
    if (tree.weighted[i] !== -1) words.push(`of ${tree.weighted[i]}`)
    return words.join(' ')
  })
  return `\n${lines.join('\n')}\n`
}

describe('mergeCalls', () => {
  test('merges by parent and name; overlap counts once in wall and self, twice in total', () => {
    const tree = mergeCalls([
      spansFromText(`
        a 0 100
          x1 10 50 name=x error
          x2 40 60 name=x
          y 55 70
            z1 56 58 name=z
        b 200 210 name=a
          z 201 203`),
      spansFromText('a 0 10\n  y 0 10'),
    ])
    expect(show(tree)).toBe(`
* ×3 total 120 wall 120 self 0
  a ×3 total 120 wall 120 self 48
    x ×2 total 60 wall 50 self 60 errors 1
    y ×2 total 25 wall 25 self 23
      z ×1 total 2 wall 2 self 2
    z ×1 total 2 wall 2 self 2
`)
    expect([...tree.parent]).toEqual([-1, 0, 1, 1, 3, 1])
    expect([...tree.subtreeEnd]).toEqual([6, 6, 3, 5, 5, 6])
  })

  test('work after its parent has ended keeps its width, the wait in between has none, and self is never negative', () => {
    expect(
      show(
        mergeCalls([
          spansFromText(`
            api 0 4
              guild 1000 1002 wait=990
                session1 1001 1005 name=session
                session2 1003 1006 name=session`),
        ]),
      ),
    ).toBe(`
* ×1 total 4 wall 10 self 0
  api ×1 total 4 wall 10 self 4
    guild ×1 total 2 wall 6 self 1 wait 990
      session ×2 total 7 wall 5 self 7
`)
  })

  test('weights add up where all are known', () => {
    const known = spansFromText('a 0 1 head=0.25\n  b 0 1 stage=session keep=0.5')
    expect(show(mergeCalls([known]))).toContain('b ×1 total 1 wall 1 self 1 of 8')
    expect(mergeCalls([known, spansFromText('a 0 1')]).weighted).toEqual([-1, -1, 8])
  })

  test('paths beyond the cap become one child per parent, named in a note', () => {
    const merger = new CallMerger(4)
    merger.add(spansFromText('a 0 9\n  b 1 2\n  c 2 3\n  d 3 5\n    e 3 4\n  f 5 6\n  c2 6 7 name=c'))
    expect(show(merger.finish())).toBe(`
* ×1 total 9 wall 9 self 0
  a ×1 total 9 wall 9 self 3
    b ×1 total 1 wall 1 self 1
    c ×2 total 2 wall 2 self 2
    … more ×3 total 3 wall 3 self 3
`)
    expect(merger.notes).toEqual(['3 spans are merged into “… more” because there are more than 4 call paths.'])
  })

  test('a chain of 50,000 merges without recursion', () => {
    const count = 50_000
    const spans: SpanColumns = {
      ...spansFromText('a 0 1'),
      count,
      start: new Float64Array(count),
      duration: new Float64Array(count).fill(1),
      parent: Int32Array.from({ length: count }, (_, i) => i - 1),
      subtreeEnd: new Uint32Array(count).fill(count),
      nameId: new Uint32Array(count).fill(1),
      stageId: new Uint8Array(count),
      flags: new Uint8Array(count),
      wait: new Float64Array(count).fill(Number.NaN),
      weight: new Float32Array(count),
    }
    const tree = mergeCalls([spans])
    expect(tree.count).toBe(20_001)
    expect(tree.spans[20_000]).toBe(count - 19_999)
  })
})

describe('against a naive model', () => {
  const span = fc.record({
    parent: fc.integer({ min: -1, max: 20 }),
    start: fc.nat(20),
    length: fc.nat(10),
    name: fc.constantFrom('p', 'q', 'r'),
  })
  const forests = fc.array(fc.array(span, { maxLength: 20 }), { maxLength: 3 }).map((list) =>
    list.map((spans) => {
      const lines = spans.map((s, i) => {
        const parent = s.parent === -1 || s.parent >= i ? '-' : `s${s.parent}`
        return `s${i} ${s.start} ${s.start + s.length} name=${s.name} parent=${parent}`
      })
      return spansFromText(lines.join('\n'))
    }),
  )

  test('counts, totals and self time by path (seed 41)', () => {
    fc.assert(
      fc.property(forests, (list) => {
        const tree = mergeCalls(list)
        const seen = new Map<string, number[]>()
        for (let i = 1; i < tree.count; i++) seen.set(pathOf(tree, i), [tree.spans[i], tree.totalNs[i], tree.selfNs[i]])
        expect(seen).toEqual(naive(list))
      }),
      { seed: 41, numRuns: 500 },
    )
  })

  test('walls nest; below a root, with children inside their parents, they are plain unions (seed 42)', () => {
    fc.assert(
      fc.property(forests, (list) => {
        const tree = mergeCalls(list)
        for (let i = 1; i < tree.count; i++) expect(tree.wallNs[i]).toBeLessThanOrEqual(tree.wallNs[tree.parent[i]] + 1)
        const nested = mergeCalls(list.map(clipped))
        const unions = naiveWalls(list.map(clipped))
        for (let i = 1; i < nested.count; i++)
          if (nested.depth[i] <= 2) expect(nested.wallNs[i]).toBe(unions.get(pathOf(nested, i)))
      }),
      { seed: 42, numRuns: 500 },
    )
  })

  test('batches give what all at once gives (seed 43)', () => {
    fc.assert(
      fc.property(forests, (list) => {
        const merger = new CallMerger()
        for (const spans of list) {
          merger.add(spans)
          merger.finish()
        }
        expect(merger.finish()).toEqual(mergeCalls(list))
      }),
      { seed: 43, numRuns: 100 },
    )
  })
})

function pathOf(tree: CallTree, i: number): string {
  let path = ''
  for (let at = i; at > 0; at = tree.parent[at]) path = `/${tree.names[tree.nameId[at]]}${path}`
  return path
}

function spanPath(spans: SpanColumns, i: number): string {
  let path = ''
  for (let at = i; at !== -1; at = spans.parent[at]) path = `/${spans.names[spans.nameId[at]]}${path}`
  return path
}

/** Nanoseconds as a set: slow, and hard to get wrong. */
function ticks(spans: SpanColumns, i: number): number[] {
  return Array.from({ length: spans.duration[i] }, (_, tick) => spans.start[i] + tick)
}

function naive(list: readonly SpanColumns[]): Map<string, number[]> {
  const sums = new Map<string, number[]>()
  for (const spans of list)
    for (let i = 0; i < spans.count; i++) {
      const own = new Set(ticks(spans, i))
      for (let c = 0; c < spans.count; c++)
        if (spans.parent[c] === i) for (const tick of ticks(spans, c)) own.delete(tick)
      const sum = sums.get(spanPath(spans, i)) ?? [0, 0, 0]
      sums.set(spanPath(spans, i), [sum[0] + 1, sum[1] + spans.duration[i], sum[2] + own.size])
    }
  return sums
}

function naiveWalls(list: readonly SpanColumns[]): Map<string, number> {
  const walls = new Map<string, number>()
  for (const spans of list) {
    const covered = new Map<string, { path: string; ticks: Set<number> }>()
    for (let i = 0; i < spans.count; i++) {
      const up = spans.parent[i]
      const key = up === -1 ? `root ${i}` : `${up} ${spans.nameId[i]}`
      const entry = covered.get(key) ?? { path: spanPath(spans, i), ticks: new Set<number>() }
      for (const tick of ticks(spans, i)) entry.ticks.add(tick)
      covered.set(key, entry)
    }
    for (const { path, ticks: set } of covered.values()) walls.set(path, (walls.get(path) ?? 0) + set.size)
  }
  return walls
}

/** The same tree with every span cut to its parent's interval. */
function clipped(spans: SpanColumns): SpanColumns {
  const start = spans.start.slice()
  const duration = spans.duration.slice()
  for (let i = 0; i < spans.count; i++) {
    const up = spans.parent[i]
    if (up === -1) continue
    const end = Math.min(start[i] + duration[i], start[up] + duration[up])
    start[i] = Math.min(Math.max(start[i], start[up]), start[up] + duration[up])
    duration[i] = Math.max(0, end - start[i])
  }
  return { ...spans, start, duration }
}
