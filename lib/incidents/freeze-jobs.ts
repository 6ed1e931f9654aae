/** Freezes on their way: what runs, how far it is, and for ten minutes how it ended. */
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

interface Job {
  progress: FreezeProgress
  readonly abort: AbortController
  ended: Promise<void>
}

export class FreezeJobs {
  readonly #jobs = new Map<string, Job>()
  #running = 0

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
    }
    this.#jobs.set(id, job)
    this.#running++
    const report: Report = (done, total, words) => {
      if (job.progress.state === 'running') job.progress = { state: 'running', done, total, words }
    }
    job.ended = this.#run(job, () => work(report, abort.signal)).finally(() => {
      this.#running--
      setTimeout(() => this.#jobs.delete(id), REMEMBERED_MS).unref()
    })
    return ok(id)
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

  progress(id: string): Result<FreezeProgress> {
    const job = this.#jobs.get(id)
    return job === undefined ? unknown() : ok(job.progress)
  }

  /** Resolves with how it ended: one that was done already stays done. */
  async cancel(id: string): Promise<Result<FreezeProgress>> {
    const job = this.#jobs.get(id)
    if (job === undefined) return unknown()
    job.abort.abort()
    await job.ended
    return ok(job.progress)
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
