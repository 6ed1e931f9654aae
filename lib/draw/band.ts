/**
 * The band above the heat map, on the same time axis: what the whole guild did.
 *
 *   axis    10:00      ▼10:05     10:10         onset, now
 *   busy    ▁▁▂▃▆█████████▇▆  ── 60 s ──        bars; ≥ 59 s gets a bright cap, because 100 % and 97 % look alike
 *   queue   ╱‾‾‾╲  wait, logarithmic; mailbox depth as an area
 *   flow    arrived (line) over processed (area): above it the backlog grows, below it drains
 */
import { SATURATED_US } from '../model/timings.ts'
import { drawStates, type HeatPicture } from './heat-map.ts'
import { minuteLeft, type PlotGeometry, visibleMinutes } from './heat-map-geometry.ts'
import type { Pen, Rect } from './pen.ts'
import { abgrToCss, type DrawTheme } from './theme.ts'

export interface BandPicture extends Pick<HeatPicture, 'state' | 'words' | 'partial' | 'elapsed' | 'onset' | 'held'> {
  /** Per minute, NaN where not stated. */
  readonly busyUs: ArrayLike<number>
  readonly waitUs: ArrayLike<number>
  readonly depth: ArrayLike<number>
  readonly arrived: ArrayLike<number>
  readonly processed: ArrayLike<number>
  readonly ticks: readonly { readonly minute: number; readonly label: string }[]
  /** The tops of the queue's and the flow's tracks. */
  readonly most: BandMost
}

/** What fills a track: waiting messages, and messages a minute. */
export interface BandMost {
  readonly depth: number
  readonly flow: number
}

type Flows = Pick<BandPicture, 'depth' | 'arrived' | 'processed'>

/** One message that waits must not look like a crowd. */
const DEPTH_LEAST = 20

/** Tops for pictures that are looked at together: the most of any. */
export function bandMost(pictures: readonly Flows[]): BandMost {
  let [depth, flow] = [DEPTH_LEAST, 0]
  for (const { depth: waiting, arrived, processed } of pictures) {
    depth = Math.max(depth, maximum(waiting))
    flow = Math.max(flow, maximum(arrived), maximum(processed))
  }
  return { depth, flow }
}

export interface BandTracks {
  readonly axis: Rect
  readonly busy: Rect
  readonly queue: Rect | undefined
  readonly flow: Rect | undefined
  readonly height: number
}

/** Tracks from top to bottom; those without data take no room. */
export function bandTracks(widthPx: number, has: { readonly queue: boolean; readonly flow: boolean }): BandTracks {
  const axis = { x: 0, y: 0, width: widthPx, height: 18 }
  const busy = { x: 0, y: 18, width: widthPx, height: 52 }
  const queue = has.queue ? { x: 0, y: 74, width: widthPx, height: 44 } : undefined
  const flowTop = queue === undefined ? 74 : 122
  const flow = has.flow ? { x: 0, y: flowTop, width: widthPx, height: 30 } : undefined
  const height = flow !== undefined ? flowTop + 34 : queue !== undefined ? 122 : 74
  return { axis, busy, queue, flow, height }
}

const MINUTE_US = 60_000_000
/** The ramp's entry that busy bars are drawn in. */
export const BAR_TONE = 110
/** The busy track shows up to 66 s, so that the 60 s line stands clear of its top. */
export const BUSY_TOP_US = 66_000_000
/** The wait's logarithmic scale: 0.1 ms to 1 h. */
const WAIT_LOW_US = 100
const WAIT_HIGH_US = 3_600_000_000

export function waitHeight(waitUs: number): number {
  const t = Math.log(waitUs / WAIT_LOW_US) / Math.log(WAIT_HIGH_US / WAIT_LOW_US)
  return Math.max(0, Math.min(1, t))
}

export function drawBand(pen: Pen, g: PlotGeometry, picture: BandPicture, tracks: BandTracks, theme: DrawTheme): void {
  drawAxis(pen, g, picture, tracks.axis, theme)
  for (const track of [tracks.busy, tracks.queue, tracks.flow]) {
    if (track !== undefined) drawStates(pen, g, picture, track, theme)
  }
  drawBusy(pen, g, picture, tracks.busy, theme)
  if (tracks.queue !== undefined) drawQueue(pen, g, picture, tracks.queue, theme)
  if (tracks.flow !== undefined) drawFlow(pen, g, picture, tracks.flow, theme)
  drawMarks(pen, g, picture, tracks, theme)
}

function drawAxis(pen: Pen, g: PlotGeometry, picture: BandPicture, area: Rect, theme: DrawTheme): void {
  pen.font = `11px ${theme.sans}`
  pen.textBaseline = 'middle'
  pen.textAlign = 'left'
  for (const { minute, label } of picture.ticks) {
    const x = Math.round(minuteLeft(g, minute))
    pen.fillStyle = theme.lineStrong
    pen.fillRect(x, area.y + area.height - 5, 1, 5)
    if (x + 4 + pen.measureText(label).width > area.width) continue
    pen.fillStyle = theme.text2
    pen.fillText(label, x + 4, area.y + area.height / 2)
  }
}

function drawBusy(pen: Pen, g: PlotGeometry, picture: BandPicture, area: Rect, theme: DrawTheme): void {
  const [first, last] = visibleMinutes(g)
  const bottom = area.y + area.height
  const gap = g.minutePx >= 4 ? 1 : 0
  // One tone for all: height says how much, and the cap must stand out from it in either theme.
  const bar = abgrToCss(theme.heat[BAR_TONE])
  for (let m = first; m < last; m++) {
    const busy = picture.busyUs[m]
    if (!(busy > 0)) continue
    const share = m === picture.partial ? picture.elapsed : 1
    const high = (Math.min(busy, BUSY_TOP_US) / BUSY_TOP_US) * area.height
    // Whole pixels: neighbours that share one would leave a seam.
    const x = Math.round(minuteLeft(g, m))
    const width = Math.max(1, Math.round(minuteLeft(g, m + share)) - x)
    pen.fillStyle = bar
    pen.fillRect(x, bottom - high, Math.max(1, width - gap), high)
    if (busy / share >= SATURATED_US) {
      pen.fillStyle = theme.saturated
      pen.fillRect(x, bottom - high, width, 3)
    }
  }
  const line = Math.round(bottom - (MINUTE_US / BUSY_TOP_US) * area.height)
  pen.fillStyle = theme.text3
  for (let x = 0; x < area.width; x += 6) pen.fillRect(x, line, 3, 1)
}

function drawQueue(pen: Pen, g: PlotGeometry, picture: BandPicture, area: Rect, theme: DrawTheme): void {
  const { depth: most } = picture.most
  pen.fillStyle = theme.lineStrong
  stepArea(pen, g, area, picture, (m) => picture.depth[m] / most)
  polyline(pen, g, area, picture, theme.text, 1.5, (m) =>
    picture.waitUs[m] >= 0 ? waitHeight(picture.waitUs[m]) : Number.NaN,
  )
}

function drawFlow(pen: Pen, g: PlotGeometry, picture: BandPicture, area: Rect, theme: DrawTheme): void {
  const { flow: most } = picture.most
  if (most <= 0) return
  pen.fillStyle = theme.lineStrong
  stepArea(pen, g, area, picture, (m) => picture.processed[m] / most)
  polyline(pen, g, area, picture, theme.accent, 1.5, (m) => picture.arrived[m] / most)
}

/** One rectangle a minute where `height(m)` in [0, 1] is known. The running minute is left out: its total is not yet what it will be. */
function stepArea(pen: Pen, g: PlotGeometry, area: Rect, picture: BandPicture, height: (m: number) => number): void {
  const [first, last] = visibleMinutes(g)
  for (let m = first; m < last; m++) {
    const high = height(m) * area.height
    if (m === picture.partial || !(high > 0)) continue
    const x = Math.round(minuteLeft(g, m))
    pen.fillRect(x, area.y + area.height - high, Math.max(1, Math.round(minuteLeft(g, m + 1)) - x), high)
  }
}

/** A line through the middles of the minutes, broken where nothing is known. */
function polyline(
  pen: Pen,
  g: PlotGeometry,
  area: Rect,
  picture: BandPicture,
  color: string,
  width: number,
  height: (m: number) => number,
): void {
  const [first, last] = visibleMinutes(g)
  pen.strokeStyle = color
  pen.lineWidth = width
  pen.beginPath()
  let down = false
  for (let m = Math.max(0, first - 1); m < Math.min(g.minutes, last + 1); m++) {
    const high = m === picture.partial ? Number.NaN : height(m)
    if (Number.isNaN(high)) {
      down = false
      continue
    }
    const x = minuteLeft(g, m) + g.minutePx / 2
    const y = area.y + 1 + (1 - high) * (area.height - 2)
    if (down) pen.lineTo(x, y)
    else pen.moveTo(x, y)
    down = true
  }
  pen.stroke()
}

function drawMarks(pen: Pen, g: PlotGeometry, picture: BandPicture, tracks: BandTracks, theme: DrawTheme): void {
  const [first, last] = visibleMinutes(g)
  // Held minutes: a line along the axis, as if the minutes were pinned to it.
  pen.fillStyle = theme.accent
  for (let m = first; m < last; m++) {
    if (picture.held[m] === 1) pen.fillRect(minuteLeft(g, m), tracks.axis.height - 2, g.minutePx, 2)
  }
  if (picture.onset >= 0) {
    const x = Math.round(minuteLeft(g, picture.onset))
    pen.fillStyle = theme.bad
    pen.beginPath()
    pen.moveTo(x - 4, 1)
    pen.lineTo(x + 5, 1)
    pen.lineTo(x + 0.5, 8)
    pen.closePath()
    pen.fill()
    pen.fillStyle = theme.text2
    pen.fillRect(x, 8, 1, tracks.height - 8)
  }
  if (picture.partial >= 0) {
    const x = Math.round(minuteLeft(g, picture.partial + picture.elapsed))
    pen.fillStyle = theme.text
    pen.fillRect(x, tracks.axis.height - 6, 1, tracks.height - tracks.axis.height + 6)
  }
}

function maximum(values: ArrayLike<number>): number {
  let most = 0
  for (let i = 0; i < values.length; i++) if (values[i] > most) most = values[i]
  return most
}
