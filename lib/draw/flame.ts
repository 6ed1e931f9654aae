/** The flame graph's boxes: what `placeBoxes` chose, coloured by stage. */
import type { FlameBoxes, FlameLayout } from '../analysis/flame-layout.ts'
import { fitText, type Pen } from './pen.ts'
import type { DrawTheme } from './theme.ts'

export const FLAME_ROW_PX = 19
/** Narrower boxes get no label. */
const LABEL_PX = 34

export interface FlamePicture {
  readonly layout: FlameLayout
  readonly boxes: FlameBoxes
  /** 1 per node that a search found; undefined without a search. */
  readonly hit: Uint8Array | undefined
  /** The text of a box. */
  readonly label: (node: number) => string
  readonly mergedLabel: (count: number) => string
  /** The node that fills the window, and how far the rows are scrolled. */
  readonly zoom: number
  readonly scrollPx: number
  readonly widthPx: number
  readonly heightPx: number
  /** Fill of a box and the colour that can be read on it, where not the stage's. */
  readonly paint?: (node: number, theme: DrawTheme) => { readonly fill: string; readonly text: string }
}

export function drawFlame(pen: Pen, picture: FlamePicture, theme: DrawTheme): void {
  const { boxes, layout, hit } = picture
  const { tree } = layout
  pen.globalAlpha = 1
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, picture.widthPx, picture.heightPx)
  pen.font = `11px ${theme.sans}`
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  const zoomDepth = tree.depth[picture.zoom]
  for (let k = 0; k < boxes.count; k++) {
    const node = boxes.node[k]
    const y = boxes.row[k] * FLAME_ROW_PX - picture.scrollPx
    const x = boxes.from[k]
    const high = FLAME_ROW_PX - 1
    // A hairline of the background keeps neighbours apart where there is room for one.
    const width = Math.max(1, boxes.to[k] - x - (boxes.to[k] - x > 3 ? 1 : 0))
    const found = hit === undefined || (node >= 0 && hit[node] === 1)
    const above = boxes.row[k] < zoomDepth
    pen.globalAlpha = found ? (above ? 0.45 : 1) : 0.3
    const grey = node <= 0
    const stage = grey ? 0 : tree.stageId[node]
    const paint = grey ? undefined : picture.paint?.(node, theme)
    pen.fillStyle = grey ? theme.line : (paint?.fill ?? theme.stages[stage] ?? theme.stages[0])
    // A hit is never thinner than 2 px.
    pen.fillRect(x, y, hit !== undefined && found ? Math.max(2, width) : width, high)
    pen.globalAlpha = 1
    const failed = node > 0 && tree.errors[node] > 0
    if (failed) {
      pen.fillStyle = theme.bad
      pen.fillRect(x, y + high - 2, width, 2)
    }
    if (width < LABEL_PX) continue
    const words = grey && node < 0 ? picture.mergedLabel(boxes.merged[k]) : picture.label(node)
    const text = fitText(pen, failed ? `! ${words}` : words, width - 8)
    // Dimmed boxes are nearly the background: their text must be read against that.
    const dimmed = above || !found
    pen.fillStyle = grey ? theme.text2 : dimmed ? theme.text : (paint?.text ?? theme.stageText[stage] ?? theme.text)
    if (text !== '') pen.fillText(text, x + 4, y + high / 2 + 0.5)
  }
}

/** Hover and keyboard place: two frames at most. */
export function drawFlameOverlay(
  pen: Pen,
  picture: Pick<FlamePicture, 'boxes' | 'scrollPx' | 'widthPx' | 'heightPx'>,
  hovered: number,
  focused: number,
  theme: DrawTheme,
): void {
  pen.clearRect(0, 0, picture.widthPx, picture.heightPx)
  frame(pen, picture, hovered, theme.text, 1)
  frame(pen, picture, focused, theme.accent, 2)
}

function frame(
  pen: Pen,
  picture: Pick<FlamePicture, 'boxes' | 'scrollPx'>,
  box: number,
  color: string,
  lineWidth: number,
): void {
  const { boxes } = picture
  if (box < 0 || box >= boxes.count) return
  const y = boxes.row[box] * FLAME_ROW_PX - picture.scrollPx
  const half = lineWidth / 2
  pen.strokeStyle = color
  pen.lineWidth = lineWidth
  const width = Math.max(3, boxes.to[box] - boxes.from[box] - 1)
  pen.strokeRect(boxes.from[box] + half, y + half, width - lineWidth, FLAME_ROW_PX - 1 - lineWidth)
}
