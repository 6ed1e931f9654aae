/** From the model to what the canvases draw: plain rows for what is in view, in device pixels. */
import { ticks } from '@/lib/analysis/waterfall-axis.ts'
import { formatCount, formatDuration, formatExact } from '@/lib/base/format.ts'
import type { RowTag } from '@/lib/draw/annotations.ts'
import { type PaintRow, type Scene, xOf } from '@/lib/draw/waterfall.ts'
import type { OverlayState } from '@/lib/draw/waterfall-overlay.ts'
import { FLAG } from '@/lib/model/span-columns.ts'
import type { WaterfallModel } from './waterfall-model.ts'

/** CSS pixels between ticks, at least. */
const TICK_EVERY_PX = 90

export function sceneOf(model: WaterfallModel, scale: number): Scene {
  const { first, end } = model.range
  const rows: PaintRow[] = []
  for (let r = first; r < end; r++) rows.push(rowOfValue(model, model.rows.value[r]))
  return {
    width: Math.round(model.viewWidth * scale),
    height: Math.round(model.viewHeight * scale),
    scale,
    rowHeight: model.rowHeight * scale,
    top: (first * model.rowHeight - model.topPx) * scale,
    rows,
    window: model.window,
    ticks: ticksOf(model),
  }
}

export function ticksOf(model: WaterfallModel) {
  return ticks(model.window, Math.max(3, Math.floor(model.viewWidth / TICK_EVERY_PX)))
}

function rowOfValue(model: WaterfallModel, value: number): PaintRow {
  const { spans, loaded, fold } = model
  const group = model.groupOfValue(value)
  if (group !== undefined) {
    const stats = model.statsOf(group.slot)
    return {
      kind: 'group',
      stageId: group.table.stageId[group.index],
      strip: model.stripOf(group.slot, Math.max(1, Math.round(model.viewWidth))),
      from: stats.from,
      to: stats.to,
      errors: stats.errors,
      label: groupLabel(model, group.slot),
      shortLabel: `×${formatCount(stats.count)}  p50 ${formatDuration(stats.p50)}  max ${formatDuration(stats.max)}`,
    }
  }
  const i = value
  const folded = fold.folded[i] === 1 && spans.subtreeEnd[i] > i + 1
  const parent = spans.parent[i]
  const parentEnd = parent < 0 ? Number.NaN : spans.start[parent] + spans.duration[parent]
  const error = (spans.flags[i] & FLAG.error) !== 0
  return {
    kind: 'span',
    stageId: spans.stageId[i],
    start: spans.start[i],
    duration: spans.duration[i],
    wait: spans.wait[i],
    waitInferred: (spans.flags[i] & FLAG.waitInferred) !== 0,
    error,
    negative: (spans.flags[i] & FLAG.negativeDuration) !== 0,
    foldedTo: folded ? loaded.aggregates.subtreeLatest[i] : Number.NaN,
    hiddenErrors: folded ? loaded.aggregates.errors[i] - (error ? 1 : 0) : 0,
    lateAfter: spans.start[i] > parentEnd ? parentEnd : Number.NaN,
    label: spanLabel(model, i, folded),
    waitLabel: waitWords(model, i),
  }
}

export function waitWords(model: WaterfallModel, i: number): string {
  const wait = model.spans.wait[i]
  if (!(wait > 0)) return ''
  const inferred = (model.spans.flags[i] & FLAG.waitInferred) !== 0
  return `${inferred ? 'inferred wait' : 'wait'} ${formatDuration(wait)}`
}

function spanLabel(model: WaterfallModel, i: number, folded: boolean): string {
  const { spans } = model
  if (spans.flags[i] & FLAG.negativeDuration) return 'ends before it starts'
  const duration = formatDuration(spans.duration[i])
  return folded ? `${duration} · ${formatCount(spans.subtreeEnd[i] - i - 1)} folded` : duration
}

/** `×999,960  p50 22 ms  p95 140 ms  max 1.8 s`. */
export function groupLabel(model: WaterfallModel, slot: number): string {
  const stats = model.statsOf(slot)
  const parts = [
    `×${formatExact(stats.count)}`,
    `p50 ${formatDuration(stats.p50)}`,
    ...(Number.isNaN(stats.p95) ? [] : [`p95 ${formatDuration(stats.p95)}`]),
    `max ${formatDuration(stats.max)}`,
  ]
  if (stats.waitMax > 0) parts.push(`wait max ${formatDuration(stats.waitMax)}`)
  if (stats.errors > 0) parts.push(`${formatCount(stats.errors)} ${stats.errors === 1 ? 'error' : 'errors'}`)
  return parts.join('  ')
}

export function overlayOf(model: WaterfallModel, scene: Scene, drag: OverlayState['drag']): OverlayState {
  const { first, end } = model.range
  const inView = (row: number) => (row >= first && row < end ? row - first : -1)
  const hitRows: number[] = []
  const hitMarks: { row: number; xs: number[] }[] = []
  for (let r = first; r < end && model.hits.length > 0; r++) {
    const value = model.rows.value[r]
    if (value < model.spans.count) {
      if (model.isHit(value)) hitRows.push(r - first)
    } else {
      // Where every member is a hit the name says so; marks would only cover the strip.
      const slot = value - model.spans.count
      const hits = model.hitsIn(slot)
      if (hits.length > 0 && hits.length < model.statsOf(slot).count) {
        hitMarks.push({ row: r - first, xs: marksOf(model, scene, hits) })
      }
    }
  }
  const hovered = model.hover
  return {
    hoverRow: hovered === undefined ? -1 : inView(hovered.row),
    hoverX: hovered === undefined || hovered.x < 0 ? -1 : hovered.x * scene.scale,
    selectedRow: inView(model.highlightedRow),
    hitRows,
    hitMarks,
    drag,
  }
}

/** The tags of rows in view; several on one row become one. */
export function tagsOf(model: WaterfallModel): readonly RowTag[] {
  const { first, end } = model.range
  const rows = new Map<number, { readonly texts: string[]; focused: boolean }>()
  for (const { span, text, focused } of model.tags) {
    const row = model.tagRow(span)
    if (row < first || row >= end) continue
    const tag = rows.get(row) ?? { texts: [], focused: false }
    tag.texts.push(text)
    if (focused) tag.focused = true
    rows.set(row, tag)
  }
  return [...rows].map(([row, { texts, focused }]) => ({ row: row - first, text: texts.join(' '), focused }))
}

/** Distinct pixels at which hits start. */
function marksOf(model: WaterfallModel, scene: Scene, hits: Uint32Array): number[] {
  const xs = new Set<number>()
  for (const i of hits) {
    const x = Math.round(xOf(scene, model.spans.start[i]))
    if (x >= 0 && x <= scene.width) xs.add(x)
  }
  return [...xs]
}
