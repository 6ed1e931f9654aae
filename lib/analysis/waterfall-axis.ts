/** Ticks of the time axis: 1, 2, 5 × 10ⁿ below a minute, clock-like steps above. */
import type { TimeWindow } from './density.ts'

const SECOND = 1e9
const DAY = 86_400 * SECOND
const LARGE_STEPS = [60, 120, 300, 600, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((s) => s * SECOND)

export interface Tick {
  /** ns since trace start. */
  readonly at: number
  readonly label: string
}

/** The smallest round step (ns) of which at most `most` fit into `span` ns. */
export function tickStep(span: number, most: number): number {
  const least = span / Math.max(1, most)
  if (least > 20 * SECOND) {
    const step = LARGE_STEPS.find((candidate) => candidate >= least)
    return step ?? Math.ceil(least / (86_400 * SECOND)) * 86_400 * SECOND
  }
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1)))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= least * (1 - 1e-9)) ?? 10
  return factor * power
}

/** Ticks inside the window, ascending. Every label of one axis has the unit and the decimals of its step. */
export function ticks(window: TimeWindow, most: number): readonly Tick[] {
  const step = tickStep(window.to - window.from, most)
  const out: Tick[] = []
  const first = Math.ceil(window.from / step - 1e-9)
  for (let k = first; k * step < window.to && out.length < 200; k++) {
    out.push({ at: k * step, label: tickLabel(k * step, step) })
  }
  return out
}

const UNITS = [
  { ns: SECOND, name: 's' },
  { ns: 1e6, name: 'ms' },
  { ns: 1e3, name: 'µs' },
  { ns: 1, name: 'ns' },
] as const

function tickLabel(at: number, step: number): string {
  const sign = at < 0 ? '−' : ''
  const abs = Math.abs(at)
  if (step >= 60 * SECOND) {
    if (step >= DAY) return `${sign}${Math.round(abs / DAY)} d`
    const minutes = Math.round(abs / (60 * SECOND))
    const [h, m] = [Math.floor(minutes / 60), minutes % 60]
    return h === 0 ? `${sign}${m} m` : `${sign}${h} h ${String(m).padStart(2, '0')} m`
  }
  // 995 ms, 1.000 s, 1.005 s: the unit follows the value, the decimals follow the step.
  const size = abs === 0 ? step : abs * (1 + 1e-9)
  const unit = UNITS.find((candidate) => size >= candidate.ns) ?? UNITS[3]
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / unit.ns) - 1e-9))
  if (unit.ns === SECOND && abs >= 60 * SECOND) {
    const minutes = Math.floor(abs / (60 * SECOND) + 1e-9)
    const seconds = Math.max(0, abs / SECOND - minutes * 60)
    return `${sign}${minutes} m ${seconds.toFixed(decimals).padStart(decimals === 0 ? 2 : decimals + 3, '0')} s`
  }
  return `${sign}${(abs / unit.ns).toFixed(decimals)} ${unit.name}`
}

/** A window zoomed by `factor` (< 1 zooms in) that keeps `at` in place, inside `whole`, never below 10 ns. */
export function zoomed(window: TimeWindow, factor: number, at: number, whole: TimeWindow): TimeWindow {
  const span = Math.min(whole.to - whole.from, Math.max(10, (window.to - window.from) * factor))
  const share = (at - window.from) / (window.to - window.from)
  return clamped({ from: at - share * span, to: at - share * span + span }, whole)
}

/** The same window moved inside `whole`. */
export function clamped(window: TimeWindow, whole: TimeWindow): TimeWindow {
  const span = Math.min(window.to - window.from, whole.to - whole.from)
  const from = Math.min(Math.max(window.from, whole.from), whole.to - span)
  return { from, to: from + span }
}
