/**
 * Two traces over one time axis, a row an operation path: the first trace's span above the second's. A wait is hatched, as in the waterfall.
 *
 *   guild.handle   A  //██
 *                  B  ////////////////██
 */
import { hatch, type Pen } from './pen.ts'
import type { DrawTheme } from './theme.ts'

/** Heights of a row; a row is a target for a finger, too. */
export const PAIR_ROW_PX = { mouse: 20, touch: 40 } as const
const BAR_PX = 8
export const PAIR_AXIS_PX = 18

/** Ns from the axis's zero; NaN where the trace has no such span. */
export interface PairBar {
  readonly from: number
  readonly to: number
  /** Length of the wait at its beginning (of the median span), 0 where none is known. */
  readonly wait: number
}

export interface PairRow {
  readonly stageId: number
  readonly bars: readonly [a: PairBar, b: PairBar]
}

export interface PairAxis {
  readonly from: number
  readonly to: number
  readonly widthPx: number
}

/** The axis that holds every bar. */
export function pairAxis(rows: readonly PairRow[], widthPx: number): PairAxis {
  let from = 0
  let to = 1
  for (const { bars } of rows) {
    for (const bar of bars) {
      if (Number.isNaN(bar.from)) continue
      from = Math.min(from, bar.from)
      to = Math.max(to, bar.to)
    }
  }
  return { from, to, widthPx }
}

export function pairX(axis: PairAxis, ns: number): number {
  return ((ns - axis.from) / (axis.to - axis.from)) * axis.widthPx
}

export function drawPairs(
  pen: Pen,
  axis: PairAxis,
  rows: readonly PairRow[],
  rowPx: number,
  print: (ns: number) => string,
  theme: DrawTheme,
): void {
  const height = PAIR_AXIS_PX + rows.length * rowPx
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, axis.widthPx, height)
  drawTicks(pen, axis, height, print, theme)
  rows.forEach(({ bars, stageId }, r) => {
    const top = PAIR_AXIS_PX + r * rowPx
    pen.fillStyle = theme.line
    pen.fillRect(0, top + rowPx - 1, axis.widthPx, 1)
    bars.forEach((bar, k) => {
      if (Number.isNaN(bar.from)) return
      const y = top + rowPx / 2 - BAR_PX - 1 + k * (BAR_PX + 1)
      const left = pairX(axis, bar.from)
      const width = Math.max(1.5, pairX(axis, bar.to) - left)
      const waited = Math.min(width, Math.max(0, pairX(axis, bar.from + bar.wait) - left))
      // The side's colour at the left edge tells the two apart where rows are read one by one.
      if (waited > 0) {
        const area = { x: left, y, width: waited, height: BAR_PX }
        pen.fillStyle = theme.waits[stageId] ?? theme.waits[0]
        pen.fillRect(area.x, area.y, area.width, area.height)
        hatch(pen, area, theme.stages[stageId] ?? theme.stages[0], 4)
      }
      pen.fillStyle = theme.stages[stageId] ?? theme.stages[0]
      pen.fillRect(left + waited, y, Math.max(1, width - waited), BAR_PX)
      pen.fillStyle = theme.sides[k]
      pen.fillRect(Math.max(0, left - 3), y, 2, BAR_PX)
    })
  })
  const zero = Math.round(pairX(axis, 0))
  pen.fillStyle = theme.accent
  pen.fillRect(zero, PAIR_AXIS_PX - 4, 1, height - PAIR_AXIS_PX + 4)
}

function drawTicks(pen: Pen, axis: PairAxis, height: number, print: (ns: number) => string, theme: DrawTheme): void {
  const span = axis.to - axis.from
  const rough = (span * 90) / Math.max(90, axis.widthPx)
  const decade = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((one) => one >= rough) ?? rough
  pen.font = `11px ${theme.sans}`
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  for (let k = Math.ceil(axis.from / step); k * step <= axis.to; k++) {
    const x = Math.round(pairX(axis, k * step))
    pen.fillStyle = theme.line
    pen.fillRect(x, PAIR_AXIS_PX - 4, 1, height)
    const label = k === 0 ? '0' : print(k * step)
    if (x + 4 + pen.measureText(label).width > axis.widthPx) continue
    pen.fillStyle = theme.text2
    pen.fillText(label, x + 3, PAIR_AXIS_PX / 2)
  }
}
