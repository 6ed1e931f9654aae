import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import type { SpanDetails, SpanIds, Trace } from '../model/span-columns.ts'
import { DetailsBuilder } from './details-builder.ts'
import type { TraceParts } from './trace-piece.ts'

/** Puts a trace's evidence together from answers about single spans, for backends that know no faster way. Add them in column order. */
export class PartsFromDetails {
  readonly #trace: Trace
  readonly #ids: SpanIds
  readonly #guildKeys: readonly string[]
  readonly #builder: DetailsBuilder
  readonly #resources = new Map<string, number>()
  readonly #scopes = new Map<string, number>()
  readonly #guilds = ['']
  readonly #guildNumbers = new Map([['', 0]])
  readonly #guildOf: Uint32Array<ArrayBuffer>
  readonly #parentIds: BigUint64Array<ArrayBuffer>
  readonly #starts: BigUint64Array<ArrayBuffer>
  readonly #ends: BigUint64Array<ArrayBuffer>
  readonly #ordinals = new Map<number, number>()
  #next = 0

  /** `guildKeys`: attribute keys that name the guild, the first present wins. */
  constructor(trace: Trace, ids: SpanIds, guildKeys: readonly string[] = DEFAULT_MAPPING.guild) {
    const { count } = trace.spans
    this.#trace = trace
    this.#ids = ids
    this.#guildKeys = guildKeys
    this.#builder = new DetailsBuilder(count)
    this.#guildOf = new Uint32Array(count)
    this.#parentIds = new BigUint64Array(count)
    this.#starts = new BigUint64Array(count)
    this.#ends = new BigUint64Array(count)
  }

  add(details: SpanDetails): void {
    const i = this.#next++
    const { resource, scope } = details
    const resourceNo = numbered(this.#resources, resource, () => this.#builder.addResource(resource))
    const scopeNo = scope === undefined ? 0 : numbered(this.#scopes, scope, () => this.#builder.addScope(scope))
    this.#builder.add(details, resourceNo, scopeNo)
    if (details.parentSpanId !== undefined) this.#parentIds[i] = BigInt(`0x${details.parentSpanId}`)
    this.#starts[i] = BigInt(details.startUnixNano)
    this.#ends[i] = BigInt(details.endUnixNano)
    if (details.ordinal > 0) this.#ordinals.set(i, details.ordinal)
    const guild = guildIn(details, this.#guildKeys)
    const number = this.#guildNumbers.get(guild) ?? this.#guilds.push(guild) - 1
    this.#guildNumbers.set(guild, number)
    const above = this.#trace.spans.parent[i]
    this.#guildOf[i] = number !== 0 || above === -1 ? number : this.#guildOf[above]
  }

  finish(): TraceParts {
    const order = Uint32Array.from({ length: this.#guildOf.length }, (_, i) => i)
    const details = this.#builder.finish(this.#trace, this.#ids, order, {
      parentIds: this.#parentIds,
      starts: this.#starts,
      ends: this.#ends,
      ordinals: this.#ordinals,
    })
    return { trace: this.#trace, ids: this.#ids, guildOf: this.#guildOf, guilds: this.#guilds, details }
  }
}

function numbered(known: Map<string, number>, what: object, make: () => number): number {
  const key = JSON.stringify(what)
  const number = known.get(key) ?? make()
  known.set(key, number)
  return number
}

/** The span's own attributes before the resource's. */
function guildIn(details: SpanDetails, keys: readonly string[]): string {
  for (const attributes of [details.attributes, details.resource])
    for (const key of keys) {
      const found = attributes.find((attribute) => attribute.key === key && attribute.value !== '')
      if (found !== undefined) return found.value
    }
  return ''
}
