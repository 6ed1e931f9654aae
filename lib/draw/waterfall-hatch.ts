import type { DrawTheme } from './theme.ts'
import type { Hatches } from './waterfall.ts'

/** 45° hatches in the stages' colours, 6 CSS pixels apart. One set per theme and scale; cheap enough to make anew. */
export function makeHatches(document: Document, theme: DrawTheme, scale: number): Hatches {
  const size = Math.max(4, Math.round(6 * scale))
  return theme.stages.map((color) => {
    const tile = document.createElement('canvas')
    tile.width = size
    tile.height = size
    const pen = tile.getContext('2d')
    if (pen === null) return color
    pen.strokeStyle = color
    pen.lineWidth = Math.max(1, scale)
    pen.globalAlpha = 0.75
    pen.beginPath()
    // Three lines, so that the tile joins its neighbours without gaps at the corners.
    for (const shift of [-size, 0, size]) {
      pen.moveTo(shift, size)
      pen.lineTo(shift + size, 0)
    }
    pen.stroke()
    return pen.createPattern(tile, 'repeat') ?? color
  })
}
