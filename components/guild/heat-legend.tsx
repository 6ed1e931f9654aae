'use client'
import { useCallback } from 'react'
import type { HeatMeasure } from '@/lib/analysis/heat-map.ts'
import type { HeatScale } from '@/lib/analysis/heat-map-scale.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import { abgrToCss, type DrawTheme } from '@/lib/draw/theme.ts'
import { CanvasLayer } from './canvas-layer.tsx'
import { measureName, measureValue } from './words.ts'

const WIDTH_PX = 200
const RAMP_PX = 8
const HEIGHT_PX = 24

/** The colour ramp with the values at which its colours stand. */
export function HeatLegend({ measure, scale, waitKind }: HeatLegendProps) {
  const draw = useCallback(
    (pen: Pen, theme: DrawTheme) => {
      pen.clearRect(0, 0, WIDTH_PX, HEIGHT_PX)
      for (let x = 0; x < WIDTH_PX; x++) {
        pen.fillStyle = abgrToCss(theme.heat[Math.round((x / (WIDTH_PX - 1)) * 255)])
        pen.fillRect(x, 0, 1, RAMP_PX)
      }
      pen.font = `11px ${theme.sans}`
      pen.textBaseline = 'alphabetic'
      pen.textAlign = 'left'
      let free = Number.POSITIVE_INFINITY
      // From the right, so that the largest value is always there.
      for (const { value, position } of [...scale.ticks].reverse()) {
        const label = tickWords(measure, value)
        const width = pen.measureText(label).width
        const x = Math.max(0, Math.min(WIDTH_PX - width, position * WIDTH_PX - width / 2))
        if (x + width + 6 > free) continue
        free = x
        pen.fillStyle = theme.line
        pen.fillRect(Math.min(WIDTH_PX - 1, Math.round(position * WIDTH_PX)), RAMP_PX, 1, 3)
        pen.fillStyle = theme.text2
        pen.fillText(label, x, HEIGHT_PX - 3)
      }
    },
    [measure, scale],
  )
  return (
    <div
      role="img"
      // As WIDTH_PX and HEIGHT_PX: a canvas has a size of its own before it is drawn.
      className="h-6 w-50 overflow-hidden"
      aria-label={`${measureName(measure, waitKind)}, colours from least to most: ${scale.ticks.map((tick) => tickWords(measure, tick.value)).join(', ')}`}
    >
      <CanvasLayer widthPx={WIDTH_PX} heightPx={HEIGHT_PX} draw={draw} />
    </div>
  )
}

function tickWords(measure: HeatMeasure, value: number): string {
  return measure === 'share' ? `${Math.round(value / 1e6)} s` : measureValue(measure, value)
}

interface HeatLegendProps {
  readonly measure: HeatMeasure
  readonly scale: HeatScale
  readonly waitKind: 'mean' | 'max'
}
