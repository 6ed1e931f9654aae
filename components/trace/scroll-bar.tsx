'use client'
import { type PointerEvent, useRef } from 'react'
import { useModel, useModelValue } from './use-model.ts'

const LEAST_PX = 24

/** Rows are scrolled by number, not by the height of an element: elements end at 17.9M px, traces do not. */
export function ScrollBar() {
  const model = useModel()
  const grip = useRef<{ readonly y: number; readonly top: number } | undefined>(undefined)
  useModelValue(model, 'rows', () => `${model.topPx}/${model.rows.count}/${model.viewHeight}`)
  const { viewHeight, maxTopPx, topPx } = model
  const content = maxTopPx + viewHeight
  const thumb = Math.max(LEAST_PX, (viewHeight * viewHeight) / Math.max(1, content))
  const travel = Math.max(1, viewHeight - thumb)
  const down = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId)
    const y = event.clientY - event.currentTarget.getBoundingClientRect().top
    const at = maxTopPx === 0 ? 0 : (topPx / maxTopPx) * travel
    if (y < at || y > at + thumb) model.scrollTo(((y - thumb / 2) / travel) * maxTopPx)
    grip.current = { y: event.clientY, top: model.topPx }
  }
  return (
    <div
      role="scrollbar"
      aria-label="Rows"
      aria-controls="waterfall-rows"
      aria-orientation="vertical"
      aria-valuemin={0}
      aria-valuemax={Math.max(0, model.rows.count - 1)}
      aria-valuenow={model.range.first}
      tabIndex={-1}
      onPointerDown={down}
      onPointerMove={(event) => {
        if (grip.current !== undefined) {
          model.scrollTo(grip.current.top + ((event.clientY - grip.current.y) / travel) * maxTopPx)
        }
      }}
      onPointerUp={() => {
        grip.current = undefined
      }}
      onPointerCancel={() => {
        grip.current = undefined
      }}
      className="relative w-3 shrink-0 touch-none border-l border-line"
    >
      {maxTopPx > 0 && (
        <div
          className="absolute inset-x-0.5 rounded-control bg-line-strong hover:bg-text-3"
          style={{ height: thumb, top: (topPx / maxTopPx) * travel }}
        />
      )}
    </div>
  )
}
