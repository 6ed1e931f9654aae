import { growF64, growU32 } from '../../base/growable.ts'
import { Interner } from '../../base/interner.ts'
import { MINUTE_MS, type TimingSample } from '../../model/timings.ts'
import type { Histogram } from './histogram.ts'

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

/** No samples yet. */
export function emptyRows(): SampleRows {
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

/** Grows the columns to `count` rows. */
export function makeRoom(rows: SampleRows): void {
  if (rows.count <= rows.minute.length) return
  rows.minute = growU32(rows.minute, rows.count)
  rows.guild = growU32(rows.guild, rows.count)
  rows.node = growU32(rows.node, rows.count)
  rows.action = growU32(rows.action, rows.count)
  rows.seq = growF64(rows.seq, rows.count)
  for (let m = 0; m < rows.values.length; m++) rows.values[m] = growF64(rows.values[m], rows.count)
}

/** One row as the timings API states a sample. */
export function sampleAt(rows: SampleRows, i: number): TimingSample {
  const [busyUs, count, waitUsTotal, waitUsMax, arrived, mailboxDepthMax, sessions] = rows.values.map(
    (column) => column[i],
  )
  const guildId = rows.guilds.strings[rows.guild[i]]
  const guildName = rows.guildNames.get(guildId)
  const waitHistogram = rows.histograms.get(i)
  return {
    guildId,
    minuteMs: rows.minute[i] * MINUTE_MS,
    node: rows.nodes.strings[rows.node[i]],
    action: rows.actions.strings[rows.action[i]],
    busyUs,
    ...(count < 0 ? {} : { count }),
    ...(waitUsTotal < 0 ? {} : { waitUsTotal }),
    ...(waitUsMax < 0 ? {} : { waitUsMax }),
    ...(arrived < 0 ? {} : { arrived }),
    ...(mailboxDepthMax < 0 ? {} : { mailboxDepthMax }),
    ...(guildName === undefined ? {} : { guildName }),
    ...(sessions < 0 ? {} : { sessions }),
    ...(waitHistogram === undefined ? {} : { waitHistogram }),
  }
}
