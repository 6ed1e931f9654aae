/**
 * Where minutes and rows stand. One axis for the band and the heat map below it, in CSS pixels from the plot's left edge:
 *
 *   x = minute × minutePx − scrollPx
 *
 * The whole range is shown first, down to half a pixel a minute; for a finger, minutes are at least 6 px wide. Where that does not
 * fit, the plot scrolls.
 */
export const MIN_MINUTE_PX = { mouse: 0.5, touch: 6 } as const

export interface PlotGeometry {
  readonly minutes: number
  readonly minutePx: number
  /** Visible width. */
  readonly widthPx: number
  readonly scrollPx: number
  readonly rows: number
  readonly rowPx: number
}

/** Width of all minutes, for the scroll container. */
export function contentWidth(minutes: number, visiblePx: number, touch: boolean): number {
  return Math.max(visiblePx, minutes * (touch ? MIN_MINUTE_PX.touch : MIN_MINUTE_PX.mouse))
}

/** How many minutes share a column of the heat map's image, so that none is narrower than a pixel and lost in the stretching. */
export function minutesPerColumn(g: PlotGeometry): number {
  return Math.max(1, Math.ceil(1 / g.minutePx))
}

export function minuteLeft(g: PlotGeometry, minute: number): number {
  return minute * g.minutePx - g.scrollPx
}

/** The minute under `xPx`, kept within the range. */
export function minuteAt(g: PlotGeometry, xPx: number): number {
  const minute = Math.floor((xPx + g.scrollPx) / g.minutePx)
  return Math.max(0, Math.min(g.minutes - 1, minute))
}

/** The row under `yPx` (from the heat map's top edge), or −1. */
export function rowAt(g: PlotGeometry, yPx: number): number {
  const row = Math.floor(yPx / g.rowPx)
  return yPx < 0 || row >= g.rows ? -1 : row
}

/** Minutes [first, last) that are at least partly visible. */
export function visibleMinutes(g: PlotGeometry): readonly [first: number, last: number] {
  const first = Math.max(0, Math.floor(g.scrollPx / g.minutePx))
  const last = Math.min(g.minutes, Math.ceil((g.scrollPx + g.widthPx) / g.minutePx))
  return [first, Math.max(first, last)]
}

const DAY = 1440
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 28 * DAY]
/** From a day on labels are dates. */
const DATE_PX = 76

/** Minute indices to label: on round times of the clock (`offsetMinutes` is the zone's), at least `minPx` apart. */
export function axisMinutes(g: PlotGeometry, fromMs: number, offsetMinutes: number, minPx = 64): readonly number[] {
  const step = STEPS.find((minutes) => minutes * g.minutePx >= (minutes < DAY ? minPx : Math.max(minPx, DATE_PX)))
  if (step === undefined) return []
  const clock = Math.round(fromMs / 60_000) + offsetMinutes
  const [first, last] = visibleMinutes(g)
  const out: number[] = []
  for (let m = first + ((step - ((clock + first) % step)) % step); m < last; m += step) out.push(m)
  return out
}
