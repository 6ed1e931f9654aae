/** The picture of one guild's band and heat map: for the workbench, for a side of a comparison, for an unfurled link. */

import { type GuildFacts, rotatedUntil } from '../analysis/guild-facts.ts'
import { formatDate, formatMinute, formatWhen, type Zone, zoneOffsetMinutes } from '../base/format.ts'
import { MINUTE_MS } from '../model/timings.ts'
import { type BandMost, type BandTracks, bandMost, drawBand } from './band.ts'
import { drawHeatMap, type StateWords } from './heat-map.ts'
import { axisMinutes, minutesPerColumn, type PlotGeometry } from './heat-map-geometry.ts'
import type { Pen, PenImage } from './pen.ts'
import type { DrawTheme } from './theme.ts'

/** Where the cells come from as an image: a canvas of the page, or of the server. */
export interface CellsImage {
  readonly image: (theme: DrawTheme, perColumn: number) => PenImage | undefined
}

/** Tops of the band's tracks for guilds that are drawn side by side. */
export function plotMost(guilds: readonly GuildFacts[]): BandMost {
  return bandMost(guilds.map(flowsOf))
}

function flowsOf({ totals, series }: GuildFacts) {
  return { depth: series?.messages ?? [], arrived: totals.arrived, processed: totals.count }
}

/** Draws everything below the pointer's overlay. `kept`: "kept 60 min". `most`: where it stands beside others, `plotMost` of all. */
export function plotDraw(
  facts: GuildFacts,
  view: CellsImage,
  g: PlotGeometry,
  tracks: BandTracks,
  zone: Zone,
  kept: string,
  most: BandMost = plotMost([facts]),
): (pen: Pen, theme: DrawTheme) => void {
  const { data, totals } = facts
  const ticks = axisMinutes(g, data.fromMs, zoneOffsetMinutes(data.fromMs, zone)).map((minute) => ({
    minute,
    label: tickLabel(data.fromMs + minute * MINUTE_MS, zone),
  }))
  const common = {
    state: data.state,
    held: data.held,
    partial: facts.partial,
    elapsed: facts.elapsed,
    onset: facts.onset?.minute ?? -1,
    words: stateWords(facts, zone, kept),
  }
  const band = {
    ...common,
    busyUs: totals.busyUs,
    waitUs: totals.waitUs,
    ...flowsOf(facts),
    ticks,
    most,
  }
  const perColumn = minutesPerColumn(g)
  const height = tracks.height + g.rows * g.rowPx
  return (pen, theme) => {
    pen.fillStyle = theme.bg
    pen.fillRect(0, 0, g.widthPx, height)
    drawBand(pen, g, band, tracks, theme)
    drawHeatMap(pen, g, { ...common, image: view.image(theme, perColumn), perColumn }, tracks.height, theme)
  }
}

function stateWords(facts: GuildFacts, zone: Zone, kept: string): StateWords {
  const { data, silentSinceMs } = facts
  // Held minutes outlive the rule: what is gone ends where the picture has it end, not where the rule would.
  const gone = rotatedUntil(data.state)
  const before =
    gone <= 0 ? [] : [`rotated away before ${formatWhen(data.fromMs + gone * MINUTE_MS, data.nowMs, zone)}`]
  return {
    silent:
      silentSinceMs === undefined
        ? ['silent']
        : [`silent since ${formatWhen(silentSinceMs, data.nowMs, zone)}`, 'silent'],
    rotated: [...before.map((text) => (kept === '' ? text : `${text} · ${kept}`)), ...before, 'rotated'],
    none: ['no data'],
  }
}

/** The time; at midnight the day that begins. */
function tickLabel(atMs: number, zone: Zone): string {
  const time = formatMinute(atMs, zone)
  return time === '00:00' ? formatDate(atMs, zone) : time
}
