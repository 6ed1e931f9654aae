/** Everything the band and the heat map draw, derived once per answer. */
import {
  type BacklogSeries,
  backlogSeries,
  findOnset,
  type MinuteTotals,
  minuteTotals,
  type Onset,
  type Outlook,
  outlook,
  silentFrom,
} from '@/lib/analysis/backlog.ts'
import {
  elapsedShare,
  type HeatMap,
  type HeatMeasure,
  heatMap,
  OTHERS,
  offeredMeasures,
  partialIndex,
} from '@/lib/analysis/heat-map.ts'
import { type HeatScale, heatLevels, heatScale } from '@/lib/analysis/heat-map-scale.ts'
import { heatPixels } from '@/lib/draw/heat-map.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import { type GuildMinutes, MINUTE_MS, MINUTE_STATE } from '@/lib/model/timings.ts'

export interface GuildFacts {
  readonly data: GuildMinutes
  readonly totals: MinuteTotals
  readonly series: BacklogSeries | undefined
  readonly onset: Onset | undefined
  /** Since when it has been silent, up to now; Unix ms. */
  readonly silentSinceMs: number | undefined
  readonly outlook: Outlook
  readonly measures: readonly HeatMeasure[]
  /** The newest complete minute with data, −1 where there is none. */
  readonly newest: number
  readonly partial: number
  readonly elapsed: number
}

export function guildFacts(data: GuildMinutes): GuildFacts {
  const totals = minuteTotals(data)
  const series = backlogSeries(data, totals)
  const partial = partialIndex(data)
  const silent = silentFrom(data)
  let newest = data.minutes - 1
  while (newest >= 0 && (newest === partial || data.state[newest] !== MINUTE_STATE.data)) newest--
  return {
    data,
    totals,
    series,
    onset: findOnset(data, totals.busyUs),
    silentSinceMs: silent < 0 ? undefined : data.fromMs + silent * MINUTE_MS,
    outlook: outlook(data, totals, series),
    measures: offeredMeasures(data.measures),
    newest,
    partial,
    elapsed: partial < 0 ? 1 : elapsedShare(data, partial),
  }
}

/** Index of the first minute that is not rotated away, −1 where rotated minutes also come later: then there is no one time. */
export function rotatedUntil(state: ArrayLike<number>): number {
  let until = 0
  while (until < state.length && state[until] === MINUTE_STATE.rotated) until++
  for (let m = until; m < state.length; m++) if (state[m] === MINUTE_STATE.rotated) return -1
  return until
}

/** Rows that fit without pushing the lower panels off a laptop's screen. */
export const FEW_ROWS = 10
export const MOST_ROWS = 200

export interface HeatView {
  readonly map: HeatMap
  readonly scale: HeatScale
  readonly names: readonly string[]
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
