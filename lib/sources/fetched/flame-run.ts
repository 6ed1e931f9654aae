import { formatExact } from '../../base/format.ts'
import { type Failure, ok, type Result } from '../../base/result.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import { CallMerger } from '../../model/merge-calls.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import type { SpanColumns } from '../../model/span-columns.ts'
import { STAGE_ID } from '../../model/stages.ts'
import { subtreesOfStage } from '../../model/subtrees.ts'
import type { TraceSummary } from '../../model/trace-list.ts'
import type { SpanQuery } from '../trace-source.ts'
import type { OpenedTrace } from './opened-trace.ts'

/** Traces fetched at once for one flame graph. */
const AT_ONCE = 4

/** The traces of a flame graph: what was found, and how one of them is fetched. */
export interface FlamePlan {
  readonly items: readonly TraceSummary[]
  readonly notes: readonly string[]
  open(item: TraceSummary, signal: AbortSignal): Promise<Result<OpenedTrace>>
}

/**
 * Fetches the traces of a plan, some at once, and hands them out in the plan's order up to `maxSpans` spans: the result does not depend on
 * which answer came first. A trace that cannot be read is counted and left out.
 */
export class FlameRun {
  traces = 0
  spans = 0
  estimated = 0
  unknownSampling = 0
  readonly #plan: FlamePlan
  readonly #query: SpanQuery
  #unread = 0
  #failure: Failure | undefined
  #isCut = false

  constructor(plan: FlamePlan, query: SpanQuery) {
    this.#plan = plan
    this.#query = query
  }

  async *forests(signal: AbortSignal, onProgress?: OnProgress): AsyncGenerator<Result<SpanColumns>> {
    const { items } = this.#plan
    const quit = new AbortController()
    const either = AbortSignal.any([signal, quit.signal])
    const running: Promise<Result<OpenedTrace>>[] = []
    let next = 0
    let read = 0
    try {
      for (let i = 0; i < items.length; i++) {
        while (next < items.length && next < i + AT_ONCE) running[next] = this.#plan.open(items[next++], either)
        const opened = await running[i]
        delete running[i]
        onProgress?.({ done: i + 1, of: items.length, what: 'traces read' })
        if (!opened.ok) {
          if (opened.failure.kind === 'cancelled') {
            yield opened
            return
          }
          this.#unread++
          this.#failure ??= opened.failure
          continue
        }
        const { count } = opened.value.trace.spans
        if (read + count > this.#query.maxSpans && this.traces > 0) {
          this.#isCut = true
          return
        }
        read += count
        this.traces++
        const { weight } = items[i]
        if (weight > 0) this.estimated += weight
        else this.unknownSampling++
        const wanted = this.#wanted(opened.value)
        this.spans += wanted.count
        yield ok(wanted)
      }
      // Nothing could be read: that is the answer, not an empty picture.
      if (this.traces === 0 && this.#failure !== undefined) yield { ok: false, failure: this.#failure }
    } finally {
      quit.abort()
      // Their answers are not wanted any more; a bug in one of them would otherwise end the process.
      for (const open of running) open?.catch(() => undefined)
    }
  }

  async flame(signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FlameAnswer>> {
    const merger = new CallMerger()
    for await (const forest of this.forests(signal, onProgress)) {
      if (!forest.ok) return forest
      merger.add(forest.value)
    }
    return ok({
      tree: merger.finish(),
      traces: this.traces,
      spans: this.spans,
      ...(this.unknownSampling === this.traces ? {} : { estimatedTraces: this.estimated }),
      unknownSampling: this.unknownSampling,
      notes: [...this.#plan.notes, ...this.#notes(), ...merger.notes],
    })
  }

  #notes(): string[] {
    const notes: string[] = []
    if (this.#isCut)
      notes.push(
        `Merged the newest ${formatExact(this.traces)} of ${formatExact(this.#plan.items.length)} traces: at most ${formatExact(this.#query.maxSpans)} spans are read at once.`,
      )
    if (this.#unread > 0)
      notes.push(
        `${this.#unread === 1 ? '1 trace' : `${formatExact(this.#unread)} traces`} could not be read and ${this.#unread === 1 ? 'is' : 'are'} not part of this: ${this.#failure?.what ?? ''}`,
      )
    return notes
  }

  /** The guild's own work: of a user who connects to many guilds, the others' is left out. Spans that name no guild at all stay. */
  #wanted({ trace, guildOf, guilds }: OpenedTrace): SpanColumns {
    if (this.#query.scope !== 'guild') return trace.spans
    const { guild } = this.#query
    return subtreesOfStage(trace.spans, STAGE_ID.guild, (i) => guildOf[i] === 0 || guilds[guildOf[i]] === guild)
  }
}
