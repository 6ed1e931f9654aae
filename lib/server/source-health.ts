/** How the sources are, without one slow source keeping the answer of all. */
import { fail, ok, type Result } from '../base/result.ts'
import type { SourceHealth, SourceKind } from '../sources/trace-source.ts'

/** Whoever asks for all gets what came within this time. */
const MOMENT_MS = 1_500
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
  readonly #last = new Map<Watched, SourceHealth>()
  /** A source is asked once at a time, whoever waits for it. */
  readonly #asking = new Map<Watched, Promise<SourceHealth>>()

  constructor(watched: readonly Watched[]) {
    this.#watched = watched
  }

  async recent(signal: AbortSignal): Promise<readonly SourceHealth[]> {
    const answers = this.#watched.map((one) => this.#ask(one))
    await Promise.race([Promise.all(answers), pause(MOMENT_MS, signal)])
    return this.#watched.map((one) => this.#last.get(one) ?? asked(one))
  }

  async tryIt(name: string, signal: AbortSignal): Promise<Result<readonly SourceHealth[]>> {
    const mine = this.#watched.filter((one) => one.name === name)
    if (mine.length === 0)
      return fail('not-found', 'request', `No source is named “${name}”.`, 'Choose one that /sources lists.')
    const answers = Promise.all(mine.map((one) => this.#ask(one)))
    await Promise.race([answers, pause(PATIENCE_MS + 1_000, signal)])
    return ok(mine.map((one) => this.#last.get(one) ?? asked(one)))
  }

  #ask(one: Watched): Promise<SourceHealth> {
    const running = this.#asking.get(one)
    if (running !== undefined) return running
    const asking = this.#answer(one).finally(() => this.#asking.delete(one))
    this.#asking.set(one, asking)
    return asking
  }

  async #answer(one: Watched): Promise<SourceHealth> {
    let health: SourceHealth
    try {
      health = await one.source.health(AbortSignal.timeout(PATIENCE_MS))
    } catch (error) {
      // A bug of one adapter does not take the others' page along.
      console.error(error)
      health = down(one, `${one.name} could not be asked how it is: an error of Guildscope’s own.`)
    }
    this.#last.set(one, health)
    return health
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
