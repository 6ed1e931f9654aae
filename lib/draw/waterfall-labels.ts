/** The label layer: durations, the words of groups, "!" for errors. They stay clear of what they are about where there is room. */
import type { TextMeasure } from './text-fit.ts'
import type { DrawTheme } from './theme.ts'
import { barOf, type Pen, type Scene, type SpanRow, xOf } from './waterfall.ts'

const GAP = 6

/** Label layer: transparent. `measure` is in CSS pixels of `font`. */
export function drawLabels(pen: Pen, scene: Scene, theme: DrawTheme, measure: TextMeasure): void {
  const { width, height, scale, rowHeight } = scene
  pen.clearRect(0, 0, width, height)
  pen.font = labelFont(theme, scale)
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  const gap = GAP * scale
  scene.rows.forEach((row, k) => {
    const middle = Math.round(scene.top + (k + 0.5) * rowHeight)
    const from = row.kind === 'span' ? row.start - (row.wait > 0 ? row.wait : 0) : row.from
    const to = row.kind === 'span' ? Math.max(row.start + row.duration, row.foldedTo || 0) : row.to
    const errors = row.kind === 'span' ? row.error || row.hiddenErrors > 0 : row.errors > 0
    const mark = errors ? 12 * scale : 0
    const [a, b] = [xOf(scene, from), xOf(scene, to)]
    let label = row.label
    let textWidth = measure.width(label) * scale
    let place = placeLabel(scene.width, a, Math.max(b, a + scale), textWidth + mark, gap)
    if (row.kind === 'group' && (place === undefined || place.plate)) {
      label = row.shortLabel
      textWidth = measure.width(label) * scale
      place = placeLabel(scene.width, a, Math.max(b, a + scale), textWidth + mark, gap)
    }
    // With a long wait the label stands in its bar: at the right edge it would cover the work.
    const inWait = row.kind === 'span' && row.wait > 0 ? xOf(scene, row.start) - gap - textWidth - mark : Number.NaN
    if (place?.plate && inWait > a && inWait + textWidth + mark < width) place = { x: inWait, plate: true }
    if (row.kind === 'span' && row.wait > 0) {
      drawWaitLabel(pen, scene, theme, measure, row, middle, place?.plate ? place.x - gap : width)
    }
    if (place === undefined) {
      // Out of view: the way to it.
      pen.fillStyle = theme.text3
      if (b < 0) pen.fillText('◂', 2 * scale, middle)
      else if (a > width) pen.fillText('▸', width - 10 * scale, middle)
      return
    }
    if (place.plate) {
      pen.globalAlpha = 0.92
      pen.fillStyle = theme.bg
      const plateHeight = Math.round(14 * scale)
      pen.fillRect(place.x - 4 * scale, middle - plateHeight / 2, textWidth + mark + 8 * scale, plateHeight)
      pen.globalAlpha = 1
    }
    if (errors) {
      pen.fillStyle = theme.bad
      pen.fillText('!', place.x + 2 * scale, middle)
    }
    pen.fillStyle = theme.text2
    pen.fillText(label, place.x + mark, middle)
  })
}

function drawWaitLabel(
  pen: Pen,
  scene: Scene,
  theme: DrawTheme,
  measure: TextMeasure,
  row: SpanRow,
  middle: number,
  /** The words may not reach beyond this. */
  right: number,
): void {
  const bar = barOf(scene, row.start - row.wait, row.start, 1)
  if (bar === undefined) return
  const needed = measure.width(row.waitLabel) * scene.scale
  const room = Math.min(bar.x + bar.width, right) - bar.x
  if (room < needed + 14 * scene.scale) return
  const x = Math.round(bar.x + (room - needed) / 2)
  const plateHeight = Math.round(12 * scene.scale)
  pen.fillStyle = theme.bg
  pen.globalAlpha = 0.8
  pen.fillRect(x - 4 * scene.scale, middle - plateHeight / 2, needed + 8 * scene.scale, plateHeight)
  pen.globalAlpha = 1
  pen.fillStyle = theme.text
  pen.fillText(row.waitLabel, x, middle)
}

export function labelFont(theme: DrawTheme, scale: number): string {
  return `${11 * scale}px ${theme.sans}`
}

/**
 * Where a label of `size` goes for a bar [a, b] in a viewport of `width`: after it, before it, else on it (on a plate) at the
 * right edge. Undefined where the bar is out of view, or the label wider than the view.
 */
export function placeLabel(
  width: number,
  a: number,
  b: number,
  size: number,
  gap: number,
): { readonly x: number; readonly plate: boolean } | undefined {
  if (b < 0 || a > width) return undefined
  if (b + gap + size <= width) return { x: b + gap, plate: false }
  if (a - gap - size >= 0) return { x: a - gap - size, plate: false }
  if (size + 2 * gap > width) return undefined
  return { x: width - gap - size, plate: true }
}
