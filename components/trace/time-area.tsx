'use client'
import { useEffect, useRef } from 'react'
import { drawRowTags } from '@/lib/draw/annotations.ts'
import { type TextMeasure, textMeasure } from '@/lib/draw/text-fit.ts'
import { type DrawTheme, onThemeChange, readDrawTheme } from '@/lib/draw/theme.ts'
import { drawBase, type Hatches, type Scene } from '@/lib/draw/waterfall.ts'
import { makeHatches } from '@/lib/draw/waterfall-hatch.ts'
import { drawLabels, labelFont } from '@/lib/draw/waterfall-labels.ts'
import { drawOverlay } from '@/lib/draw/waterfall-overlay.ts'
import { frames } from '@/lib/view/frame.ts'
import { fitCanvas, penOf } from './canvas-size.ts'
import { HoverCard } from './hover-card.tsx'
import { type Drag, listenToPointer } from './time-area-pointer.ts'
import { useModel } from './use-model.ts'
import { overlayOf, sceneOf, tagsOf } from './waterfall-paint.ts'

const FINE_ROW_PX = 22
const COARSE_ROW_PX = 40

/** The bars: three canvases the size of the viewport. React renders this once; frames draw it. */
export function TimeArea({ onOpen }: { readonly onOpen: () => void }) {
  const model = useModel()
  const area = useRef<HTMLDivElement>(null)
  const base = useRef<HTMLCanvasElement>(null)
  const labels = useRef<HTMLCanvasElement>(null)
  const overlay = useRef<HTMLCanvasElement>(null)
  const open = useRef(onOpen)
  open.current = onOpen

  useEffect(() => {
    const element = area.current
    if (element === null || base.current === null || labels.current === null || overlay.current === null) return
    const canvases = [base.current, labels.current, overlay.current]
    const pens = {
      base: penOf(base.current, true),
      labels: penOf(labels.current, false),
      overlay: penOf(overlay.current, false),
    }
    let scene: Scene | undefined
    let drag: Drag
    let kit: { theme: DrawTheme; scale: number; hatches: Hatches; measure: TextMeasure } | undefined
    let painted = 0

    const kitFor = (scale: number) => {
      const theme = readDrawTheme(element)
      if (kit?.theme !== theme || kit.scale !== scale) {
        const measure = textMeasure(pens.labels, labelFont(theme, 1))
        kit = { theme, scale, hatches: makeHatches(document, theme, scale), measure }
      }
      return kit
    }
    const main = frames.layer(() => {
      if (model.viewWidth === 0) return
      const scale = window.devicePixelRatio || 1
      for (const canvas of canvases) fitCanvas(canvas, model.viewWidth, model.viewHeight, scale)
      const { theme, hatches, measure } = kitFor(scale)
      scene = sceneOf(model, scale)
      drawBase(pens.base, scene, theme, hatches)
      drawLabels(pens.labels, scene, theme, measure)
      painted++
      element.dataset.frames = String(painted)
      if (painted === 1) performance.mark('trace-painted')
    })
    const top = frames.layer(() => {
      if (scene === undefined) return
      const { theme } = kitFor(scene.scale)
      drawOverlay(pens.overlay, scene, theme, overlayOf(model, scene, drag))
      if (model.tags.length > 0) drawRowTags(pens.overlay, tagsOf(model), scene, theme)
    })
    const both = () => {
      main.invalidate()
      top.invalidate()
    }
    const coarse = matchMedia('(pointer: coarse)')
    const observer = new ResizeObserver(() => {
      model.resize(element.clientWidth, element.clientHeight, coarse.matches ? COARSE_ROW_PX : FINE_ROW_PX)
      both()
    })
    observer.observe(element)
    const ends = [
      model.subscribe('rows', both),
      model.subscribe('window', both),
      model.subscribe('selection', top.invalidate),
      model.subscribe('find', top.invalidate),
      model.subscribe('hover', top.invalidate),
      model.subscribe('tags', top.invalidate),
      onThemeChange(both),
      listenToPointer(element, model, {
        setDrag: (next) => {
          drag = next
          top.invalidate()
        },
        open: () => open.current(),
      }),
      main.dispose,
      top.dispose,
      () => observer.disconnect(),
    ]
    // Fonts that arrive later change every width.
    document.fonts?.ready.then(() => {
      kit = undefined
      both()
    })
    return () => {
      for (const end of ends) end()
    }
  }, [model])

  return (
    <div
      ref={area}
      data-testid="waterfall"
      className="relative min-w-0 flex-1 touch-none overflow-hidden select-none"
      aria-hidden
    >
      <canvas ref={base} className="absolute inset-0 h-full w-full" />
      <canvas ref={labels} className="pointer-events-none absolute inset-0 h-full w-full" />
      <canvas ref={overlay} className="pointer-events-none absolute inset-0 h-full w-full" />
      <HoverCard />
    </div>
  )
}
