/** Gives a canvas the size of its place in device pixels; true where that changed (which also clears it). */
export function fitCanvas(canvas: HTMLCanvasElement, widthPx: number, heightPx: number, scale: number): boolean {
  const width = Math.max(1, Math.round(widthPx * scale))
  const height = Math.max(1, Math.round(heightPx * scale))
  if (canvas.width === width && canvas.height === height) return false
  canvas.width = width
  canvas.height = height
  return true
}

/** A 2D context; there is one unless the browser is out of memory for canvases. */
export function penOf(canvas: HTMLCanvasElement, opaque: boolean): CanvasRenderingContext2D {
  const pen = canvas.getContext('2d', { alpha: !opaque })
  if (pen === null) throw new Error('this browser has no 2D canvas left')
  return pen
}
