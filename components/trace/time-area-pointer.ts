/**
 * Pointer and wheel over the bars: drag selects a time range and zooms to it, Shift+drag and the middle button pan, a finger pans,
 * two fingers zoom; wheel scrolls, Shift+wheel pans, Ctrl+wheel zooms at the cursor.
 */
import type { WaterfallModel } from './waterfall-model.ts'

/** Device pixels. */
export type Drag = { readonly from: number; readonly to: number } | undefined

interface Answers {
  readonly setDrag: (drag: Drag) => void
  /** Show the details of what was clicked. */
  readonly open: () => void
}

/** Fewer CSS pixels than this are a click. */
const CLICK_PX = 4
const LINE_PX = 22

type Gesture =
  | { readonly kind: 'range'; readonly x: number }
  | { readonly kind: 'pan'; x: number; y: number; moved: boolean }
  | { readonly kind: 'pinch'; readonly span: number; readonly center: number }

export function listenToPointer(element: HTMLElement, model: WaterfallModel, answers: Answers): () => void {
  const touches = new Map<number, { x: number; y: number }>()
  let gesture: Gesture | undefined
  const at = (event: MouseEvent) => {
    const box = element.getBoundingClientRect()
    return { x: event.clientX - box.left, y: event.clientY - box.top }
  }
  const scale = () => window.devicePixelRatio || 1

  const pinch = () => {
    const [a, b] = [...touches.values()]
    return { span: Math.max(20, Math.abs(a.x - b.x)), center: (a.x + b.x) / 2 }
  }

  const down = (event: PointerEvent) => {
    if (event.button > 1) return
    const place = at(event)
    element.setPointerCapture(event.pointerId)
    if (event.pointerType === 'touch') {
      touches.set(event.pointerId, place)
      gesture = touches.size === 2 ? { kind: 'pinch', ...pinch() } : { kind: 'pan', ...place, moved: false }
    } else if (event.button === 1 || event.shiftKey) {
      event.preventDefault()
      gesture = { kind: 'pan', ...place, moved: false }
    } else {
      gesture = { kind: 'range', x: place.x }
    }
  }

  const move = (event: PointerEvent) => {
    const place = at(event)
    if (event.pointerType === 'touch') touches.set(event.pointerId, place)
    else model.setHover({ row: model.rowAt(place.y), x: place.x, y: place.y })
    if (gesture === undefined) return
    if (gesture.kind === 'range') {
      if (Math.abs(place.x - gesture.x) > CLICK_PX)
        answers.setDrag({ from: gesture.x * scale(), to: place.x * scale() })
    } else if (gesture.kind === 'pan') {
      if (!gesture.moved && Math.hypot(place.x - gesture.x, place.y - gesture.y) < CLICK_PX) return
      model.pan((gesture.x - place.x) / Math.max(1, model.viewWidth))
      model.scrollBy(gesture.y - place.y)
      gesture = { kind: 'pan', ...place, moved: true }
    } else if (touches.size === 2) {
      const now = pinch()
      model.zoom(gesture.span / now.span, now.center / Math.max(1, model.viewWidth))
      model.pan((gesture.center - now.center) / Math.max(1, model.viewWidth))
      gesture = { kind: 'pinch', ...now }
    }
  }

  const up = (event: PointerEvent) => {
    const place = at(event)
    const done = gesture
    touches.delete(event.pointerId)
    gesture = undefined
    answers.setDrag(undefined)
    if (event.type === 'pointercancel' || done === undefined) return
    if (done.kind === 'range' && Math.abs(place.x - done.x) > CLICK_PX) {
      const [from, to] = [Math.min(done.x, place.x), Math.max(done.x, place.x)]
      model.setWindow({ from: model.timeAt(from), to: model.timeAt(to) })
    } else if (done.kind === 'range' || (done.kind === 'pan' && !done.moved)) {
      const row = model.rowAt(place.y)
      model.select(row < 0 ? undefined : model.rows.value[row])
      if (row >= 0) answers.open()
    }
  }

  const leave = () => model.setHover(undefined)

  const doubleClick = (event: MouseEvent) => {
    const row = model.rowAt(at(event).y)
    if (row >= 0) model.fit(model.rows.value[row])
    else model.setWindow(model.whole)
  }

  element.addEventListener('pointerdown', down)
  element.addEventListener('pointermove', move)
  element.addEventListener('pointerup', up)
  element.addEventListener('pointercancel', up)
  element.addEventListener('pointerleave', leave)
  element.addEventListener('dblclick', doubleClick)
  const wheel = listenToWheel(element, model)
  return () => {
    wheel()
    element.removeEventListener('pointerdown', down)
    element.removeEventListener('pointermove', move)
    element.removeEventListener('pointerup', up)
    element.removeEventListener('pointercancel', up)
    element.removeEventListener('pointerleave', leave)
    element.removeEventListener('dblclick', doubleClick)
  }
}

/** Wheel over `element`; zooming needs to know where the time area is, so `timed` is false over the names. */
export function listenToWheel(element: HTMLElement, model: WaterfallModel, timed = true): () => void {
  const wheel = (event: WheelEvent) => {
    event.preventDefault()
    const unit = event.deltaMode === 0 ? 1 : event.deltaMode === 1 ? LINE_PX : model.viewHeight
    const [dx, dy] = [event.deltaX * unit, event.deltaY * unit]
    if (event.ctrlKey || event.metaKey) {
      const box = element.getBoundingClientRect()
      const share = timed ? (event.clientX - box.left) / Math.max(1, box.width) : 0.5
      model.zoom(Math.exp(Math.max(-240, Math.min(240, dy)) * 0.003), share)
    } else if (event.shiftKey) {
      model.pan((dx || dy) / Math.max(1, model.viewWidth))
    } else {
      model.scrollBy(dy)
      if (Math.abs(dx) > Math.abs(dy)) model.pan(dx / Math.max(1, model.viewWidth))
    }
    if (timed) {
      const box = element.getBoundingClientRect()
      const [x, y] = [event.clientX - box.left, event.clientY - box.top]
      model.setHover({ row: model.rowAt(y), x, y })
    }
  }
  // React's wheel listeners are passive; the page must not zoom or scroll with the waterfall.
  element.addEventListener('wheel', wheel, { passive: false })
  return () => element.removeEventListener('wheel', wheel)
}
