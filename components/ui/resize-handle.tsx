'use client'
import { type KeyboardEvent, type PointerEvent, useRef } from 'react'
import { cx } from './cx.ts'

export interface ResizeHandleProps {
  readonly label: string
  /** `horizontal`: a hairline between panels above and below; `vertical`: between left and right. */
  readonly orientation: 'horizontal' | 'vertical'
  /** Size in CSS px of the panel before (or, with `reverse`, after) the handle. */
  readonly sizePx: number
  readonly minPx: number
  readonly maxPx: number
  readonly onResize: (sizePx: number) => void
  /** The handle sizes the panel after it. */
  readonly reverse?: boolean
  readonly className?: string
}

const STEP_PX = 16

/** A hairline that can be dragged, or moved with the arrow keys, Home and End. */
export function ResizeHandle(props: ResizeHandleProps) {
  const { label, orientation, sizePx, minPx, maxPx, onResize, reverse = false, className } = props
  const grip = useRef<{ readonly at: number; readonly size: number } | undefined>(undefined)
  const sign = reverse ? -1 : 1
  const place = (event: PointerEvent) => (orientation === 'vertical' ? event.clientX : event.clientY)
  const resize = (size: number) => onResize(Math.round(Math.min(maxPx, Math.max(minPx, size))))

  const onKeyDown = (event: KeyboardEvent) => {
    const more = orientation === 'vertical' ? 'ArrowRight' : 'ArrowDown'
    const less = orientation === 'vertical' ? 'ArrowLeft' : 'ArrowUp'
    if (event.key === more) resize(sizePx + sign * STEP_PX)
    else if (event.key === less) resize(sizePx - sign * STEP_PX)
    else if (event.key === 'Home') resize(minPx)
    else if (event.key === 'End') resize(maxPx)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    // biome-ignore lint/a11y/useSemanticElements: <hr> cannot be focused and dragged
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(sizePx)}
      aria-valuemin={minPx}
      aria-valuemax={maxPx}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId)
        grip.current = { at: place(event), size: sizePx }
      }}
      onPointerMove={(event) => {
        if (grip.current !== undefined) resize(grip.current.size + sign * (place(event) - grip.current.at))
      }}
      onPointerUp={() => {
        grip.current = undefined
      }}
      onPointerCancel={() => {
        grip.current = undefined
      }}
      className={cx(
        'relative z-10 shrink-0 touch-none bg-line select-none hover:bg-accent focus-visible:bg-accent',
        "after:absolute after:content-['']",
        orientation === 'vertical'
          ? 'w-px cursor-col-resize after:inset-y-0 after:-right-1 after:-left-1 pointer-coarse:after:-right-4 pointer-coarse:after:-left-4'
          : 'h-px cursor-row-resize after:inset-x-0 after:-top-1 after:-bottom-1 pointer-coarse:after:-top-4 pointer-coarse:after:-bottom-4',
        className,
      )}
    />
  )
}
