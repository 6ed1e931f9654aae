/**
 * The logs of all incidents of a data folder: one `log.ndjson` each, only appended to. An entry is acknowledged once it is on disk. This
 * process owns the folder (the store's lock), so what it holds in memory is what is on disk.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Damage, ListAnswer } from '../evidence/answers.ts'
import { foldLog } from '../evidence/incident-log.ts'
import {
  type Author,
  type Change,
  ENTRY_VERSION,
  type Entry,
  type Incident,
  type IncidentSummary,
} from '../model/incident.ts'
import {
  codeOf,
  type Disk,
  diskFailure,
  REAL_DISK,
  syncFolder,
  UNFINISHED,
  unfinishedName,
  writeWhole,
} from './durable.ts'
import { INCIDENT_ID } from './ids.ts'
import { LOG_BYTES_MAX, LOG_ENTRIES_MAX, logLine, noIncident, parseLog, readLog } from './log-file.ts'

const FILE = 'log.ndjson'
/** Incidents whose entries stay in memory; the others are read again when asked for. */
const LOADED_MAX = 32
export const INCIDENTS_MAX = 20_000

export interface IncidentState {
  readonly incident: Incident
  readonly entries: readonly Entry[]
  readonly damaged: readonly Damage[]
}

interface Loaded {
  entries: Entry[]
  /** Entry id → entry: sending a change twice adds it once. */
  readonly byId: Map<string, Entry>
  incident: Incident
  damaged: readonly Damage[]
  bytes: number
}

interface Remembered {
  readonly size: number
  readonly mtimeMs: number
  readonly summary: Result<IncidentSummary>
}

export class IncidentLogs {
  readonly #folder: string
  readonly #disk: Disk
  readonly #loaded = new Map<string, Loaded>()
  readonly #summaries = new Map<string, Remembered>()
  /** Work on one incident waits for what was begun before. */
  readonly #tails = new Map<string, Promise<unknown>>()
  readonly #listeners = new Map<string, Set<(entry: Entry | undefined) => void>>()

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
    mkdirSync(folder, { recursive: true })
  }

  folderOf(id: string): string {
    if (!INCIDENT_ID.test(id)) throw new Error('not the id of an incident')
    return path.join(this.#folder, id)
  }

  async ids(): Promise<readonly string[]> {
    const ids: string[] = []
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (entry.isDirectory() && INCIDENT_ID.test(entry.name)) ids.push(entry.name)
    }
    return ids
  }

  has(id: string): boolean {
    return INCIDENT_ID.test(id) && existsSync(this.folderOf(id))
  }

  /** Folders that were never finished go. */
  async sweep(): Promise<void> {
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (entry.name.startsWith(UNFINISHED))
        await rm(path.join(this.#folder, entry.name), { recursive: true, force: true })
    }
  }

  /** Newest change first. One whose log is broken is named beside them. */
  async list(): Promise<ListAnswer> {
    const incidents: IncidentSummary[] = []
    const damaged: Damage[] = []
    const ids = await this.ids()
    const here = new Set(ids)
    for (const id of this.#summaries.keys()) if (!here.has(id)) this.#summaries.delete(id)
    for (const id of ids) {
      const summary = await this.#summary(id)
      if (summary.ok) incidents.push(summary.value)
      else damaged.push({ what: `The incident ${id}`, why: summary.failure.what })
    }
    incidents.sort((a, b) => b.changedMs - a.changedMs || (a.id < b.id ? -1 : 1))
    return { incidents, damaged }
  }

  async #summary(id: string): Promise<Result<IncidentSummary>> {
    const loaded = this.#loaded.get(id)
    if (loaded !== undefined) return ok(summaryOf(loaded.incident))
    let size: number
    let mtimeMs: number
    try {
      ;({ size, mtimeMs } = await stat(path.join(this.folderOf(id), FILE)))
    } catch (error) {
      if (codeOf(error) === '') throw error
      return fail('unavailable', 'incidents', 'Its log is gone.', 'Import an archive of it.')
    }
    const known = this.#summaries.get(id)
    if (known !== undefined && known.size === size && known.mtimeMs === mtimeMs) return known.summary
    const state = await this.#read(id)
    const summary = state.ok ? ok(summaryOf(state.value.incident)) : state
    this.#summaries.set(id, { size, mtimeMs, summary })
    return summary
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
   * A new incident whose log holds `entries` (the first is `created`). Its folder appears whole or not at all. `conflict` where the
   * id is taken.
   */
  async create(id: string, entries: readonly Entry[]): Promise<Result<Incident>> {
    const incident = foldLog(id, entries)
    if (!incident.ok) return incident
    return this.#inTurn(id, async () => {
      if (existsSync(this.folderOf(id)))
        return fail('conflict', 'incidents', 'An incident with this id is here already.', 'Try again.')
      if ((await this.ids()).length >= INCIDENTS_MAX)
        return fail(
          'too-large',
          'incidents',
          `This instance holds ${formatExact(INCIDENTS_MAX)} incidents, as many as it takes.`,
          'Delete some that are not needed any more.',
        )
      const unfinished = path.join(this.#folder, unfinishedName())
      try {
        await mkdir(unfinished)
        await writeWhole(path.join(unfinished, FILE), Buffer.from(entries.map(logLine).join('')), this.#disk)
        await syncFolder(unfinished)
        await rename(unfinished, this.folderOf(id))
        await syncFolder(this.#folder)
      } catch (error) {
        await rm(unfinished, { recursive: true, force: true })
        return diskFailure(error, 'The incident was not made')
      }
      return incident
    })
  }

  /** Adds one change; the same `entryId` again answers the entry it made. Resolves once it is on disk and listeners have it. */
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
      if (entries[0]?.seq !== loaded.value.incident.length)
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
    return () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(id) === listeners) this.#listeners.delete(id)
    }
  }

  listeners(id: string): number {
    return this.#listeners.get(id)?.size ?? 0
  }

  /** Deletes the folder of an incident, everything in it. */
  remove(id: string): Promise<Result<undefined>> {
    if (!INCIDENT_ID.test(id)) return Promise.resolve(noIncident())
    return this.#inTurn(id, async () => {
      if (!existsSync(this.folderOf(id))) return noIncident()
      const going = path.join(this.#folder, unfinishedName())
      try {
        // Out of sight first: a crash in between leaves what the next start removes.
        await rename(this.folderOf(id), going)
        await syncFolder(this.#folder)
        await rm(going, { recursive: true, force: true })
      } catch (error) {
        return diskFailure(error, 'The incident was not deleted whole')
      }
      this.#loaded.delete(id)
      this.#summaries.delete(id)
      for (const listener of this.#listeners.get(id) ?? []) listener(undefined)
      return ok(undefined)
    })
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
    if (known !== undefined) {
      // Most recently used last.
      this.#loaded.delete(id)
      this.#loaded.set(id, known)
      return ok(known)
    }
    const read = await this.#read(id)
    if (!read.ok) return read
    this.#loaded.set(id, read.value)
    for (const other of this.#loaded.keys()) {
      if (this.#loaded.size <= LOADED_MAX) break
      if (other !== id) this.#loaded.delete(other)
    }
    return read
  }

  async #read(id: string): Promise<Result<Loaded>> {
    const file = path.join(this.folderOf(id), FILE)
    const bytes = await readLog(file)
    if (!bytes.ok) return bytes
    const log = parseLog(bytes.value)
    const damaged = [...log.damaged]
    if (log.tornBytes > 0) {
      damaged.push({
        what: 'The last change of the log',
        why: 'It was being written when the server stopped, was never acknowledged, and has been cut off.',
      })
      console.error(
        `Guildscope: the log of incident ${id} ended in the middle of a change (${log.tornBytes} bytes): cut off.`,
      )
      const cut = await this.#cut(file, log.wholeBytes)
      if (!cut.ok) return cut
    }
    const incident = foldLog(id, log.entries)
    if (!incident.ok) return incident
    const byId = new Map(log.entries.map((entry) => [entry.id, entry]))
    return ok({ entries: [...log.entries], byId, incident: incident.value, damaged, bytes: log.wholeBytes })
  }

  async #cut(file: string, bytes: number): Promise<Result<undefined>> {
    try {
      const handle = await open(file, 'r+')
      try {
        await handle.truncate(bytes)
        await handle.sync()
      } finally {
        await handle.close()
      }
      return ok(undefined)
    } catch (error) {
      return diskFailure(error, 'The torn end of the incident’s log could not be cut off')
    }
  }

  async #write(id: string, log: Loaded, entries: readonly Entry[]): Promise<Result<undefined>> {
    const bytes = Buffer.from(entries.map(logLine).join(''))
    if (log.bytes + bytes.byteLength > LOG_BYTES_MAX || log.entries.length + entries.length > LOG_ENTRIES_MAX)
      return fail(
        'too-large',
        'incidents',
        `The incident’s log holds ${formatExact(log.entries.length)} changes, as many as it takes.`,
        'Make another incident for what follows.',
      )
    const all = [...log.entries, ...entries]
    const incident = foldLog(id, all)
    if (!incident.ok) return incident
    const file = path.join(this.folderOf(id), FILE)
    try {
      const handle = await open(file, 'r+')
      try {
        await this.#appendAt(handle, log.bytes, bytes)
      } finally {
        await handle.close()
      }
    } catch (error) {
      // What is on disk is not certain: it is read again before the next change.
      this.#loaded.delete(id)
      return diskFailure(error, 'The change was not saved')
    }
    log.entries = all
    log.incident = incident.value
    log.bytes += bytes.byteLength
    for (const entry of entries) {
      log.byId.set(entry.id, entry)
      for (const listener of this.#listeners.get(id) ?? []) listener(entry)
    }
    return ok(undefined)
  }

  async #appendAt(handle: FileHandle, at: number, bytes: Uint8Array): Promise<void> {
    try {
      // Appending at the known end: what a failed write left there is overwritten.
      await handle.truncate(at)
      await this.#disk.write(handle, bytes, at)
      await handle.sync()
    } catch (error) {
      await handle.truncate(at)
      throw error
    }
  }
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
