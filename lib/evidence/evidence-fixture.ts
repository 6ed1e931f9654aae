/** Evidence in memory, for tests: traces as text (see `lib/model/fixtures.ts`), every span with attributes, an event and a link. */
import { bigIntToSpanId } from '../base/ids.ts'
import { fail, ok } from '../base/result.ts'
import { buildForest } from '../model/build-tree.ts'
import { rowsFromText } from '../model/fixtures.ts'
import type { Attribute, SpanDetails, Trace } from '../model/span-columns.ts'
import type { Manifest, PieceFormat, PieceRef } from './manifest.ts'
import { PartsFromDetails } from './parts-from-details.ts'
import type { PieceSource } from './reader.ts'
import type { TraceParts } from './trace-piece.ts'

export interface FixtureSpan {
  readonly attributes?: readonly Attribute[]
  readonly more?: Partial<SpanDetails>
}

export const attribute = (key: string, value: string, type: Attribute['type'] = 'string'): Attribute => ({
  key,
  type,
  value,
})

/** `spans`: what is special about a span, by name. */
export function partsFromText(
  text: string,
  options: {
    readonly traceId?: string
    readonly guilds?: Trace['guilds']
    readonly spans?: Readonly<Record<string, FixtureSpan>>
    readonly resource?: readonly Attribute[]
  } = {},
): TraceParts & { readonly all: readonly SpanDetails[] } {
  const rows = rowsFromText(text)
  const forest = buildForest(rows)
  const { spans } = forest
  const traceId = options.traceId ?? '0123456789abcdef0123456789abcdef'
  const trace: Trace = {
    traceId,
    source: 'fixture',
    guilds: options.guilds ?? [],
    totalSpans: spans.count,
    notes: [],
    spans,
  }
  const ids = BigUint64Array.from(forest.order, (row) => rows.spanId[row])
  const parts = new PartsFromDetails(trace, ids)
  const all = Array.from({ length: spans.count }, (_, i): SpanDetails => {
    const row = forest.order[i]
    const name = spans.names[spans.nameId[i]]
    const special = options.spans?.[name]
    return {
      traceId,
      spanId: bigIntToSpanId(ids[i]),
      ordinal: 0,
      ...(rows.parentId[row] === 0n ? {} : { parentSpanId: bigIntToSpanId(rows.parentId[row]) }),
      name,
      startUnixNano: String(rows.startNs[row]),
      endUnixNano: String(rows.endNs[row]),
      kind: 'internal',
      status: { code: 'unset' },
      attributes: special?.attributes ?? [attribute('n', String(i), 'int')],
      resource: options.resource ?? [attribute('service.name', 'guilds')],
      scope: { name: 'fixture', attributes: [] },
      events: [],
      links: [],
      dropped: { attributes: 0, events: 0, links: 0 },
      remarks: [],
      ...special?.more,
    }
  })
  for (const details of all) parts.add(details)
  return { ...parts.finish(), all }
}

/** Pieces by name; names are numbers that look like hashes. */
export class MemoryPieces {
  readonly bytes = new Map<string, Uint8Array<ArrayBuffer>>()
  reads = 0

  put<F extends PieceFormat>(format: F, bytes: Uint8Array<ArrayBuffer>): PieceRef & { readonly format: F } {
    const sha256 = (this.bytes.size + 1).toString(16).padStart(64, 'a')
    this.bytes.set(sha256, bytes)
    return { sha256, storedBytes: bytes.length, bytes: bytes.length, format }
  }

  readonly source: PieceSource = async (piece) => {
    this.reads++
    const bytes = this.bytes.get(piece.sha256)
    return bytes === undefined
      ? fail('unavailable', 'evidence', `The piece ${piece.sha256.slice(0, 12)} is damaged.`, 'Restore it.')
      : ok(bytes)
  }
}

export function manifestOf(parts: Partial<Manifest>): Manifest {
  return {
    kind: 'guildscope.evidence',
    v: 1,
    frozenAtMs: Date.UTC(2026, 10, 22, 11, 0),
    madeBy: '0.1.0',
    minutes: [],
    flames: [],
    lists: [],
    traces: [],
    sources: [],
    missing: [],
    ...parts,
  }
}
