import { formatExact } from '../../base/format.ts'
import { parseTraceId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import type { TraceEvidence } from '../../evidence/trace-evidence.ts'
import { summaryOf } from '../../evidence/trace-summary.ts'
import type { FlameAnswer } from '../../model/call-tree.ts'
import type { OnProgress } from '../../model/read-progress.ts'
import type { SpanColumns, SpanDetails, SpanIds, Trace } from '../../model/span-columns.ts'
import type { Page, TraceQuery, TraceSummary } from '../../model/trace-list.ts'
import { encodeTrace } from '../../model/wire.ts'
import { packEvidence } from '../trace-evidence.ts'
import type { SourceHealth, SpanQuery, TimeHint, TraceCapabilities, TraceSource } from '../trace-source.ts'
import type { FetchedTrace, FoundTraces, WholeTraceBackend } from './fetched-trace.ts'
import { FlameRun } from './flame-run.ts'
import { OpenedTrace } from './opened-trace.ts'
import { backendQuery, pageOf, SEARCH_DEPTH } from './search-page.ts'
import { SharedSearch } from './shared-search.ts'
import { TraceMemory } from './trace-memory.ts'

/** How much before and after a trace of a list its spans are looked for. */
const HINT_SLACK_MS = 60 * 60_000

/** A trace source of a backend that searches and hands over whole traces. */
export function wholeTraceSource(backend: WholeTraceBackend): TraceSource {
  return new WholeTraceSource(backend)
}

/** The row in the list of traces of a trace that was fetched whole. */
export function summaryOfFetched(
  backend: Pick<WholeTraceBackend, 'name' | 'capabilities'>,
  traceId: string,
  fetched: FetchedTrace,
): TraceSummary {
  return summaryOf(new OpenedTrace(backend.name, traceId, fetched, backend.capabilities.maxSpansPerTrace).trace)
}

class WholeTraceSource implements TraceSource {
  readonly name: string
  readonly #backend: WholeTraceBackend
  readonly #memory = new TraceMemory<OpenedTrace>()
  readonly #searches = new SharedSearch<FoundTraces>()

  constructor(backend: WholeTraceBackend) {
    this.name = backend.name
    this.#backend = backend
  }

  get capabilities(): TraceCapabilities {
    return this.#backend.capabilities
  }

  async searchTraces(query: TraceQuery, signal: AbortSignal): Promise<Result<Page<TraceSummary>>> {
    if (signal.aborted) return this.#cancelled()
    const asked = backendQuery(query)
    if (!asked.ok) return asked
    const found = await this.#search(asked.value, signal)
    return found.ok ? ok(pageOf(this.name, query, asked.value.limit, found.value)) : found
  }

  async trace(traceId: string, hint: TimeHint | undefined, signal: AbortSignal): Promise<Result<Trace>> {
    const opened = await this.#fetch(traceId, hint, signal)
    return opened.ok ? ok(opened.value.trace) : opened
  }

  async traceWire(
    traceId: string,
    hint: TimeHint | undefined,
    signal: AbortSignal,
  ): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const opened = await this.#fetch(traceId, hint, signal)
    return opened.ok ? ok(encodeTrace(opened.value.trace)) : opened
  }

  async spanIds(traceId: string, signal: AbortSignal): Promise<Result<SpanIds>> {
    const opened = await this.#remembered(traceId, undefined, signal)
    return opened.ok ? ok(opened.value.ids()) : opened
  }

  async spanDetails(
    traceId: string,
    index: number,
    of: number | undefined,
    signal: AbortSignal,
  ): Promise<Result<SpanDetails>> {
    const opened = await this.#remembered(traceId, of, signal)
    if (!opened.ok) return opened
    const { count } = opened.value.trace.spans
    if (of !== undefined && of !== count)
      return fail(
        'bad-request',
        'request',
        `The trace has changed from ${formatExact(of)} to ${formatExact(count)} spans since it was opened.`,
        'Load the trace again.',
      )
    if (!Number.isInteger(index) || index < 0 || index >= count)
      return fail(
        'bad-request',
        'request',
        `The trace has ${formatExact(count)} spans, and no span ${index}.`,
        'Load the trace again.',
      )
    return ok(opened.value.details(index))
  }

  async traceEvidence(traceId: string, signal: AbortSignal): Promise<Result<TraceEvidence>> {
    const opened = await this.#fetch(traceId, undefined, signal)
    if (!opened.ok) return opened
    const evidence = await packEvidence(opened.value.parts())
    return signal.aborted ? this.#cancelled() : ok(evidence)
  }

  async *spansOf(query: SpanQuery, signal: AbortSignal): AsyncGenerator<Result<SpanColumns>> {
    const run = await this.#flameRun(query, signal)
    if (run.ok) yield* run.value.forests(signal)
    else yield run
  }

  async flame(query: SpanQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FlameAnswer>> {
    const run = await this.#flameRun(query, signal, onProgress)
    return run.ok ? run.value.flame(signal, onProgress) : run
  }

  health(signal: AbortSignal): Promise<SourceHealth> {
    return this.#backend.health(signal)
  }

  async #flameRun(query: SpanQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FlameRun>> {
    if (signal.aborted) return this.#cancelled()
    const { guild, fromMs, toMs, action } = query
    const search = { guild, fromMs, toMs, sort: 'newest', limit: SEARCH_DEPTH } as const
    const wanted = action === undefined ? search : { ...search, action }
    const found = await this.#search(wanted, signal, onProgress)
    if (!found.ok) return found
    const { items, notes } = pageOf(this.name, wanted, SEARCH_DEPTH, found.value)
    const { traces } = found.value
    const open = (item: TraceSummary, either: AbortSignal) => {
      const whole = traces?.get(item.traceId)
      const around = {
        fromMs: item.startMs - HINT_SLACK_MS,
        toMs: item.startMs + Math.max(0, item.durationNs) / 1e6 + HINT_SLACK_MS,
      }
      return whole === undefined
        ? this.#fetch(item.traceId, around, either, false)
        : Promise.resolve(ok(this.#opened(item.traceId, whole)))
    }
    return ok(new FlameRun({ items, notes, open }, query))
  }

  async #search(query: TraceQuery, signal: AbortSignal, onProgress?: OnProgress): Promise<Result<FoundTraces>> {
    const { guild, fromMs, toMs, action, minDurationNs, completeOnly, sort, limit } = query
    const key = JSON.stringify([guild, fromMs, toMs, action, minDurationNs, completeOnly === true, sort, limit])
    const search = (shared: AbortSignal, tell: OnProgress) => this.#backend.search(query, shared, tell)
    const found = await this.#searches.ask(key, signal, search, onProgress)
    return signal.aborted ? this.#cancelled() : found
  }

  /** The trace as the backend has it now. */
  async #fetch(
    traceId: string,
    hint: TimeHint | undefined,
    signal: AbortSignal,
    remember = true,
  ): Promise<Result<OpenedTrace>> {
    if (signal.aborted) return this.#cancelled()
    const id = parseTraceId(traceId)
    if (id === undefined)
      return fail(
        'bad-request',
        'request',
        `“${traceId.slice(0, 80)}” is not a trace id.`,
        'Use 32 (or 16) hexadecimal digits.',
      )
    const fetched = await this.#backend.fetchTrace(id, hint, signal)
    if (signal.aborted) return this.#cancelled()
    if (!fetched.ok) return fetched
    if (fetched.value.batches.every((batch) => batch.count === 0))
      return fail(
        'not-found',
        this.name,
        `${this.name} holds no spans of trace ${id}.`,
        'It may have been rotated there, or not have arrived yet.',
      )
    const opened = this.#opened(id, fetched.value)
    if (remember) this.#memory.set(id, opened)
    return ok(opened)
  }

  /** The trace as it was fetched a little while ago, if it still has `of` spans; else as it is now. */
  async #remembered(traceId: string, of: number | undefined, signal: AbortSignal): Promise<Result<OpenedTrace>> {
    if (signal.aborted) return this.#cancelled()
    const id = parseTraceId(traceId)
    const known = id === undefined ? undefined : this.#memory.get(id)
    if (known !== undefined && (of === undefined || of === known.trace.spans.count)) return ok(known)
    return this.#fetch(traceId, undefined, signal)
  }

  #opened(traceId: string, fetched: FetchedTrace): OpenedTrace {
    return new OpenedTrace(this.name, traceId, fetched, this.capabilities.maxSpansPerTrace)
  }

  #cancelled<T>(): Result<T> {
    return fail('cancelled', this.name, 'The request was cancelled.', 'Ask again.')
  }
}
