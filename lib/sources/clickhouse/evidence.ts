import { setImmediate as nextTurn } from 'node:timers/promises'
import { spanIdToBigInt } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { DetailsBuilder } from '../../evidence/details-builder.ts'
import type { TraceEvidence } from '../../evidence/trace-evidence.ts'
import type { Attribute, SpanDetails } from '../../model/span-columns.ts'
import { packEvidence } from '../trace-evidence.ts'
import { detailsOf, detailsRow, detailsSelection } from './details.ts'
import { type OpenedTrace, openTrace } from './open-trace.ts'
import type { SpanTable } from './span-table.ts'

/** A trace with everything its spans say: two readings of it, however many spans it has. */
export async function evidenceOf(
  table: SpanTable,
  traceId: string,
  signal: AbortSignal,
): Promise<Result<TraceEvidence>> {
  const opened = await openTrace(table, traceId, signal)
  if (!opened.ok) return opened
  const shape = await table.shape(signal)
  if (!shape.ok) return shape
  const { trace, ids, parentIds, starts, ends, ordinals, guildOf, guilds, where } = opened.value
  const places = new Places(opened.value)
  const builder = new DetailsBuilder(ids.length)
  const contexts = new Contexts(builder)
  const max = table.settings.maxSpansPerTrace + 1
  const read = await table.ask.eachRow(
    `SELECT ${detailsSelection(shape.value)} FROM ${table.spans} WHERE ${where} LIMIT ${max}`,
    detailsRow,
    { id: trace.traceId },
    max,
    signal,
    (row) => {
      const details = detailsOf(row, trace.traceId, 0)
      if (places.take(details)) builder.add(details, contexts.resource(details.resource), contexts.scope(details.scope))
    },
  )
  if (!read.ok) return read
  if (places.taken !== ids.length)
    return read.value
      ? fail(
          'too-large',
          table.source,
          `The details of this trace are more than ${table.source} is read at once.`,
          'Raise "maxAnswerBytes" of the source in the configuration.',
        )
      : fail('conflict', table.source, 'The trace changed while it was being copied.', 'Freeze it again.')
  await nextTurn()
  const details = builder.finish(trace, ids, places.order, { parentIds, starts, ends, ordinals })
  return ok(await packEvidence({ trace, ids, guildOf, guilds, details }))
}

/** Which place in the trace each row has; a row that repeats another has none. */
class Places {
  /** Place → which of the taken rows stands there. */
  readonly order: Uint32Array<ArrayBuffer>
  taken = 0
  readonly #opened: OpenedTrace
  /** Span id → its first place. */
  readonly #first = new Map<bigint, number>()
  /** Place → the next place with the same id. */
  readonly #next = new Map<number, number>()
  readonly #isTaken: Uint8Array

  constructor(opened: OpenedTrace) {
    const { ids } = opened
    this.#opened = opened
    this.order = new Uint32Array(ids.length)
    this.#isTaken = new Uint8Array(ids.length)
    for (let i = ids.length - 1; i >= 0; i--) {
      const later = this.#first.get(ids[i])
      if (later !== undefined) this.#next.set(i, later)
      this.#first.set(ids[i], i)
    }
  }

  take(details: SpanDetails): boolean {
    const { trace, starts, ends } = this.#opened
    const { names, nameId } = trace.spans
    let place = this.#first.get(spanIdToBigInt(details.spanId))
    while (place !== undefined) {
      const same =
        names[nameId[place]] === details.name &&
        String(starts[place]) === details.startUnixNano &&
        String(ends[place]) === details.endUnixNano
      if (same && this.#isTaken[place] === 0) {
        this.#isTaken[place] = 1
        this.order[place] = this.taken++
        return true
      }
      place = this.#next.get(place)
    }
    return false
  }
}

/** Equal resources and scopes are one. */
class Contexts {
  readonly #builder: DetailsBuilder
  readonly #known = new Map<string, number>()

  constructor(builder: DetailsBuilder) {
    this.#builder = builder
  }

  resource(attributes: readonly Attribute[]): number {
    return this.#numbered(`r${JSON.stringify(attributes)}`, () => this.#builder.addResource(attributes))
  }

  scope(scope: SpanDetails['scope']): number {
    if (scope === undefined) return 0
    return this.#numbered(`s${JSON.stringify(scope)}`, () => this.#builder.addScope(scope))
  }

  #numbered(key: string, make: () => number): number {
    const number = this.#known.get(key) ?? make()
    this.#known.set(key, number)
    return number
  }
}
