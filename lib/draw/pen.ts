/** The part of a 2D canvas context that renderers use; narrow, so that a test can record what was drawn. */
export interface Pen
  extends Pick<
    CanvasRenderingContext2D,
    | 'fillStyle'
    | 'strokeStyle'
    | 'lineWidth'
    | 'globalAlpha'
    | 'font'
    | 'textAlign'
    | 'textBaseline'
    | 'imageSmoothingEnabled'
    | 'save'
    | 'restore'
    | 'beginPath'
    | 'moveTo'
    | 'lineTo'
    | 'closePath'
    | 'arc'
    | 'rect'
    | 'clip'
    | 'fill'
    | 'stroke'
    | 'fillRect'
    | 'strokeRect'
    | 'clearRect'
    | 'fillText'
    | 'setLineDash'
  > {
  measureText(text: string): { readonly width: number }
  drawImage(
    image: PenImage,
    sx: number,
    sy: number,
    sWidth: number,
    sHeight: number,
    dx: number,
    dy: number,
    dWidth: number,
    dHeight: number,
  ): void
}

/** A canvas of wherever the pen draws: the page's, or the server's, which have no type in common. */
export type PenImage = object

/** A rectangle in CSS pixels. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** 45° lines over a rectangle, `gap` px apart; anchored to the page, not to the rectangle, so that neighbours join. */
export function hatch(pen: Pen, area: Rect, color: string, gap = 6): void {
  pen.save()
  pen.beginPath()
  pen.rect(area.x, area.y, area.width, area.height)
  pen.clip()
  pen.strokeStyle = color
  pen.lineWidth = 1
  pen.beginPath()
  const first = Math.floor((area.x - area.height) / gap) * gap
  for (let x = first; x < area.x + area.width; x += gap) {
    pen.moveTo(x, area.y + area.height)
    pen.lineTo(x + area.height, area.y)
  }
  pen.stroke()
  pen.restore()
}

/** A faint grid of dots over a rectangle. */
export function dots(pen: Pen, area: Rect, color: string, gap = 8): void {
  pen.fillStyle = color
  for (let y = Math.ceil(area.y / gap) * gap; y < area.y + area.height; y += gap) {
    for (let x = Math.ceil(area.x / gap) * gap; x < area.x + area.width; x += gap) pen.fillRect(x, y, 1, 1)
  }
}

/** `text`, shortened with an ellipsis to `maxPx`; '' where not even one letter fits. */
export function fitText(pen: Pen, text: string, maxPx: number): string {
  if (pen.measureText(text).width <= maxPx) return text
  let from = 0
  let to = text.length
  while (from < to) {
    const middle = (from + to + 1) >> 1
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= maxPx) from = middle
    else to = middle - 1
  }
  return from === 0 ? '' : `${text.slice(0, from)}…`
}
