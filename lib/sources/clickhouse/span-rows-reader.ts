import { ByteInterner } from '../../base/byte-interner.ts'
import { growF32, growU8, growU32, growU64 } from '../../base/growable.ts'
import { encodeUtf8 } from '../../base/utf8.ts'
import { headRateOf } from '../../model/otlp/tracestate.ts'
import type { AttributeMapping } from '../../model/span-batch.ts'
import { FLAG } from '../../model/span-columns.ts'
import type { SpanRows } from '../../model/span-rows.ts'
import { stageIdOf } from '../../model/stages.ts'
import { attribute, type TracesShape } from './shape.ts'

/** What a row of the answer holds, in this order; `SpanRowsReader` reads it as RowBinary. */
export function spanSelection(shape: TracesShape, mapping: AttributeMapping): string {
  const has = (name: string, expression: string, otherwise: string) =>
    shape.columns.has(name) ? expression : otherwise
  return [
    'reinterpretAsUInt64(reverse(unhex(SpanId)))',
    'reinterpretAsUInt64(reverse(unhex(ParentSpanId)))',
    'toUnixTimestamp64Nano(Timestamp)',
    'toInt64(toUnixTimestamp64Nano(Timestamp) + toInt64(Duration))',
    `toInt64OrZero(${attribute(shape, mapping.enqueued)})`,
    `toFloat32(ifNull(toFloat32OrNull(${attribute(shape, mapping.keepRate)}), nan))`,
    `toUInt8(${[
      has('StatusCode', `if(StatusCode IN ('Error', 'STATUS_CODE_ERROR', '2'), ${FLAG.error}, 0)`, '0'),
      has('Events.Name', `if(notEmpty(\`Events.Name\`), ${FLAG.hasEvents}, 0)`, '0'),
      has('Links.TraceId', `if(notEmpty(\`Links.TraceId\`), ${FLAG.hasLinks}, 0)`, '0'),
    ].join(' + ')})`,
    'toString(SpanName)',
    'toString(ServiceName)',
    ...[mapping.node, mapping.action, mapping.relay, mapping.stage].map((keys) => attribute(shape, keys)),
    has('TraceState', 'TraceState', "''"),
    attribute(shape, mapping.guild),
    attribute(shape, mapping.guildName),
  ].join(', ')
}

const FIXED = 4 + 5 * 8 + 4 + 1
const STRINGS = 9

/** Spans as columns while the answer comes in; no object a span. */
export class SpanRowsReader {
  readonly names = new ByteInterner()
  readonly services = new ByteInterner()
  readonly nodes = new ByteInterner()
  readonly actions = new ByteInterner()
  readonly relays = new ByteInterner()
  readonly stages = new ByteInterner()
  readonly states = new ByteInterner()
  readonly guilds = new ByteInterner()
  readonly guildNames = new ByteInterner()
  readonly #tables = [
    this.names,
    this.services,
    this.nodes,
    this.actions,
    this.relays,
    this.stages,
    this.states,
    this.guilds,
    this.guildNames,
  ]
  readonly #ids = Array.from({ length: STRINGS }, () => new Uint32Array(1024))
  readonly #max: number
  #count = 0
  #traceNo = new Uint32Array(1024)
  /** Span id, parent id, start, end, enqueued. */
  readonly #words = Array.from({ length: 5 }, () => new BigUint64Array(1024))
  #keep = new Float32Array(1024)
  #flags = new Uint8Array(1024)
  #rest: Uint8Array = new Uint8Array(0)
  /** More came than `max`. */
  full = false

  constructor(max: number) {
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  /** Nothing is left of a row that has begun. */
  get atRowEnd(): boolean {
    return this.#rest.length === 0
  }

  /** False: it has enough. */
  take(chunk: Uint8Array): boolean {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const froms = new Uint32Array(STRINGS)
    const tos = new Uint32Array(STRINGS)
    let at = 0
    while (at + FIXED <= bytes.length) {
      let end = at + FIXED
      let s = 0
      for (; s < STRINGS; s++) {
        let length = 0
        let shift = 0
        let byte = 0x80
        while (byte >= 0x80 && end < bytes.length) {
          byte = bytes[end++]
          length += (byte & 0x7f) * 2 ** shift
          shift += 7
        }
        if (byte >= 0x80 || end + length > bytes.length) break
        froms[s] = end
        end += length
        tos[s] = end
      }
      if (s < STRINGS) break
      if (this.#count === this.#max) {
        this.full = true
        return false
      }
      this.#add(view, bytes, at, froms, tos)
      at = end
    }
    this.#rest = bytes.slice(at)
    return true
  }

  #add(view: DataView, bytes: Uint8Array, at: number, froms: Uint32Array, tos: Uint32Array): void {
    const i = this.#count++
    if (i >= this.#traceNo.length) this.#grow(i + 1)
    this.#traceNo[i] = view.getUint32(at, true)
    for (let w = 0; w < 5; w++) this.#words[w][i] = view.getBigUint64(at + 4 + 8 * w, true)
    this.#keep[i] = view.getFloat32(at + 44, true)
    this.#flags[i] = bytes[at + 48]
    for (let s = 0; s < STRINGS; s++) this.#ids[s][i] = this.#tables[s].id(bytes, froms[s], tos[s])
  }

  #grow(needed: number): void {
    this.#traceNo = growU32(this.#traceNo, needed)
    this.#words.forEach((column, w) => {
      this.#words[w] = growU64(column, needed)
    })
    this.#keep = growF32(this.#keep, needed)
    this.#flags = growU8(this.#flags, needed)
    this.#ids.forEach((column, s) => {
      this.#ids[s] = growU32(column, needed)
    })
  }

  /** Ids into `guilds.strings` and `guildNames.strings`, by row. */
  get guildId(): Uint32Array {
    return this.#ids[7].subarray(0, this.#count)
  }
  get guildNameId(): Uint32Array {
    return this.#ids[8].subarray(0, this.#count)
  }

  rows(stageOfService: Readonly<Record<string, string>>): SpanRows {
    const n = this.#count
    const [spanId, parentId] = this.#words
    const signed = (w: number) => new BigInt64Array(this.#words[w].buffer, 0, n)
    const stageOf = Uint8Array.from(this.stages.strings, stageIdOf)
    const stageOfServiceId = Uint8Array.from(this.services.strings, (name) => stageIdOf(stageOfService[name] ?? ''))
    const rates = Float32Array.from(this.states.strings, (text) => {
      const bytes = encodeUtf8(text)
      return headRateOf(bytes, 0, bytes.length)
    })
    const [nameId, serviceId, nodeId, actionId, relayId, stage, state] = this.#ids.map((ids) => ids.subarray(0, n))
    const stageId = new Uint8Array(n)
    const headRate = new Float32Array(n)
    for (let i = 0; i < n; i++) {
      stageId[i] = stageOf[stage[i]] || stageOfServiceId[serviceId[i]]
      headRate[i] = rates[state[i]]
    }
    return {
      count: n,
      traceNo: this.#traceNo.subarray(0, n),
      spanId: spanId.subarray(0, n),
      parentId: parentId.subarray(0, n),
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
      names: this.names.strings,
      services: this.services.strings,
      nodes: this.nodes.strings,
      actions: this.actions.strings,
      relays: this.relays.strings,
    }
  }
}
