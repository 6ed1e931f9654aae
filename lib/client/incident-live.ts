/**
 * One incident that several people write at once, in this browser.
 *
 *   change ──▶ shown at once, kept in storage ──▶ POST, one after the other ──▶ acknowledged: leaves storage
 *   server-sent events ──▶ entries of everybody ──▶ folded by the same code as on the server
 *
 * Ids are made here, so that sending again after a lost answer adds nothing. While the server does not answer, changes wait and are sent
 * later, also after a reload; one that is refused stays until its writer has seen it.
 */
import type { Failure } from '../base/result.ts'
import { distinct, foldLog } from '../evidence/incident-log.ts'
import { type Author, type Change, ENTRY_VERSION, type Entry, type Incident } from '../model/incident.ts'

export interface Pending {
  readonly id: string
  readonly change: Change
  readonly madeMs: number
  /** Why the server did not take it; undefined: it waits to be sent. */
  readonly refused?: Failure
}

/** `deleted`: somebody removed the incident. */
export type Connection = 'connecting' | 'live' | 'lost' | 'deleted'

export interface LiveState {
  /** Acknowledged, in order. */
  readonly entries: readonly Entry[]
  readonly pending: readonly Pending[]
  /** The fold of both; undefined until the log has come. */
  readonly incident: Incident | undefined
  readonly connection: Connection
}

export interface Stream {
  close(): void
}

export interface LiveHost {
  /** Rejects with an error whose `failure` says why, or with any other where nothing was reached. */
  post(id: string, change: Change): Promise<Entry>
  /** Follows the log behind `after`. */
  follow(after: number, on: { entry(entry: Entry): void; open(): void; lost(): void; deleted(): void }): Stream
  /** Unsent changes of earlier pages; made durable one by one, so that two tabs do not overwrite each other. */
  readonly unsent: {
    load(): Promise<readonly Pending[]>
    keep(pending: Pending): void
    drop(id: string): void
  }
  now(): number
  newId(): string
  setTimeout(run: () => void, ms: number): number
  clearTimeout(timer: number): void
}

const RETRY_MS = [1_000, 2_000, 4_000, 8_000, 15_000] as const
/** Entries that come together (the log at first) make one new state. */
const GATHER_MS = 10

export class IncidentLive {
  readonly #id: string
  readonly #host: LiveHost
  readonly #you: Author
  readonly #listeners = new Set<() => void>()
  readonly #entries = new Map<string, Entry>()
  /** Newest of the stream, which leaves nothing out. Our own answers may be newer than others' entries that have not come. */
  #followed = -1
  #pending: readonly Pending[] = []
  #connection: Connection = 'connecting'
  #state: LiveState
  #stream: Stream | undefined
  #sending = false
  #failures = { stream: 0, post: 0 }
  #timers: { stream?: number; post?: number; gather?: number } = {}
  #stopped = true

  /** `first`: the incident as it was answered, until the log has come. */
  constructor(id: string, first: Incident | undefined, you: Author, host: LiveHost) {
    this.#id = id
    this.#host = host
    this.#you = you
    this.#state = { entries: [], pending: [], incident: first, connection: 'connecting' }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  readonly state = (): LiveState => this.#state

  start(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#host.unsent.load().then((kept) => {
      const known = new Set([...this.#entries.keys(), ...this.#pending.map(({ id }) => id)])
      const more = kept.filter(({ id }) => !known.has(id))
      if (this.#stopped || more.length === 0) return
      this.#pending = [...more, ...this.#pending].sort((a, b) => a.madeMs - b.madeMs)
      this.#changed()
      this.#send()
    })
    this.#follow()
    this.#send()
  }

  /** Nothing waits any longer; what is unsent is in storage. */
  stop(): void {
    this.#stopped = true
    this.#stream?.close()
    this.#stream = undefined
    for (const timer of Object.values(this.#timers)) if (timer !== undefined) this.#host.clearTimeout(timer)
    this.#timers = {}
  }

  /** The network is back, the page is looked at again: no need to wait out the pause. */
  wake(): void {
    if (this.#stopped || this.#connection === 'deleted') return
    if (this.#stream === undefined) this.#follow()
    this.#send()
  }

  /** Nobody looks: others' changes are followed again with `wake`. What is unsent is still sent. */
  rest(): void {
    this.#stream?.close()
    this.#stream = undefined
    if (this.#timers.stream !== undefined) this.#host.clearTimeout(this.#timers.stream)
    this.#timers.stream = undefined
  }

  write(change: Change): void {
    const pending: Pending = { id: this.#host.newId(), change, madeMs: this.#host.now() }
    this.#pending = [...this.#pending, pending]
    this.#host.unsent.keep(pending)
    this.#changed()
    this.#send()
  }

  /** Sends a refused change once more. */
  again(id: string): void {
    this.#pending = this.#pending.map((pending) =>
      pending.id === id ? { id, change: pending.change, madeMs: pending.madeMs } : pending,
    )
    this.#changed()
    this.#send()
  }

  /** Gives a refused change up. */
  discard(id: string): void {
    this.#forget(id)
    this.#changed()
  }

  #forget(id: string): void {
    this.#pending = this.#pending.filter((pending) => pending.id !== id)
    this.#host.unsent.drop(id)
  }

  #add(entry: Entry): void {
    this.#entries.set(entry.id, entry)
    if (this.#pending.some(({ id }) => id === entry.id)) this.#forget(entry.id)
  }

  #follow(): void {
    if (this.#timers.stream !== undefined) this.#host.clearTimeout(this.#timers.stream)
    this.#timers.stream = undefined
    this.#stream = this.#host.follow(this.#followed, {
      entry: (entry) => {
        this.#followed = Math.max(this.#followed, entry.seq)
        this.#add(entry)
        this.#timers.gather ??= this.#host.setTimeout(() => {
          this.#timers.gather = undefined
          this.#changed()
        }, GATHER_MS)
      },
      open: () => {
        this.#failures.stream = 0
        this.#connect('live')
        this.#send()
      },
      lost: () => {
        this.#stream?.close()
        this.#stream = undefined
        if (this.#stopped || this.#connection === 'deleted') return
        this.#connect('lost')
        this.#timers.stream ??= this.#host.setTimeout(() => this.#follow(), pause(this.#failures.stream++))
      },
      deleted: () => {
        this.#stream?.close()
        this.#stream = undefined
        this.#connect('deleted')
      },
    })
  }

  #connect(connection: Connection): void {
    if (this.#connection === connection) return
    this.#connection = connection
    this.#changed()
  }

  /** One after the other: an edit must not overtake the one it builds on. */
  #send(): void {
    if (this.#timers.post !== undefined) this.#host.clearTimeout(this.#timers.post)
    this.#timers.post = undefined
    const next = this.#pending.find(({ refused }) => refused === undefined)
    if (this.#sending || this.#stopped || next === undefined) return
    this.#sending = true
    this.#host.post(next.id, next.change).then(
      (entry) => {
        this.#sending = false
        this.#failures.post = 0
        this.#add(entry)
        this.#changed()
        this.#send()
      },
      (error: unknown) => {
        this.#sending = false
        const refused = refusal(error)
        if (refused === undefined) {
          this.#timers.post = this.#host.setTimeout(() => this.#send(), pause(this.#failures.post++))
          // Said only once something waits longer than an answer takes.
          this.#changed()
          return
        }
        this.#pending = this.#pending.map((pending) => (pending.id === next.id ? { ...pending, refused } : pending))
        this.#changed()
        this.#send()
      },
    )
  }

  #changed(): void {
    const entries = distinct([...this.#entries.values()])
    const waiting = this.#pending.filter(({ refused }) => refused === undefined)
    const seq = entries.length === 0 ? 0 : entries[entries.length - 1].seq + 1
    const mine = waiting.map(
      ({ id, change, madeMs }, i): Entry => ({
        v: ENTRY_VERSION,
        id,
        seq: seq + i,
        atMs: madeMs,
        by: this.#you,
        change,
      }),
    )
    const folded = foldLog(this.#id, [...entries, ...mine])
    this.#state = {
      entries,
      pending: this.#pending,
      // Before the log has come there is nothing to fold.
      incident: folded.ok ? folded.value : this.#state.incident,
      connection: this.#connection,
    }
    for (const listener of [...this.#listeners]) listener()
  }
}

function pause(failures: number): number {
  return RETRY_MS[Math.min(failures, RETRY_MS.length - 1)]
}

/** What the server said no to; undefined: it was not reached or is busy, and sending again may do. */
function refusal(error: unknown): Failure | undefined {
  if (typeof error !== 'object' || error === null || !('failure' in error)) return undefined
  const { failure } = error
  if (!isFailure(failure) || failure.kind === 'unavailable' || failure.kind === 'busy') return undefined
  return failure
}

function isFailure(value: unknown): value is Failure {
  return typeof value === 'object' && value !== null && 'kind' in value && 'what' in value && 'tryThis' in value
}
