'use client'
import { Flag } from 'lucide-react'
import { type Annotation, type Annotations, pointsAt, usePointedNote } from '@/components/ui/annotations.tsx'
import { cx } from '@/components/ui/cx.ts'
import { type HeatAnnotation, laneFlags } from '@/lib/draw/annotations.ts'
import { minuteLeft, type PlotGeometry } from '@/lib/draw/heat-map-geometry.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { type GuildMinutes, MINUTE_MS } from '@/lib/model/timings.ts'

/** An annotation with its place in this guild's plot. */
export interface PlacedAnnotation extends HeatAnnotation {
  readonly of: Annotation
}

/** Those that speak of this guild's minutes. `rowOf`: the row that shows an action, −1 for none. */
export function placedIn(
  data: GuildMinutes,
  annotations: Annotations,
  rowOf: (action: string) => number,
): readonly PlacedAnnotation[] {
  const minute = (ms: number) => (ms - data.fromMs) / MINUTE_MS
  return annotations.items.flatMap((of): PlacedAnnotation[] => {
    const { pin, kind, id } = of
    const rest = { of, kind, focused: annotations.focused === id }
    switch (pin.kind) {
      case 'time':
        return [{ ...rest, from: minute(pin.atMs), to: minute(pin.atMs), row: -1 }]
      case 'range':
        if (pin.guildId !== undefined && pin.guildId !== data.guildId) return []
        return [{ ...rest, from: minute(pin.fromMs), to: minute(pin.toMs), row: -1 }]
      case 'cell': {
        if (pin.guildId !== data.guildId) return []
        const from = minute(pin.minuteMs)
        return [{ ...rest, from, to: from + 1, row: rowOf(pin.action) }]
      }
      default:
        return []
    }
  })
}

export interface NoteLaneProps {
  readonly g: PlotGeometry
  readonly placed: readonly PlacedAnnotation[]
  readonly touch: boolean
  readonly onFocus: (id: string) => void
}

/** The flags above the heat map, on its axis: buttons, since what they stand for is drawn on a canvas. */
export function NoteLane({ g, placed, touch, onFocus }: NoteLaneProps) {
  const size = touch ? 40 : 20
  const middle = (item: PlacedAnnotation) => minuteLeft(g, item.row >= 0 ? item.from + 0.5 : item.from)
  const pointed = usePointedNote()
  const flags = laneFlags(placed.map(middle), g.widthPx, size)
  return (
    <ul aria-label="Notes and markers on the time axis" className="relative h-6 pointer-coarse:h-10">
      {flags.map(({ items, x }) => {
        const of = items.map((item) => placed[item])
        const at = of.findIndex(({ focused }) => focused)
        const first = of[Math.max(0, at)]
        // Several under one flag: each press goes to the next.
        const next = of[(at + 1) % of.length].of.id
        const shown = first.kind === 'marker' ? '' : first.of.label
        const words = of.map(({ of }) => visibleText(of.words)).join('\n')
        return (
          <li
            key={first.of.id}
            className="absolute top-0"
            style={{ left: Math.min(Math.max(x, size / 2), g.widthPx - size / 2) }}
          >
            <button
              type="button"
              title={words}
              // What is read on the flag stands in its name, for whoever says it aloud.
              aria-label={of.length > 1 ? `${shown}+${of.length - 1}: ${words}` : words}
              aria-pressed={at >= 0}
              onClick={() => onFocus(next)}
              {...pointsAt(first.of.id)}
              className="flex h-5 -translate-x-1/2 items-center justify-center pointer-coarse:h-10 pointer-coarse:min-w-10"
            >
              <span
                className={cx(
                  'flex h-5 min-w-5 items-center justify-center gap-0.5 rounded-control px-1 text-axis font-semibold',
                  at >= 0 ? 'bg-accent text-on-accent' : 'bg-text text-bg',
                  of.some(({ of }) => of.id === pointed) && 'ring-2 ring-accent',
                )}
              >
                {first.kind === 'marker' ? <Flag size={12} aria-hidden /> : shown}
                {of.length > 1 && <span>+{of.length - 1}</span>}
              </span>
            </button>
          </li>
        )
      })}
    </ul>
  )
}
