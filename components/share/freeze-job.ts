/**
 * The freeze under way, outside React: it goes on while its dialog is closed and while the reader moves between pages. One at a
 * time; the header's button shows how far it is.
 */
import { failureOf } from '@/components/ui/failure.ts'
import type { Failure } from '@/lib/base/result.ts'
import { cancelFreeze, fetchFreeze, pinEvidence, startFreeze } from '@/lib/client/incidents.ts'
import type { FreezeRequest, PinRequest } from '@/lib/model/freeze.ts'

/** A new incident, or more evidence for one. */
export type FreezeTask =
  | { readonly kind: 'freeze'; readonly request: FreezeRequest }
  | { readonly kind: 'pin'; readonly incidentId: string; readonly title: string; readonly request: PinRequest }

export type FreezeJob =
  | { readonly state: 'none' }
  | {
      readonly state: 'running'
      readonly task: FreezeTask
      readonly done: number
      readonly total: number
      readonly words: string
      readonly cancelling: boolean
    }
  | { readonly state: 'done'; readonly task: FreezeTask; readonly incidentId: string; readonly missing: number }
  | { readonly state: 'cancelled'; readonly task: FreezeTask }
  | { readonly state: 'failed'; readonly task: FreezeTask; readonly failure: Failure }

const POLL_MS = 250
/** A server that restarts or is busy for a moment has not lost the freeze. */
const PATIENCE = 8

const NONE: FreezeJob = { state: 'none' }
let job: FreezeJob = NONE
/** Counts tasks: an answer about an earlier one changes nothing. */
let turn = 0
let freezeId: string | undefined
const listeners = new Set<() => void>()

function set(next: FreezeJob): void {
  job = next
  for (const listener of listeners) listener()
}

function running(task: FreezeTask, words: string, done = 0, total = 0): FreezeJob {
  const cancelling = job.state === 'running' && job.cancelling
  return { state: 'running', task, done, total, words: cancelling ? 'Cancelling …' : words, cancelling }
}

async function run(task: FreezeTask, mine: number): Promise<void> {
  const begun =
    task.kind === 'freeze' ? await startFreeze(task.request) : await pinEvidence(task.incidentId, task.request)
  if (mine !== turn) return
  freezeId = begun.freezeId
  if (job.state === 'running' && job.cancelling) await cancelFreeze(begun.freezeId)
  let missed = 0
  while (mine === turn) {
    const progress = await fetchFreeze(begun.freezeId).catch((error: unknown) => {
      const { kind } = failureOf(error)
      if (++missed > PATIENCE || (kind !== 'unavailable' && kind !== 'busy')) throw error
      return undefined
    })
    if (mine !== turn) return
    if (progress !== undefined) {
      missed = 0
      switch (progress.state) {
        case 'running':
          set(running(task, progress.words, progress.done, progress.total))
          break
        case 'done':
          return set({ state: 'done', task, incidentId: progress.incidentId, missing: progress.missing })
        case 'cancelled':
          return set({ state: 'cancelled', task })
        case 'failed':
          return set({
            state: 'failed',
            task,
            failure: { kind: 'unavailable', source: 'freeze', what: progress.what, tryThis: progress.tryThis },
          })
      }
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

export const freezeJob = {
  start(task: FreezeTask): void {
    const mine = ++turn
    freezeId = undefined
    job = NONE
    set(running(task, 'Asking the server to begin …'))
    run(task, mine).catch((error: unknown) => {
      if (mine === turn) set({ state: 'failed', task, failure: failureOf(error) })
    })
  },
  /** Asks; the job ends when the server says so. */
  cancel(): void {
    if (job.state !== 'running') return
    set({ ...job, cancelling: true, words: 'Cancelling …' })
    if (freezeId !== undefined) {
      // The next poll says what became of it.
      cancelFreeze(freezeId).catch(() => undefined)
    }
  },
  /** The outcome has been read. */
  forget(): void {
    if (job.state === 'running') return
    turn++
    set(NONE)
  },
  current: (): FreezeJob => job,
  none: (): FreezeJob => NONE,
  subscribe(listener: () => void): () => void {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
} as const
