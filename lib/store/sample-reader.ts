import { readHistogram } from '../analysis/timings/histogram.ts'
import { emptyRows, makeRoom, type SampleRows } from '../analysis/timings/sample-rows.ts'
import type { Interner } from '../base/interner.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'

const SQL =
  'seq, minute, guild, guild_name, node, action, busy_us, handled, wait_us_total, wait_us_max, arrived, depth_max, sessions, histogram'
/** Which slice, then the columns of `SQL`. */
const TYPES: readonly ColumnType[] = [
  'u32',
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

const SLICES_AT_ONCE = 32

/** A slice that is read: its statement, and its strings' ids as ids of the answer. */
interface Part {
  readonly sql: string
  readonly texts: readonly string[]
  readonly guildOf: (id: number) => number
  readonly nodeOf: (id: number) => number
  readonly actionOf: (id: number) => number
}

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
  const parts: Part[] = []
  for (const slice of slices) {
    const strings = await SliceStrings.of(connection, slice)
    const { texts } = strings
    const conditions = [`minute >= ${query.from}`, `minute < ${query.to}`]
    if (query.guild !== undefined) {
      const id = strings.find(query.guild)
      if (id === undefined) continue
      conditions.push(`guild = ${id}`)
    }
    parts.push({
      texts,
      guildOf: idMap(rows.guilds, texts),
      nodeOf: idMap(rows.nodes, texts),
      actionOf: idMap(rows.actions, texts),
      sql: `SELECT ${parts.length}::UINTEGER, ${SQL} FROM ${slice.catalog}.samples WHERE ${conditions.join(' AND ')}`,
    })
  }
  // One statement over a few slices at a time: each statement is several hops to another thread and back.
  for (let from = 0; from < parts.length; from += SLICES_AT_ONCE) {
    const sql = parts
      .slice(from, from + SLICES_AT_ONCE)
      .map((part) => part.sql)
      .join(' UNION ALL ')
    await connection.stream(sql, TYPES, (chunk) => {
      const [part, minute, guild, guildName, node, action] = [0, 2, 3, 4, 5, 6].map((column) => chunk.u32(column))
      const seq = chunk.f64(1)
      const measures = [7, 8, 9, 10, 11, 12, 13].map((column) => chunk.f64(column))
      const histogramBytes = chunk.lengths(14)
      for (let i = 0; i < chunk.rows; i++) {
        rows.stored++
        const { texts, guildOf, nodeOf, actionOf } = parts[part[i]]
        const [g, n, a] = [guildOf(guild[i]), nodeOf(node[i]), actionOf(action[i])]
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
        const histogram = histogramBytes[4 * i] === 0 ? undefined : readHistogram(chunk.blob(14, i))
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
    // The writer has added strings since.
    if (id >= known.length) return interner.id(texts[id])
    if (known[id] === -1) known[id] = interner.id(texts[id])
    return known[id]
  }
}
