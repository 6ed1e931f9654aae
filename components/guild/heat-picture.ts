/** The picture of one guild's band and heat map and its cells in words, for the workbench and for a side of a comparison alike. */
import { actionsOfRow, cellFacts, elapsedShare, type HeatMap } from '@/lib/analysis/heat-map.ts'
import { formatWhen, type Zone } from '@/lib/base/format.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import type { GuildFacts } from './heat-model.ts'
import { cellWords, rangeWords, us } from './words.ts'

export { plotDraw, plotMost } from '@/lib/draw/guild-plot.ts'

/** Minutes [from, to) of a row (−1: of all actions) as a line to read. */
export function describeCells(
  { data }: GuildFacts,
  map: HeatMap,
  name: string,
  from: number,
  to: number,
  row: number,
  zone: Zone,
): string {
  const at = (minute: number) => data.fromMs + minute * MINUTE_MS
  const when =
    to - from === 1 ? formatWhen(at(from), data.nowMs, zone) : rangeWords({ fromMs: at(from), toMs: at(to) }, zone)
  const minutes = to - from - 1 + elapsedShare(data, to - 1)
  const chosen = row < 0 ? undefined : actionsOfRow(data, map, row)
  const text = cellWords(cellFacts(data, from, to, chosen), when, name, minutes)
  const [p50, p99] = [data.waitP50Us[from] ?? -1, data.waitP99Us[from] ?? -1]
  if (row >= 0 || to - from !== 1 || p50 < 0) return text
  return `${text}, wait p50 ${us(p50)}, p99 ${p99 < 0 ? 'above the histogram' : us(p99)}`
}
