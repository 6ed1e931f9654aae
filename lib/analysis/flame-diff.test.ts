import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallTree, FlameAnswer } from '../model/call-tree.ts'
import { callTreeFixture } from './call-tree-fixture.ts'
import { byDifference, changeOf, type FlameDiff, flameDiff, lean } from './flame-diff.ts'
import { flameLayout } from './flame-layout.ts'

function answer(tree: CallTree, extra: Partial<FlameAnswer> = {}): FlameAnswer {
  return { tree, traces: 1, spans: tree.count - 1, estimatedTraces: 10, unknownSampling: 0, notes: [], ...extra }
}
const side = (text: string, extra: Partial<FlameAnswer> = {}, minutes = 1) => ({
  answer: answer(callTreeFixture(text), extra),
  minutes,
})
function diffOf(a: ReturnType<typeof side>, b: ReturnType<typeof side>, norm: 'traces' | 'wall' | 'share'): FlameDiff {
  const result = flameDiff(a, b, norm)
  if (result.kind === 'unknown') throw new Error(result.why)
  return result.diff
}
const text = ({ tree, base, side: other }: FlameDiff) =>
  Array.from({ length: tree.count }, (_, i) => i)
    .slice(1)
    .map((i) => `${'  '.repeat(tree.depth[i] - 1)}${tree.names[tree.nameId[i]]} ${base[i]} → ${other[i]}`)

const BASE = `
  handle 60
    fanout 30
    check 10
`
const SIDE = `
  handle 90
    fanout 30
    serialise 40
`

describe('two call trees as one', () => {
  it('meet by path, and keep what only one of them has', () => {
    expect(text(diffOf(side(BASE), side(SIDE), 'traces'))).toEqual([
      'handle 60 → 90',
      '  fanout 30 → 30',
      '  check 10 → 0',
      '  serialise 0 → 40',
    ])
  })

  it('are means by trace, time by minute of the clock, or shares', () => {
    const a = side(BASE, { traces: 2, estimatedTraces: 400 }, 10)
    const b = side(SIDE, { traces: 3, estimatedTraces: 300 }, 5)
    expect(text(diffOf(a, b, 'traces'))[0]).toBe('handle 30 → 30')
    expect(text(diffOf(a, b, 'wall'))[0]).toBe('handle 1200 → 1800')
    expect(text(diffOf(a, b, 'share')).slice(0, 2)).toEqual(['handle 1 → 1', `  fanout 0.5 → ${30 * (1 / 90)}`])
  })

  it('are estimated by the clock without the few traces of unknown sampling', () => {
    const some = side(SIDE, { traces: 10, estimatedTraces: 800, unknownSampling: 2 })
    expect(text(diffOf(side(BASE), some, 'wall'))[0]).toBe('handle 600 → 7200')
    const many = side(SIDE, { traces: 10, estimatedTraces: 800, unknownSampling: 3 })
    expect(flameDiff(side(BASE), many, 'wall').kind).toBe('unknown')
  })

  it('are unknown by the clock where the sampling of many is, and say so', () => {
    const unknown = side(SIDE, { unknownSampling: 1 })
    expect(flameDiff(side(BASE), unknown, 'wall')).toEqual({
      kind: 'unknown',
      why: expect.stringContaining('sampling of 1 of 1 traces is unknown'),
    })
    const { sideSpans, baseSpans } = diffOf(side(BASE), unknown, 'traces')
    expect(Number.isNaN(sideSpans[1])).toBe(true)
    expect(baseSpans[1]).toBe(0.1)
    expect(flameDiff(side(BASE, { traces: 0 }), side(SIDE), 'traces').kind).toBe('unknown')
  })

  it('name the change, and come with the largest first', () => {
    const diff = diffOf(side(BASE), side(SIDE), 'traces')
    const name = (i: number) => diff.tree.names[diff.tree.nameId[i]]
    expect(Array.from(byDifference(diff), name)).toEqual(['serialise', 'handle', 'check', 'fanout'])
    expect(Array.from(byDifference(diff), (i) => changeOf(diff.base[i], diff.side[i]))).toEqual([
      'new',
      'grown',
      'gone',
      'same',
    ])
    expect([lean(0, 0), lean(1, 0), lean(0, 1), lean(1, 3)]).toEqual([0, -1, 1, 0.5])
  })
})

/** Trees as sets of paths with a value each, every node's children within it. */
const trees = fc
  .array(fc.tuple(fc.nat({ max: 9 }), fc.constantFrom('a', 'b', 'c')), { minLength: 1, maxLength: 25 })
  .map((picks) => {
    const paths = new Map<string, number>()
    const list: string[] = ['']
    for (const [at, name] of picks) {
      const path = `${list[at % list.length]}/${name}`
      if (paths.has(path)) continue
      list.push(path)
      paths.set(path, 0)
    }
    // From the leaves up: own time plus the children's.
    for (const path of [...paths.keys()].sort((x, y) => y.length - x.length)) {
      paths.set(path, (paths.get(path) ?? 0) + path.length)
      const up = path.slice(0, path.lastIndexOf('/'))
      if (up !== '') paths.set(up, (paths.get(up) ?? 0) + (paths.get(path) ?? 0))
    }
    return paths
  })

function asText(paths: ReadonlyMap<string, number>): string {
  const keys = [...paths.keys()].sort()
  return keys.map((path) => `${'  '.repeat(path.split('/').length - 2)}${path.at(-1)} ${paths.get(path)}`).join('\n')
}

describe('against a naive model', () => {
  it('the union is the union of paths, each with both values, and its widths nest (seed 61)', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const diff = diffOf(side(asText(a)), side(asText(b)), 'traces')
        const seen = new Map<string, readonly [number, number]>()
        const pathOf: string[] = ['']
        for (let i = 1; i < diff.tree.count; i++) {
          const path = `${pathOf[diff.tree.parent[i]]}/${diff.tree.names[diff.tree.nameId[i]]}`
          pathOf.push(path)
          seen.set(path, [diff.base[i], diff.side[i]])
          expect(diff.tree.parent[i]).toBeLessThan(i)
          expect(diff.tree.depth[i]).toBe(path.split('/').length - 1)
        }
        const naive = new Map([...a.keys(), ...b.keys()].map((path) => [path, [a.get(path) ?? 0, b.get(path) ?? 0]]))
        expect(new Map([...seen].sort())).toEqual(new Map([...naive].sort()))
        expect([...flameLayout(diff.tree, 'wall', 'time').squeezed].every((flag) => flag === 0)).toBe(true)
      }),
      { seed: 61 },
    )
  })

  it('turning the sides round turns the signs round (seed 62)', () => {
    fc.assert(
      fc.property(trees, trees, (a, b) => {
        const there = text(diffOf(side(asText(a)), side(asText(b)), 'traces'))
        const back = text(diffOf(side(asText(b)), side(asText(a)), 'traces'))
        const turned = back.map((line) => line.replace(/(\S+) → (\S+)$/, '$2 → $1'))
        expect(turned.sort()).toEqual(there.sort())
      }),
      { seed: 62 },
    )
  })
})
