'use client'
import { formatDuration, formatExact } from '@/lib/base/format.ts'
import { FLAG } from '@/lib/model/span-columns.ts'
import { flagWords, rowWords, shownName } from './row-words.ts'
import { useModel, useModelValue } from './use-model.ts'
import type { Hover, WaterfallModel } from './waterfall-model.ts'
import { groupLabel, waitWords } from './waterfall-paint.ts'

const WIDTH_PX = 320

/** Beside the pointer: what is under it, from what was drawn, so that it never contradicts the picture. */
export function HoverCard() {
  const model = useModel()
  const hover = useModelValue(model, 'hover', () => model.hover)
  if (hover === undefined || hover.row < 0 || hover.row >= model.rows.count) return undefined
  const left = hover.x + 16 + WIDTH_PX > model.viewWidth ? Math.max(0, hover.x - 16 - WIDTH_PX) : hover.x + 16
  const below = hover.y + 150 < model.viewHeight
  const lines = linesFor(model, hover)
  return (
    <div
      className="pointer-events-none absolute z-20 max-w-80 rounded-control border border-line-strong bg-raised px-2 py-1 text-table text-text shadow-float"
      style={below ? { left, top: hover.y + 18 } : { left, bottom: model.viewHeight - hover.y + 12 }}
    >
      {lines.map((line, k) => (
        <p key={line} className={k === 0 ? 'font-semibold wrap-anywhere' : 'text-text-2'}>
          {line}
        </p>
      ))}
    </div>
  )
}

function linesFor(model: WaterfallModel, hover: Hover): string[] {
  const { spans } = model
  const value = model.rows.value[hover.row]
  const words = rowWords(model, value)
  const lines = [words.name]
  const group = model.groupOfValue(value)
  if (group !== undefined) {
    lines.push(groupLabel(model, group.slot))
    const width = Math.max(1, Math.round(model.viewWidth))
    const strip = model.stripOf(group.slot, width)
    const x = Math.min(strip.width - 1, Math.max(0, Math.floor((hover.x / Math.max(1, model.viewWidth)) * width)))
    const longest = strip.longest[x]
    lines.push(`At ${formatDuration(model.timeAt(hover.x))}: ${formatExact(strip.running[x])} running`)
    if (longest >= 0) {
      lines.push(
        `${formatExact(strip.starting[x])} start here, longest ${formatDuration(spans.duration[longest])}${
          strip.errors[x] > 0 ? `, ${formatExact(strip.errors[x])} with errors` : ''
        }`,
      )
    }
    return lines
  }
  const wait = waitWords(model, value)
  const span = `${formatDuration(spans.duration[value])}, from ${formatDuration(spans.start[value])}`
  lines.push(wait === '' ? span : `${wait}, then ${span}`)
  const where = [spans.services[spans.serviceId[value]], spans.nodes[spans.nodeId[value]]].filter((part) => part !== '')
  if (where.length > 0) lines.push(where.map(shownName).join(' · '))
  const parent = spans.parent[value]
  const late = parent < 0 ? 0 : spans.start[value] - spans.start[parent] - spans.duration[parent]
  if (late > 0) lines.push(`Started ${formatDuration(late)} after its parent had ended.`)
  if (spans.flags[value] & FLAG.error) lines.push('! error')
  const flags = flagWords(spans.flags[value])
  if (flags !== '') lines.push(flags)
  return lines
}
