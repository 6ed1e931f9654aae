import { describe, expect, it } from 'vitest'
import { bandMost, bandTracks, drawBand, waitHeight } from './band.ts'
import { drawHeatMap, drawHeatOverlay, drawSparks, heatPixels } from './heat-map.ts'
import {
  axisMinutes,
  contentWidth,
  minuteAt,
  minuteLeft,
  minutesPerColumn,
  type PlotGeometry,
  rowAt,
  visibleMinutes,
} from './heat-map-geometry.ts'
import { penLog } from './pen-log.ts'
import { THEME_FIXTURE as theme } from './theme-fixture.ts'

const [NONE, DATA, ZERO, SILENT, ROTATED, FUTURE] = [0, 1, 2, 3, 4, 5]
const words = { none: ['no data'], rotated: ['rotated away', 'rotated'], silent: ['silent since 10:07'] }

function geometry(extra: Partial<PlotGeometry> = {}): PlotGeometry {
  return { minutes: 6, minutePx: 100, widthPx: 600, scrollPx: 0, rows: 2, rowPx: 20, ...extra }
}

function heat(state: readonly number[], extra = {}) {
  const { pen, log } = penLog()
  const picture = {
    image: undefined,
    perColumn: 1,
    state,
    held: [],
    partial: -1,
    elapsed: 1,
    onset: -1,
    words,
    ...extra,
  }
  drawHeatMap(pen, geometry({ minutes: state.length }), picture, 0, theme)
  return log
}

describe('heat map', () => {
  it('turns levels into pixels row by row, and leaves what is not data transparent', () => {
    const levels = Uint8Array.from([1, 2, 3, 4, 5, 6])
    expect([...heatPixels(levels, 3, 2, [DATA, SILENT, ZERO], theme.heat)]).toEqual([
      theme.heat[1],
      0,
      theme.heat[5],
      theme.heat[2],
      0,
      theme.heat[6],
    ])
  })

  it('lets minutes that share a pixel show the most of them', () => {
    const levels = Uint8Array.from([1, 9, 2, 4, 255])
    expect([...heatPixels(levels, 5, 1, [DATA, DATA, NONE, DATA, SILENT], theme.heat, 2)]).toEqual([
      theme.heat[9],
      theme.heat[4],
      0,
    ])
  })

  it('draws every kind of minute in a way of its own', () => {
    const log = heat([ROTATED, ROTATED, NONE, DATA, SILENT, FUTURE])
    expect(log).toContain('clip R0,0,200,40')
    expect(log.filter((line) => line.startsWith('stroke') && line.endsWith('line-strong'))).toHaveLength(1)
    expect(log).toContain('fillRect 199 0 1 40 text-2') // the horizon
    expect(log).toContain('fillText "rotated away" 64 20 text-2')
    expect(log.some((line) => /^fillRect (2\d\d) \d+ 1 1 line-strong$/.test(line))).toBe(true) // dots
    expect(log).toContain('fillText "no data" 229 20 text-2')
    expect(log).toContain('fillRect 300 0 100 40 surface')
    expect(log).toContain('fillRect 400 0 1 40 bad')
    // Nothing at all in what has not come: only hairlines cross it.
    const future = log.filter((line) => /^fill(Rect|Text) .*\b(5\d\d) /.test(line) && !line.endsWith('bg'))
    expect(future).toEqual([])
  })

  it('leaves words out that do not fit, or takes shorter ones', () => {
    const { pen, log } = penLog()
    const g = geometry({ minutes: 3, minutePx: 70 })
    const picture = {
      image: undefined,
      perColumn: 1,
      state: [ROTATED, DATA, SILENT],
      held: [],
      partial: -1,
      elapsed: 1,
      onset: -1,
      words,
    }
    drawHeatMap(pen, g, picture, 0, theme)
    expect(log.filter((line) => line.startsWith('fillText')).map((line) => line.split('"')[1])).toEqual(['rotated'])
  })

  it('stretches one image over all cells, moved by the scroll', () => {
    const { pen, log } = penLog()
    // Only its identity matters: the recording pen draws nothing.
    const image = { width: 6, height: 2 } as unknown as CanvasImageSource
    const picture = {
      image,
      perColumn: 1,
      state: [1, 1, 1, 1, 1, 1],
      held: [],
      partial: -1,
      elapsed: 1,
      onset: 2,
      words,
    }
    drawHeatMap(pen, geometry({ widthPx: 300, scrollPx: 150 }), picture, 30, theme)
    expect(log.filter((line) => line.startsWith('drawImage'))).toEqual(['drawImage 0 0 6 2 -150 30 600 40'])
    expect(log).toContain('fillRect 50 30 1 40 text-2') // onset
  })

  it('covers what has not run of the running minute and ends at now', () => {
    const log = heat([DATA, DATA], { partial: 1, elapsed: 0.25 })
    expect(log).toContain('fillRect 0 0 125 40 surface')
    expect(log).toContain('fillRect 125 0 75 40 bg')
    expect(log).toContain('fillRect 125 0 1 40 text')
  })

  it('frames a selection and crosses the hovered cell, with as many strokes whatever the data', () => {
    const { pen, log } = penLog()
    drawHeatOverlay(pen, geometry(), { hover: { minute: 3, row: 1 }, selection: { from: 1, to: 3, row: 0 } }, 50, theme)
    expect(log).toEqual([
      'clearRect 0 0 600 90',
      'fillRect 300 0 100 90 text',
      'fillRect 0 70 600 20 text',
      'strokeRect 100 51 200 18 bg',
      'strokeRect 100 51 200 18 accent',
    ])
  })

  it('draws no spark for a row without values', () => {
    const { pen, log } = penLog()
    drawSparks(pen, Float64Array.from([0, 1, Number.NaN, 3]), 2, 2, 20, 62, theme)
    expect(log).toEqual(['stroke M1,32 L61,24 text-2'])
  })
})

describe('band', () => {
  const picture = {
    state: [DATA, DATA, DATA, DATA, DATA, DATA],
    held: [0, 1, 0, 0, 0, 0],
    partial: -1,
    elapsed: 1,
    onset: 1,
    words,
    busyUs: [30e6, 60e6, 66e6, 58e6, Number.NaN, 90e6],
    waitUs: [1e3, 1e6, Number.NaN, 1e3, 1e3, 1e3],
    depth: [0, 10, 20, 0, 0, 0],
    arrived: [1, 2, 2, 1, 1, 1],
    processed: [1, 1, 1, 1, 1, 1],
    ticks: [{ minute: 1, label: '10:01' }],
    most: { depth: 20, flow: 2 },
  }

  it('fills the queue’s and the flow’s tracks to tops that all who stand beside each other share', () => {
    const quiet = { depth: [1, 2, Number.NaN], arrived: [40, -1], processed: [38] }
    expect(bandMost([quiet])).toEqual({ depth: 20, flow: 40 })
    expect(bandMost([quiet, { depth: [900], arrived: [], processed: [64] }])).toEqual({ depth: 900, flow: 64 })
    const { pen, log } = penLog()
    const twice = { ...picture, most: { depth: 40, flow: 2 } }
    drawBand(pen, geometry(), twice, bandTracks(600, { queue: true, flow: false }), theme)
    // 20 of 40 waiting: half of the track's 44 px.
    expect(log).toContain('fillRect 200 96 100 22 line-strong')
  })

  it('gives saturated minutes a cap, and only those', () => {
    const { pen, log } = penLog()
    drawBand(pen, geometry(), picture, bandTracks(600, { queue: true, flow: true }), theme)
    expect(log.filter((line) => line.endsWith(' saturated')).map((line) => line.split(' ')[1])).toEqual([
      '100',
      '200',
      '500',
    ])
    // Higher than the track is drawn as high as the track.
    expect(log).toContain('fillRect 500 18 100 3 saturated')
  })

  it('breaks the wait line where nothing is known', () => {
    const { pen, log } = penLog()
    drawBand(pen, geometry(), picture, bandTracks(600, { queue: true, flow: false }), theme)
    const line = log.find((entry) => entry.startsWith('stroke') && entry.endsWith(' text'))
    expect(line?.match(/M/g)).toHaveLength(2)
  })

  it('marks onset and held minutes', () => {
    const { pen, log } = penLog()
    drawBand(pen, geometry(), picture, bandTracks(600, { queue: false, flow: false }), theme)
    expect(log).toContain('fill M96,1 L105,1 L100.5,8 Z bad')
    expect(log).toContain('fillRect 100 16 100 2 accent')
  })

  it('leaves room only for tracks that have something to show', () => {
    expect(bandTracks(600, { queue: false, flow: false }).height).toBe(74)
    expect(bandTracks(600, { queue: true, flow: false }).height).toBe(122)
    expect(bandTracks(600, { queue: true, flow: true })).toMatchObject({ height: 156, flow: { y: 122 } })
    expect(bandTracks(600, { queue: false, flow: true }).flow).toMatchObject({ y: 74 })
  })

  it('scales the wait by decades', () => {
    expect(waitHeight(0)).toBe(0)
    expect(waitHeight(100)).toBe(0)
    expect(waitHeight(3.6e9)).toBe(1)
    expect(waitHeight(1e6)).toBeGreaterThan(waitHeight(1e5))
  })
})

describe('geometry', () => {
  it('maps minutes to places and back', () => {
    const g = geometry({ scrollPx: 40, minutePx: 7.5, minutes: 100 })
    for (let m = 6; m < 80; m++) expect(minuteAt(g, minuteLeft(g, m) + 1)).toBe(m)
    expect(minuteAt(g, -1000)).toBe(0)
    expect(minuteAt(g, 1e6)).toBe(99)
    expect([rowAt(g, -1), rowAt(g, 0), rowAt(g, 39), rowAt(g, 40)]).toEqual([-1, 0, 1, -1])
    expect(visibleMinutes(g)).toEqual([5, 86])
  })

  it('keeps minutes wide enough to hit', () => {
    expect(contentWidth(60, 900, true)).toBe(900)
    expect(contentWidth(60, 200, true)).toBe(360)
    expect(contentWidth(60, 200, false)).toBe(200)
    expect(minutesPerColumn(geometry({ minutePx: 0.75 }))).toBe(2)
    expect(minutesPerColumn(geometry({ minutePx: 3 }))).toBe(1)
  })

  it('labels round times of the clock', () => {
    const g = geometry({ minutes: 60, minutePx: 18, widthPx: 1080 })
    const from = Date.UTC(2026, 10, 22, 10, 3)
    expect(axisMinutes(g, from, 0)).toEqual([2, 7, 12, 17, 22, 27, 32, 37, 42, 47, 52, 57])
    // India: half an hour off.
    expect(axisMinutes(geometry({ minutes: 180, minutePx: 2, widthPx: 360 }), from, 330)).toEqual([27, 87, 147])
  })
})
