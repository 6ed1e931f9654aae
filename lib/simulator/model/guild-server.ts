import { Random } from '../random.ts'
import { ACTIONS, gcFactor, REFERENCE_SESSIONS } from './actions.ts'
import { MinuteTotals, WAIT_BUCKETS, waitBucket } from './minute.ts'

/**
 * A guild is one server that takes messages from one mailbox, first in, first out.
 *
 *   arrivals (Poisson) ──▶ mailbox ──▶ handler: start = max(arrival, end of the one before), wait = start − arrival
 *
 * Waits follow from arrivals and service times; nothing is added afterwards. Time is in µs since the run's start.
 */

const A = ACTIONS.length
const MINUTE_US = 60_000_000
/** Callers give up after this long; the message stays in the mailbox. */
export const CALL_TIMEOUT_US = 5_000_000

/** Lognormal factors with mean 1 and σ = 0.4, at equally likely quantiles: one lookup instead of two logarithms a message. */
const SPREAD = spreadTable(0.4)
const SPREAD_MASK = SPREAD.length - 1

function spreadTable(sigma: number): Float64Array {
  const random = new Random('service times')
  const table = new Float64Array(16_384)
  let sum = 0
  for (let i = 0; i < table.length; i++) {
    table[i] = Math.exp(sigma * random.normal())
    sum += table[i]
  }
  for (let i = 0; i < table.length; i++) table[i] *= table.length / sum
  return table
}

/** What a server tells about the messages that were chosen for tracing. */
export interface Watcher<Head> {
  /** A message to be traced arrives. */
  arrived(server: GuildServer<Head>, action: number, atUs: number, retried: boolean): Head
  /** It has been handled. `inflation`: the factor by which garbage collection stretched it. */
  handled(server: GuildServer<Head>, head: Head, startUs: number, endUs: number, depth: number, inflation: number): void
}

export interface GuildSpec {
  readonly id: string
  readonly name: string
  readonly sessions: number
  /** Load per session against the reference; 1 unless a guild is unusually quiet. */
  readonly activity: number
  readonly node: number
  /** Send the id as an OTLP int rather than a string. */
  readonly intId: boolean
}

export class GuildServer<Head> {
  readonly spec: GuildSpec
  /** Arrivals per second and factor on service times, per action; whoever changes them calls `ratesChanged`. */
  readonly rates = new Float64Array(A)
  readonly baseRates = new Float64Array(A)
  readonly serviceFactor = new Float64Array(A).fill(1)
  /** Probability with which a message of an action is traced. */
  readonly headRates = new Float64Array(A)
  /** How often a caller whose call timed out tries again. */
  retries = 0
  dead = false
  /** Messages since the start. */
  arrivedTotal = 0
  handledTotal = 0
  /** Messages that a dead process never took. arrivedTotal = handledTotal + lostTotal + depth, always. */
  lostTotal = 0
  peakDepth = 0
  peakDepthAtUs = 0
  /** When the handler is free again. */
  freeAtUs = 0
  readonly minutes = new Map<number, MinuteTotals>()
  /** Calls of everything handled, for those who need exact quantiles. */
  onWait: ((action: number, waitUs: number, endUs: number) => void) | undefined

  readonly #random: Random
  readonly #samplingRandom: Random
  readonly #cumulative = new Float64Array(A)
  #totalRate = 0
  #nextArrivalUs = Number.POSITIVE_INFINITY
  readonly #untilSample = new Float64Array(A)
  #head = 0
  #size = 0
  #arrivals = new Float64Array(64)
  #actions = new Uint8Array(64)
  #samples = new Int32Array(64)
  readonly #heads = new Map<number, Head>()
  #nextSample = 1
  #bucket: MinuteTotals | undefined
  /** Calls that may have to be repeated: [due, sequence number, action, tries left] flat, in order of due. */
  readonly #repeats: number[] = []
  #repeatsAt = 0

  constructor(spec: GuildSpec, seed: string) {
    this.spec = spec
    this.#random = new Random(`${seed}/${spec.id}/arrivals`)
    this.#samplingRandom = new Random(`${seed}/${spec.id}/sampling`)
    const scale = spec.activity * (spec.sessions / REFERENCE_SESSIONS) ** 0.85
    for (let a = 0; a < A; a++) this.baseRates[a] = ACTIONS[a].perSecond * scale
    this.rates.set(this.baseRates)
    this.ratesChanged(0)
  }

  get depth(): number {
    return this.#size
  }

  get totalRate(): number {
    return this.#totalRate
  }

  /** Takes over changed `rates`. Arrivals are memoryless: drawing the next one anew changes nothing else. */
  ratesChanged(nowUs: number): void {
    let sum = 0
    for (let a = 0; a < A; a++) {
      sum += this.rates[a]
      this.#cumulative[a] = sum
    }
    this.#totalRate = sum
    this.#nextArrivalUs = sum > 0 ? nowUs + (this.#random.exponential() * 1e6) / sum : Number.POSITIVE_INFINITY
  }

  /** Takes over a changed `headRates[action]`. */
  headRateChanged(action: number): void {
    this.#untilSample[action] = this.#gap(this.headRates[action])
  }

  /** Traces the next message of this action, whatever the head rate. */
  traceNext(action: number): void {
    this.#untilSample[action] = 1
  }

  /** How long a message that arrived now would wait, by what is in the mailbox. µs. */
  estimatedWaitUs(nowUs: number): number {
    const perMessage = this.handledTotal === 0 ? 0 : 600
    return Math.max(0, this.freeAtUs - nowUs) + this.#size * perMessage
  }

  /** Lets the guild live until `untilUs`. */
  run(untilUs: number, watcher: Watcher<Head>): void {
    for (;;) {
      const repeatAt =
        this.#repeatsAt < this.#repeats.length ? this.#repeats[this.#repeatsAt] : Number.POSITIVE_INFINITY
      const next = Math.min(this.#nextArrivalUs, repeatAt)
      const horizon = Math.min(next, untilUs)
      while (this.#size > 0 && !this.dead) {
        const start = Math.max(this.freeAtUs, this.#arrivals[this.#head])
        if (start >= horizon) break
        this.#handle(start, watcher)
      }
      if (next >= untilUs) return
      if (next === repeatAt) this.#repeat(next, watcher)
      else {
        this.#arrive(this.#drawAction(), next, this.retries, false, watcher)
        this.#nextArrivalUs = next + (this.#random.exponential() * 1e6) / this.#totalRate
      }
    }
  }

  /** The process dies, and its mailbox with it. */
  die(): void {
    this.dead = true
    this.lostTotal += this.#size
    this.#size = 0
    this.#heads.clear()
  }

  /** Totals of a minute that can still change or have changed; finished ones are dropped by the caller. */
  minuteAt(minute: number): MinuteTotals {
    if (this.#bucket?.minute === minute) return this.#bucket
    let bucket = this.minutes.get(minute)
    if (bucket === undefined) {
      bucket = new MinuteTotals(minute)
      this.minutes.set(minute, bucket)
    }
    this.#bucket = bucket
    return bucket
  }

  /** Drops the totals of a minute that cannot change any more. */
  forget(minute: number): void {
    this.minutes.delete(minute)
    if (this.#bucket?.minute === minute) this.#bucket = undefined
  }

  #drawAction(): number {
    const x = this.#random.next() * this.#totalRate
    let a = 0
    while (a < A - 1 && this.#cumulative[a] <= x) a++
    return a
  }

  #arrive(action: number, atUs: number, triesLeft: number, retried: boolean, watcher: Watcher<Head>): void {
    this.arrivedTotal++
    let sample = 0
    if (--this.#untilSample[action] <= 0) {
      this.#untilSample[action] = this.#gap(this.headRates[action])
      sample = this.#nextSample++
      this.#heads.set(sample, watcher.arrived(this, action, atUs, retried))
    }
    if (triesLeft > 0 && ACTIONS[action].kind === 'call')
      this.#repeats.push(atUs + CALL_TIMEOUT_US, this.arrivedTotal, action, triesLeft)
    if (this.dead) {
      // A message to a process that does not exist is lost.
      this.#heads.delete(sample)
      this.lostTotal++
      return
    }
    const bucket = this.minuteAt(Math.floor(atUs / MINUTE_US))
    bucket.arrived[action]++
    bucket.dirty = true
    if (this.#size === this.#arrivals.length) this.#grow()
    const at = (this.#head + this.#size) & (this.#arrivals.length - 1)
    this.#arrivals[at] = atUs
    this.#actions[at] = action
    this.#samples[at] = sample
    this.#size++
    if (this.#size > this.peakDepth) {
      this.peakDepth = this.#size
      this.peakDepthAtUs = atUs
    }
  }

  /** A caller's patience is over: if its message (number `sequence`) is still in the mailbox, it calls again. */
  #repeat(atUs: number, watcher: Watcher<Head>): void {
    const [, sequence, action, triesLeft] = this.#repeats.slice(this.#repeatsAt, this.#repeatsAt + 4)
    this.#repeatsAt += 4
    if (this.#repeatsAt > 65_536) {
      this.#repeats.splice(0, this.#repeatsAt)
      this.#repeatsAt = 0
    }
    if (sequence > this.handledTotal) this.#arrive(action, atUs, triesLeft - 1, true, watcher)
  }

  #handle(startUs: number, watcher: Watcher<Head>): void {
    const at = this.#head
    const action = this.#actions[at]
    const depth = this.#size
    const arrival = this.#arrivals[at]
    const sample = this.#samples[at]
    this.#head = (at + 1) & (this.#arrivals.length - 1)
    this.#size--
    this.handledTotal++
    const inflation = gcFactor(depth)
    const spread = SPREAD[this.#random.u32() & SPREAD_MASK]
    const service = ACTIONS[action].serviceUs * spread * this.serviceFactor[action] * inflation
    const end = startUs + service
    this.freeAtUs = end
    const wait = startUs - arrival
    const bucket = this.minuteAt(Math.floor(end / MINUTE_US))
    bucket.count[action]++
    bucket.busyUs[action] += service
    bucket.waitUsTotal[action] += wait
    if (wait > bucket.waitUsMax[action]) bucket.waitUsMax[action] = wait
    if (depth > bucket.depthMax[action]) bucket.depthMax[action] = depth
    bucket.waits[action * WAIT_BUCKETS + waitBucket(wait)]++
    bucket.dirty = true
    if (this.onWait !== undefined) this.onWait(action, wait, end)
    if (sample !== 0) {
      const head = this.#heads.get(sample)
      this.#heads.delete(sample)
      if (head !== undefined) watcher.handled(this, head, startUs, end, depth, inflation)
    }
  }

  /** Messages until the next traced one: geometric. */
  #gap(rate: number): number {
    if (rate <= 0) return Number.POSITIVE_INFINITY
    if (rate >= 1) return 1
    return 1 + Math.floor(this.#samplingRandom.exponential() / -Math.log1p(-rate))
  }

  #grow(): void {
    const capacity = this.#arrivals.length
    const arrivals = new Float64Array(capacity * 2)
    const actions = new Uint8Array(capacity * 2)
    const samples = new Int32Array(capacity * 2)
    for (let i = 0; i < this.#size; i++) {
      const from = (this.#head + i) & (capacity - 1)
      arrivals[i] = this.#arrivals[from]
      actions[i] = this.#actions[from]
      samples[i] = this.#samples[from]
    }
    this.#arrivals = arrivals
    this.#actions = actions
    this.#samples = samples
    this.#head = 0
  }
}
