import { ok, type Result } from '../base/result.ts'
import type { TraceEvidence } from '../evidence/trace-evidence.ts'
import { packEvidence } from '../sources/trace-evidence.ts'
import { type Cancel, CancelledError } from './readers.ts'
import { readEvidence } from './trace-evidence.ts'
import type { TraceReader } from './trace-reader.ts'

/** Questions that come so close together are read together from the first on. */
const JOIN_MS = 2
/** Traces read in one go, and their spans in memory at a time (a larger trace comes alone). */
const MOST_TRACES = 64
const MOST_SPANS = 100_000

interface Waiting {
  readonly traceId: string
  readonly cancel: Cancel
  readonly resolve: (evidence: Result<TraceEvidence> | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes evidence of whole traces. A statement over twenty traces costs hardly more than one over a single trace, so that what is asked for
 * while a reading runs is read together in the next.
 */
export class EvidenceQueue {
  readonly #traces: TraceReader
  readonly #onRead: (spans: number) => void
  #waiting: Waiting[] = []
  #running = false

  constructor(traces: TraceReader, onRead: (spans: number) => void) {
    this.#traces = traces
    this.#onRead = onRead
  }

  /** `undefined`: no span of the trace is stored. */
  ask(traceId: string, cancel: Cancel): Promise<Result<TraceEvidence> | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ traceId, cancel, resolve, reject })
      if (this.#running) return
      this.#running = true
      setTimeout(() => this.#run(), JOIN_MS)
    })
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MOST_TRACES)
      this.#waiting = this.#waiting.slice(MOST_TRACES)
      const wanted = batch.filter(({ cancel, reject }) => {
        if (cancel.cancelled) reject(new CancelledError())
        return !cancel.cancelled
      })
      if (wanted.length === 0) continue
      try {
        await this.#read(wanted)
      } catch (error) {
        // Whoever has an answer already is not concerned.
        for (const each of wanted) each.reject(error)
      }
    }
    this.#running = false
  }

  async #read(wanted: readonly Waiting[]): Promise<void> {
    const open = new Map<string, Waiting[]>()
    for (const each of wanted) open.set(each.traceId, [...(open.get(each.traceId) ?? []), each])
    const cancel = allOf(wanted.map((each) => each.cancel))
    await this.#traces.openAll([...open.keys()], MOST_SPANS, cancel, async (connection, opened) => {
      const parts = await readEvidence(connection, opened, cancel)
      for (const [t, { trace }] of opened.entries()) {
        this.#onRead(trace.spans.count)
        const found = parts[t]
        if (found === undefined) continue
        const asking = open.get(trace.traceId) ?? []
        open.delete(trace.traceId)
        // Compressed on other threads, while the next traces are read here.
        const packed = packEvidence(found)
        packed.then(
          (evidence) => {
            // Answers hand their buffer over: each needs one of its own.
            const copies = asking.map((_, n) => (n === 0 ? evidence : { ...evidence, stored: evidence.stored.slice() }))
            for (const [n, { resolve }] of asking.entries()) resolve(ok(copies[n]))
          },
          (error: unknown) => {
            for (const { reject } of asking) reject(error)
          },
        )
      }
    })
    for (const asking of open.values()) for (const { resolve } of asking) resolve(undefined)
  }
}

/** Cancelled once everybody who asks has given up. */
function allOf(cancels: readonly Cancel[]): Cancel {
  const all = {
    get cancelled() {
      return cancels.every((cancel) => cancel.cancelled)
    },
    onCancel(callback: () => void) {
      for (const cancel of cancels)
        cancel.onCancel(() => {
          if (all.cancelled) callback()
        })
    },
  }
  return all
}
