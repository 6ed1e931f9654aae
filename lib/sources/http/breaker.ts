/** Failures in a row that open it. */
const FAILURES = 5
const FIRST_PAUSE_MS = 5_000
const LONGEST_PAUSE_MS = 60_000
/** A `Retry-After` is honoured up to here: longer, a wrong clock over there would switch the source off. */
const LONGEST_RETRY_AFTER_MS = 300_000

export type Admission =
  | { readonly admitted: true }
  | { readonly admitted: false; readonly untilMs: number; readonly why: string }

/**
 * The circuit breaker of one source. Closed: everything passes. After five failures in a row it opens: nothing is asked for 5 s, then one
 * request probes; where that fails, too, the pause doubles, to 60 s at most. A `Retry-After` pauses it as long as the source asked for.
 */
export class Breaker {
  #failuresInRow = 0
  #pauseMs = FIRST_PAUSE_MS
  #untilMs = 0
  #why = ''
  #probing = false

  /** Whoever was admitted tells one of `succeeded`, `failed` or `undecided`. */
  admit(nowMs: number): Admission {
    if (nowMs < this.#untilMs) return { admitted: false, untilMs: this.#untilMs, why: this.#why }
    if (this.#failuresInRow < FAILURES) return { admitted: true }
    if (this.#probing) return { admitted: false, untilMs: nowMs + 1_000, why: this.#why }
    this.#probing = true
    return { admitted: true }
  }

  succeeded(): void {
    this.#failuresInRow = 0
    this.#pauseMs = FIRST_PAUSE_MS
    this.#probing = false
  }

  failed(nowMs: number, what: string): void {
    this.#failuresInRow++
    if (this.#failuresInRow < FAILURES) return
    // Requests that were under way when it opened do not lengthen the pause.
    if (nowMs >= this.#untilMs) {
      if (this.#probing) this.#pauseMs = Math.min(LONGEST_PAUSE_MS, this.#pauseMs * 2)
      this.#untilMs = nowMs + this.#pauseMs
    }
    this.#why = what
    this.#probing = false
  }

  /** Cancelled, or refused for a reason of its own: says nothing about the source. */
  undecided(): void {
    this.#probing = false
  }

  /** The source asked to be left alone. */
  pause(nowMs: number, forMs: number, what: string): void {
    this.#untilMs = Math.max(this.#untilMs, nowMs + Math.min(LONGEST_RETRY_AFTER_MS, forMs))
    this.#why = what
    this.#probing = false
  }

  pausedUntilMs(nowMs: number): number | undefined {
    return nowMs < this.#untilMs ? this.#untilMs : undefined
  }
}
