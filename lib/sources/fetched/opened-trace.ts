import { upperBound } from '../../base/bisect.ts'
import { formatExact } from '../../base/format.ts'
import { bigIntToSpanId } from '../../base/ids.ts'
import { DetailsBuilder } from '../../evidence/details-builder.ts'
import type { TraceParts } from '../../evidence/trace-piece.ts'
import { buildForest, type Forest } from '../../model/build-tree.ts'
import { decodeSpanRest } from '../../model/otlp/details.ts'
import type { SpanBatch } from '../../model/span-batch.ts'
import type { SpanDetails, SpanIds, Trace } from '../../model/span-columns.ts'
import { guildOfSpans, guildsOf, oddities, ordinalsOf } from '../../model/trace-facts.ts'
import { rowsOfBatches } from './batch-rows.ts'
import type { FetchedTrace } from './fetched-trace.ts'

const EMPTY = new Uint8Array(0)
const NO_CORE = { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '0', endUnixNano: '0' }

/** Of a batch, what the columns of the trace do not hold. */
type Rest = Pick<SpanBatch, 'rest' | 'restEnd' | 'resources' | 'scopes' | 'resourceId' | 'scopeId'>

/** A fetched trace as a tree, and what is needed to answer for one span of it. */
export class OpenedTrace {
  readonly trace: Trace
  readonly guildOf: Uint32Array
  readonly guilds: readonly string[]
  readonly #rests: readonly Rest[]
  readonly #batchEnd: readonly number[]
  readonly #order: Uint32Array
  readonly #ordinals: ReadonlyMap<number, number>
  /** In the order of the trace. */
  readonly #ids: SpanIds
  readonly #parentIds: SpanIds
  readonly #starts: SpanIds
  readonly #ends: SpanIds
  readonly #remarks: FetchedTrace['remarks']

  /** `maxSpans`: what is read beyond it is left out, and said. */
  constructor(source: string, traceId: string, fetched: FetchedTrace, maxSpans: number) {
    const read = rowsOfBatches(withinLimit(fetched.batches, maxSpans))
    const forest = buildForest(read.rows)
    const { order } = forest
    this.#order = order
    this.#batchEnd = read.batchEnd
    this.#rests = fetched.batches.map(({ rest, restEnd, resources, scopes, resourceId, scopeId }) => ({
      rest,
      restEnd,
      resources,
      scopes,
      resourceId,
      scopeId,
    }))
    this.#remarks = fetched.remarks
    this.#ids = pick(read.rows.spanId, order)
    this.#parentIds = pick(read.rows.parentId, order)
    this.#starts = pick(read.rows.startNs, order)
    this.#ends = pick(read.rows.endNs, order)
    this.#ordinals = ordinalsOf(forest, read.rows.spanId)
    this.guilds = read.guilds
    this.guildOf = guildOfSpans(forest, read.guildId)
    this.trace = {
      traceId,
      source,
      guilds: guildsOf(read.guildId, read.guilds, (guild) => read.guildNames.get(guild)),
      spans: forest.spans,
      ...toldOf(fetched, forest, read.rows.count, maxSpans),
    }
  }

  ids(): SpanIds {
    return this.#ids.slice()
  }

  /** `index` is below the trace's count. */
  details(index: number): SpanDetails {
    const { batch, row, rest, resource, scope } = this.#placeOf(index)
    const { spans, traceId } = this.trace
    const parent = this.#parentIds[index]
    const details = decodeSpanRest(rest, resource, scope, {
      traceId,
      spanId: bigIntToSpanId(this.#ids[index]),
      ordinal: this.#ordinals.get(index) ?? 0,
      ...(parent === 0n ? {} : { parentSpanId: bigIntToSpanId(parent) }),
      name: spans.names[spans.nameId[index]],
      startUnixNano: String(this.#starts[index]),
      endUnixNano: String(this.#ends[index]),
    })
    const said = this.#remarks?.(batch, row) ?? []
    return said.length === 0 ? details : { ...details, remarks: [...said, ...details.remarks] }
  }

  /** Everything, for evidence. */
  parts(): TraceParts {
    const { count } = this.trace.spans
    const builder = new DetailsBuilder(count)
    const contexts = new Contexts(builder)
    for (let i = 0; i < count; i++) {
      const { batch, row, rest, resource, scope } = this.#placeOf(i)
      const [ofResource, ofScope] = [contexts.resource(resource), contexts.scope(scope)]
      const said = [...(this.#remarks?.(batch, row) ?? []), ...ofResource.remarks, ...ofScope.remarks]
      builder.addRest(rest, 0, rest.length, ofResource.number, ofScope.number, said)
    }
    const inOrder = Uint32Array.from({ length: count }, (_, i) => i)
    const details = builder.finish(this.trace, this.#ids, inOrder, {
      parentIds: this.#parentIds,
      starts: this.#starts,
      ends: this.#ends,
      ordinals: this.#ordinals,
    })
    return { trace: this.trace, ids: this.#ids, guildOf: this.guildOf, guilds: this.guilds, details }
  }

  #placeOf(index: number) {
    const at = this.#order[index]
    const batch = upperBound(this.#batchEnd, at)
    const row = at - (batch === 0 ? 0 : this.#batchEnd[batch - 1])
    const { rest, restEnd, resources, scopes, resourceId, scopeId } = this.#rests[batch]
    return {
      batch,
      row,
      rest: rest.subarray(row === 0 ? 0 : restEnd[row - 1], restEnd[row]),
      resource: resources[resourceId[row]] ?? EMPTY,
      scope: scopes[scopeId[row]] ?? EMPTY,
    }
  }
}

interface Context {
  readonly number: number
  readonly remarks: readonly string[]
}
const NO_CONTEXT: Context = { number: 0, remarks: [] }

/** Resources and scopes by their bytes: equal ones of several batches are one. */
class Contexts {
  readonly #builder: DetailsBuilder
  readonly #known = new Map<Uint8Array, Context>()
  readonly #byBytes = new Map<string, Context>()

  constructor(builder: DetailsBuilder) {
    this.#builder = builder
  }

  resource(bytes: Uint8Array): Context {
    return this.#context('r', bytes, () => {
      const { resource, remarks } = decodeSpanRest(EMPTY, bytes, EMPTY, NO_CORE)
      return { number: this.#builder.addResource(resource), remarks }
    })
  }

  scope(bytes: Uint8Array): Context {
    return this.#context('s', bytes, () => {
      const { scope, remarks } = decodeSpanRest(EMPTY, EMPTY, bytes, NO_CORE)
      return scope === undefined ? NO_CONTEXT : { number: this.#builder.addScope(scope), remarks }
    })
  }

  #context(kind: 'r' | 's', bytes: Uint8Array, make: () => Context): Context {
    if (kind === 's' && bytes.length === 0) return NO_CONTEXT
    const seen = this.#known.get(bytes)
    if (seen !== undefined) return seen
    const key = kind + Buffer.from(bytes).toString('latin1')
    const context = this.#byBytes.get(key) ?? make()
    this.#byBytes.set(key, context)
    if (bytes !== EMPTY) this.#known.set(bytes, context)
    return context
  }
}

/** Whole batches up to the limit: adapters stop reading near it, so that this cuts little. */
function withinLimit(batches: readonly SpanBatch[], maxSpans: number): readonly SpanBatch[] {
  let spans = 0
  const kept: SpanBatch[] = []
  for (const batch of batches) {
    if (spans + batch.count > maxSpans && kept.length > 0) break
    spans += batch.count
    kept.push(batch)
  }
  return kept
}

function toldOf(
  fetched: FetchedTrace,
  forest: Forest,
  read: number,
  maxSpans: number,
): { readonly totalSpans: number; readonly notes: readonly string[] } {
  const notes = [...fetched.notes]
  const answered = fetched.batches.reduce((sum, batch) => sum + batch.count, 0)
  const total = Math.max(answered, fetched.totalSpans ?? 0)
  if (answered > read)
    notes.unshift(
      `Showing ${formatExact(read)} of ${formatExact(total)} spans: of this source a trace is read up to ${formatExact(maxSpans)} spans.`,
    )
  for (const { count, reason } of fetched.batches.flatMap((batch) => batch.rejected))
    notes.push(`${count === 1 ? '1 span' : `${formatExact(count)} spans`} could not be read: ${reason}.`)
  return { totalSpans: total - forest.collapsed, notes: [...notes, ...oddities(forest)] }
}

function pick(column: BigUint64Array | BigInt64Array, order: Uint32Array): SpanIds {
  const out = new BigUint64Array(order.length)
  for (let i = 0; i < out.length; i++) out[i] = column[order[i]]
  return out
}
