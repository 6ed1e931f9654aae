'use client'
import { type FocusEvent, type ReactElement, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { type Align, placeBeside } from './place-beside.ts'

export interface PopoverProps {
  /** The button that opens it. */
  readonly trigger: ReactElement
  readonly title: string
  readonly children: ReactNode
  readonly align?: Align
  /** Left out, the popover keeps its own state. */
  readonly open?: boolean
  readonly onOpenChange?: (open: boolean) => void
}

/** A floating panel at its button, next to it in the order of focus. Esc, a click elsewhere or leaving it by Tab closes it. */
export function Popover({ trigger, title, children, align = 'start', open: asked, onOpenChange }: PopoverProps) {
  const wrapper = useRef<HTMLSpanElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [own, setOwn] = useState(false)
  const open = asked ?? own
  const set = (next: boolean) => {
    setOwn(next)
    onOpenChange?.(next)
  }
  const button = () => wrapper.current?.firstElementChild

  useEffect(() => {
    const control = wrapper.current?.firstElementChild
    control?.setAttribute('aria-haspopup', 'dialog')
    control?.setAttribute('aria-expanded', String(open))
    if (!open) return
    return () => {
      // What had the focus went with the panel.
      if (document.activeElement === document.body && control instanceof HTMLElement)
        control.focus({ preventScroll: true })
    }
  }, [open])

  useLayoutEffect(() => {
    if (!open || panel.current === null) return
    const box = panel.current
    const place = () => {
      const anchor = wrapper.current?.firstElementChild?.getBoundingClientRect()
      if (anchor === undefined) return
      const view = { width: window.innerWidth, height: window.innerHeight }
      const { left, top } = placeBeside(anchor, box.getBoundingClientRect(), view, 'bottom', align)
      box.style.left = `${left}px`
      box.style.top = `${top}px`
    }
    place()
    box.focus({ preventScroll: true })
    const observer = new ResizeObserver(place)
    observer.observe(box)
    window.addEventListener('resize', place)
    return () => {
      observer.disconnect()
      window.removeEventListener('resize', place)
    }
  }, [open, align])

  const close = () => {
    const control = button()
    set(false)
    // Opened by a key it may be far above what is read.
    if (control instanceof HTMLElement) control.focus({ preventScroll: true })
  }
  const blur = (event: FocusEvent) => {
    // A click on something that takes no focus, or the window losing it, is not leaving.
    if (!(event.relatedTarget instanceof Node)) return
    if (panel.current?.contains(event.relatedTarget) || wrapper.current?.contains(event.relatedTarget)) return
    set(false)
  }
  const isInside = (target: EventTarget | null) =>
    target instanceof Node && (panel.current?.contains(target) || wrapper.current?.contains(target))
  const latest = useRef({ set, isInside })
  useEffect(() => {
    latest.current = { set, isInside }
  })
  useEffect(() => {
    if (!open) return
    const onPointerDown = (event: PointerEvent) => {
      if (!latest.current.isInside(event.target)) latest.current.set(false)
    }
    document.addEventListener('pointerdown', onPointerDown, true)
    return () => document.removeEventListener('pointerdown', onPointerDown, true)
  }, [open])

  return (
    <>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: listens for the button inside it, which has the keyboard's click too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the same */}
      <span ref={wrapper} className="contents" onClick={() => set(!open)}>
        {trigger}
      </span>
      {open && (
        <div
          ref={panel}
          role="dialog"
          aria-label={title}
          tabIndex={-1}
          onBlur={blur}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return
            event.stopPropagation()
            close()
          }}
          className="fixed top-0 left-0 z-50 max-h-[70vh] max-w-[calc(100vw-1rem)] overflow-auto rounded-control border border-line-strong bg-raised text-text shadow-float outline-none"
        >
          {children}
        </div>
      )}
    </>
  )
}
