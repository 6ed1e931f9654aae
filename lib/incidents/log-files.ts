/**
 * Logs of incidents in a data folder: a folder each with one `log.ndjson`, only appended to. This process owns the folder (the store's
 * lock): nobody else adds to it.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { ok, type Result } from '../base/result.ts'
import type { Entry } from '../model/incident.ts'
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
import { logLine, noIncident, parseLog, readLog, taken } from './log-file.ts'
import type { LogStorage, StoredLog } from './log-storage.ts'

const FILE = 'log.ndjson'

export class LogFiles implements LogStorage {
  readonly shared = false
  readonly #folder: string
  readonly #disk: Disk

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
    mkdirSync(folder, { recursive: true })
  }

  folderOf(id: string): string {
    if (!INCIDENT_ID.test(id)) throw new Error('not the id of an incident')
    return path.join(this.#folder, id)
  }

  async stamps(ids?: readonly string[]): Promise<Result<ReadonlyMap<string, string>>> {
    const stamps = new Map<string, string>()
    for (const id of ids ?? (await this.#ids())) {
      try {
        const { size, mtimeMs } = await stat(path.join(this.folderOf(id), FILE))
        stamps.set(id, `${size}-${mtimeMs}`)
      } catch (error) {
        if (codeOf(error) === '') throw error
        // A folder without a log is an incident that lost it.
        if (existsSync(this.folderOf(id))) stamps.set(id, '')
      }
    }
    return ok(stamps)
  }

  async #ids(): Promise<readonly string[]> {
    const ids: string[] = []
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (entry.isDirectory() && INCIDENT_ID.test(entry.name)) ids.push(entry.name)
    }
    return ids
  }

  async read(ids: readonly string[]): Promise<Result<ReadonlyMap<string, Result<StoredLog>>>> {
    const found = new Map<string, Result<StoredLog>>()
    for (const id of ids) found.set(id, await this.#read(id))
    return ok(found)
  }

  async #read(id: string): Promise<Result<StoredLog>> {
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
    return ok({ entries: log.entries, damaged, bytes: log.wholeBytes, stamp: '' })
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

  async create(id: string, entries: readonly Entry[]): Promise<Result<undefined>> {
    if (existsSync(this.folderOf(id))) return taken()
    const unfinished = path.join(this.#folder, unfinishedName())
    try {
      await mkdir(unfinished)
      await writeWhole(path.join(unfinished, FILE), Buffer.from(entries.map(logLine).join('')), this.#disk)
      await syncFolder(unfinished)
      await rename(unfinished, this.folderOf(id))
      await syncFolder(this.#folder)
      return ok(undefined)
    } catch (error) {
      await rm(unfinished, { recursive: true, force: true })
      return diskFailure(error, 'The incident was not made')
    }
  }

  async append(id: string, entries: readonly Entry[], log: Pick<StoredLog, 'bytes'>): Promise<Result<undefined>> {
    try {
      const handle = await open(path.join(this.folderOf(id), FILE), 'r+')
      try {
        await this.#appendAt(handle, log.bytes, Buffer.from(entries.map(logLine).join('')))
      } finally {
        await handle.close()
      }
      return ok(undefined)
    } catch (error) {
      return diskFailure(error, 'The change was not saved')
    }
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

  async remove(id: string): Promise<Result<undefined>> {
    if (!existsSync(this.folderOf(id))) return noIncident()
    const going = path.join(this.#folder, unfinishedName())
    try {
      // Out of sight first: a crash in between leaves what the next start removes.
      await rename(this.folderOf(id), going)
      await syncFolder(this.#folder)
      await rm(going, { recursive: true, force: true })
      return ok(undefined)
    } catch (error) {
      return diskFailure(error, 'The incident was not deleted whole')
    }
  }

  async sweep(): Promise<Result<undefined>> {
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (entry.name.startsWith(UNFINISHED))
        await rm(path.join(this.#folder, entry.name), { recursive: true, force: true })
    }
    return ok(undefined)
  }
}
