/** Columns of a small chart as SVG path data. Pure. */
import { SATURATED_US } from '@/lib/model/timings.ts'

/** More columns than this would be under 3 px wide; minutes then share one and the most of them counts. */
export const MAX_COLUMNS = 60

/** At most `MAX_COLUMNS` values, each the largest of `perColumn` neighbours (−1 only where all are unknown). */
export function toColumns(values: readonly number[]): {
  readonly columns: readonly number[]
  readonly perColumn: number
} {
  const perColumn = Math.max(1, Math.ceil(values.length / MAX_COLUMNS))
  if (perColumn === 1) return { columns: values, perColumn }
  const columns: number[] = []
  for (let i = 0; i < values.length; i += perColumn) columns.push(Math.max(...values.slice(i, i + perColumn)))
  return { columns, perColumn }
}

export interface BarPaths {
  /** Columns below saturation, those at or above it, and a cap line over the latter. */
  readonly ordinary: string
  readonly saturated: string
  readonly caps: string
  /** Ticks on the base line where nothing is known. */
  readonly unknown: string
}

/**
 * Bars of busy time in a box of `columns.length` × `height` units; `height` stands for `fullUs`. A busy minute is at least half a unit
 * high, so that little differs from nothing.
 */
export function busyBars(columns: readonly number[], height: number, fullUs: number): BarPaths {
  const ordinary: string[] = []
  const saturated: string[] = []
  const caps: string[] = []
  const unknown: string[] = []
  columns.forEach((us, x) => {
    if (us < 0) unknown.push(`M${x + 0.35} ${height - 0.6}h.3`)
    if (us <= 0) return
    const h = round(Math.max(0.5, Math.min(1, us / fullUs) * height))
    const bar = `M${x + 0.1} ${height}v${-h}h.8v${h}z`
    if (us >= SATURATED_US) {
      saturated.push(bar)
      caps.push(`M${x} ${round(height - h)}h1`)
    } else ordinary.push(bar)
  })
  return { ordinary: ordinary.join(''), saturated: saturated.join(''), caps: caps.join(''), unknown: unknown.join('') }
}

/** Bars of any measure, the largest as high as the box. */
export function plainBars(columns: readonly number[], height: number): string {
  const most = Math.max(0, ...columns)
  if (most === 0) return ''
  return columns
    .map((value, x) =>
      value > 0 ? `M${x + 0.1} ${height}v${-round(Math.max(0.5, (value / most) * height))}h.8V${height}z` : '',
    )
    .join('')
}

/** A line through the known values, broken where none is known; the largest touches the top. */
export function linePath(columns: readonly number[], height: number): string {
  const most = Math.max(0, ...columns)
  if (most === 0) return ''
  let open = false
  return columns
    .map((value, x) => {
      if (value < 0) {
        open = false
        return ''
      }
      const point = `${x + 0.5} ${round(height - (value / most) * (height - 1))}`
      const part = open ? `L${point}` : `M${point}h.01`
      open = true
      return part
    })
    .join('')
}

function round(x: number): number {
  return Math.round(x * 100) / 100
}
