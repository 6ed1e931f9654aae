/**
 * `trace@1`: everything about one trace, in the container of the wire format under a mark of its own. The trace itself stands in it as
 * the bytes of the wire format; beside it the span ids, which guild each span works for, and the details of every span.
 */
import { ok, type Result } from '../base/result.ts'
import type { SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import { decodeTrace, encodeTrace } from '../model/wire.ts'
import { packIntegers, unpackIntegers } from '../model/wire-columns.ts'
import { packSlabs, readTable, type Slab, type SlabTable } from '../model/wire-slabs.ts'
import { type DetailColumns, detailsOf } from './detail-columns.ts'
import { packDetails, unpackDetails } from './details-codec.ts'
import { copyOf } from './text-table.ts'
import { isRecord, unreadable } from './versions.ts'

/** "GSEV", little-endian. */
const MAGIC = 0x56455347
const HEADER = 0
const WIRE = 1
const IDS = 2
const GUILD_OF = 3
const DETAILS = 16

/** One trace, whole. */
export interface TraceParts {
  readonly trace: Trace
  /** In column order, like everything here. */
  readonly ids: SpanIds
  /** The guild that each span works for: its own, else that of the nearest span above it that names one. Index into `guilds`. */
  readonly guildOf: Uint32Array
  /** Entry 0 is '' (none known). */
  readonly guilds: readonly string[]
  readonly details: DetailColumns
}

/** `wire`: the trace's bytes in the wire format, where they are at hand. */
export function encodeTracePiece(parts: TraceParts, wire = encodeTrace(parts.trace)): Uint8Array<ArrayBuffer> {
  const { ids, guildOf, guilds } = parts
  const header = new TextEncoder().encode(JSON.stringify({ guilds }))
  const raw = (kind: number, bytes: Uint8Array): Slab => ({ kind, encoding: 0, width: 0, bytes })
  return packSlabs(
    [
      raw(HEADER, header),
      raw(WIRE, wire),
      raw(IDS, new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength)),
      packIntegers(GUILD_OF, guildOf, guildOf.length),
      ...packDetails(DETAILS, parts.details),
    ],
    MAGIC,
  )
}

/** An opened piece. Details are read when somebody asks for the first span's. */
export class TracePiece {
  readonly trace: Trace
  /** The wire format's bytes, a view into the piece. */
  readonly wire: Uint8Array
  readonly ids: SpanIds
  readonly guildOf: Uint32Array
  readonly guilds: readonly string[]
  readonly #table: SlabTable
  #details: Result<DetailColumns> | undefined

  constructor(parts: Omit<TraceParts, 'details'>, wire: Uint8Array, table: SlabTable) {
    this.trace = parts.trace
    this.ids = parts.ids
    this.guildOf = parts.guildOf
    this.guilds = parts.guilds
    this.wire = wire
    this.#table = table
  }

  details(): Result<DetailColumns> {
    const { parent, count } = this.trace.spans
    this.#details ??= unpackDetails(DETAILS, this.#table, count, (i) => parent[i] !== -1)
    return this.#details
  }

  /** Span `index`, which must be below the trace's count. */
  spanDetails(index: number): Result<SpanDetails> {
    const details = this.details()
    return details.ok ? ok(detailsOf(this.trace, this.ids, details.value, index)) : details
  }
}

export function openTracePiece(bytes: Uint8Array): Result<TracePiece> {
  const read = readTable(bytes, MAGIC)
  if (!read.ok) return unreadable('trace', 'does not begin like a piece of evidence')
  const table = read.value
  if (table === undefined || table.totalBytes !== bytes.length) return unreadable('trace', 'ends too early')
  const slab = (kind: number): Slab =>
    table.slabs.get(kind) ?? { kind, encoding: 255, width: 0, bytes: new Uint8Array(0) }
  const guilds = guildsOf(slab(HEADER).bytes)
  if (guilds === undefined) return unreadable('trace', 'has a wrong header')
  const wire = slab(WIRE).bytes
  const trace = decodeTrace(wire)
  if (!trace.ok) return trace
  const { count } = trace.value.spans
  const idBytes = slab(IDS).bytes
  if (idBytes.length !== count * 8) return unreadable('trace', 'has span ids of the wrong number')
  const guildOf = unpackIntegers(slab(GUILD_OF), count, guilds.length, 'guild')
  if (!guildOf.ok) return unreadable('trace', 'has wrong guilds')
  const ids = new BigUint64Array(copyOf(idBytes).buffer)
  return ok(new TracePiece({ trace: trace.value, ids, guildOf: guildOf.value, guilds }, wire, table))
}

function guildsOf(bytes: Uint8Array): readonly string[] | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (!isRecord(json) || !Array.isArray(json.guilds)) return undefined
    const guilds: readonly unknown[] = json.guilds
    const texts = guilds.filter((guild) => typeof guild === 'string')
    return texts.length === guilds.length && texts[0] === '' ? texts : undefined
  } catch {
    return undefined // not UTF-8 or not JSON: all the same to the reader
  }
}
