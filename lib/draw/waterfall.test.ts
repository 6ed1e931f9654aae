import { describe, expect, test } from 'vitest'
import { densityStrip } from '../analysis/density.ts'
import { spansFromText } from '../analysis/waterfall-fixture.ts'
import type { DrawTheme } from './theme.ts'
import { drawBase, type GroupRow, type Pen, type Scene, type SpanRow } from './waterfall.ts'
import { drawLabels, placeLabel } from './waterfall-labels.ts'
import { drawOverlay, type OverlayState } from './waterfall-overlay.ts'

const names = ['unknown', 'client', 'api', 'guild', 'relay', 'session', 'gateway']
const theme: DrawTheme = {
  dark: true,
  bg: 'bg',
  surface: 'surface',
  raised: 'raised',
  line: 'line',
  lineStrong: 'lineStrong',
  text: 'text',
  text2: 'text2',
  text3: 'text3',
  accent: 'accent',
  accentFill: 'accentFill',
  ok: 'ok',
  warn: 'warn',
  bad: 'bad',
  saturated: 'saturated',
  diffLess: 'less',
  diffSame: 'same',
  diffMore: 'more',
  sides: ['side-1', 'side-2', 'side-3', 'side-4'],
  stages: names,
  stageText: names.map(() => 'text'),
  waits: names.map((name) => `${name}/wait`),
  stagesAbgr: new Uint32Array(7),
  heat: new Uint32Array(256),
  sans: 'sans',
  mono: 'mono',
}
const hatches = names.map((name) => `${name}/hatch`)

/** What was drawn where: `guild 10,5 20×12`, `"60 ms" 40,11`. */
function recorder(): { readonly pen: Pen; readonly log: string[] } {
  const log: string[] = []
  const style = { fill: '', stroke: '', dash: '' }
  const pen = {
    lineWidth: 1,
    font: '',
    textBaseline: 'alphabetic' as const,
    textAlign: 'left' as const,
    globalAlpha: 1,
    get fillStyle() {
      return style.fill
    },
    set fillStyle(value) {
      style.fill = String(value)
    },
    get strokeStyle() {
      return style.stroke
    },
    set strokeStyle(value) {
      style.stroke = String(value)
    },
    fillRect: (x: number, y: number, w: number, h: number) => log.push(`${style.fill} ${x},${y} ${w}×${h}`),
    strokeRect: (x: number, y: number, w: number, h: number) =>
      log.push(`${style.stroke}${style.dash} ${x},${y} ${w}×${h}`),
    clearRect: () => log.push('clear'),
    fillText: (text: string, x: number, y: number) => log.push(`"${text}" ${x},${y}`),
    setLineDash: (dash: number[]) => {
      style.dash = dash.length > 0 ? ' dashed' : ''
    },
    beginPath() {},
    moveTo() {},
    lineTo() {},
    stroke() {},
  }
  // Setters that take any style: the interface's accessors cannot be written as an object literal's type.
  return { pen: pen as Pen, log }
}

const plain: SpanRow = {
  kind: 'span',
  stageId: 3,
  start: 40,
  duration: 20,
  wait: Number.NaN,
  waitInferred: false,
  error: false,
  negative: false,
  foldedTo: Number.NaN,
  hiddenErrors: 0,
  lateAfter: Number.NaN,
  label: '20 ns',
  waitLabel: '',
}

function scene(rows: Scene['rows'], more: Partial<Scene> = {}): Scene {
  return {
    width: 100,
    height: 60,
    scale: 1,
    rowHeight: 20,
    top: 0,
    rows,
    window: { from: 0, to: 100 },
    ticks: [],
    ...more,
  }
}

function base(row: SpanRow | GroupRow, more: Partial<Scene> = {}): string[] {
  const { pen, log } = recorder()
  drawBase(pen, scene([row], more), theme, hatches)
  return log.slice(1)
}

describe('base', () => {
  test('wait stands before work, hatched', () => {
    expect(base({ ...plain, wait: 30 })).toEqual([
      'guild/wait 10,5 30×11',
      'guild/hatch 10,5 30×11',
      'guild 40,5 20×11',
    ])
  })
  test('an inferred wait is only outlined', () => {
    expect(base({ ...plain, wait: 30, waitInferred: true })).toEqual([
      'guild dashed 10.5,5.5 29×10',
      'guild 40,5 20×11',
    ])
  })
  test('an error is a line below the bar, seen even under a thin one', () => {
    expect(base({ ...plain, duration: 0, error: true })).toEqual(['guild 40,5 1×11', 'bad 40,17 6×2'])
  })
  test('errors in a folded subtree show, and so does its late end', () => {
    expect(base({ ...plain, foldedTo: 90, hiddenErrors: 2 })).toEqual([
      'guild/wait 60,8 30×4',
      'guild 40,5 20×11',
      'bad 40,17 20×2',
    ])
  })
  test('what is out of view is not drawn; what is cut ends at the edge', () => {
    expect(base(plain, { window: { from: 70, to: 170 } })).toEqual([])
    expect(base(plain, { window: { from: 50, to: 150 } })).toEqual(['guild 0,5 10×11'])
  })
  test('a group is as high as spans run', () => {
    const spans = spansFromText(`
      session:a 0 50
      session:a 0 25 error
      session:a 0 25
      session:a 0 25
    `)
    const strip = densityStrip(spans, Uint32Array.of(0, 1, 2, 3), { from: 0, to: 100 }, 4)
    const row: GroupRow = { kind: 'group', stageId: 5, strip, from: 0, to: 50, errors: 1, label: '×4', shortLabel: '' }
    expect(base(row)).toEqual(['session 0,2 25×15', 'session 25,9 25×8', 'bad -1,17 3×2'])
  })
})

describe('labels', () => {
  const measure = { width: (text: string) => text.length * 5 }
  function labels(row: SpanRow, more: Partial<Scene> = {}): string[] {
    const { pen, log } = recorder()
    drawLabels(pen, scene([row], more), theme, measure)
    return log.slice(1)
  }
  test('after the bar, before it, or on a plate', () => {
    expect(placeLabel(100, 10, 40, 30, 6)).toEqual({ x: 46, plate: false })
    expect(placeLabel(100, 50, 90, 30, 6)).toEqual({ x: 14, plate: false })
    expect(placeLabel(100, 0, 100, 30, 6)).toEqual({ x: 64, plate: true })
    expect(placeLabel(100, 120, 130, 30, 6)).toBeUndefined()
  })
  test('an error is said by a glyph, too', () => {
    expect(labels({ ...plain, start: 0, error: true })).toEqual(['"!" 28,10', '"20 ns" 38,10'])
  })
  test('in the bar of a long wait, so that the work is not covered', () => {
    const row = { ...plain, start: 95, duration: 5, wait: 90, waitLabel: 'wait 90 ns' }
    expect(labels(row).filter((entry) => entry.startsWith('"'))).toEqual(['"20 ns" 64,10'])
    const wide = labels(row, { width: 300 }).filter((entry) => entry.startsWith('"'))
    expect(wide).toEqual(['"wait 90 ns" 107,10', '"20 ns" 254,10'])
  })
  test('the way to what is out of view', () => {
    expect(labels(plain, { window: { from: 70, to: 170 } })).toEqual(['"◂" 2,10'])
    expect(labels(plain, { window: { from: 0, to: 20 } })).toEqual(['"▸" 90,10'])
  })
})

test('overlay: selection, hits at least two pixels wide, crosshair', () => {
  const { pen, log } = recorder()
  const state: OverlayState = {
    hoverRow: 1,
    hoverX: 12.4,
    selectedRow: 0,
    hitRows: [1],
    hitMarks: [{ row: 0, xs: [50] }],
    drag: undefined,
  }
  drawOverlay(pen, scene([plain, { ...plain, duration: 0 }]), theme, state)
  expect(log).toEqual([
    'clear',
    'accent 0,0 100×20',
    'accent 0,0 2×20',
    'text 0,20 100×20',
    'accent 38.5,23 5×14',
    'accent 49,1 2×18',
    'lineStrong 12,0 1×60',
  ])
})
