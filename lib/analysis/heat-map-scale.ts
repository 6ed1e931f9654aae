/**
 * Values → positions on the colour ramp, and the numbers beside the legend.
 *
 * Share of the minute is always 0–60 s, so that two pictures can be compared, and follows a square root: an action that takes 1 % of a minute
 * is still visible (at 10 % of the ramp) beside one that takes 69 %. The others span decades and follow a logarithm.
 */
import type { HeatMap, HeatMeasure } from './heat-map.ts'

export interface HeatScale {
  /** Position on the ramp in [0, 1]; 0 for zero, above 0 for anything more. */
  readonly position: (value: number) => number
  /** Round values for the legend with their positions, ascending. */
  readonly ticks: readonly { readonly value: number; readonly position: number }[]
}

const SHARE_FULL_US = 60_000_000
const SHARE_TICKS_S = [0, 1, 6, 15, 30, 60]
/** The ramp's first step above zero; smaller values share its colour. */
const FIRST = 1 / 255

export function heatScale(measure: HeatMeasure, max: number): HeatScale {
  if (measure === 'share') {
    const position = (value: number) => clamp(Math.sqrt(value / SHARE_FULL_US), value)
    return { position, ticks: SHARE_TICKS_S.map((s) => ({ value: s * 1e6, position: position(s * 1e6) })) }
  }
  if (max <= 0) return { position: (value) => (value > 0 ? 1 : 0), ticks: [{ value: 0, position: 0 }] }
  const low = max / 10_000
  const span = Math.log(max / low)
  const position = (value: number) => clamp(Math.log(value / low) / span, value)
  const ticks = []
  const top = 10 ** Math.floor(Math.log10(max))
  for (let value = top / 1_000; value <= max; value *= 10) ticks.push({ value, position: position(value) })
  return { position, ticks: [{ value: 0, position: 0 }, ...ticks] }
}

function clamp(position: number, value: number): number {
  if (!(value > 0)) return 0
  return Math.min(1, Math.max(FIRST, position))
}

/** Palette entries 0–255 per cell, in the map's order. Not stated is 0, like zero: nothing was booked. */
export function heatLevels(map: HeatMap, scale: HeatScale): Uint8Array<ArrayBuffer> {
  const levels = new Uint8Array(map.values.length)
  for (let i = 0; i < levels.length; i++) levels[i] = Math.round(scale.position(map.values[i]) * 255)
  return levels
}
