'use client'
import { type PointerEvent, type RefObject, useEffect, useMemo, useRef } from 'react'
import { useNavigate } from '@/components/ui/navigation.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatDuration, formatMinute, formatTime, type Zone } from '@/lib/base/format.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import { drawScatter, drawScatterOverlay, placePoints, pointAt, type ScatterArea } from '@/lib/draw/scatter.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { TraceSummary } from '@/lib/model/trace-list.ts'
import type { Layer } from '@/lib/view/frame.ts'
import { CanvasLayer, useSize } from './canvas-layer.tsx'
import { placeTip } from './tip.ts'

const HEIGHT_PX = 148

export interface TraceScatterProps {
  readonly traces: readonly TraceSummary[]
  readonly fromMs: number
  readonly toMs: number
  readonly zone: Zone
  readonly marked: RefObject<string | undefined>
  readonly overlay: RefObject<Layer | undefined>
  readonly onMark: (traceId: string | undefined) => void
}

/** Duration over start. The table below it says the same in words, so for assistive technology this is one picture. */
export function TraceScatter({ traces, fromMs, toMs, zone, marked, overlay, onMark }: TraceScatterProps) {
  const [ref, size] = useSize()
  const navigate = useNavigate()
  const source = useViewData()
  const tip = useRef<HTMLDivElement>(null)
  const area: ScatterArea = useMemo(
    () => ({ widthPx: size.width, heightPx: HEIGHT_PX, fromMs, toMs }),
    [size.width, fromMs, toMs],
  )
  const points = useMemo(() => placePoints(traces, area), [traces, area])
  const draw = useMemo(
    () => (pen: Pen, theme: DrawTheme) =>
      drawScatter(
        pen,
        points,
        traces,
        area,
        formatDuration,
        (ms) => (toMs - fromMs > 600_000 ? formatMinute : formatTime)(ms, zone),
        theme,
      ),
    [points, traces, area, fromMs, toMs, zone],
  )
  const place = useMemo(() => new Map(Array.from(points.index, (i, k) => [traces[i].traceId, k])), [points, traces])
  const drawOver = useMemo(
    () => (pen: Pen, theme: DrawTheme) =>
      drawScatterOverlay(pen, points, area, place.get(marked.current ?? '') ?? -1, theme),
    [points, area, place, marked],
  )
  // New points are not what the pointer was shown: it speaks again when it moves.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `points` is what this follows
  useEffect(() => {
    if (tip.current !== null) tip.current.hidden = true
    onMark(undefined)
  }, [points, onMark])
  const under = (event: PointerEvent<HTMLElement>): number => {
    const box = event.currentTarget.getBoundingClientRect()
    return pointAt(points, event.clientX - box.left, event.clientY - box.top, event.pointerType === 'touch' ? 24 : 12)
  }
  return (
    <div
      ref={ref}
      role="img"
      aria-label={`Duration over time of ${traces.length} traces; the table below lists them`}
      className="relative h-[148px] shrink-0 cursor-crosshair border-b border-line"
      onPointerMove={(event) => {
        const index = under(event)
        placeTip(tip.current, index < 0 ? [] : lines(traces[index], zone), event)
        onMark(index < 0 ? undefined : traces[index].traceId)
      }}
      onPointerLeave={(event) => {
        placeTip(tip.current, [], event)
        onMark(undefined)
      }}
      onPointerUp={(event) => {
        const index = under(event)
        if (index >= 0) navigate(source.traceHref(traces[index].traceId))
      }}
    >
      {size.width > 0 && (
        <>
          <CanvasLayer widthPx={size.width} heightPx={HEIGHT_PX} draw={draw} className="absolute inset-0" />
          <CanvasLayer
            widthPx={size.width}
            heightPx={HEIGHT_PX}
            draw={drawOver}
            layer={overlay}
            className="absolute inset-0"
          />
        </>
      )}
      <div
        ref={tip}
        aria-hidden
        hidden
        className="pointer-events-none fixed z-40 max-w-96 rounded-control border border-line-strong bg-raised px-2 py-1 text-table whitespace-pre-line text-text shadow-float"
      />
    </div>
  )
}

function lines(trace: TraceSummary, zone: Zone): readonly string[] {
  return [
    trace.action || trace.rootName,
    `${formatTime(trace.startMs, zone)}, ${formatDuration(trace.durationNs)}`,
    trace.waitNs >= 0 ? `longest wait ${formatDuration(trace.waitNs)}` : 'wait unknown',
    trace.complete ? 'complete' : 'incomplete',
  ]
}
