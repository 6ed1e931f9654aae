'use client'
import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from 'react'
import { formatDuration } from '@/lib/base/format.ts'
import {
  drawAxis,
  drawOverview,
  drawOverviewNotes,
  drawOverviewWindow,
  type OverviewScene,
} from '@/lib/draw/overview.ts'
import { textMeasure } from '@/lib/draw/text-fit.ts'
import { onThemeChange, readDrawTheme } from '@/lib/draw/theme.ts'
import { labelFont } from '@/lib/draw/waterfall-labels.ts'
import { frames } from '@/lib/view/frame.ts'
import { fitCanvas, penOf } from './canvas-size.ts'
import { useModel, useModelValue } from './use-model.ts'
import { ticksOf } from './waterfall-paint.ts'

const HEIGHT_PX = 48
const EDGE_PX = 6

type Grip = {
  readonly kind: 'from' | 'to' | 'move' | 'new'
  readonly at: number
  readonly window: { from: number; to: number }
}

/** The whole trace in 48 px; the window in view is dragged, moved by its edges, or drawn anew. */
export function OverviewStrip() {
  const model = useModel()
  const lanes = useRef<HTMLCanvasElement>(null)
  const frame = useRef<HTMLCanvasElement>(null)
  const grip = useRef<Grip | undefined>(undefined)
  const { whole } = model
  const told = useModelValue(
    model,
    'window',
    () => `${formatDuration(model.window.from)} to ${formatDuration(model.window.to)}`,
  )
  const share = useModelValue(model, 'window', () =>
    Math.round((100 * (model.window.from - whole.from)) / (whole.to - whole.from)),
  )

  useEffect(() => {
    if (lanes.current === null || frame.current === null) return
    const canvases = [lanes.current, frame.current] as const
    const pens = [penOf(lanes.current, true), penOf(frame.current, false)] as const
    const scene = (): OverviewScene => {
      const scale = window.devicePixelRatio || 1
      const width = canvases[0].clientWidth
      for (const canvas of canvases) fitCanvas(canvas, width, HEIGHT_PX, scale)
      const { width: devicePx, height } = canvases[0]
      return { width: devicePx, height, scale, lanes: model.loaded.lanes, whole: model.whole }
    }
    const base = frames.layer(() => drawOverview(pens[0], scene(), readDrawTheme(canvases[0])))
    const top = frames.layer(() => {
      const theme = readDrawTheme(canvases[0])
      drawOverviewWindow(pens[1], scene(), model.window, theme)
      const starts = model.tags.map(({ span, focused }) => ({ at: model.spans.start[span], focused }))
      drawOverviewNotes(pens[1], scene(), starts, theme)
    })
    const both = () => {
      base.invalidate()
      top.invalidate()
    }
    const observer = new ResizeObserver(both)
    observer.observe(lanes.current)
    const ends = [
      model.subscribe('window', top.invalidate),
      model.subscribe('tags', top.invalidate),
      onThemeChange(both),
      base.dispose,
      top.dispose,
    ]
    return () => {
      observer.disconnect()
      for (const end of ends) end()
    }
  }, [model])

  const timeAt = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect()
    return whole.from + ((event.clientX - box.left) / Math.max(1, box.width)) * (whole.to - whole.from)
  }
  const pxOf = (event: PointerEvent, t: number) =>
    ((t - whole.from) / (whole.to - whole.from)) * event.currentTarget.getBoundingClientRect().width
  const down = (event: PointerEvent) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    const at = timeAt(event)
    const { window: now } = model
    const all = now.from <= whole.from && now.to >= whole.to
    const near = (t: number) => Math.abs(pxOf(event, at) - pxOf(event, t)) <= EDGE_PX
    const kind = all
      ? 'new'
      : near(now.from)
        ? 'from'
        : near(now.to)
          ? 'to'
          : at > now.from && at < now.to
            ? 'move'
            : 'new'
    grip.current = { kind, at, window: now }
  }
  const move = (event: PointerEvent) => {
    if (grip.current === undefined) return
    const { kind, at, window: then } = grip.current
    const t = timeAt(event)
    if (kind === 'move') model.setWindow({ from: then.from + t - at, to: then.to + t - at })
    else if (Math.abs(pxOf(event, t) - pxOf(event, at)) > 3) {
      const fixed = kind === 'from' ? then.to : kind === 'to' ? then.from : at
      model.setWindow({ from: Math.min(fixed, t), to: Math.max(fixed, t) })
    }
  }
  const key = (event: KeyboardEvent) => {
    if (event.key === 'ArrowLeft') model.pan(-0.1)
    else if (event.key === 'ArrowRight') model.pan(0.1)
    else if (event.key === 'ArrowUp') model.zoom(0.8)
    else if (event.key === 'ArrowDown') model.zoom(1.25)
    else if (event.key === 'Home') model.setWindow(whole)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label="Time range in view"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share}
      aria-valuetext={told}
      onKeyDown={key}
      onPointerDown={down}
      onPointerMove={move}
      onPointerUp={() => {
        grip.current = undefined
      }}
      onPointerCancel={() => {
        grip.current = undefined
      }}
      onDoubleClick={() => model.setWindow(whole)}
      className="relative h-12 min-w-0 flex-1 cursor-ew-resize touch-none select-none"
    >
      <canvas ref={lanes} className="absolute inset-0 h-full w-full" />
      <canvas ref={frame} className="absolute inset-0 h-full w-full" />
    </div>
  )
}

/** The ticks' labels above the bars. */
export function TimeAxis() {
  const model = useModel()
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const element = canvas.current
    if (element === null) return
    const pen = penOf(element, true)
    const layer = frames.layer(() => {
      const scale = window.devicePixelRatio || 1
      fitCanvas(element, element.clientWidth, element.clientHeight, scale)
      const theme = readDrawTheme(element)
      const measure = textMeasure(pen, labelFont(theme, 1))
      const scene = { width: element.width, height: element.height, scale, window: model.window }
      drawAxis(pen, scene, ticksOf(model), theme, measure.width)
    })
    const ends = [model.subscribe('window', layer.invalidate), onThemeChange(layer.invalidate), layer.dispose]
    document.fonts?.ready.then(layer.invalidate)
    return () => {
      for (const end of ends) end()
    }
  }, [model])
  return <canvas ref={canvas} aria-hidden className="h-6 w-full border-b border-line" />
}
