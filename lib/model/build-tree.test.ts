import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildForest, type Forest } from './build-tree.ts'
import { rowsFromText, spansFromText, textFromSpans } from './fixtures.ts'
import { FLAG } from './span-columns.ts'
import type { SpanRows } from './span-rows.ts'

function tree(text: string): string {
  return `\n${textFromSpans(spansFromText(text))}\n`
}

describe('buildForest', () => {
  test('puts siblings in order of start, then longer first, then as they came', () => {
    expect(
      tree(`
        short 10 20 parent=root
        late 30 40 parent=root
        long 10 90 parent=root
        twin 10 20 parent=root
        root 0 100`),
    ).toBe(`
root 0 100
  long 10 90
  short 10 20
  twin 10 20
  late 30 40
`)
  })

  test('keeps a child that starts before its parent, and counts from the earliest start', () => {
    expect(tree(`a 50 60\n  b 40 45`)).toBe('\na 10 20\n  b 0 5\n')
  })

  test('a missing parent makes a root, a cycle is cut at its earliest span, so is a span that is its own parent', () => {
    expect(
      tree(`
        lost 5 6 parent=nobody
        x 10 20 parent=z
        y 11 12 parent=x
        z 12 13 parent=y
        tail 13 14 parent=z
        self 20 30 parent=self`),
    ).toBe(`
lost 0 1 // orphan
x 5 15 // cycle
  y 6 7
    z 7 8
      tail 8 9
self 15 25 // cycle
`)
  })

  test('a resent span counts once; a different one with the same id stays, and the first has the children', () => {
    const forest = buildForest(
      rowsFromText(`
        root 0 100
        same 10 20 parent=root
        same 10 20 parent=root
        twin 30 40 parent=root
        twin 50 60 parent=root
        twin 50 60 parent=root
        child 55 56 parent=twin`),
    )
    expect(`\n${textFromSpans(forest.spans)}\n`).toBe(`
root 0 100
  same 10 20
  twin 30 40 // duplicateId
    child 55 56
  #4 50 60 name=twin // duplicateId
`)
    expect(forest).toMatchObject({ collapsed: 2, duplicates: 2, orphans: 0, cycles: 0 })
    expect([...forest.order]).toEqual([0, 1, 3, 6, 4])
  })

  test('an end before the start is a duration of 0 and flagged', () => {
    const spans = spansFromText('a 10 5')
    expect([spans.duration[0], spans.flags[0]]).toEqual([0, FLAG.negativeDuration])
  })

  test('waits: stated, else inferred between another sender and the guild, never below zero', () => {
    expect(
      tree(`
        api 0 100 stage=api node=n1
          stated 20 90 stage=guild node=g1 wait=15
            inner 30 40 stage=guild node=g1
          guessed 25 90 stage=guild node=g1
          home 26 90 stage=guild node=n1
        early 50 100 stage=client node=n2
          skewed 40 60 stage=guild node=g1`),
    ).toBe(`
api 0 100 node=n1 stage=api
  stated 20 90 node=g1 stage=guild wait=15
    inner 30 40 node=g1 stage=guild
  guessed 25 90 node=g1 stage=guild // inferred wait 25
  home 26 90 node=n1 stage=guild
early 50 100 node=n2 stage=client
  skewed 40 60 node=g1 stage=guild // inferred wait 0
`)
  })

  test('weights: head rate inherited, keep rate only below the hops that are always kept, unknown stays unknown', () => {
    expect(
      tree(`
        api 0 100 stage=api head=0.5
          guild 20 90 stage=guild keep=0.125
            relay 30 40 stage=relay
              session 35 39 stage=session
            own 36 39 stage=session keep=0.5
        orphan 40 50 parent=gone stage=session keep=0.25
        lost 41 50 parent=gone stage=session
        call 42 50 parent=gone stage=guild
          push 43 50 stage=session
        other 40 50 trace=1 stage=session keep=0.25`),
    ).toBe(`
api 0 100 stage=api // ×2
  guild 20 90 stage=guild // ×2
    relay 30 40 stage=relay // ×2
      session 35 39 stage=session // ×16
    own 36 39 stage=session // ×4
orphan 40 50 stage=session // orphan, ×8
lost 41 50 stage=session // orphan
call 42 50 stage=guild // orphan, ×2
  push 43 50 stage=session // ×2
other 40 50 stage=session
`)
  })

  test('span ids are unique per trace only, and traces stand together', () => {
    const forest = buildForest(
      rowsFromText(`
        a 5 9 trace=1
        a 0 10
        b 6 7 trace=1 parent=a
        b 8 9 parent=a`),
    )
    expect([...forest.traceNo]).toEqual([0, 0, 1, 1])
    expect([...forest.spans.parent]).toEqual([-1, 0, -1, 2])
    expect(forest).toMatchObject({ duplicates: 0, orphans: 0 })
  })

  test('starts are exact nanoseconds far from zero, and before 1970', () => {
    const rows = rowsFromText('a 0 1\nb 0 1')
    const far = BigInt64Array.of(-4_000_000_001n, 1_764_000_000_123_456_789n)
    const spans = buildForest({ ...rows, startNs: far, endNs: far }).spans
    expect(spans.traceStartNs).toBe(-4_000_000_001n)
    expect(spans.start[1]).toBe(Number(1_764_000_000_123_456_789n + 4_000_000_001n))
  })

  test('nothing at all is a forest', () => {
    expect(buildForest(rowsFromText('')).spans.count).toBe(0)
  })

  test('a chain of 200,000 and a fan-out of 200,000 build without recursion', () => {
    const n = 200_000
    const rows = rowsFromText('a 0 1')
    const column = Uint32Array.from({ length: n }, () => 0)
    const times = BigInt64Array.from({ length: n }, (_, i) => BigInt(i))
    const spanId = BigUint64Array.from({ length: n }, (_, i) => BigInt(i + 1))
    const floats = new Float32Array(n).fill(Number.NaN)
    const bytes = new Uint8Array(n)
    const base: SpanRows = {
      ...rows,
      ...{ count: n, traceNo: column, spanId, startNs: times, endNs: times, enqueuedNs: new BigInt64Array(n) },
      ...{ nameId: column, serviceId: column, nodeId: column, actionId: column, relayId: column },
      ...{ stageId: bytes, flags: bytes, headRate: floats, keepRate: floats, parentId: spanId },
    }
    const chain = buildForest({ ...base, parentId: spanId.map((id) => id - 1n) })
    expect(chain.spans.depth[n - 1]).toBe(n - 1)
    const fan = buildForest({ ...base, parentId: spanId.map((id) => (id === 1n ? 0n : 1n)) })
    expect([fan.spans.subtreeEnd[0], fan.spans.depth[n - 1]]).toEqual([n, 1])
  })
})

describe('against a naive model', () => {
  const line = fc.record({
    label: fc.integer({ min: 0, max: 12 }),
    start: fc.integer({ min: 0, max: 8 }),
    length: fc.integer({ min: -2, max: 6 }),
    parent: fc.integer({ min: -1, max: 14 }),
    name: fc.constantFrom('p', 'q'),
    trace: fc.integer({ min: 0, max: 1 }),
  })

  test('any rows become the same forest (seed 11)', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => {
        const text = lines
          .map((l) => {
            const parent = l.parent === -1 ? '-' : `s${l.parent}`
            return `s${l.label} ${l.start} ${l.start + l.length} name=${l.name} trace=${l.trace} parent=${parent}`
          })
          .join('\n')
        const rows = rowsFromText(text)
        const forest = buildForest(rows)
        checkShape(forest)
        expect(shapeOf(rows, forest)).toEqual(naive(rows))
      }),
      { seed: 11, numRuns: 600 },
    )
  })
})

function checkShape({ spans, order, traceNo }: Forest) {
  for (let i = 0; i < spans.count; i++) {
    const up = spans.parent[i]
    expect(up).toBeLessThan(i)
    expect(spans.depth[i]).toBe(up === -1 ? 0 : spans.depth[up] + 1)
    let end = i + 1
    while (end < spans.count && spans.depth[end] > spans.depth[i]) end++
    expect(spans.subtreeEnd[i]).toBe(end)
    if (up !== -1) expect(traceNo[i]).toBe(traceNo[up])
  }
  expect(new Set(order).size).toBe(spans.count)
}

/** [row, parent's row, flags] in order. */
type Shape = readonly (readonly [row: number, parent: number, flags: number])[]

function shapeOf(_rows: SpanRows, { spans, order }: Forest): Shape {
  return Array.from(order, (row, i) => [row, spans.parent[i] === -1 ? -1 : order[spans.parent[i]], spans.flags[i]])
}

/** The same rules with objects, sorting and recursion. */
function naive(rows: SpanRows): Shape {
  interface Node {
    row: number
    trace: number
    start: number
    duration: number
    id: string
    parentId: string
    whole: string
    flags: number
    parent: Node | undefined
    children: Node[]
  }
  const nodes: Node[] = Array.from({ length: rows.count }, (_, row) => {
    const length = Number(rows.endNs[row] - rows.startNs[row])
    const id = `${rows.traceNo[row]}/${rows.spanId[row]}`
    return {
      row,
      trace: rows.traceNo[row],
      start: Number(rows.startNs[row] - rows.startNs[0]),
      duration: Math.max(0, length),
      id,
      parentId: rows.parentId[row] === 0n ? '' : `${rows.traceNo[row]}/${rows.parentId[row]}`,
      whole: `${id}/${rows.startNs[row]}/${rows.endNs[row]}/${rows.nameId[row]}`,
      flags: length < 0 ? FLAG.negativeDuration : 0,
      parent: undefined,
      children: [],
    }
  })
  nodes.sort((a, b) => a.trace - b.trace || a.start - b.start || b.duration - a.duration || a.row - b.row)
  const kept = nodes.filter((node, at) => !nodes.slice(0, at).some((other) => other.whole === node.whole))
  for (const node of kept) {
    if (kept.some((other) => other !== node && other.id === node.id)) node.flags |= FLAG.duplicateId
    if (node.parentId === '') continue
    if (node.parentId === node.id) node.flags |= FLAG.cycle
    else {
      node.parent = kept.find((other) => other.id === node.parentId)
      if (node.parent === undefined) node.flags |= FLAG.orphan
    }
  }
  for (const node of kept) {
    // `kept` ascends, so the first span that reaches itself is the earliest of its cycle.
    let up = node.parent
    for (let steps = 0; up !== undefined && up !== node && steps < kept.length; steps++) up = up.parent
    if (up !== node) continue
    node.parent = undefined
    node.flags |= FLAG.cycle
  }
  for (const node of kept) node.parent?.children.push(node)
  const visit = (node: Node): Shape => [[node.row, node.parent?.row ?? -1, node.flags], ...node.children.flatMap(visit)]
  return kept.filter((node) => node.parent === undefined).flatMap(visit)
}
