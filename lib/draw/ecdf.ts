/** Distributions of several sides over one logarithmic axis, each in its colour with dashes of its own and its letter at the end. */
import { bandHalf, type Ecdf, ecdfAt, type Quantile } from '../analysis/ecdf.ts'
import type { Pen } from './pen.ts'
import type { DrawTheme } from './theme.ts'

export interface EcdfCurve {
  /** Index of the side: colour and dashes. */
  readonly side: number
  readonly letter: string
  readonly ecdf: Ecdf
  readonly quantiles: readonly Quantile[]
  /** Draw each value as a tick: too few for quantiles. */
  readonly ticks: boolean
}

export interface EcdfAxis {
  /** Values at the ends, ns > 0. */
  readonly low: number
  readonly high: number
  readonly widthPx: number
  readonly heightPx: number
}

const LEFT_PX = 44
const RIGHT_PX = 20
const TOP_PX = 8
const BOTTOM_PX = 30
const RUG_PX = 5
const DASHES = [[], [6, 3], [2, 2], [8, 3, 2, 3]] as const
const LEVELS = [0, 0.25, 0.5, 0.75, 0.9, 1] as const

/** An axis over all values; zeros stand at its left end. */
export function ecdfAxis(curves: readonly { readonly ecdf: Ecdf }[], widthPx: number, heightPx: number): EcdfAxis {
  let low = Number.POSITIVE_INFINITY
  let high = 0
  for (const { ecdf } of curves) {
    for (const x of ecdf.x) if (x > 0 && x < low) low = x
    high = Math.max(high, ecdf.x.at(-1) ?? 0)
  }
  if (!(low < high)) return { low: Math.max(1, (high || 1) / 10), high: (high || 1) * 10, widthPx, heightPx }
  return { low, high, widthPx, heightPx }
}

export function ecdfX(axis: EcdfAxis, value: number): number {
  const t = value <= axis.low ? 0 : Math.log(value / axis.low) / Math.log(axis.high / axis.low)
  return LEFT_PX + Math.min(1, t) * (axis.widthPx - LEFT_PX - RIGHT_PX)
}

/** The value at a place, within the axis. */
export function ecdfValueAt(axis: EcdfAxis, xPx: number): number {
  const t = (xPx - LEFT_PX) / (axis.widthPx - LEFT_PX - RIGHT_PX)
  return axis.low * (axis.high / axis.low) ** Math.max(0, Math.min(1, t))
}

function yOf(axis: EcdfAxis, share: number): number {
  return TOP_PX + (1 - share) * (axis.heightPx - TOP_PX - BOTTOM_PX)
}

export function drawEcdf(
  pen: Pen,
  axis: EcdfAxis,
  curves: readonly EcdfCurve[],
  print: (ns: number) => string,
  theme: DrawTheme,
): void {
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, axis.widthPx, axis.heightPx)
  pen.font = `11px ${theme.sans}`
  pen.textBaseline = 'middle'
  const bottom = yOf(axis, 0)
  for (const level of LEVELS) {
    const y = Math.round(yOf(axis, level))
    pen.fillStyle = theme.line
    pen.fillRect(LEFT_PX, y, axis.widthPx - LEFT_PX - RIGHT_PX, 1)
    pen.fillStyle = theme.text2
    pen.textAlign = 'right'
    pen.fillText(`${Math.round(level * 100)} %`, LEFT_PX - 6, y)
  }
  pen.textAlign = 'left'
  let free = Number.NEGATIVE_INFINITY
  for (let decade = 10 ** Math.ceil(Math.log10(axis.low)); decade <= axis.high; decade *= 10) {
    const x = Math.round(ecdfX(axis, decade))
    pen.fillStyle = theme.line
    pen.fillRect(x, TOP_PX, 1, bottom - TOP_PX)
    const label = print(decade)
    const width = pen.measureText(label).width
    const left = Math.min(axis.widthPx - width, x - width / 2)
    if (left < free) continue
    free = left + width + 8
    pen.fillStyle = theme.text2
    pen.fillText(label, left, axis.heightPx - 8)
  }
  for (const curve of curves) drawBand(pen, axis, curve, theme)
  curves.forEach((curve) => {
    drawCurve(pen, axis, curve, theme)
  })
  curves.forEach((curve, k) => {
    drawMarks(pen, axis, curve, bottom + 2 + k * RUG_PX, theme)
  })
}

/** Calls back for every corner of the steps, in drawing order. */
function eachStep({ x, f }: Ecdf, shift: number, visit: (value: number, share: number) => void): void {
  let before = 0
  for (let i = 0; i < x.length; i++) {
    visit(x[i], Math.max(0, Math.min(1, before + shift)))
    visit(x[i], Math.max(0, Math.min(1, f[i] + shift)))
    before = f[i]
  }
}

function drawBand(pen: Pen, axis: EcdfAxis, { ecdf, side }: EcdfCurve, theme: DrawTheme): void {
  if (ecdf.n === 0) return
  const half = bandHalf(ecdf.effectiveN)
  pen.fillStyle = theme.sides[side] ?? theme.text
  pen.globalAlpha = 0.12
  pen.beginPath()
  pen.moveTo(ecdfX(axis, axis.low), yOf(axis, Math.min(1, half)))
  eachStep(ecdf, half, (value, share) => pen.lineTo(ecdfX(axis, value), yOf(axis, share)))
  pen.lineTo(axis.widthPx - RIGHT_PX, yOf(axis, 1))
  const lower: (readonly [number, number])[] = []
  eachStep(ecdf, -half, (value, share) => lower.push([ecdfX(axis, value), yOf(axis, share)]))
  pen.lineTo(axis.widthPx - RIGHT_PX, yOf(axis, Math.max(0, 1 - half)))
  for (const [x, y] of lower.reverse()) pen.lineTo(x, y)
  pen.lineTo(ecdfX(axis, axis.low), yOf(axis, 0))
  pen.closePath()
  pen.fill()
  pen.globalAlpha = 1
}

function drawCurve(pen: Pen, axis: EcdfAxis, { ecdf, side, letter }: EcdfCurve, theme: DrawTheme): void {
  if (ecdf.n === 0) return
  pen.strokeStyle = theme.sides[side] ?? theme.text
  pen.lineWidth = 2
  pen.setLineDash([...(DASHES[side] ?? [])])
  pen.beginPath()
  pen.moveTo(ecdfX(axis, axis.low), yOf(axis, 0))
  eachStep(ecdf, 0, (value, share) => pen.lineTo(ecdfX(axis, value), yOf(axis, share)))
  pen.lineTo(axis.widthPx - RIGHT_PX, yOf(axis, 1))
  pen.stroke()
  pen.setLineDash([])
  // The letter where the curve crosses a height of its own, so that letters do not cover each other.
  const level = 0.3 + 0.15 * side
  const at = ecdf.x[ecdf.f.findIndex((share) => share >= level)] ?? axis.high
  pen.fillStyle = theme.bg
  pen.fillRect(ecdfX(axis, at) - 14, yOf(axis, level) - 7, 11, 14)
  pen.fillStyle = theme.text
  pen.fillText(letter, ecdfX(axis, at) - 12, yOf(axis, level))
}

function drawMarks(
  pen: Pen,
  axis: EcdfAxis,
  { ecdf, side, quantiles, ticks }: EcdfCurve,
  rugTop: number,
  theme: DrawTheme,
): void {
  pen.fillStyle = theme.sides[side] ?? theme.text
  if (ticks) for (const value of ecdf.x) pen.fillRect(Math.round(ecdfX(axis, value)), rugTop, 1, RUG_PX - 1)
  for (const { p, value, low, high } of quantiles) {
    const y = Math.round(yOf(axis, p))
    const [from, to] = [ecdfX(axis, low), ecdfX(axis, high)]
    pen.fillRect(from, y - 0.5, Math.max(1, to - from), 2)
    pen.fillRect(from, y - 3, 1, 7)
    pen.fillRect(to, y - 3, 1, 7)
    pen.beginPath()
    pen.arc(ecdfX(axis, value), y + 0.5, 3, 0, 2 * Math.PI)
    pen.fill()
  }
}

/** A line at the pointer. */
export function drawEcdfOverlay(pen: Pen, axis: EcdfAxis, value: number | undefined, theme: DrawTheme): void {
  pen.clearRect(0, 0, axis.widthPx, axis.heightPx)
  if (value === undefined) return
  pen.fillStyle = theme.text
  pen.globalAlpha = 0.5
  pen.fillRect(Math.round(ecdfX(axis, value)), TOP_PX, 1, yOf(axis, 0) - TOP_PX)
  pen.globalAlpha = 1
}

/** Shares of each curve at a value, for the line beside the pointer. */
export function sharesAt(curves: readonly EcdfCurve[], value: number): readonly number[] {
  return curves.map(({ ecdf }) => (ecdf.n === 0 ? Number.NaN : ecdfAt(ecdf, value)))
}
