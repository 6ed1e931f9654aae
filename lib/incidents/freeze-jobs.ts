/**
 * Freezes on their way: what runs, how far it is, and for ten minutes how it ended. Where there are other copies, each puts up what it runs,
 * so that whoever is asked can say how far it is, and ask for its end.
 */
import { formatExact } from '../base/format.ts'
import { type Failure, fail, ok, type Result } from '../base/result.ts'
import type { FreezeProgress } from '../model/freeze.ts'
import { newId } from './ids.ts'

const RUNNING_MAX = 3
const REMEMBERED_MS = 10 * 60_000

export interface Frozen {
  readonly incidentId: string
  /** Pieces that could not be had. */
  readonly missing: number
}

/** Says how far the work is: steps done, steps in all, what is being done now. */
export type Report = (done: number, total: number, words: string) => void

/** What copies tell each other about freezes. */
export interface FreezeBoard {
  write(id: string, progress: FreezeProgress): Promise<Result<undefined>>
  read(id: string): Promise<Result<FreezeProgress | undefined>>
  askForEnd(id: string): Promise<Result<undefined>>
  /** Those of `ids` whose end somebody asked for. */
  toEnd(ids: readonly string[]): Promise<Result<ReadonlySet<string>>>
}

/** Between looks at the board, and what is put up there. */
const BOARD_MS = 1_000
/** At least so often, changed or not: it says that the copy is alive. */
const SIGN_OF_LIFE_MS = 10_000
/** How long another copy's end is waited for. */
const END_WITHIN_MS = 10_000

interface Job {
  progress: FreezeProgress
  readonly abort: AbortController
  ended: Promise<void>
  /** What stands on the board, and since when. */
  told: { readonly progress: FreezeProgress; readonly atMs: number } | undefined
}

export class FreezeJobs {
  readonly #jobs = new Map<string, Job>()
  readonly #board: FreezeBoard | undefined
  #running = 0
  #looking = false

  constructor(board?: FreezeBoard) {
    this.#board = board
  }

  /** Begins; `busy` while a few are running. `work` must leave nothing behind where it fails or is aborted. */
  start(work: (report: Report, signal: AbortSignal) => Promise<Result<Frozen>>): Result<string> {
    if (this.#running >= RUNNING_MAX)
      return fail(
        'busy',
        'incidents',
        `${formatExact(RUNNING_MAX)} freezes are running already, as many as run at once.`,
        'Try again in a few seconds.',
      )
    const id = newId()
    const abort = new AbortController()
    const job: Job = {
      progress: { state: 'running', done: 0, total: 1, words: 'Looking at what there is' },
      abort,
      ended: Promise.resolve(),
      told: undefined,
    }
    this.#jobs.set(id, job)
    this.#running++
    const report: Report = (done, total, words) => {
      if (job.progress.state === 'running') job.progress = { state: 'running', done, total, words }
    }
    job.ended = this.#run(job, () => work(report, abort.signal)).finally(async () => {
      this.#running--
      setTimeout(() => this.#jobs.delete(id), REMEMBERED_MS).unref()
      await this.#tell(id, job)
    })
    void this.#look()
    return ok(id)
  }

  /** While something runs: says how far it is, and hears who wants it to end. */
  async #look(): Promise<void> {
    if (this.#board === undefined || this.#looking) return
    this.#looking = true
    while (this.#running > 0) {
      const running = [...this.#jobs].filter(([, job]) => job.progress.state === 'running')
      await Promise.all(running.map(([id, job]) => this.#tell(id, job)))
      const ending = await this.#board.toEnd(running.map(([id]) => id))
      // Where the board cannot be read, the freeze goes on.
      for (const [id, job] of running) if (ending.ok && ending.value.has(id)) job.abort.abort()
      await new Promise((resolve) => setTimeout(resolve, BOARD_MS).unref())
    }
    this.#looking = false
  }

  async #tell(id: string, job: Job): Promise<void> {
    const { progress, told } = job
    const known = told !== undefined && told.progress === progress && Date.now() - told.atMs < SIGN_OF_LIFE_MS
    if (this.#board === undefined || known) return
    job.told = { progress, atMs: Date.now() }
    const written = await this.#board.write(id, progress)
    // The next look tries again.
    if (!written.ok) job.told = undefined
  }

  async #run(job: Job, work: () => Promise<Result<Frozen>>): Promise<void> {
    try {
      const result = await work()
      job.progress = result.ok ? { state: 'done', ...result.value } : endedWith(result.failure)
    } catch (error) {
      console.error('Guildscope: a freeze failed.', error)
      job.progress = {
        state: 'failed',
        what: 'Guildscope failed inside while freezing. Nothing half-made was left behind.',
        tryThis: 'Try again; if it stays, the server’s log has the details.',
      }
    }
  }

  async progress(id: string): Promise<Result<FreezeProgress>> {
    const job = this.#jobs.get(id)
    if (job !== undefined) return ok(job.progress)
    const elsewhere = await this.#board?.read(id)
    if (elsewhere?.ok === false) return elsewhere
    return elsewhere?.value === undefined ? unknown() : ok(elsewhere.value)
  }

  /** Resolves with how it ended: one that was done already stays done. */
  async cancel(id: string): Promise<Result<FreezeProgress>> {
    const job = this.#jobs.get(id)
    if (job === undefined) return this.#endElsewhere(id)
    job.abort.abort()
    await job.ended
    return ok(job.progress)
  }

  async #endElsewhere(id: string): Promise<Result<FreezeProgress>> {
    const until = Date.now() + END_WITHIN_MS
    let progress = await this.progress(id)
    if (!progress.ok || this.#board === undefined || progress.value.state !== 'running') return progress
    const asked = await this.#board.askForEnd(id)
    if (!asked.ok) return asked
    while (progress.ok && progress.value.state === 'running' && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, BOARD_MS / 4))
      progress = await this.progress(id)
    }
    return progress
  }

  /** Cancels what runs and waits for it. */
  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.abort.abort()
    await Promise.all([...this.#jobs.values()].map((job) => job.ended))
  }
}

function endedWith(failure: Failure): FreezeProgress {
  return failure.kind === 'cancelled'
    ? { state: 'cancelled' }
    : { state: 'failed', what: failure.what, tryThis: failure.tryThis }
}

function unknown<T>(): Result<T> {
  return fail(
    'not-found',
    'incidents',
    'There is no such freeze: how one ended is remembered for ten minutes.',
    'Look at the list of incidents, or freeze again.',
  )
}
