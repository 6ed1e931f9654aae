/**
 * The picture of an unfurled link: title, one sentence of numbers, and the band and heat map of the evidence, by the renderers the
 * pages use.
 *
 *   Title, in at most two lines
 *   Pixel Arena: wait up to 15 m 50 s, …
 *   ───────────────────────────────────────
 *                 10:00    ▼10:05    10:10
 *   busy          ▁▁▂▃▆█████████▆▃
 *   wait          ╱‾‾‾‾‾‾╲
 *   reaction_add  ░▒▓████████▓▒░
 *   ▮ Guildscope       frozen at 2026-11-22 10:44 UTC
 */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { type Canvas, createCanvas, GlobalFonts, ImageData, type SKRSContext2D } from '@napi-rs/canvas'
import { type GuildFacts, guildFacts } from '../../analysis/guild-facts.ts'
import { heatMap, OTHERS } from '../../analysis/heat-map.ts'
import { heatLevels, heatScale } from '../../analysis/heat-map-scale.ts'
import { formatDate, formatMinute } from '../../base/format.ts'
import { drawHeatAnnotations } from '../../draw/annotations.ts'
import { bandTracks } from '../../draw/band.ts'
import { plotDraw } from '../../draw/guild-plot.ts'
import { heatPixels } from '../../draw/heat-map.ts'
import type { PlotGeometry } from '../../draw/heat-map-geometry.ts'
import { themeFromStyleSheet } from '../../draw/style-sheet.ts'
import type { DrawTheme } from '../../draw/theme.ts'
import { type GuildMinutes, MINUTE_MS } from '../../model/timings.ts'
import { PICTURE_HEIGHT, PICTURE_WIDTH } from './size.ts'
import { wrap } from './text.ts'

export interface PictureOf {
  readonly title: string
  /** One sentence of numbers. */
  readonly sentence: string
  /** Undefined where the evidence holds no minutes (or they are damaged): `without` says so in the plot's place. */
  readonly minutes: GuildMinutes | undefined
  readonly without: string
  readonly markers: readonly { readonly label: string; readonly atMs: number }[]
  readonly frozenAtMs: number
}

const EDGE = 48
/** The renderers draw for a screen at arm's length; a picture in a chat is seen smaller. */
const SCALE = 1.5
const NAMES_PX = 236
const ROW_PX = { least: 22, most: 40 } as const
/** More lines would hide what they mark. */
const MARKERS_MAX = 12
const FOOT_PX = 64
const LEAST_MINUTES = 1

let prepared: DrawTheme | undefined

/** Fonts and colours, read once: from the packages and the style sheet that the pages use. */
function prepare(): DrawTheme {
  if (prepared !== undefined) return prepared
  const root = process.cwd()
  const fonts = path.join(/* turbopackIgnore: true */ root, 'node_modules', 'geist', 'dist', 'fonts')
  for (const [file, name] of [
    ['geist-sans/Geist-Regular.ttf', 'Geist'],
    ['geist-sans/Geist-SemiBold.ttf', 'Geist'],
    ['geist-mono/GeistMono-Regular.ttf', 'Geist Mono'],
  ] as const) {
    GlobalFonts.registerFromPath(path.join(/* turbopackIgnore: true */ fonts, file), name)
  }
  const css = readFileSync(path.join(/* turbopackIgnore: true */ root, 'app', 'globals.css'), 'utf8')
  prepared = themeFromStyleSheet(css, 'dark')
  return prepared
}

/** PNG, 1200 × 630. Drawing takes some milliseconds; packing, which takes longer, runs off the event loop. */
export async function drawPicture(of: PictureOf): Promise<Buffer> {
  const theme = prepare()
  const canvas = createCanvas(PICTURE_WIDTH, PICTURE_HEIGHT)
  const pen = canvas.getContext('2d')
  pen.fillStyle = theme.bg
  pen.fillRect(0, 0, PICTURE_WIDTH, PICTURE_HEIGHT)
  const top = drawWords(pen, of, theme)
  const bottom = PICTURE_HEIGHT - FOOT_PX
  if (of.minutes === undefined || of.minutes.minutes < LEAST_MINUTES || of.minutes.actions.length === 0) {
    line(pen, of.without, EDGE, top + 40, 22, 'normal', theme.text2, theme)
  } else {
    drawPlot(pen, of.minutes, of.markers, { top, bottom }, theme)
  }
  drawFoot(pen, of, theme)
  return await canvas.encode('png')
}

function font(px: number, weight: 'normal' | '600', theme: DrawTheme): string {
  return `${weight} ${px}px ${theme.sans}`
}

function line(
  pen: SKRSContext2D,
  text: string,
  x: number,
  y: number,
  px: number,
  weight: 'normal' | '600',
  color: string,
  theme: DrawTheme,
  align: 'left' | 'right' = 'left',
): void {
  pen.font = font(px, weight, theme)
  pen.textAlign = align
  pen.textBaseline = 'alphabetic'
  pen.fillStyle = color
  pen.fillText(text, x, y)
}

/** Title and sentence; the pixel below them. */
function drawWords(pen: SKRSContext2D, of: PictureOf, theme: DrawTheme): number {
  const wide = PICTURE_WIDTH - 2 * EDGE
  const width = (text: string) => pen.measureText(text).width
  let y = EDGE - 6
  pen.font = font(40, '600', theme)
  for (const text of wrap(of.title, 2, wide, width)) {
    y += 46
    line(pen, text, EDGE, y, 40, '600', theme.text, theme)
  }
  y += 6
  pen.font = font(23, 'normal', theme)
  for (const text of wrap(of.sentence, 2, wide, width)) {
    y += 32
    line(pen, text, EDGE, y, 23, 'normal', theme.text2, theme)
  }
  return y + 20
}

function drawFoot(pen: SKRSContext2D, of: PictureOf, theme: DrawTheme): void {
  const y = PICTURE_HEIGHT - 22
  mark(pen, EDGE, y - 17, theme)
  line(pen, 'Guildscope', EDGE + 30, y, 20, '600', theme.text, theme)
  const frozen = `frozen at ${formatDate(of.frozenAtMs, 'UTC')} ${formatMinute(of.frozenAtMs, 'UTC')} UTC`
  line(pen, frozen, PICTURE_WIDTH - EDGE, y, 20, 'normal', theme.text2, theme, 'right')
}

/** The mark of the bar, 20 px. */
function mark(pen: SKRSContext2D, x: number, y: number, theme: DrawTheme): void {
  const [client, guild, session] = [theme.stages[1], theme.stages[3], theme.stages[5]]
  const bars = [
    [1, 2, 14, 3, client],
    [3, 6.5, 10, 3, guild],
    [7, 11, 8, 3, session],
  ] as const
  for (const [left, top, width, height, color] of bars) {
    pen.fillStyle = color
    pen.fillRect(x + left * 1.25, y + top * 1.25, width * 1.25, height * 1.25)
  }
}

function drawPlot(
  pen: SKRSContext2D,
  data: GuildMinutes,
  markers: PictureOf['markers'],
  place: { readonly top: number; readonly bottom: number },
  theme: DrawTheme,
): void {
  const facts = guildFacts(data)
  const has = { queue: facts.series !== undefined || facts.totals.waitUs.some((wait) => wait >= 0), flow: false }
  const widthPx = Math.floor((PICTURE_WIDTH - 2 * EDGE - NAMES_PX) / SCALE)
  const marked = markers
    .map(({ label, atMs }) => ({ label, minute: (atMs - data.fromMs) / MINUTE_MS }))
    .filter(({ minute }) => minute >= 0 && minute <= data.minutes)
    .slice(0, MARKERS_MAX)
  const lanePx = marked.length === 0 ? 0 : 22
  const tracks = bandTracks(widthPx, has)
  const high = Math.floor((place.bottom - place.top) / SCALE) - lanePx - tracks.height
  const map = heatMap(data, 'share', Math.max(1, Math.floor(high / ROW_PX.least)))
  const rowPx = Math.min(ROW_PX.most, Math.floor(high / Math.max(1, map.rows)))
  const levels = heatLevels(map, heatScale('share', map.max))
  const g: PlotGeometry = {
    minutes: data.minutes,
    minutePx: widthPx / data.minutes,
    widthPx,
    scrollPx: 0,
    rows: map.rows,
    rowPx,
  }
  const image = (of: DrawTheme, perColumn: number) => cells(levels, map, data, of, perColumn)
  pen.save()
  pen.translate(EDGE + NAMES_PX, place.top)
  pen.scale(SCALE, SCALE)
  pen.translate(0, lanePx)
  plotDraw(facts, { image }, g, tracks, 'UTC', '')(pen, theme)
  const items = marked.map(
    ({ minute }) => ({ kind: 'marker', from: minute, to: minute, row: -1, focused: false }) as const,
  )
  drawHeatAnnotations(pen, g, items, tracks.height, theme)
  pen.restore()
  drawMarkerWords(pen, marked, g, place.top, theme)

  const names = Array.from(map.rowAction, (action) =>
    action === OTHERS ? `${map.others} others` : (data.actions[action] ?? ''),
  )
  const rowsTop = place.top + (lanePx + tracks.height) * SCALE
  const track = (text: string, rect: { readonly y: number; readonly height: number }) =>
    name(pen, text, place.top + (lanePx + rect.y + rect.height / 2) * SCALE, theme.text2, theme)
  track('busy, of 60 s', tracks.busy)
  if (tracks.queue !== undefined) track(queueWords(facts), tracks.queue)
  for (const [row, text] of names.entries()) name(pen, text, rowsTop + (row + 0.5) * rowPx * SCALE, theme.text, theme)
}

function queueWords(facts: GuildFacts): string {
  const wait = facts.totals.waitUs.some((us) => us >= 0)
  return wait && facts.series !== undefined ? 'wait, mailbox' : wait ? 'wait' : 'mailbox'
}

/** A row's name at the left edge, in the middle of `y`. */
function name(pen: SKRSContext2D, text: string, y: number, color: string, theme: DrawTheme): void {
  pen.font = font(17, 'normal', theme)
  const [fitted = ''] = wrap(text, 1, NAMES_PX - 16, (part) => pen.measureText(part).width)
  line(pen, fitted, EDGE, y + 6, 17, 'normal', color, theme)
}

/** Labels of markers in a lane of their own; one that would run into the next is cut, one without room left out. */
function drawMarkerWords(
  pen: SKRSContext2D,
  marked: readonly { readonly label: string; readonly minute: number }[],
  g: PlotGeometry,
  top: number,
  theme: DrawTheme,
): void {
  const sorted = [...marked].sort((a, b) => a.minute - b.minute)
  let free = 0
  pen.font = font(16, 'normal', theme)
  sorted.forEach(({ label, minute }, i) => {
    const wanted = EDGE + NAMES_PX + minute * g.minutePx * SCALE
    const x = Math.max(free, Math.min(wanted, PICTURE_WIDTH - EDGE - 160))
    const next = sorted[i + 1]
    const end = next === undefined ? PICTURE_WIDTH - EDGE : EDGE + NAMES_PX + next.minute * g.minutePx * SCALE - 12
    const room = Math.max(end, Math.min(x + 160, PICTURE_WIDTH - EDGE)) - x
    if (room < 40) return
    const [text = ''] = wrap(label, 1, room, (part) => pen.measureText(part).width)
    line(pen, text, x, top + 16, 16, 'normal', theme.text, theme)
    free = x + pen.measureText(text).width + 16
  })
}

/** The cells as a canvas, one pixel each. */
function cells(
  levels: Uint8Array,
  map: { readonly minutes: number; readonly rows: number },
  data: GuildMinutes,
  theme: DrawTheme,
  perColumn: number,
): Canvas | undefined {
  if (map.minutes === 0 || map.rows === 0) return undefined
  const width = Math.ceil(map.minutes / perColumn)
  const canvas = createCanvas(width, map.rows)
  const pixels = heatPixels(levels, map.minutes, map.rows, data.state, theme.heat, perColumn)
  const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, map.rows)
  canvas.getContext('2d').putImageData(image, 0, 0)
  return canvas
}
