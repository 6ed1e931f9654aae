'use client'
import { type RefObject, useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Pen } from '@/lib/draw/pen.ts'
import { type DrawTheme, onThemeChange, readDrawTheme } from '@/lib/draw/theme.ts'
import { frames, type Layer } from '@/lib/view/frame.ts'

export interface CanvasLayerProps {
  readonly widthPx: number
  readonly heightPx: number
  /** Draws everything, in CSS pixels. Called at most once a frame; a new function means a new picture. */
  readonly draw: (pen: Pen, theme: DrawTheme) => void
  /** To redraw without rendering: pointer moves. */
  readonly layer?: RefObject<Layer | undefined>
  /** Its picture covers all of it: a canvas that lets nothing through is put on the screen without blending. */
  readonly opaque?: boolean
  readonly className?: string
}

/** A canvas of the size of its viewport, drawn by the page's one frame. What it shows is said elsewhere in the document. */
export function CanvasLayer({ widthPx, heightPx, draw, layer, opaque = false, className }: CanvasLayerProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const own = useRef<Layer | undefined>(undefined)
  const current = useRef({ draw, widthPx, heightPx })

  useEffect(() => {
    current.current = { draw, widthPx, heightPx }
    own.current?.invalidate()
  }, [draw, widthPx, heightPx])

  useEffect(() => {
    const element = canvas.current
    const pen = element?.getContext('2d', { alpha: !opaque })
    if (element === null || pen === null || pen === undefined) return
    const mine = frames.layer(() => {
      const { draw, widthPx, heightPx } = current.current
      const ratio = window.devicePixelRatio
      const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)]
      // Setting the size clears the canvas and all its state, so only when it changes.
      if (element.width !== width || element.height !== height) {
        element.width = width
        element.height = height
        element.style.width = `${widthPx}px`
        element.style.height = `${heightPx}px`
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0)
      draw(pen, readDrawTheme(element))
    })
    own.current = mine
    if (layer !== undefined) layer.current = mine
    const endTheme = onThemeChange(mine.invalidate)
    return () => {
      endTheme()
      mine.dispose()
      own.current = undefined
      if (layer !== undefined) layer.current = undefined
    }
  }, [layer, opaque])

  return <canvas ref={canvas} aria-hidden className={className} />
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** A ref to put on an element, and its inner size in CSS pixels; 0 × 0 before it is known. */
export function useSize(): readonly [(element: HTMLElement | null) => (() => void) | undefined, Size] {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 })
  const ref = useCallback((element: HTMLElement | null) => {
    if (element === null) return undefined
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, size]
}

const COARSE = '(pointer: coarse)'
const onPointerKind = (changed: () => void) => {
  const query = window.matchMedia(COARSE)
  query.addEventListener('change', changed)
  return () => query.removeEventListener('change', changed)
}

/** True where the main pointer is a finger. */
export function useCoarsePointer(): boolean {
  return useSyncExternalStore(
    onPointerKind,
    () => window.matchMedia(COARSE).matches,
    () => false,
  )
}
