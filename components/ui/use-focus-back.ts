'use client'
import { type RefObject, useEffect, useRef } from 'react'

/**
 * For a control that gives way to what it opens: once that is closed, and the focus is nowhere because what had it is gone, it is on the
 * control again.
 */
export function useFocusBack(open: boolean): RefObject<HTMLButtonElement | null> {
  const control = useRef<HTMLButtonElement>(null)
  const was = useRef(open)
  useEffect(() => {
    const closed = was.current && !open
    was.current = open
    if (closed && document.activeElement === document.body) control.current?.focus()
  }, [open])
  return control
}
