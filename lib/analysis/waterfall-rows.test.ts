import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SpanColumns } from '../model/span-columns.ts'
import { groupSiblings, mergeBelow } from './fold-groups.ts'
import { type SpanLine, spansFromList, spansFromText } from './waterfall-fixture.ts'
import {
  type FoldState,
  foldAll,
  foldStateFor,
  groupAt,
  reveal,
  rowOf,
  rowStandingFor,
  unfoldDefault,
  unfoldEverything,
  visibleRows,
} from './waterfall-rows.ts'

/** Rows as a person reads them: `▸` closed group, `▾` open group. */
function picture(spans: SpanColumns, state: FoldState): string[] {
  const rows = visibleRows(spans, state)
  return Array.from({ length: rows.count }, (_, r) => {
    const v = rows.value[r]
    const indent = '  '.repeat(rows.level[r])
    if (v < spans.count) return `${indent}${spans.names[spans.nameId[v]]}${state.folded[v] ? ' +' : ''}`
    const group = groupAt(state, v - spans.count)
    const mark = state.open.has(group.slot) ? '▾' : '▸'
    return `${indent}${mark} ${spans.names[group.table.nameId[group.index]]} ×${group.members.length}`
  })
}

const FAN_OUT = spansFromText(`
  root 0 100
    relay 1 10
      push 2 1
        send 2 1
      push 3 1
        send 3 1
      log 4 1
    relay 2 10
      push 3 1
        send 3 1
      push 4 1
      push 5 1
    audit 3 1
    relay 4 10
      push 5 1
`)

describe('rows', () => {
  test('a fan-out is one row, with what lies below it merged', () => {
    expect(picture(FAN_OUT, foldStateFor(FAN_OUT, 2))).toEqual([
      'root',
      '  ▸ relay ×3',
      '    ▸ push ×6',
      '      ▸ send ×3',
      '    ▸ log ×1',
      '  audit',
    ])
  })

  test('an open group lists its members with their own subtrees', () => {
    const state = foldStateFor(FAN_OUT, 2)
    state.open.add(0)
    expect(picture(FAN_OUT, state)).toEqual([
      'root',
      '  ▾ relay ×3',
      '    relay',
      '      push',
      '        send',
      '      push',
      '        send',
      '      log',
      '    relay',
      '      ▸ push ×3',
      '        ▸ send ×1',
      '    relay',
      '      push',
      '  audit',
    ])
  })

  test('a merged group opens to its members alone', () => {
    const state = foldStateFor(FAN_OUT, 2)
    visibleRows(FAN_OUT, state)
    state.open.add(state.primary.count)
    expect(picture(FAN_OUT, state).slice(1, 5)).toEqual(['  ▸ relay ×3', '    ▾ push ×6', '      push', '        send'])
  })

  test('fold all, unfold, everything', () => {
    const state = foldStateFor(FAN_OUT, 2)
    foldAll(FAN_OUT, state)
    expect(picture(FAN_OUT, state)).toEqual(['root +'])
    unfoldDefault(state)
    expect(picture(FAN_OUT, state)).toHaveLength(6)
    unfoldEverything(state)
    expect(picture(FAN_OUT, state).filter((row) => !row.includes('▾'))).toHaveLength(FAN_OUT.count)
  })

  test('what is hidden can be revealed, and is stood for until then', () => {
    const state = foldStateFor(FAN_OUT, 2)
    const rows = visibleRows(FAN_OUT, state)
    const send = 3
    expect(rowStandingFor(FAN_OUT, state, rows, send)).toBe(3)
    reveal(FAN_OUT, state, send)
    expect(rowOf(visibleRows(FAN_OUT, state), send)).toBeGreaterThan(0)
  })
})

const NAMES = ['a', 'b', 'c']
const forest = fc.array(fc.tuple(fc.nat(3), fc.nat(2)), { minLength: 1, maxLength: 120 }).map((items) => {
  let depth = -1
  return spansFromList(
    items.map(([up, name], i): SpanLine => {
      depth = Math.max(0, depth + 1 - up)
      return { depth, name: NAMES[name], stage: 'session', start: i, duration: 1 }
    }),
  )
})

/** The members a group row stands for, with everything below them when it is closed and shows nothing merged. */
function spansShown(spans: SpanColumns, state: FoldState): number[] {
  const rows = visibleRows(spans, state)
  const seen: number[] = []
  for (let r = 0; r < rows.count; r++) {
    const v = rows.value[r]
    if (v < spans.count) {
      seen.push(v)
      if (state.folded[v]) for (let k = v + 1; k < spans.subtreeEnd[v]; k++) seen.push(k)
    } else if (!state.open.has(v - spans.count)) {
      seen.push(...groupAt(state, v - spans.count).members)
    }
  }
  return seen
}

describe('rows, for any trace', () => {
  const seed = 20_261_124
  test('every span is shown or stood for exactly once, whatever is folded and opened', () => {
    fc.assert(
      fc.property(forest, fc.nat(4), fc.array(fc.nat(200)), fc.array(fc.nat(200)), (spans, threshold, folds, opens) => {
        const state = foldStateFor(spans, threshold)
        for (const f of folds) {
          const i = f % spans.count
          if (spans.subtreeEnd[i] > i + 1) state.folded[i] = 1
        }
        for (const o of opens) {
          const rows = visibleRows(spans, state)
          const groups = Array.from(rows.value.subarray(0, rows.count)).filter((v) => v >= spans.count)
          if (groups.length === 0) continue
          const slot = groups[o % groups.length] - spans.count
          if (!state.open.delete(slot)) state.open.add(slot)
        }
        const shown = spansShown(spans, state).sort((a, b) => a - b)
        expect(shown).toEqual(Array.from({ length: spans.count }, (_, i) => i))
      }),
      { seed, numRuns: 300 },
    )
  })

  test('without groups the rows are the plain walk, indented by depth', () => {
    fc.assert(
      fc.property(forest, fc.array(fc.nat(200)), (spans, folds) => {
        const state = foldStateFor(spans, 1e9)
        for (const f of folds) state.folded[f % spans.count] = 1
        const naive: number[] = []
        for (let i = 0; i < spans.count; i = state.folded[i] ? spans.subtreeEnd[i] : i + 1) naive.push(i)
        const rows = visibleRows(spans, state)
        expect(Array.from(rows.value.subarray(0, rows.count))).toEqual(naive)
        expect(Array.from(rows.level.subarray(0, rows.count))).toEqual(naive.map((i) => spans.depth[i]))
      }),
      { seed, numRuns: 200 },
    )
  })

  test('groups are exactly the sets of more than n siblings of one name; merging keys on the path of names', () => {
    fc.assert(
      fc.property(forest, fc.nat(4), (spans, threshold) => {
        const sets = new Map<string, number[]>()
        for (let i = 0; i < spans.count; i++) {
          const key = `${spans.parent[i]}/${spans.nameId[i]}`
          sets.set(key, [...(sets.get(key) ?? []), i])
        }
        const expected = [...sets.values()].filter((set) => set.length > threshold)
        const groups = groupSiblings(spans, threshold)
        const got = Array.from({ length: groups.count }, (_, g) =>
          Array.from(groups.members.subarray(groups.memberStart[g], groups.memberStart[g + 1])),
        )
        const order = (a: number[], b: number[]) => a[0] - b[0]
        expect(got.sort(order)).toEqual(expected.sort(order))
        for (const members of got) {
          const merged = mergeBelow(spans, Uint32Array.from(members))
          const paths = new Map<string, number[]>()
          for (const m of members) {
            for (let i = m + 1; i < spans.subtreeEnd[m]; i++) {
              let path = ''
              for (let a = i; a !== m; a = spans.parent[a]) path = `${spans.nameId[a]}/${path}`
              paths.set(path, [...(paths.get(path) ?? []), i])
            }
          }
          const tables = Array.from({ length: merged.count }, (_, g) =>
            Array.from(merged.members.subarray(merged.memberStart[g], merged.memberStart[g + 1])),
          )
          expect(tables.sort(order)).toEqual([...paths.values()].sort(order))
          for (let g = 0; g < merged.count; g++) {
            const p = merged.parent[g]
            expect(merged.depth[g]).toBe(p < 0 ? 0 : merged.depth[p] + 1)
            if (p >= 0) expect(merged.subtreeEnd[g]).toBeLessThanOrEqual(merged.subtreeEnd[p])
          }
        }
      }),
      { seed, numRuns: 200 },
    )
  })

  test('every span can be revealed', () => {
    fc.assert(
      fc.property(forest, fc.nat(3), fc.nat(200), (spans, threshold, pick) => {
        const state = foldStateFor(spans, threshold)
        const i = pick % spans.count
        foldAll(spans, state)
        const rows = visibleRows(spans, state)
        expect(rowStandingFor(spans, state, rows, i)).toBeGreaterThanOrEqual(0)
        reveal(spans, state, i)
        expect(rowOf(visibleRows(spans, state), i)).toBeGreaterThanOrEqual(0)
      }),
      { seed, numRuns: 200 },
    )
  })
})

test('a chain 100k deep and a million siblings are ordinary', () => {
  const chain = spansFromList(
    Array.from({ length: 100_000 }, (_, i) => ({ depth: i, name: 'x', stage: 'guild', start: i, duration: 1 })),
  )
  expect(visibleRows(chain, foldStateFor(chain, 50)).count).toBe(100_000)
  const wide = spansFromList(
    Array.from({ length: 300_000 }, (_, i) => ({
      depth: i === 0 ? 0 : 1,
      name: 'x',
      stage: 'session',
      start: i,
      duration: 1,
    })),
  )
  const state = foldStateFor(wide, 50)
  expect(visibleRows(wide, state).count).toBe(2)
  state.open.add(0)
  expect(visibleRows(wide, state).count).toBe(300_001)
})
