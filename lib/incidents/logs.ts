/**
 * The logs of all incidents. An entry is acknowledged once it is kept. Where other copies of the application write as well, what is
 * remembered here is compared with what is kept before it counts, and whoever listens gets the others' entries within about a second.
 */
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Damage, ListAnswer } from '../evidence/answers.ts'
import { distinct, foldLog } from '../evidence/incident-log.ts'
import {
  type Author,
  type Change,
  ENTRY_VERSION,
  type Entry,
  type Incident,
  type IncidentSummary,
} from '../model/incident.ts'
import { INCIDENT_ID } from './ids.ts'
import { LOG_BYTES_MAX, LOG_ENTRIES_MAX, logLine, noIncident, taken } from './log-file.ts'
import type { LogStorage, StoredLog } from './log-storage.ts'

/** Incidents whose entries stay in memory; the others are read again when asked for. */
const LOADED_MAX = 32
/** Logs that are read at once for a list. */
const READ_AT_ONCE = 100
/** Between looks for what other copies have added, while somebody listens. */
const LOOK_MS = 800
export const INCIDENTS_MAX = 20_000

export interface IncidentState {
  readonly incident: Incident
  readonly entries: readonly Entry[]
  readonly damaged: readonly Damage[]
}

interface Loaded {
  entries: readonly Entry[]
  /** Entry id → entry: sending a change twice adds it once. */
  readonly byId: Map<string, Entry>
  incident: Incident
  damaged: readonly Damage[]
  bytes: number
  /** Undefined: to be read again before it counts. */
  stamp: string | undefined
}

interface Remembered {
  readonly stamp: string
  readonly summary: Result<IncidentSummary>
}

export class IncidentLogs {
  readonly #storage: LogStorage
  readonly #loaded = new Map<string, Loaded>()
  readonly #summaries = new Map<string, Remembered>()
  /** Work on one incident waits for what was begun before. */
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #listeners = new Map<string, Set<(entry: Entry | undefined) => void>>()
  #look: NodeJS.Timeout | undefined
  #unheard = false

  constructor(storage: LogStorage) {
    this.#storage = storage
  }

  /** Whether entries of other copies come in between. */
  get shared(): boolean {
    return this.#storage.shared
  }

  async ids(): Promise<Result<readonly string[]>> {
    const stamps = await this.#storage.stamps()
    return stamps.ok ? ok([...stamps.value.keys()]) : stamps
  }

  async has(id: string): Promise<Result<boolean>> {
    if (!INCIDENT_ID.test(id)) return ok(false)
    const stamps = await this.#storage.stamps([id])
    return stamps.ok ? ok(stamps.value.has(id)) : stamps
  }

  /** What was never finished goes. */
  sweep(): Promise<Result<undefined>> {
    return this.#storage.sweep()
  }

  /** Newest change first. One whose log is broken is named beside them. */
  async list(): Promise<Result<ListAnswer>> {
    const stamps = await this.#storage.stamps()
    if (!stamps.ok) return stamps
    for (const id of this.#summaries.keys()) if (!stamps.value.has(id)) this.#summaries.delete(id)
    const unread = [...stamps.value].filter(([id, stamp]) => this.#summaries.get(id)?.stamp !== stamp)
    for (let at = 0; at < unread.length; at += READ_AT_ONCE) {
      const some = unread.slice(at, at + READ_AT_ONCE)
      const logs = await this.#storage.read(some.map(([id]) => id))
      if (!logs.ok) return logs
      for (const [id, stamp] of some) {
        const log = logs.value.get(id) ?? noIncident()
        const loaded = log.ok ? loadedFrom(id, log.value) : log
        const summary = loaded.ok ? ok(summaryOf(loaded.value.incident)) : stamp === '' ? lost() : loaded
        this.#summaries.set(id, { stamp, summary })
      }
    }
    const incidents: IncidentSummary[] = []
    const damaged: Damage[] = []
    for (const id of stamps.value.keys()) {
      const summary = this.#summaries.get(id)?.summary ?? lost()
      if (summary.ok) incidents.push(summary.value)
      else damaged.push({ what: `The incident ${id}`, why: summary.failure.what })
    }
    incidents.sort((a, b) => b.changedMs - a.changedMs || (a.id < b.id ? -1 : 1))
    return ok({ incidents, damaged })
  }

  async state(id: string): Promise<Result<IncidentState>> {
    if (!INCIDENT_ID.test(id)) return noIncident()
    return this.#inTurn(id, async () => {
      const loaded = await this.#load(id)
      if (!loaded.ok) return loaded
      const { incident, entries, damaged } = loaded.value
      return ok({ incident, entries, damaged })
    })
  }

  /**
   * A new incident whose log holds `entries` (the first is `created`). It appears whole or not at all. `conflict` where the id is taken.
   */
  async create(id: string, entries: readonly Entry[]): Promise<Result<Incident>> {
    const incident = foldLog(id, entries)
    if (!incident.ok) return incident
    return this.#inTurn(id, async () => {
      const ids = await this.ids()
      if (!ids.ok) return ids
      if (ids.value.includes(id)) return taken()
      if (ids.value.length >= INCIDENTS_MAX)
        return fail(
          'too-large',
          'incidents',
          `This instance holds ${formatExact(INCIDENTS_MAX)} incidents, as many as it takes.`,
          'Delete some that are not needed any more.',
        )
      const made = await this.#storage.create(id, entries)
      return made.ok ? incident : made
    })
  }

  /** Adds one change; the same `entryId` again answers the entry it made. Resolves once it is kept and listeners have it. */
  append(id: string, entryId: string, change: Change, by: Author, nowMs: number): Promise<Result<Entry>> {
    if (!INCIDENT_ID.test(id)) return Promise.resolve(noIncident())
    return this.#inTurn(id, async () => {
      const loaded = await this.#load(id)
      if (!loaded.ok) return loaded
      const log = loaded.value
      const known = log.byId.get(entryId)
      if (known !== undefined) return ok(known)
      const refused = unfit(log, change)
      if (refused !== undefined) return refused
      // A clock that was set back does not turn the history around.
      const atMs = Math.max(nowMs, log.incident.changedMs)
      const entry: Entry = { v: ENTRY_VERSION, id: entryId, seq: log.incident.length, atMs, by, change }
      const added = await this.#write(id, log, [entry])
      return added.ok ? ok(entry) : added
    })
  }

  /** Entries of an archive that continues this log: their `seq` follows on. */
  extend(id: string, entries: readonly Entry[]): Promise<Result<Incident>> {
    return this.#inTurn(id, async () => {
      const loaded = await this.#load(id)
      if (!loaded.ok) return loaded
      const [first] = entries
      const last = loaded.value.entries.at(-1)
      // Two that got the same place at two copies stand in the order of their ids.
      const goesOn =
        first?.seq === loaded.value.incident.length ||
        (last !== undefined && first?.seq === last.seq && first.id > last.id)
      if (!goesOn)
        return fail('conflict', 'incidents', 'The incident was changed while it was imported.', 'Import it again.')
      const added = await this.#write(id, loaded.value, entries)
      return added.ok ? ok(loaded.value.incident) : added
    })
  }

  /** `listener` gets each new entry, and `undefined` once when the incident is deleted. Returns how to stop. */
  subscribe(id: string, listener: (entry: Entry | undefined) => void): () => void {
    const listeners = this.#listeners.get(id) ?? new Set()
    listeners.add(listener)
    this.#listeners.set(id, listeners)
    if (this.#storage.shared) this.#look ??= setTimeout(() => this.#lookAround(), LOOK_MS).unref()
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  listeners(id: string): number {
    return this.#listeners.get(id)?.size ?? 0
  }

  /** Deletes an incident's log and all that hangs on it. */
  remove(id: string): Promise<Result<undefined>> {
    if (!INCIDENT_ID.test(id)) return Promise.resolve(noIncident())
    return this.#inTurn(id, async () => {
      const removed = await this.#storage.remove(id)
      if (removed.ok) this.#forget(id)
      return removed
    })
  }

  close(): void {
    clearTimeout(this.#look)
    this.#look = undefined
    this.#listeners.clear()
  }

  /** It is gone: those who listen are told. */
  #forget(id: string): void {
    this.#loaded.delete(id)
    this.#summaries.delete(id)
    this.#tell(id, undefined)
  }

  #tell(id: string, entry: Entry | undefined): void {
    for (const listener of [...(this.#listeners.get(id) ?? [])]) listener(entry)
  }

  /** What other copies have added to incidents that somebody here listens to: one question for all of them. */
  async #lookAround(): Promise<void> {
    const ids = [...this.#listeners.keys()]
    const stamps = ids.length === 0 ? undefined : await this.#storage.stamps(ids)
    if (stamps?.ok === true) {
      this.#unheard = false
      const changed = ids.filter((id) => this.#loaded.get(id)?.stamp !== stamps.value.get(id))
      // One that cannot be read now is looked at again the next time.
      await Promise.all(changed.map((id) => this.#inTurn(id, () => this.#load(id))))
    } else if (stamps !== undefined && stamps.failure.kind !== 'cancelled' && !this.#unheard) {
      this.#unheard = true
      console.error(`Guildscope: others’ changes of incidents do not come in. ${stamps.failure.what}`)
    }
    this.#look = this.#listeners.size === 0 ? undefined : setTimeout(() => this.#lookAround(), LOOK_MS).unref()
  }

  /** Runs after everything that was begun on this incident. */
  #inTurn<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(id) ?? Promise.resolve()
    const turn = before.then(work)
    const settled = turn.then(
      () => undefined,
      () => undefined,
    )
    this.#tails.set(id, settled)
    void settled.then(() => {
      if (this.#tails.get(id) === settled) this.#tails.delete(id)
    })
    return turn
  }

  async #load(id: string): Promise<Result<Loaded>> {
    const known = this.#loaded.get(id)
    const current = known === undefined ? ok(false) : await this.#isCurrent(id, known)
    if (!current.ok) return current
    if (known !== undefined && current.value) {
      // Most recently used last.
      this.#loaded.delete(id)
      this.#loaded.set(id, known)
      return ok(known)
    }
    const logs = await this.#storage.read([id])
    if (!logs.ok) return logs
    const log = logs.value.get(id) ?? noIncident()
    if (!log.ok) {
      if (log.failure.kind === 'not-found' && known !== undefined) this.#forget(id)
      return log
    }
    const read = loadedFrom(id, log.value)
    if (!read.ok) return read
    this.#loaded.set(id, read.value)
    for (const entry of known === undefined ? [] : read.value.entries)
      if (known?.byId.has(entry.id) === false) this.#tell(id, entry)
    for (const other of this.#loaded.keys()) {
      if (this.#loaded.size <= LOADED_MAX) break
      if (other !== id && !this.#listeners.has(other)) this.#loaded.delete(other)
    }
    return read
  }

  async #isCurrent(id: string, known: Loaded): Promise<Result<boolean>> {
    if (known.stamp === undefined) return ok(false)
    if (!this.#storage.shared) return ok(true)
    const stamps = await this.#storage.stamps([id])
    return stamps.ok ? ok(stamps.value.get(id) === known.stamp) : stamps
  }

  async #write(id: string, log: Loaded, entries: readonly Entry[]): Promise<Result<undefined>> {
    const bytes = entries.reduce((sum, entry) => sum + Buffer.byteLength(logLine(entry)), 0)
    if (log.bytes + bytes > LOG_BYTES_MAX || log.entries.length + entries.length > LOG_ENTRIES_MAX)
      return fail(
        'too-large',
        'incidents',
        `The incident’s log holds ${formatExact(log.entries.length)} changes, as many as it takes.`,
        'Make another incident for what follows.',
      )
    const all = distinct([...log.entries, ...entries])
    const incident = foldLog(id, all)
    if (!incident.ok) return incident
    const appended = await this.#storage.append(id, entries, log)
    if (!appended.ok) {
      // What is kept is not certain: it is read again before the next change.
      log.stamp = undefined
      return appended
    }
    log.entries = all
    log.incident = incident.value
    log.bytes += bytes
    if (this.#storage.shared) log.stamp = undefined
    for (const entry of entries) {
      log.byId.set(entry.id, entry)
      this.#tell(id, entry)
    }
    return ok(undefined)
  }
}

function loadedFrom(id: string, { entries, damaged, bytes, stamp }: StoredLog): Result<Loaded> {
  const incident = foldLog(id, entries)
  if (!incident.ok) return incident
  const byId = new Map(entries.map((entry) => [entry.id, entry]))
  return ok({ entries, byId, incident: incident.value, damaged, bytes, stamp })
}

function lost(): Result<never> {
  return fail('unavailable', 'incidents', 'Its log is gone.', 'Import an archive of it.')
}

/** Changes of things that are not there are refused; races between people are settled by the merge rule instead. */
function unfit(log: Loaded, change: Change): Result<never> | undefined {
  const { incident } = log
  switch (change.kind) {
    case 'created':
      return fail('bad-request', 'incidents', 'An incident begins once.', 'Freeze a new one.')
    case 'note-added':
      return incident.notes.some((note) => note.noteId === change.noteId)
        ? fail(
            'conflict',
            'incidents',
            'A note with this id is here already.',
            'Edit it, or give the new note its own id.',
          )
        : undefined
    case 'note-edited':
    case 'note-removed': {
      const note = incident.notes.find((each) => each.noteId === change.noteId)
      if (note === undefined)
        return fail('not-found', 'incidents', 'There is no such note in this incident.', 'Add it as a new note.')
      return change.base > note.revision
        ? fail('bad-request', 'incidents', 'The note has no such revision.', 'Read the incident again.')
        : undefined
    }
    case 'marker-added':
      return incident.markers.some((marker) => marker.markerId === change.markerId)
        ? fail('conflict', 'incidents', 'A marker with this id is here already.', 'Give the new marker its own id.')
        : undefined
    default:
      return undefined
  }
}

function summaryOf(incident: Incident): IncidentSummary {
  const { id, title, severity, status, sides, createdMs, createdBy, changedMs } = incident
  const notes = incident.notes.filter((note) => !note.removed).length
  return { id, title, severity, status, sides, createdMs, createdBy, changedMs, notes }
}
