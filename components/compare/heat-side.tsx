'use client'
import { useEffect, useMemo, useRef, useState } from 'react'
import { CanvasLayer, useCoarsePointer, useSize } from '@/components/guild/canvas-layer.tsx'
import { HeatGrid } from '@/components/guild/heat-grid.tsx'
import type { HeatView } from '@/components/guild/heat-model.ts'
import { describeCells, plotDraw } from '@/components/guild/heat-picture.ts'
import { shownName } from '@/components/guild/words.ts'
import { ABSENT } from '@/lib/analysis/heat-map.ts'
import { axisMinute, axisMs, type SideAxis } from '@/lib/analysis/side-axis.ts'
import { formatMinute, type Zone } from '@/lib/base/format.ts'
import type { BandMost, BandTracks } from '@/lib/draw/band.ts'
import { drawHeatOverlay, type HeatOverlay } from '@/lib/draw/heat-map.ts'
import { contentWidth, minuteLeft, type PlotGeometry } from '@/lib/draw/heat-map-geometry.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { frames, type Layer } from '@/lib/view/frame.ts'
import type { CellPlace, RangeMs } from './compare-view.ts'
import type { LinkedHover } from './linked-hover.ts'
import type { ReadySide } from './use-sides.ts'

/** The whole line as a tooltip, once the pointer rests: setting it on every move costs more than it says. */
const RESTS_MS = 300

export interface HeatSideProps {
  readonly side: ReadySide
  /** Place among the sides that are drawn, for the axis. */
  readonly place: number
  readonly view: HeatView
  /** Row names, the same in every side. */
  readonly names: readonly string[]
  readonly axis: SideAxis
  readonly tracks: (widthPx: number) => BandTracks
  /** Tops of the band's tracks, the same in every side. */
  readonly most: BandMost
  readonly rowPx: number
  readonly zone: Zone
  readonly hover: LinkedHover
  readonly action: string
  readonly onSelect: (range: RangeMs, action: string | undefined) => void
  /** Where the keyboard stands, as the address says; undefined: where it began. */
  readonly cursor: CellPlace | undefined
  readonly onCursor: (cell: CellPlace) => void
  readonly onPainted: (letter: string) => void
}

/** One side's band and heat map on the common axis, with a line that says what the same cell is here. */
export function HeatSide(props: HeatSideProps) {
  const { side, place, view, names, axis, most, rowPx, zone, hover, action, onPainted } = props
  const { facts, letter } = side
  const { data } = facts
  const [ref, plot] = useSize()
  const touch = useCoarsePointer()
  const [scrollPx, setScrollPx] = useState(0)
  const overlay = useRef<Layer | undefined>(undefined)
  const readout = useRef<HTMLParagraphElement>(null)
  const dragged = useRef<HeatOverlay['selection']>(undefined)
  const [isDragged, setDragged] = useState(false)

  const axisMinutes = axis.to - axis.from
  const content = contentWidth(axisMinutes, plot.width, touch)
  const minutePx = content / Math.max(1, axisMinutes)
  // Axis minutes before this side's first.
  const lead = axisMinute(axis, place, data.fromMs) - axis.from
  const g: PlotGeometry = useMemo(
    () => ({
      minutes: data.minutes,
      minutePx,
      widthPx: plot.width,
      scrollPx: Math.max(0, Math.min(scrollPx, content - plot.width)) - lead * minutePx,
      rows: names.length,
      rowPx,
    }),
    [data.minutes, minutePx, plot.width, scrollPx, content, lead, names.length, rowPx],
  )
  const tracksFor = props.tracks
  const tracks = useMemo(() => tracksFor(plot.width), [tracksFor, plot.width])
  const height = tracks.height + names.length * rowPx

  const draw = useMemo(() => {
    const base = plotDraw(facts, view, g, tracks, zone, '', most)
    return (pen: Pen, theme: DrawTheme) => {
      base(pen, theme)
      if (facts.data.actions.length > 0) drawAbsent(pen, g, view, tracks.height, theme)
      if (g.widthPx > 0) onPainted(letter)
    }
  }, [facts, view, g, tracks, zone, most, letter, onPainted])

  const selected = useMemo((): HeatOverlay['selection'] => {
    const { selFromMs, selToMs } = side.side
    const row = action === '' ? -1 : names.indexOf(action)
    if (selFromMs === undefined || selToMs === undefined) {
      return action === '' || row < 0 ? undefined : { from: 0, to: data.minutes, row }
    }
    const from = (selFromMs - data.fromMs) / MINUTE_MS
    const to = (selToMs - data.fromMs) / MINUTE_MS
    if (to <= 0 || from >= data.minutes) return undefined
    return { from: Math.max(0, from), to: Math.min(data.minutes, to), row }
  }, [side.side, data, names, action])
  const drawOverlay = useMemo(
    () => (pen: Pen, theme: DrawTheme) =>
      drawHeatOverlay(pen, g, { hover: undefined, selection: dragged.current ?? selected }, tracks.height, theme),
    [g, selected, tracks.height],
  )

  const say = useMemo(() => {
    const describe = (from: number, to: number, row: number) =>
      view.map.rowAction[row] === ABSENT
        ? `${shownName(names[row])}: none in this range`
        : describeCells(facts, view.map, row < 0 ? 'all actions' : names[row], from, to, row, zone)
    const resting = selected === undefined ? '' : describe(selected.from, selected.to, selected.row)
    const now = () => {
      const at = hover.at()
      if (at === undefined) return resting
      const minute = at.minute - axis.from - lead
      if (minute < 0 || minute >= data.minutes) {
        return `${formatMinute(axisMs(axis, place, at.minute), zone)}: not in this side’s range`
      }
      return describe(minute, minute + 1, at.row)
    }
    return { describe, now }
  }, [facts, view, names, zone, selected, hover, axis, lead, data.minutes, place])
  const cross = useMemo(() => {
    const at = hover.at
    return (): CrossAt | undefined => {
      const now = at()
      const minute = now === undefined ? -1 : now.minute - axis.from - lead
      if (now === undefined || minute < 0 || minute >= data.minutes) return undefined
      return { leftPx: minuteLeft(g, minute), topPx: now.row < 0 ? undefined : tracks.height + now.row * rowPx }
    }
  }, [hover, g, axis.from, lead, data.minutes, tracks.height, rowPx])
  const columnLine = useRef<HTMLDivElement>(null)
  const rowLine = useRef<HTMLDivElement>(null)
  // Only the place of two elements and one line of text change, once a frame: no canvas is drawn for a move.
  useEffect(() => {
    // What stood there before was of another selection.
    let told: string | undefined
    let rest: ReturnType<typeof setTimeout> | undefined
    const layer = frames.layer(() => {
      const at = cross()
      moveTo(columnLine.current, at === undefined ? undefined : `translateX(${at.leftPx}px)`)
      moveTo(rowLine.current, at?.topPx === undefined ? undefined : `translateY(${at.topPx}px)`)
      const text = say.now()
      const line = readout.current
      if (line === null || text === told) return
      told = text
      line.textContent = text
      clearTimeout(rest)
      rest = setTimeout(() => {
        line.title = text
      }, RESTS_MS)
    })
    const unfollow = hover.follow(layer.invalidate)
    return () => {
      unfollow()
      layer.dispose()
      clearTimeout(rest)
    }
  }, [say, cross, hover])

  return (
    <div className="min-w-0">
      <div
        ref={ref}
        className="relative min-w-0 overflow-x-auto overflow-y-hidden"
        onScroll={(event) => setScrollPx(event.currentTarget.scrollLeft)}
      >
        {plot.width > 0 && (
          <HeatGrid
            of={`side ${side.letter}, ${side.name}`}
            listed={place === 0}
            g={g}
            contentPx={content}
            topPx={tracks.height}
            heightPx={height}
            names={names}
            describe={(minute, row) => say.describe(minute, minute + 1, row)}
            selected={selected}
            cursor={props.cursor}
            onCursor={props.onCursor}
            onPoint={(at) =>
              hover.point(at === undefined ? undefined : { minute: at.minute + lead + axis.from, row: at.row })
            }
            onDrag={(range) => {
              dragged.current = range
              setDragged(range !== undefined)
              overlay.current?.invalidate()
            }}
            onSelect={(from, to, row) => {
              const range = { fromMs: data.fromMs + from * MINUTE_MS, toMs: data.fromMs + to * MINUTE_MS }
              const others = view.map.others > 0 && row === names.length - 1
              props.onSelect(range, row < 0 || others ? undefined : names[row])
            }}
          >
            <CanvasLayer widthPx={plot.width} heightPx={height} draw={draw} opaque className="absolute inset-0" />
            {(isDragged || selected !== undefined) && (
              <CanvasLayer
                widthPx={plot.width}
                heightPx={height}
                draw={drawOverlay}
                layer={overlay}
                className="absolute inset-0"
              />
            )}
            <div className="pointer-events-none absolute inset-0 overflow-hidden" aria-hidden>
              <div
                ref={columnLine}
                className="invisible absolute inset-y-0 left-0 bg-text opacity-[0.14] will-change-transform"
                style={{ width: Math.max(1, minutePx) }}
              />
              <div
                ref={rowLine}
                className="invisible absolute inset-x-0 top-0 bg-text opacity-[0.14] will-change-transform"
                style={{ height: rowPx }}
              />
            </div>
          </HeatGrid>
        )}
      </div>
      <p
        ref={readout}
        aria-hidden
        className="line-clamp-2 h-9 px-1 py-0.5 text-table wrap-anywhere text-text contain-strict"
        data-readout={side.letter}
      />
    </div>
  )
}

/** Where the cross stands, CSS pixels in the plot; `topPx` undefined: on the band. */
interface CrossAt {
  readonly leftPx: number
  readonly topPx: number | undefined
}

function moveTo(line: HTMLElement | null, transform: string | undefined): void {
  if (line === null) return
  line.style.visibility = transform === undefined ? 'hidden' : 'visible'
  if (transform !== undefined) line.style.transform = transform
}

/** Rows of actions that this side never had say so, where there is room. */
function drawAbsent(pen: Pen, g: PlotGeometry, view: HeatView, topPx: number, theme: DrawTheme): void {
  const left = Math.max(0, minuteLeft(g, 0))
  pen.font = `11px ${theme.sans}`
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  pen.fillStyle = theme.text2
  view.map.rowAction.forEach((action, row) => {
    if (action === ABSENT) pen.fillText('none in this range', left + 4, topPx + (row + 0.5) * g.rowPx)
  })
}
