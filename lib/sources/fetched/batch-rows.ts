import type { SpanBatch } from '../../model/span-batch.ts'
import type { SpanRows } from '../../model/span-rows.ts'

/** OTLP batches put one after the other: row r of the whole is row `r − batchEnd[b − 1]` of batch b. */
export interface BatchRows {
  readonly rows: SpanRows
  /** One past the last row of each batch. */
  readonly batchEnd: readonly number[]
  /** Per row, an index into `guilds`; 0: names none. */
  readonly guildId: Uint32Array
  readonly guilds: readonly string[]
  readonly guildNames: ReadonlyMap<string, string>
}

/** Strings of many batches under one numbering; entry 0 is ''. */
class Texts {
  readonly texts: string[] = ['']
  readonly ids: Uint32Array<ArrayBuffer>
  readonly #known = new Map<string, number>([['', 0]])

  constructor(rows: number) {
    this.ids = new Uint32Array(rows)
  }

  /** The ids of a batch's column, from row `at` of the whole on. */
  add(column: Uint32Array, strings: readonly string[], at: number): void {
    const map = new Int32Array(strings.length).fill(-1)
    const { ids } = this
    for (let i = 0; i < column.length; i++) {
      const old = column[i]
      if (map[old] === -1) map[old] = this.#id(strings[old])
      ids[at + i] = map[old]
    }
  }

  #id(text: string): number {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const id = this.texts.push(text) - 1
    this.#known.set(text, id)
    return id
  }
}

/** Linear in the spans, no object per span. `traceOf`: which trace each batch is of, where they are of several. */
export function rowsOfBatches(batches: readonly SpanBatch[], traceOf?: readonly number[]): BatchRows {
  const count = batches.reduce((sum, batch) => sum + batch.count, 0)
  const wide = () => new BigUint64Array(count)
  const [spanId, parentId, startNs, endNs, enqueuedNs] = [wide(), wide(), wide(), wide(), wide()]
  const [stageId, flags] = [new Uint8Array(count), new Uint8Array(count)]
  const [headRate, keepRate] = [new Float32Array(count), new Float32Array(count)]
  const traceNo = new Uint32Array(count)
  const texts = () => new Texts(count)
  const [name, service, node, action, relay, guild] = [texts(), texts(), texts(), texts(), texts(), texts()]
  const guildNames = new Map<string, string>()
  const batchEnd: number[] = []
  let at = 0
  for (const [b, batch] of batches.entries()) {
    spanId.set(batch.spanId, at)
    parentId.set(batch.parentId, at)
    startNs.set(batch.startNs, at)
    endNs.set(batch.endNs, at)
    enqueuedNs.set(batch.enqueuedNs, at)
    stageId.set(batch.stageId, at)
    flags.set(batch.flags, at)
    headRate.set(batch.headRate, at)
    keepRate.set(batch.keepRate, at)
    if (traceOf !== undefined) traceNo.fill(traceOf[b], at, at + batch.count)
    name.add(batch.nameId, batch.strings, at)
    service.add(batch.serviceId, batch.strings, at)
    node.add(batch.nodeId, batch.strings, at)
    action.add(batch.actionId, batch.strings, at)
    relay.add(batch.relayId, batch.strings, at)
    guild.add(batch.guildId, batch.strings, at)
    noteGuildNames(batch, guildNames)
    at += batch.count
    batchEnd.push(at)
  }
  const signed = (column: BigUint64Array<ArrayBuffer>) => new BigInt64Array(column.buffer)
  return {
    rows: {
      count,
      traceNo,
      spanId,
      parentId,
      startNs: signed(startNs),
      endNs: signed(endNs),
      enqueuedNs: signed(enqueuedNs),
      nameId: name.ids,
      serviceId: service.ids,
      nodeId: node.ids,
      actionId: action.ids,
      relayId: relay.ids,
      stageId,
      flags,
      headRate,
      keepRate,
      names: name.texts,
      services: service.texts,
      nodes: node.texts,
      actions: action.texts,
      relays: relay.texts,
    },
    batchEnd,
    guildId: guild.ids,
    guilds: guild.texts,
    guildNames,
  }
}

function noteGuildNames({ count, guildId, guildNameId, strings }: SpanBatch, into: Map<string, string>): void {
  let last = -1
  for (let i = 0; i < count; i++) {
    if (guildNameId[i] === 0 || guildId[i] === last) continue
    last = guildId[i]
    into.set(strings[guildId[i]], strings[guildNameId[i]])
  }
}
