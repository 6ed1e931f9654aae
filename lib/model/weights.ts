import { FLAG } from './span-columns.ts'
import { STAGE_ID } from './stages.ts'

/** What weights are computed from; all columns in DFS pre-order (parents first). */
export interface SamplingColumns {
  readonly count: number
  readonly parent: Int32Array
  readonly stageId: Uint8Array
  /** Bits of `FLAG`. */
  readonly flags: Uint8Array
  /** Which trace a span belongs to; spans of a trace stand together. */
  readonly traceNo: Uint32Array
  /** Head sampling probability a span states, NaN where not stated. */
  readonly headRate: Float32Array
  /** Fan-out keep rate a span states, NaN where not stated. */
  readonly keepRate: Float32Array
}

/**
 * Adjusted count of each span: (1 / head rate) × (1 / fan-out keep rate); NaN where either is unknown, never 1.
 *
 * Head rate: own, else the nearest ancestor's, else (orphans) the trace's, if all its spans that state one agree.
 * Keep rate: the nearest ancestor-or-self that states one, else 1: a fan-out that drops spans says so. But of an orphan behind the guild it
 * is unknown, since the span that would have stated it is missing. It speaks of the fan-out's *receivers*: a hop before them
 * (client, api, guild, relay) is always kept, so the rate that the guild's span states does not multiply the guild's span.
 * A span of unknown stage counts to the hop of its parent. Rates outside (0, 1] count as not stated.
 */
export function spanWeights(columns: SamplingColumns): Float32Array<ArrayBuffer> {
  const { count, parent, stageId, traceNo } = columns
  const head = columns.headRate.slice()
  const keep = columns.keepRate.slice()
  const stage = stageId.slice()
  const weight = new Float32Array(count)
  for (let from = 0; from < count; ) {
    const trace = traceNo[from]
    let ofTrace = 0
    let to = from
    for (; to < count && traceNo[to] === trace; to++) {
      const rate = head[to]
      if (!isRate(rate)) head[to] = Number.NaN
      else if (ofTrace === 0) ofTrace = rate
      else if (ofTrace !== rate) ofTrace = Number.NaN
    }
    if (ofTrace === 0) ofTrace = Number.NaN
    for (let i = from; i < to; i++) {
      const up = parent[i]
      if (up !== -1) {
        if (Number.isNaN(head[i])) head[i] = head[up]
        if (stage[i] === STAGE_ID.unknown) stage[i] = stage[up]
      } else if (Number.isNaN(head[i])) head[i] = ofTrace
      if (!isRate(keep[i])) {
        if (up !== -1) keep[i] = keep[up]
        else keep[i] = (columns.flags[i] & FLAG.orphan) !== 0 && isBehindGuild(stage[i]) ? Number.NaN : 1
      }
      weight[i] = 1 / (isBeforeReceivers(stage[i]) ? head[i] : head[i] * keep[i])
    }
    from = to
  }
  return weight
}

function isRate(rate: number): boolean {
  return rate > 0 && rate <= 1
}

function isBeforeReceivers(stage: number): boolean {
  return stage === STAGE_ID.client || stage === STAGE_ID.api || stage === STAGE_ID.guild || stage === STAGE_ID.relay
}

/** Whether the span can be part of a fan-out that another span speaks for. */
function isBehindGuild(stage: number): boolean {
  return stage !== STAGE_ID.client && stage !== STAGE_ID.api && stage !== STAGE_ID.guild
}
