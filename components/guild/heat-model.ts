/** A guild's cells as rows with names and as an image, for the canvas. */
import { type HeatMap, type HeatMeasure, heatMap, OTHERS } from '@/lib/analysis/heat-map.ts'
import { type HeatScale, heatLevels, heatScale } from '@/lib/analysis/heat-map-scale.ts'
import { heatPixels } from '@/lib/draw/heat-map.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { GuildMinutes } from '@/lib/model/timings.ts'

export { type GuildFacts, guildFacts, rotatedUntil } from '@/lib/analysis/guild-facts.ts'

/** Rows that fit without pushing the lower panels off a laptop's screen. */
export const FEW_ROWS = 10
export const MOST_ROWS = 200

export interface HeatView {
  readonly map: HeatMap
  readonly scale: HeatScale
  readonly names: readonly string[]
  /** As `heatPixels` takes them. */
  readonly levels: Uint8Array
  /** The cells as an image in the theme's palette. */
  readonly image: (theme: DrawTheme, perColumn: number) => HTMLCanvasElement | undefined
}

export function heatView(data: GuildMinutes, measure: HeatMeasure, maxRows: number): HeatView {
  const map = heatMap(data, measure, maxRows)
  return heatViewOf(data, map, heatScale(measure, map.max))
}

/** The same on a given scale: one for several guilds. */
export function heatViewOf(data: GuildMinutes, map: HeatMap, scale: HeatScale): HeatView {
  const levels = heatLevels(map, scale)
  let painted: Painted | undefined
  return {
    map,
    scale,
    levels,
    names: Array.from(map.rowAction, (action) =>
      action === OTHERS ? `${map.others} others` : (data.actions[action] ?? ''),
    ),
    image(theme, perColumn) {
      if (painted?.palette !== theme.heat || painted.perColumn !== perColumn) {
        painted = { palette: theme.heat, perColumn, canvas: paint(levels, map, data.state, theme.heat, perColumn) }
      }
      return painted.canvas
    },
  }
}

interface Painted {
  readonly palette: Uint32Array
  readonly perColumn: number
  readonly canvas: HTMLCanvasElement | undefined
}

function paint(
  levels: Uint8Array,
  map: HeatMap,
  state: readonly number[],
  palette: Uint32Array,
  perColumn: number,
): HTMLCanvasElement | undefined {
  if (map.minutes === 0 || map.rows === 0) return undefined
  const canvas = document.createElement('canvas')
  canvas.width = Math.ceil(map.minutes / perColumn)
  canvas.height = map.rows
  const pixels = heatPixels(levels, map.minutes, map.rows, state, palette, perColumn)
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), canvas.width, map.rows)
  canvas.getContext('2d')?.putImageData(image, 0, 0)
  return canvas
}
