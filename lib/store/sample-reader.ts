import { growF64, growU32 } from '../base/growable.ts'
import { Interner } from '../base/interner.ts'
import type { ColumnType } from './columns.ts'
import type { DuckConnection } from './duck.ts'
import { type Histogram, readHistogram } from './histogram.ts'
import { SliceStrings } from './slice-strings.ts'
import type { Slice } from './slices.ts'

/** The measures of a sample in the order of their columns. */
export const MEASURE_COLUMNS = ['busyUs', 'count', 'waitUsTotal', 'waitUsMax', 'arrived', 'mailboxDepthMax'] as const

/** Samples as columns; of each (guild, minute, node, action) only the newest. */
export interface SampleRows {
  count: number
  readonly guilds: Interner
  readonly nodes: Interner
  readonly actions: Interner
  minute: Uint32Array<ArrayBuffer>
  guild: Uint32Array<ArrayBuffer>
  node: Uint32Array<ArrayBuffer>
  action: Uint32Array<ArrayBuffer>
  seq: Float64Array<ArrayBuffer>
  /** In the order of `MEASURE_COLUMNS`, then sessions; −1: not stated. */
  readonly values: Float64Array<ArrayBuffer>[]
  readonly histograms: Map<number, Histogram>
  /** Guild → its newest stated name. */
  readonly guildNames: Map<string, string>
  /** Rows looked at, also those that a newer one replaced. */
  stored: number
}

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

function emptyRows(): SampleRows {
  return {
    count: 0,
    guilds: new Interner(),
    nodes: new Interner(),
    actions: new Interner(),
    minute: new Uint32Array(64),
    guild: new Uint32Array(64),
    node: new Uint32Array(64),
    action: new Uint32Array(64),
    seq: new Float64Array(64),
    values: [0, 1, 2, 3, 4, 5, 6].map(() => new Float64Array(64)),
    histograms: new Map(),
    guildNames: new Map(),
    stored: 0,
  }
}

function makeRoom(rows: SampleRows): void {
  if (rows.count <= rows.minute.length) return
  rows.minute = growU32(rows.minute, rows.count)
  rows.guild = growU32(rows.guild, rows.count)
  rows.node = growU32(rows.node, rows.count)
  rows.action = growU32(rows.action, rows.count)
  rows.seq = growF64(rows.seq, rows.count)
  for (let m = 0; m < rows.values.length; m++) rows.values[m] = growF64(rows.values[m], rows.count)
}

/** Ids of a slice's strings → ids of the answer's, looked up once per string. */
function idMap(interner: Interner, texts: readonly string[]): (id: number) => number {
  const known = new Int32Array(texts.length).fill(-1)
  return (id) => {
    if (known[id] === -1) known[id] = interner.id(texts[id])
    return known[id]
  }
}
