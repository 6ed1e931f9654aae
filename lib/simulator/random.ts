/**
 * A small fast generator (sfc32) with a stated seed: the same text gives the same numbers on every machine.
 * Not for secrets.
 */
export class Random {
  #a: number
  #b: number
  #c: number
  #counter = 1

  constructor(seed: string) {
    const hash = fnv1a(seed)
    this.#a = hash
    this.#b = Math.imul(hash ^ 0x9e3779b9, 0x85ebca6b) | 0
    this.#c = Math.imul(hash ^ 0x7f4a7c15, 0xc2b2ae35) | 0
    // The first outputs still show the seed's pattern.
    for (let i = 0; i < 16; i++) this.u32()
  }

  /** An integer in [0, 2³²). */
  u32(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0
    return t >>> 0
  }

  /** A number in [0, 1). */
  next(): number {
    return this.u32() / 4_294_967_296
  }

  /** An integer in [0, n). */
  below(n: number): number {
    return Math.floor(this.next() * n)
  }

  /** Exponentially distributed with mean 1; never 0 or infinite. */
  exponential(): number {
    return -Math.log((this.u32() + 0.5) / 4_294_967_296)
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.next()
  }

  /** Normal with mean 0 and deviation 1 (Box–Muller, one of the pair). */
  normal(): number {
    return Math.sqrt(2 * this.exponential()) * Math.cos(2 * Math.PI * this.next())
  }

  /** Poisson with the given mean; by the normal approximation above 50. */
  poisson(mean: number): number {
    if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()))
    let sum = this.exponential()
    let n = 0
    while (sum < mean) {
      sum += this.exponential()
      n++
    }
    return n
  }
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}
