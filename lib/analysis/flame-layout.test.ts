import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CallTree } from '../model/call-tree.ts'
import { callTreeFixture } from './call-tree-fixture.ts'
import {
  boxAt,
  FLAME_MEASURES,
  FLAME_ORDERS,
  type FlameLayout,
  findInFlame,
  flameBoxes,
  flameLayout,
  pathTo,
  placeBoxes,
} from './flame-layout.ts'

const tree = callTreeFixture(`
  connect 20
  handle 60 90
    decode 10
    fanout 30 200 5
      push 30 190
    store 10
`)

/** `name left–right` per row, in percent. */
function picture(layout: FlameLayout): string[] {
  const { tree, left, right } = layout
  return Array.from({ length: layout.rows }, (_, row) =>
    [...layout.rowNodes.slice(layout.rowStart[row], layout.rowStart[row + 1])]
      .map(
        (i) =>
          `${tree.names[tree.nameId[i]] || 'all'} ${Math.round(left[i] * 1000) / 10}–${Math.round(right[i] * 1000) / 10}`,
      )
      .join(' | '),
  )
}

describe('flame layout', () => {
  it('nests by covered time, in the order of the tree', () => {
    expect(picture(flameLayout(tree, 'wall', 'time'))).toEqual([
      'all 0–100',
      'connect 0–25 | handle 25–100',
      'decode 25–37.5 | fanout 37.5–75 | store 75–87.5',
      'push 37.5–75',
    ])
  })

  it('puts the widest first when left heavy', () => {
    expect(picture(flameLayout(tree, 'wall', 'left-heavy'))).toEqual([
      'all 0–100',
      'handle 0–75 | connect 75–100',
      'fanout 0–37.5 | decode 37.5–50 | store 50–62.5',
      'push 0–37.5',
    ])
  })

  it('squeezes children that ran in parallel into their parent, and says so', () => {
    const layout = flameLayout(tree, 'total', 'time')
    expect(picture(layout)[2]).toBe('decode 18.2–21.9 | fanout 21.9–96.3 | store 96.3–100')
    expect([...layout.squeezed]).toEqual([0, 0, 1, 0, 0, 0, 0])
  })

  it('adds self times up', () => {
    const layout = flameLayout(tree, 'self', 'time')
    expect(layout.value[2]).toBe(10 + 10 + 30 + 10)
    expect(layout.value[0]).toBe(80)
  })

  it('shows only what waited under "wait"', () => {
    expect(picture(flameLayout(tree, 'wait', 'time'))[1]).toBe('connect 0–0 | handle 0–100')
  })

  it('finds names, and counts a hit within a hit once', () => {
    const layout = flameLayout(tree, 'wall', 'time')
    expect(findInFlame(layout, '  ')).toBeUndefined()
    expect(findInFlame(layout, 'PUSH')).toMatchObject({ nodes: [5], share: 0.375 })
    expect(findInFlame(layout, 'o')).toMatchObject({ nodes: [1, 3, 4, 6] })
    const nested = flameLayout(callTreeFixture('aa 10\n  aa 5'), 'wall', 'time')
    expect(findInFlame(nested, 'aa')?.share).toBe(1)
    expect(pathTo(tree, 5)).toEqual([0, 2, 4, 5])
  })

  it('survives an empty tree, a chain of 100,000 and 300,000 siblings', () => {
    expect(flameLayout({ ...callTreeFixture(''), count: 1 }, 'wall', 'time').rows).toBe(1)
    const n = 100_000
    const chain = flameLayout(
      generated(n, (i) => i - 1),
      'wall',
      'left-heavy',
    )
    expect(chain.rows).toBe(n)
    expect(chain.right[n - 1]).toBeCloseTo(1)
    const wide = flameLayout(
      generated(300_000, () => 0),
      'wall',
      'time',
    )
    const boxes = placeBoxes(wide, { left: 0, right: 1, widthPx: 800, firstRow: 0, lastRow: 9 }, flameBoxes())
    expect(boxes.count).toBe(2)
    expect(boxes.merged[1]).toBe(299_999)
  })
})

describe('flame boxes', () => {
  const shapes = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 1000 })), { minLength: 1, maxLength: 120 })
  const windows = fc.tuple(
    fc.double({ min: 0, max: 0.9, noNaN: true }),
    fc.double({ min: 0.01, max: 1, noNaN: true }),
    fc.integer({ min: 5, max: 300 }),
  )

  it('keeps children within their parent and apart from each other (seed 31)', () => {
    fc.assert(
      fc.property(
        shapes,
        fc.constantFrom(...FLAME_MEASURES),
        fc.constantFrom(...FLAME_ORDERS),
        (shape, measure, order) => {
          const layout = flameLayout(random(shape), measure, order)
          for (let i = 1; i < layout.tree.count; i++) {
            const parent = layout.tree.parent[i]
            expect(layout.left[i]).toBeGreaterThanOrEqual(layout.left[parent])
            expect(layout.right[i]).toBeLessThanOrEqual(layout.right[parent])
          }
          for (let row = 0; row < layout.rows; row++) {
            const nodes = layout.rowNodes.slice(layout.rowStart[row], layout.rowStart[row + 1])
            for (let k = 1; k < nodes.length; k++) {
              expect(layout.left[nodes[k]]).toBeGreaterThanOrEqual(layout.right[nodes[k - 1]] - 1e-12)
            }
          }
        },
      ),
      { seed: 31, numRuns: 200 },
    )
  })

  it('draws every node of the window once, or counts it into a box of siblings (seed 32)', () => {
    fc.assert(
      fc.property(shapes, windows, (shape, [left, width, widthPx]) => {
        const layout = flameLayout(random(shape), 'wall', 'time')
        const right = Math.min(1, left + width)
        const boxes = placeBoxes(layout, { left, right, widthPx, firstRow: 0, lastRow: layout.rows }, flameBoxes())
        const scale = widthPx / (right - left)
        const px = (i: number) => (layout.right[i] - layout.left[i]) * scale
        let wide = 0
        let narrow = 0
        for (let i = 0; i < layout.tree.count; i++) {
          if (layout.right[i] <= left || layout.left[i] >= right) continue
          if (px(i) >= 1) wide++
          else if (i === 0 || px(layout.tree.parent[i]) >= 1) narrow++
        }
        let drawn = 0
        let counted = 0
        for (let k = 0; k < boxes.count; k++) {
          if (boxes.node[k] >= 0 && px(boxes.node[k]) >= 1) drawn++
          else counted += boxes.merged[k]
          expect(boxes.to[k]).toBeGreaterThanOrEqual(boxes.from[k])
          const middle = (boxes.from[k] + boxes.to[k]) / 2
          if (boxes.to[k] - boxes.from[k] > 0.01) expect(boxAt(boxes, boxes.row[k], middle)).toBe(k)
        }
        expect([drawn, counted]).toEqual([wide, narrow])
        expect(boxes.count).toBeLessThanOrEqual(layout.rows * (2 * widthPx + 2))
      }),
      { seed: 32, numRuns: 300 },
    )
  })

  it('finds narrow boxes with some slack, and none where there is none', () => {
    const layout = flameLayout(tree, 'wall', 'time')
    const boxes = placeBoxes(layout, { left: 0, right: 1, widthPx: 100, firstRow: 0, lastRow: 9 }, flameBoxes())
    expect(boxAt(boxes, 2, 10)).toBe(-1)
    expect(boxes.node[boxAt(boxes, 2, 23, 4)]).toBe(3)
    expect(boxes.node[boxAt(boxes, 2, 90, 4)]).toBe(6)
    expect(boxAt(boxes, 7, 10)).toBe(-1)
  })
})

/** A tree in pre-order: each entry hangs below one of the nodes on the path to the last. */
function random(shape: readonly (readonly [number, number])[]): CallTree {
  const path = [0]
  const parents: number[] = []
  shape.forEach(([pick], k) => {
    path.length = (pick % path.length) + 1
    parents.push(path[path.length - 1])
    path.push(k + 1)
  })
  return generated(
    shape.length + 1,
    (i) => parents[i - 1],
    (i) => (i === 0 ? 0 : shape[i - 1][1]),
  )
}

function generated(count: number, parentOf: (i: number) => number, valueAt: (i: number) => number = () => 1): CallTree {
  const parent = Array.from({ length: count }, (_, i) => (i === 0 ? -1 : parentOf(i)))
  const depth: number[] = []
  for (let i = 0; i < count; i++) depth.push(i === 0 ? 0 : depth[parent[i]] + 1)
  const subtreeEnd = depth.map((_, i) => i + 1)
  for (let i = count - 1; i > 0; i--) subtreeEnd[parent[i]] = Math.max(subtreeEnd[parent[i]], subtreeEnd[i])
  const values = depth.map((_, i) => valueAt(i))
  const zeros = depth.map(() => 0)
  return {
    count,
    parent,
    depth,
    subtreeEnd,
    nameId: zeros,
    stageId: zeros,
    spans: zeros,
    errors: zeros,
    totalNs: values,
    wallNs: values,
    selfNs: values,
    waitNs: values,
    weighted: zeros,
    names: ['a'],
  }
}
