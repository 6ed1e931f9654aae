'use client'
import {
  type FocusEvent,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { createPortal } from 'react-dom'
import { placeBeside, type Side } from './place-beside.ts'

export interface TooltipProps {
  readonly label: ReactNode
  /** The control it explains: one focusable element. */
  readonly children: ReactElement
  readonly side?: Side
  /** The control does nothing but explain itself: pressing it opens and closes the words, so that a finger can read them too. */
  readonly pressed?: boolean
}

const OPEN_AFTER_MS = 400
/** Long enough for the pointer to reach the tooltip itself. */
const CLOSE_AFTER_MS = 120

/**
 * Words beside a control, on hover and on keyboard focus; Esc closes. Never the only place of a fact. (Written here: the library's
 * tooltip would cost every page 35 KiB before anything is drawn.)
 */
export function Tooltip({ label, children, side = 'bottom', pressed = false }: TooltipProps) {
  const id = useId()
  const wrapper = useRef<HTMLSpanElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [open, setOpen] = useState(false)

  const later = (next: boolean, ms: number) => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => setOpen(next), ms)
  }
  const enter = (event: PointerEvent) => event.pointerType === 'mouse' && later(true, OPEN_AFTER_MS)
  const leave = () => later(false, CLOSE_AFTER_MS)
  const focus = (event: FocusEvent) => event.target.matches(':focus-visible') && later(true, 0)
  const now = (next: boolean) => {
    clearTimeout(timer.current)
    setOpen(next)
  }

  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    const control = wrapper.current?.firstElementChild
    if (!open || control === null || control === undefined) return
    control.setAttribute('aria-describedby', id)
    const onKeyDown = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false)
    // A finger has no way of leaving but to move on.
    const onScroll = () => pressed && setOpen(false)
    window.addEventListener('keydown', onKeyDown)
    window.addEventListener('scroll', onScroll, { capture: true, passive: true })
    return () => {
      control.removeAttribute('aria-describedby')
      window.removeEventListener('keydown', onKeyDown)
      window.removeEventListener('scroll', onScroll, { capture: true })
    }
  }, [open, id, pressed])

  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: listens for the control inside it */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the control inside it has the keyboard's click too */}
      <span
        ref={wrapper}
        className="contents"
        onPointerEnter={enter}
        onPointerLeave={leave}
        // What the press does is the answer; words over it would only be in the way.
        onPointerDown={pressed ? undefined : () => now(false)}
        onClick={() => now(pressed && !open)}
        onFocus={focus}
        onBlur={() => now(false)}
      >
        {children}
      </span>
      {open && (
        <Bubble id={id} anchor={wrapper} side={side} onEnter={() => clearTimeout(timer.current)} onLeave={leave}>
          {label}
        </Bubble>
      )}
    </>
  )
}

interface BubbleProps {
  readonly id: string
  readonly anchor: { readonly current: HTMLElement | null }
  readonly side: Side
  readonly onEnter: () => void
  readonly onLeave: () => void
  readonly children: ReactNode
}

function Bubble({ id, anchor, side, onEnter, onLeave, children }: BubbleProps) {
  const bubble = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const control = anchor.current?.firstElementChild
    if (bubble.current === null || control === null || control === undefined) return
    const view = { width: window.innerWidth, height: window.innerHeight }
    const { left, top } = placeBeside(
      control.getBoundingClientRect(),
      bubble.current.getBoundingClientRect(),
      view,
      side,
    )
    bubble.current.style.left = `${left}px`
    bubble.current.style.top = `${top}px`
  })
  return createPortal(
    <div
      ref={bubble}
      id={id}
      role="tooltip"
      onPointerEnter={onEnter}
      onPointerLeave={onLeave}
      className="fixed top-0 left-0 z-50 w-max max-w-[min(20rem,calc(100vw-1rem))] rounded-control border border-line-strong bg-raised px-2 py-1 text-table text-text shadow-float"
    >
      {children}
    </div>,
    document.body,
  )
}
