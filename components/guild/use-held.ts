'use client'
import { useEffect, useRef, useState } from 'react'

const HOLD_MS = 4_000

/**
 * Keeps what is shown while the mouse moves over it, so that a refresh does not slide another row under a click; the newest comes as
 * soon as the mouse rests or leaves. Another `key` (another question) is never held back.
 */
export function useHeld<T>(
  newest: T,
  key: string,
): { readonly shown: T; readonly hold: () => void; readonly release: () => void } {
  const [held, setHeld] = useState<{ readonly key: string; readonly value: T } | undefined>(undefined)
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const release = () => {
    clearTimeout(timer.current)
    setHeld(undefined)
  }
  const hold = () => {
    clearTimeout(timer.current)
    timer.current = setTimeout(release, HOLD_MS)
    setHeld((now) => (now?.key === key ? now : { key, value: newest }))
  }
  return { shown: held?.key === key ? held.value : newest, hold, release }
}
