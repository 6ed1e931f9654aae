import { ByteInterner } from '../../base/byte-interner.ts'
import { growF32, growU8, growU32, growU64 } from '../../base/growable.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { headRateOf } from '../../model/otlp/tracestate.ts'
import type { SpanRows } from '../../model/span-rows.ts'
import { stageIdOf } from '../../model/stages.ts'
import { type NativeBlock, NativeBlocks, type NativeColumn } from './native-blocks.ts'
import { SPAN_TYPES } from './span-selection.ts'

/** Span id, parent id, start, end, enqueued; then the share kept, the flags, and the texts. */
const WORDS = 5
const [KEEP, FLAGS, TEXTS] = [5, 6, 7]
const [GUILDS, GUILD_NAMES, TRACES] = [7, 8, 9]

/** Spans as columns while the answer comes in; no object and no text a span. */
export class SpanRowsReader {
  readonly blocks = new NativeBlocks(SPAN_TYPES, (block) => this.#add(block))
  readonly #tables = Array.from({ length: SPAN_TYPES.length - TEXTS }, () => new ByteInterner())
  readonly #ids = this.#tables.map(() => new Uint32Array(1024))
  readonly #words = Array.from({ length: WORDS }, () => new BigUint64Array(1024))
  readonly #max: number
  #keep = new Float32Array(1024)
  #flags = new Uint8Array(1024)
  #count = 0
  /** More came than `max`. */
  full = false

  constructor(max: number) {
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  #add({ rows, bytes, columns }: NativeBlock): boolean {
    const from = this.#count
    const n = Math.min(rows, this.#max - from)
    const to = from + n
    this.#grow(to)
    for (let w = 0; w < WORDS; w++) this.#words[w].set(new BigUint64Array(copyOf(bytes, columns[w], n)), from)
    this.#keep.set(new Float32Array(copyOf(bytes, columns[KEEP], n)), from)
    this.#flags.set(bytes.subarray(columns[FLAGS].from, columns[FLAGS].from + n), from)
    this.#tables.forEach((table, t) => {
      const { keyFrom, keyTo, ...column } = columns[TEXTS + t]
      const ids = Uint32Array.from(keyFrom, (start, k) => table.id(bytes, start, keyTo[k]))
      lookUp(ids, bytes, column.from, column.width, this.#ids[t].subarray(from, to))
    })
    this.#count = to
    this.full = n < rows
    return !this.full
  }

  #grow(needed: number): void {
    this.#words.forEach((column, w) => {
      this.#words[w] = growU64(column, needed)
    })
    this.#keep = growF32(this.#keep, needed)
    this.#flags = growU8(this.#flags, needed)
    this.#ids.forEach((column, t) => {
      this.#ids[t] = growU32(column, needed)
    })
  }

  /** Guild and name of a guild by row, as ids into `guilds` and `guildNames`; 0: none. */
  get guildId(): Uint32Array {
    return this.#ids[GUILDS].subarray(0, this.#count)
  }
  get guilds(): readonly string[] {
    return this.#tables[GUILDS].strings
  }
  /** Guild → the name that the last row which gives it one gives it. */
  guildNames(): ReadonlyMap<string, string> {
    const names = new Map<string, string>()
    const [ofGuild, ofName] = [this.#ids[GUILDS], this.#ids[GUILD_NAMES]]
    const last = new Uint32Array(this.guilds.length)
    for (let i = 0; i < this.#count; i++) if (ofName[i] !== 0) last[ofGuild[i]] = ofName[i]
    last.forEach((name, guild) => {
      if (name !== 0) names.set(this.guilds[guild], this.#tables[GUILD_NAMES].strings[name])
    })
    return names
  }

  /** `traces`: the ids in the order in which their trees are to stand; absent: all is one trace. */
  rows(stageOfService: Readonly<Record<string, string>>, traces: readonly string[] = []): SpanRows {
    const n = this.#count
    const [names, services, nodes, actions, relays, stages, states] = this.#tables.map((table) => table.strings)
    const [nameId, serviceId, nodeId, actionId, relayId, stage, state] = this.#ids.map((ids) => ids.subarray(0, n))
    const signed = (w: number) => new BigInt64Array(this.#words[w].buffer, 0, n)
    const stageOf = Uint8Array.from(stages, stageIdOf)
    const stageOfServiceId = Uint8Array.from(services, (name) => stageIdOf(stageOfService[name] ?? ''))
    const rates = Float32Array.from(states, (text) => {
      const bytes = encodeUtf8(text)
      return headRateOf(bytes, 0, bytes.length)
    })
    const stageId = new Uint8Array(n)
    const headRate = new Float32Array(n)
    for (let i = 0; i < n; i++) {
      stageId[i] = stageOf[stage[i]] || stageOfServiceId[serviceId[i]]
      headRate[i] = rates[state[i]]
    }
    const place = new Map(traces.map((id, at) => [id, at]))
    const places = Uint32Array.from(this.#tables[TRACES].strings, (id) => place.get(id) ?? 0)
    const traceNo = new Uint32Array(n)
    for (let i = 0; i < n; i++) traceNo[i] = places[this.#ids[TRACES][i]]
    return {
      count: n,
      traceNo,
      spanId: this.#words[0].subarray(0, n),
      parentId: this.#words[1].subarray(0, n),
      startNs: signed(2),
      endNs: signed(3),
      enqueuedNs: signed(4),
      nameId,
      serviceId,
      nodeId,
      actionId,
      relayId,
      stageId,
      flags: this.#flags.subarray(0, n),
      headRate,
      keepRate: this.#keep.subarray(0, n),
      names,
      services,
      nodes,
      actions,
      relays,
    }
  }
}

/** Aligned, as the column's own bytes need not be. */
function copyOf(bytes: Uint8Array, { from, width }: NativeColumn, rows: number): ArrayBuffer {
  const copy = new Uint8Array(rows * width)
  copy.set(bytes.subarray(from, from + rows * width))
  return copy.buffer
}

/** into[i] = ids[index i]; a key that is not there is the empty text. */
function lookUp(ids: Uint32Array, bytes: Uint8Array, from: number, width: number, into: Uint32Array): void {
  if (width === 1) for (let i = 0; i < into.length; i++) into[i] = ids[bytes[from + i]]
  else if (width === 2)
    for (let i = 0, at = from; i < into.length; i++, at += 2) into[i] = ids[bytes[at] | (bytes[at + 1] << 8)]
  else {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let i = 0; i < into.length; i++) into[i] = ids[view.getUint32(from + i * width, true)]
  }
}
