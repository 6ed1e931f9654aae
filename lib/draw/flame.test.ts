import { describe, expect, it } from 'vitest'
import { callTreeFixture } from '../analysis/call-tree-fixture.ts'
import { findInFlame, flameBoxes, flameLayout, placeBoxes } from '../analysis/flame-layout.ts'
import { drawFlame, drawFlameOverlay } from './flame.ts'
import { penLog } from './pen-log.ts'
import { drawScatter, placePoints, pointAt, SCATTER_LEFT_PX } from './scatter.ts'
import { THEME_FIXTURE as theme } from './theme-fixture.ts'

const tree = callTreeFixture(`
  handle 60
    fanout 40
    tiny1 0.1
    tiny2 0.1
  connect 40
`)

function draw(query: string, errors: readonly number[] = tree.errors) {
  const { pen, log } = penLog()
  const layout = flameLayout({ ...tree, errors }, 'wall', 'time')
  const boxes = placeBoxes(layout, { left: 0, right: 1, widthPx: 200, firstRow: 0, lastRow: 9 }, flameBoxes())
  const picture = {
    layout,
    boxes,
    hit: findInFlame(layout, query)?.hit,
    label: (node: number) => tree.names[tree.nameId[node]],
    mergedLabel: (count: number) => `${count} more`,
    zoom: 0,
    scrollPx: 0,
    widthPx: 200,
    heightPx: 100,
  }
  drawFlame(pen, picture, theme)
  return { log, picture }
}

describe('flame graph', () => {
  it('draws boxes in their stage, with what fits of their names', () => {
    const { log } = draw('')
    expect(log).toEqual([
      'fillRect 0 0 200 100 bg',
      'fillRect 0 0 199 18 line',
      'fillRect 0 19 119 18 client',
      'fillText "handle" 4 28.5 on-client',
      'fillRect 120 19 79 18 client',
      'fillText "connect" 124 28.5 on-client',
      'fillRect 0 38 79 18 api',
      'fillText "fanout" 4 47.5 on-api',
      'fillRect 80 38 1 18 line',
    ])
  })

  it('keeps hits at least 2 px wide', () => {
    const { log } = draw('tiny')
    expect(log.at(-1)).toBe('fillRect 80 38 1 18 line')
    expect(draw('connect').log).toContain('fillRect 120 19 79 18 client')
  })

  it('marks errors with a line and a sign', () => {
    const { log } = draw('', [0, 0, 3, 0, 0, 0])
    expect(log).toContain('fillRect 0 54 79 2 bad')
    expect(log).toContain('fillText "! fanout" 4 47.5 on-api')
  })

  it('draws only two frames over it', () => {
    const { pen, log } = penLog()
    drawFlameOverlay(pen, draw('').picture, 1, -1, theme)
    expect(log).toEqual(['clearRect 0 0 200 100', 'strokeRect 0.5 19.5 118 17 text'])
  })
})

describe('scatter', () => {
  const area = { widthPx: 400, heightPx: 120, fromMs: 0, toMs: 1000 }
  const trace = (startMs: number, durationNs: number, errorCount = 0, complete = true) => ({
    startMs,
    durationNs,
    errorCount,
    complete,
  })
  const traces = [trace(900, 1e9), trace(100, 1e6), trace(500, 1e6, 2), trace(100, 1e9, 0, false)]

  it('orders points by time, longer ones higher, on whole decades', () => {
    const points = placePoints(traces, area)
    expect([...points.index]).toEqual([1, 3, 2, 0])
    expect(points.y[0]).toBeGreaterThan(points.y[1])
    expect(points.ticks.map((tick) => tick.ns)).toEqual([1e6, 1e7, 1e8, 1e9])
    expect(points.x[0]).toBeGreaterThan(SCATTER_LEFT_PX)
  })

  it('finds what is near, and nothing where there is nothing', () => {
    const points = placePoints(traces, area)
    points.index.forEach((trace, k) => {
      expect(pointAt(points, points.x[k] + 2, points.y[k] - 2)).toBe(trace)
    })
    expect(pointAt(points, 200, 60, 5)).toBe(-1)
  })

  it('tells errors and incomplete traces by their shape', () => {
    const { pen, log } = penLog()
    drawScatter(pen, placePoints(traces, area), traces, area, String, String, theme)
    const points = log.filter((line) => line.includes('O') || line.includes('M'))
    expect(points.filter((line) => line.startsWith('fill O'))).toHaveLength(2)
    expect(points.filter((line) => line.startsWith('stroke O'))).toHaveLength(1)
    expect(points.filter((line) => line.startsWith('stroke M') && line.endsWith('bad'))).toHaveLength(1)
  })

  it('survives none, one, and durations of zero', () => {
    expect(placePoints([], area).x).toHaveLength(0)
    const one = placePoints([trace(0, 0)], area)
    expect(Number.isFinite(one.x[0]) && Number.isFinite(one.y[0])).toBe(true)
  })
})
