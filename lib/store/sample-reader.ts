import { readHistogram } from '../analysis/timings/histogram.ts'
import { emptyRows, makeRoom, type SampleRows } from '../analysis/timings/sample-rows.ts'
import type { Interner } from '../base/interner.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'

const SQL =
  'seq, minute, guild, guild_name, node, action, busy_us, handled, wait_us_total, wait_us_max, arrived, depth_max, sessions, histogram'
const TYPES: readonly ColumnType[] = [
  'f64',
  'u32',
  'u32',
  'u32',
  'u32',
  'u32',
  'f64',
  'f64',
  'f64',
  'f64',
  'f64',
  'f64',
  'f64',
  'blob',
]

export interface SampleQuery {
  /** `undefined`: every guild. */
  readonly guild?: string
  /** Unix minutes, [from, to). */
  readonly from: number
  readonly to: number
  readonly maxRows: number
}

/** Reads the samples of some slices. Linear; one table entry per distinct sample. */
export async function readSamples(
  connection: DuckConnection,
  slices: readonly Slice[],
  query: SampleQuery,
): Promise<SampleRows> {
  const rows = emptyRows()
  const newest = new Map<number, Map<number, number>>()
  for (const slice of slices) {
    const strings = await SliceStrings.of(connection, slice)
    const { texts } = strings
    const conditions = [`minute >= ${query.from}`, `minute < ${query.to}`]
    if (query.guild !== undefined) {
      const id = strings.find(query.guild)
      if (id === undefined) continue
      conditions.push(`guild = ${id}`)
    }
    const [guildMap, nodeMap, actionMap] = [
      idMap(rows.guilds, texts),
      idMap(rows.nodes, texts),
      idMap(rows.actions, texts),
    ]
    const sql = `SELECT ${SQL} FROM ${slice.catalog}.samples WHERE ${conditions.join(' AND ')}`
    await connection.stream(sql, TYPES, (chunk) => {
      const [seq, minute, guild, guildName, node, action] = [
        chunk.f64(0),
        chunk.u32(1),
        chunk.u32(2),
        chunk.u32(3),
        chunk.u32(4),
        chunk.u32(5),
      ]
      const measures = [6, 7, 8, 9, 10, 11, 12].map((column) => chunk.f64(column))
      const histogramBytes = chunk.lengths(13)
      for (let i = 0; i < chunk.rows; i++) {
        rows.stored++
        const [g, n, a] = [guildMap(guild[i]), nodeMap(node[i]), actionMap(action[i])]
        if (guildName[i] !== 0) rows.guildNames.set(texts[guild[i]], texts[guildName[i]])
        // Two levels, so that the keys stay exact: (guild, minute), then (node, action).
        const outer = g * 0x1_0000_0000 + minute[i]
        let inner = newest.get(outer)
        if (inner === undefined) {
          inner = new Map()
          newest.set(outer, inner)
        }
        const key = n * 0x100_0000 + a
        let at = inner.get(key)
        if (at === undefined) {
          if (rows.count >= query.maxRows) return false
          at = rows.count++
          inner.set(key, at)
          makeRoom(rows)
        } else if (rows.seq[at] > seq[i]) continue
        rows.seq[at] = seq[i]
        rows.minute[at] = minute[i]
        rows.guild[at] = g
        rows.node[at] = n
        rows.action[at] = a
        for (let m = 0; m < measures.length; m++) rows.values[m][at] = measures[m][i]
        const histogram = histogramBytes[4 * i] === 0 ? undefined : readHistogram(chunk.blob(13, i))
        if (histogram !== undefined) rows.histograms.set(at, histogram)
        else if (rows.histograms.size > 0) rows.histograms.delete(at)
      }
      return true
    })
  }
  return rows
}

/** Ids of a slice's strings → ids of the answer's, looked up once per string. */
function idMap(interner: Interner, texts: readonly string[]): (id: number) => number {
  const known = new Int32Array(texts.length).fill(-1)
  return (id) => {
    if (known[id] === -1) known[id] = interner.id(texts[id])
    return known[id]
  }
}
