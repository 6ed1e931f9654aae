'use client'
import { type RefObject, useCallback, useEffect, useRef } from 'react'
import { withParam } from '@/lib/view/view-state.ts'
import { browserViewStore } from './use-view-state.ts'

/** Content may still be on its way: so long the wanted place is waited for, unless the reader scrolls first. */
const PATIENCE_MS = 10_000
/** Once reached it must stay reached: a skeleton may give way to something shorter or longer. */
const SETTLED_MS = 600

export interface KeptScroll {
  /** CSS pixels for one unit of the number in the address: a row, a minute. Default: pixels. */
  readonly unitPx?: { readonly x?: number; readonly y?: number }
  /** The element does not begin at 0: scrolls it to where it begins. Zero is then written, too. The same function every time. */
  readonly begin?: (element: HTMLElement) => void
  /** Also set to the element, where the component needs it itself. */
  readonly ref?: RefObject<HTMLElement | null>
}

/**
 * Keeps an element's scroll position in the address, as `y` (for `page`) or `y.<name>`: `12`, or `12,40` with the horizontal part.
 * A ref callback; the same function for the same `name`. Writing it renders nothing.
 */
export function useKeptScroll(
  name: string,
  options: KeptScroll = {},
): (element: HTMLElement | null) => (() => void) | undefined {
  const unit = useRef(options.unitPx)
  useEffect(() => {
    unit.current = options.unitPx
  })
  const { ref, begin } = options
  return useCallback(
    (element: HTMLElement | null) => {
      if (element === null) return undefined
      if (ref !== undefined) ref.current = element
      const param = name === 'page' ? 'y' : `y.${name}`
      const store = browserViewStore()
      const perX = () => unit.current?.x ?? 1
      const perY = () => unit.current?.y ?? 1
      const asked = () => new URLSearchParams(store.search()).get(param) ?? ''
      let known = asked()
      let wanted = parseScroll(known)
      let since = performance.now()
      let reachedAt: number | undefined
      let frame = 0
      const isThere = (at: { readonly x: number; readonly y: number }) =>
        Math.abs(element.scrollTop - at.y * perY()) <= 1.5 && Math.abs(element.scrollLeft - at.x * perX()) <= 1.5
      const seek = () => {
        frame = 0
        if (wanted === undefined) return
        if (!isThere(wanted)) {
          element.scrollTop = wanted.y * perY()
          element.scrollLeft = wanted.x * perX()
          reachedAt = undefined
        }
        const now = performance.now()
        if (isThere(wanted)) reachedAt ??= now
        if (now - since > PATIENCE_MS || (reachedAt !== undefined && now - reachedAt > SETTLED_MS)) wanted = undefined
        else frame = requestAnimationFrame(seek)
      }
      const giveUp = () => {
        wanted = undefined
      }
      const onScroll = () => {
        if (wanted !== undefined) return
        const text = printScroll(element.scrollLeft / perX(), element.scrollTop / perY(), begin !== undefined)
        if (text === known) return
        known = text
        store.replace(withParam(store.search(), param, text === '' ? undefined : text))
      }
      const end = store.subscribe(() => {
        // Back, Forward, or a link to the same page.
        const now = asked()
        if (now === known) return
        known = now
        wanted = parseScroll(now)
        if (wanted === undefined && begin !== undefined) return begin(element)
        wanted ??= { x: 0, y: 0 }
        since = performance.now()
        reachedAt = undefined
        if (frame === 0) frame = requestAnimationFrame(seek)
      })
      if (wanted !== undefined) seek()
      element.addEventListener('scroll', onScroll, { passive: true })
      for (const kind of ['wheel', 'pointerdown', 'keydown'] as const) {
        element.addEventListener(kind, giveUp, { passive: true })
      }
      return () => {
        end()
        if (ref !== undefined) ref.current = null
        cancelAnimationFrame(frame)
        element.removeEventListener('scroll', onScroll)
        for (const kind of ['wheel', 'pointerdown', 'keydown'] as const) element.removeEventListener(kind, giveUp)
      }
    },
    [name, ref, begin],
  )
}

function parseScroll(text: string): { readonly x: number; readonly y: number } | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,2})?)(?:,(\d{1,9}(?:\.\d{1,2})?))?$/.exec(text)
  return match === null ? undefined : { y: Number(match[1]), x: Number(match[2] ?? 0) }
}

function printScroll(x: number, y: number, writeZero: boolean): string {
  const [left, top] = [Math.round(x * 100) / 100, Math.round(y * 100) / 100]
  if (left <= 0) return top <= 0 && !writeZero ? '' : String(top)
  return `${Math.max(0, top)},${left}`
}

/** Two ref callbacks as one; stable while both are. */
export function useBothRefs(
  a: (element: HTMLElement | null) => (() => void) | undefined,
  b: (element: HTMLElement | null) => (() => void) | undefined,
): (element: HTMLElement | null) => () => void {
  return useCallback(
    (element: HTMLElement | null) => {
      const ends = [a(element), b(element)]
      return () => {
        for (const end of ends) end?.()
      }
    },
    [a, b],
  )
}

/** Whether the address says where this region is scrolled to. */
export function scrollIsKept(name: string): boolean {
  return new URLSearchParams(browserViewStore().search()).has(`y.${name}`)
}

/** The region shows something else now: it begins at its top. */
export function dropScroll(name: string): void {
  const store = browserViewStore()
  if (scrollIsKept(name)) store.replace(withParam(store.search(), `y.${name}`, undefined))
}
