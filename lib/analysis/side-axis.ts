/**
 * One time axis for several guilds or ranges, in whole minutes from a zero that each side has for itself:
 *
 *   clock    A  10:00 ├──────────┤        the same time of day stands under the same time of day, whatever the day
 *            B     10:05 ├───────────┤
 *   offset   A  ├─────▼────┤              each side's moment (its onset, unless chosen) stands at 0
 *            B      ├─▼──────┤
 */
import { MINUTE_MS } from '../model/timings.ts'

const DAY_MINUTES = 1_440

export interface AxisSide {
  /** Whole minutes, Unix ms. */
  readonly fromMs: number
  readonly toMs: number
  /** The moment that offsets count from, where one was chosen or found. */
  readonly momentMs: number | undefined
}

export interface SideAxis {
  /** Unix ms of the axis's minute 0, per side. */
  readonly zeroMs: readonly number[]
  /** Axis minutes [from, to) that any side covers. */
  readonly from: number
  readonly to: number
  /** Sides whose zero is only the place in their range where the first side with a moment has it. */
  readonly assumed: readonly boolean[]
}

export function sideAxis(sides: readonly AxisSide[], align: 'clock' | 'offset'): SideAxis {
  const assumed = sides.map((side) => align === 'offset' && side.momentMs === undefined)
  const lead = sides.find((side) => side.momentMs !== undefined)
  // Without any moment the ranges stand left-aligned.
  const leadOffset = lead?.momentMs === undefined ? 0 : lead.momentMs - lead.fromMs
  const zeroMs = sides.map((side) => {
    const origin = sides[0]
    if (align === 'clock') {
      const days = Math.round((side.fromMs - origin.fromMs) / MINUTE_MS / DAY_MINUTES)
      return origin.fromMs + days * DAY_MINUTES * MINUTE_MS
    }
    return Math.floor((side.momentMs ?? side.fromMs + leadOffset) / MINUTE_MS) * MINUTE_MS
  })
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  sides.forEach((side, i) => {
    from = Math.min(from, Math.round((side.fromMs - zeroMs[i]) / MINUTE_MS))
    to = Math.max(to, Math.round((side.toMs - zeroMs[i]) / MINUTE_MS))
  })
  return { zeroMs, from: sides.length === 0 ? 0 : from, to: sides.length === 0 ? 0 : to, assumed }
}

/** Axis minute of an instant of one side. */
export function axisMinute(axis: SideAxis, side: number, ms: number): number {
  return Math.floor((ms - axis.zeroMs[side]) / MINUTE_MS)
}

/** Start of an axis minute in one side, Unix ms. */
export function axisMs(axis: SideAxis, side: number, minute: number): number {
  return axis.zeroMs[side] + minute * MINUTE_MS
}
