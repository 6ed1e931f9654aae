/** About how much a freeze will copy, from the lists of traces it would draw from. */
import { formatCount, formatExact } from '@/lib/base/format.ts'
import type { ViewData } from '@/lib/client/view-data.ts'
import { FREEZE_SPANS_MAX, FREEZE_TRACES_MAX } from '@/lib/model/freeze.ts'
import type { Side } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'

export interface FreezePlan {
  readonly sides: readonly Side[]
  readonly baselines: readonly string[]
  /** Traces chosen by hand. */
  readonly chosen: number
  readonly slowest: number
  readonly longestWait: number
  readonly sample: number
}

export interface FreezeEstimate {
  /** Guild minutes, baselines among them. */
  readonly minutes: number
  readonly traces: number
  readonly spans: number
  /** Traces that there are in the ranges; undefined where the source cannot tell. */
  readonly population: number | undefined
}

/** So many traces are looked at for the mean size of one. */
const LOOK = 100

export async function estimateOf(source: ViewData, plan: FreezePlan, signal?: AbortSignal): Promise<FreezeEstimate> {
  let [minutes, spans, population] = [0, 0, 0]
  let traces = plan.chosen
  let counted = true
  for (const { guildId, fromMs, toMs } of plan.sides) {
    minutes += ((toMs - fromMs) / MINUTE_MS) * (1 + plan.baselines.length)
    const ask = (sort: 'slowest' | 'longest-wait' | 'newest', limit: number) =>
      source.traces({ guild: guildId, fromMs, toMs, sort, limit: Math.max(1, limit) }, signal)
    const [slow, waited, some] = await Promise.all([
      ask('slowest', plan.slowest),
      ask('longest-wait', plan.longestWait),
      ask('newest', LOOK),
    ])
    const sizes = new Map<string, number>()
    for (const trace of slow.items.slice(0, plan.slowest)) sizes.set(trace.traceId, trace.spanCount)
    for (const trace of waited.items.slice(0, plan.longestWait)) sizes.set(trace.traceId, trace.spanCount)
    const all = some.total ?? (some.next === undefined ? some.items.length : undefined)
    if (all === undefined) counted = false
    population += all ?? some.items.length
    const sampled = Math.min(plan.sample, all ?? plan.sample)
    // Not every source tells sizes (−1): those that it does not are taken for the mean.
    const told = some.items.filter((trace) => trace.spanCount >= 0)
    const mean = told.reduce((sum, trace) => sum + trace.spanCount, 0) / Math.max(1, told.length)
    traces += sizes.size + sampled
    spans += [...sizes.values()].reduce((sum, size) => sum + (size < 0 ? mean : size), 0) + sampled * mean
  }
  return { minutes, traces, spans: Math.round(spans), population: counted ? population : undefined }
}

export function estimateWords(estimate: FreezeEstimate | undefined, failed: boolean): string {
  if (failed) return 'How much this copies cannot be told now; freezing may work all the same.'
  if (estimate === undefined) return 'Estimating how much this copies …'
  const { minutes, traces, spans, population } = estimate
  const of = population === undefined ? '' : ` of ${formatExact(population)}`
  const parts = [
    `Copies ${formatExact(minutes)} guild minutes and about ${formatExact(Math.min(traces, FREEZE_TRACES_MAX))} traces${of} with ≈ ${formatCount(spans)} spans.`,
  ]
  if (traces > FREEZE_TRACES_MAX) parts.push(`At most ${formatExact(FREEZE_TRACES_MAX)} traces are kept.`)
  if (spans > FREEZE_SPANS_MAX) parts.push(`At most ${formatCount(FREEZE_SPANS_MAX)} spans are kept.`)
  return parts.join(' ')
}
