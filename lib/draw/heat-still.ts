/**
 * The heat map before its canvas: paths on a field of one unit a minute and a row, so that a page can carry its picture and show
 * it at any width before a script has run. Only what a canvas cannot give that early: cells and busy time, no words, no states.
 */
import { MINUTE_STATE } from '../model/timings.ts'
import { BAR_TONE, BUSY_TOP_US } from './band.ts'
import { abgrToCss, heatPalette } from './theme.ts'

/** Shades a still tells apart; the canvas that takes its place has 255. */
const SHADES = 32
const LEVELS = 255

/** One fill for either theme: CSS `light-dark()`, which follows the page's colour scheme. */
export interface Shade {
  /** The cells of this shade, as an SVG path. */
  readonly d: string
  readonly fill: string
}

/** Cells by shade; equal neighbours are one rectangle. `levels` is column-major as in `heatPixels`: 0 is the surface and is not drawn. */
export function stillCells(levels: Uint8Array, minutes: number, rows: number): readonly Shade[] {
  const parts: string[] = new Array(SHADES).fill('')
  for (let r = 0; r < rows; r++) {
    for (let m = 0; m < minutes; ) {
      const shade = shadeOf(levels[m * rows + r])
      let to = m + 1
      while (to < minutes && shadeOf(levels[to * rows + r]) === shade) to++
      if (shade >= 0) parts[shade] += `M${m} ${r}h${to - m}v1h${m - to}z`
      m = to
    }
  }
  return parts.flatMap((d, shade) =>
    d === '' ? [] : [{ d, fill: fillOf(Math.ceil(((shade + 0.5) / SHADES) * LEVELS)) }],
  )
}

/** Minutes of which anything is known, as rectangles one unit high: the ground that cells stand on. */
export function stillGround(state: readonly number[]): string {
  const known = (m: number) => state[m] === MINUTE_STATE.data || state[m] === MINUTE_STATE.zero
  let d = ''
  for (let m = 0; m < state.length; ) {
    let to = m + 1
    while (to < state.length && known(to) === known(m)) to++
    if (known(m)) d += `M${m} 0h${to - m}v1h${m - to}z`
    m = to
  }
  return d
}

/** Busy time of minutes, µs, as bars one unit wide that stand on `1`. Not stated (NaN, below 0): no bar. */
export function stillBusy(busyUs: ArrayLike<number>): Shade {
  let d = ''
  for (let m = 0; m < busyUs.length; m++) {
    const high = Math.round(Math.min(1, busyUs[m] / BUSY_TOP_US) * 1000) / 1000
    if (high > 0) d += `M${m} 1v${-high}h1v${high}z`
  }
  return { d, fill: fillOf(BAR_TONE) }
}

/** −1: nothing to draw. */
function shadeOf(level: number): number {
  return level === 0 ? -1 : Math.min(SHADES - 1, Math.floor((level / LEVELS) * SHADES))
}

let palettes: { readonly light: Uint32Array; readonly dark: Uint32Array } | undefined

function fillOf(level: number): string {
  // Their first entry is the surface, which no level asked for here is.
  palettes ??= { light: heatPalette([0, 0, 0], false), dark: heatPalette([0, 0, 0], true) }
  return `light-dark(${abgrToCss(palettes.light[level])}, ${abgrToCss(palettes.dark[level])})`
}
