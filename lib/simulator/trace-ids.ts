import { type Id64, type TraceContext, traceStateField } from './otlp-encode.ts'
import { Random } from './random.ts'

/**
 * Ids that derive from the seed and the start of the run: the same run repeats them, another run never clashes.
 *
 * OpenTelemetry's consistent sampling: a trace is kept when the low 56 bits of its id are ≥ T, and `tracestate` states T as
 * `ot=th:<hex>` without trailing zeros. Here T has 24 significant bits, so the kept ids' top 24 of those 56 bits are ≥ T / 2³².
 */
export class TraceIds {
  readonly #random: Random
  readonly #states = new Map<number, Uint8Array>()

  constructor(seed: string, startMs: number) {
    this.#random = new Random(`${seed}/${startMs}/ids`)
  }

  span(): Id64 {
    return { hi: this.#random.u32() || 1, lo: this.#random.u32() }
  }

  /** A trace that a head sampler with this probability kept; undefined: the sampler states nothing. */
  trace(headRate: number | undefined): TraceContext {
    const threshold = headRate === undefined ? 0 : Math.round((1 - headRate) * 2 ** 24)
    const top = threshold + this.#random.below(2 ** 24 - threshold)
    const words: [number, number, number, number] = [
      this.#random.u32() || 1,
      this.#random.u32(),
      ((this.#random.u32() & 0xff000000) | top) >>> 0,
      this.#random.u32(),
    ]
    return { words, traceState: this.#state(headRate === undefined ? -1 : threshold) }
  }

  #state(threshold: number): Uint8Array {
    let field = this.#states.get(threshold)
    if (field === undefined) {
      field = traceStateField(threshold < 0 ? '' : `ot=th:${thresholdText(threshold)}`)
      this.#states.set(threshold, field)
    }
    return field
  }
}

/** T / 2³² (24 bits) in hex without trailing zeros; T = 0 is `0`. */
export function thresholdText(threshold: number): string {
  const text = threshold.toString(16).padStart(6, '0').replace(/0+$/, '')
  return text === '' ? '0' : text
}
