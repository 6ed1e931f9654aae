import { describe, expect, it } from 'vitest'
import { drawHeatAnnotations, drawRowTags, type HeatAnnotation, laneFlags } from './annotations.ts'
import type { PlotGeometry } from './heat-map-geometry.ts'
import { penLog } from './pen-log.ts'
import { THEME_FIXTURE as theme } from './theme-fixture.ts'

const g: PlotGeometry = { minutes: 60, minutePx: 10, widthPx: 600, scrollPx: 0, rows: 2, rowPx: 20 }

function drawn(item: Partial<HeatAnnotation>, geometry = g): readonly string[] {
  const { pen, log } = penLog()
  drawHeatAnnotations(pen, geometry, [{ kind: 'note', from: 3, to: 3, row: -1, focused: false, ...item }], 100, theme)
  return log
}

describe('notes in the heat map', () => {
  it('draws a moment as a broken line over band and cells', () => {
    const lines = drawn({}).filter((line) => line.endsWith(` ${theme.text}`))
    expect(lines[0]).toBe(`fillRect 30 0 1 3 ${theme.text}`)
    expect(lines.at(-1)).toBe(`fillRect 30 138 1 3 ${theme.text}`)
  })

  it('draws a range as a bracket with two ends', () => {
    const log = drawn({ to: 8 })
    expect(log[0]).toBe(`fillRect 30 0 50 2 ${theme.text}`)
    expect(log).toContain(`fillRect 30 0 1 3 ${theme.text}`)
    expect(log).toContain(`fillRect 79 0 1 3 ${theme.text}`)
  })

  it('folds the corner of a cell, and frames it while it is read', () => {
    const cell = { from: 5, to: 6, row: 1 }
    expect(drawn(cell)).toContain(`fill M51,120 L60,120 L60,129 Z ${theme.text}`)
    expect(drawn(cell).some((line) => line.startsWith('strokeRect'))).toBe(false)
    expect(drawn({ ...cell, focused: true })).toContain(`strokeRect 50 121 10 18 ${theme.text}`)
  })

  it('draws a marker as one solid line with a foot at the top', () => {
    const log = drawn({ kind: 'marker' })
    expect(log).toContain(`fillRect 30 0 1 140 ${theme.text}`)
    expect(log).toContain(`fill M25,0 L36,0 L30.5,7 Z ${theme.text}`)
  })

  it('draws nothing for what is scrolled away', () => {
    expect(drawn({}, { ...g, scrollPx: 200 })).toEqual([])
    expect(drawn({ from: 90, to: 90 })).toEqual([])
  })
})

describe('the lane of flags', () => {
  it('keeps flags apart and says what each stands for', () => {
    expect(laneFlags([100, 10, 108, 300], 600, 20)).toEqual([
      { items: [1], x: 10 },
      { items: [0, 2], x: 100 },
      { items: [3], x: 300 },
    ])
  })

  it('leaves out what is outside', () => {
    expect(laneFlags([-5, 700, 600], 600, 20)).toEqual([{ items: [2], x: 600 }])
  })
})

describe('notes in the waterfall', () => {
  it('puts a numbered tag at the left edge of its row', () => {
    const { pen, log } = penLog()
    drawRowTags(pen, [{ row: 2, text: '7', focused: false }], { top: 10, rowHeight: 22, scale: 1 }, theme)
    expect(log).toEqual([`fillRect 2 57 16 16 ${theme.text}`, `fillText "7" 10 65 ${theme.bg}`])
  })
})
