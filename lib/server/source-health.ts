/** How the sources are, without one slow source keeping the answer of all. */
import { fail, ok, type Result } from '../base/result.ts'
import type { SourceHealth, SourceKind } from '../sources/trace-source.ts'

/** Whoever asks for all gets what came within this time. */
const MOMENT_MS = 1_500
/** An answer so young serves whoever asks for all: many pages ask every few seconds. */
const FRESH_MS = 5_000
/** One source is given so long before it counts as not answering. */
const PATIENCE_MS = 15_000

interface Watched {
  readonly name: string
  readonly kind: SourceKind
  readonly what: 'traces' | 'timings'
  readonly source: { health(signal: AbortSignal): Promise<SourceHealth> }
}

export class HealthWatch {
  readonly #watched: readonly Watched[]
  readonly #last = new Map<Watched, { readonly health: SourceHealth; readonly askedMs: number }>()
  /** Whoever asks for all asks a source once at a time. */
  readonly #asking = new Map<Watched, Promise<void>>()
  readonly #now: () => number

  constructor(watched: readonly Watched[], now: () => number = Date.now) {
    this.#watched = watched
    this.#now = now
  }

  /** What the last seconds' answers say; who has none is asked, and waited for a moment. */
  async recent(signal: AbortSignal): Promise<readonly SourceHealth[]> {
    const stale = this.#watched.filter((one) => this.#now() - (this.#last.get(one)?.askedMs ?? 0) >= FRESH_MS)
    const answers = stale.map((one) => this.#askOnce(one))
    if (answers.length > 0) await Promise.race([Promise.all(answers), pause(MOMENT_MS, signal)])
    return this.#watched.map((one) => this.#known(one))
  }

  /** Asks now, whatever was known and whoever is asking already: the asker may just have mended it. */
  async tryIt(name: string, signal: AbortSignal): Promise<Result<readonly SourceHealth[]>> {
    const mine = this.#watched.filter((one) => one.name === name)
    if (mine.length === 0)
      return fail('not-found', 'request', `No source is named “${name}”.`, 'Choose one that /sources lists.')
    const answers = Promise.all(mine.map((one) => this.#ask(one)))
    await Promise.race([answers, pause(PATIENCE_MS + 1_000, signal)])
    return ok(mine.map((one) => this.#known(one)))
  }

  #known(one: Watched): SourceHealth {
    return this.#last.get(one)?.health ?? asked(one)
  }

  #askOnce(one: Watched): Promise<void> {
    const running = this.#asking.get(one)
    if (running !== undefined) return running
    const asking = this.#ask(one).finally(() => this.#asking.delete(one))
    this.#asking.set(one, asking)
    return asking
  }

  async #ask(one: Watched): Promise<void> {
    const askedMs = this.#now()
    let health: SourceHealth
    try {
      health = await one.source.health(AbortSignal.timeout(PATIENCE_MS))
    } catch (error) {
      // A bug of one adapter does not take the others' page along.
      console.error(error)
      health = down(one, `${one.name} could not be asked how it is: an error of Guildscope’s own.`)
    }
    // A slow answer to an older question does not take the place of a younger one.
    if ((this.#last.get(one)?.askedMs ?? 0) <= askedMs) this.#last.set(one, { health, askedMs })
  }
}

function down(one: Watched, what: string): SourceHealth {
  const tryThis = 'Look at the log of this instance; other sources go on.'
  return {
    name: one.name,
    kind: one.kind,
    ok: false,
    failure: { kind: 'unavailable', source: one.name, what, tryThis },
    facts: [],
  }
}

function asked(one: Watched): SourceHealth {
  return {
    name: one.name,
    kind: one.kind,
    ok: false,
    asking: true,
    failure: {
      kind: 'busy',
      source: one.name,
      what: `${one.name} has not answered yet.`,
      tryThis: 'It is still being asked; this goes on by itself.',
    },
    facts: [],
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
  })
}
