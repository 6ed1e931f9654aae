import type { Trace } from '../../model/span-columns.ts'

/** Spans remembered over all traces of a source: about 300 bytes each, with their attributes. */
const REMEMBERED_SPANS = 1_000_000
const REMEMBERED_MS = 5 * 60_000

/** The traces that were fetched last: details and ids of an opened trace need no second fetch. */
export class TraceMemory<Opened extends { readonly trace: Trace }> {
  /** Insertion order is use order: the first is the oldest. */
  readonly #entries = new Map<string, { readonly opened: Opened; readonly untilMs: number }>()
  readonly #maxSpans: number
  readonly #ms: number

  constructor(maxSpans = REMEMBERED_SPANS, ms = REMEMBERED_MS) {
    this.#maxSpans = maxSpans
    this.#ms = ms
  }

  get(traceId: string): Opened | undefined {
    this.#forgetOld()
    return this.#entries.get(traceId)?.opened
  }

  set(traceId: string, opened: Opened): void {
    this.#forgetOld()
    this.#entries.delete(traceId)
    this.#entries.set(traceId, { opened, untilMs: Date.now() + this.#ms })
    let spans = 0
    for (const { opened: each } of this.#entries.values()) spans += each.trace.spans.count
    for (const [oldest, { opened: each }] of this.#entries) {
      if (spans <= this.#maxSpans || oldest === traceId) break
      spans -= each.trace.spans.count
      this.#entries.delete(oldest)
    }
  }

  #forgetOld(): void {
    const now = Date.now()
    for (const [traceId, { untilMs }] of this.#entries) if (untilMs <= now) this.#entries.delete(traceId)
  }
}
