/** Frozen pieces as files, in `blobs/ab/ab12…`. */
import { existsSync, mkdirSync, unlinkSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { formatBytes } from '../base/format.ts'
import { ok, type Result } from '../base/result.ts'
import type { PieceFormat, PieceRef } from '../evidence/manifest.ts'
import {
  type Batch,
  damaged,
  type EvidenceStore,
  type Needed,
  PIECE_BYTES_MAX,
  pieceIn,
  putPacked,
  SHA256,
  sha256,
} from './blobs.ts'
import { codeOf, type Disk, REAL_DISK, syncFolder, UNFINISHED, writeWhole } from './durable.ts'

const HOUR_MS = 3_600_000
/** Files that are checked at once. */
const PARALLEL = 8

export class BlobFiles implements EvidenceStore {
  readonly #folder: string
  readonly #disk: Disk
  /** Blobs that unfinished work relies on: these are not removed, referenced or not. */
  readonly #held = new Map<string, number>()
  /** Blobs that a batch wrote and no finished batch has named yet: these go again if theirs comes to nothing. */
  readonly #fresh = new Set<string>()
  /** Blobs whose bytes are on their way to the disk. */
  readonly #writing = new Map<string, Promise<void>>()

  /** Counts batches that logs have come to name: whoever looked at the logs before looks again. */
  #generation = 0

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
    mkdirSync(folder, { recursive: true })
  }

  #pathOf(sha: string): string {
    if (!SHA256.test(sha)) throw new Error('a blob is named by its SHA-256')
    return path.join(this.#folder, sha.slice(0, 2), sha)
  }

  async has(sha: string): Promise<boolean> {
    return existsSync(this.#pathOf(sha))
  }

  begin(): FileBatch {
    return new FileBatch(this)
  }

  hold(sha: string): void {
    this.#held.set(sha, (this.#held.get(sha) ?? 0) + 1)
  }

  release(sha: string): void {
    const left = (this.#held.get(sha) ?? 0) - 1
    if (left > 0) this.#held.set(sha, left)
    else this.#held.delete(sha)
  }

  /**
   * Stores bytes that are gzip already, unless they are here; returns the folder to sync, where one changed. `mend`: what is here is
   * looked at, and replaced where it is not these bytes any more. Throws what the disk says.
   */
  async add(sha: string, stored: Uint8Array, mend = false): Promise<string | undefined> {
    const file = this.#pathOf(sha)
    const writing = this.#writing.get(sha)
    if (writing !== undefined) await writing
    const here = existsSync(file)
    if (here && (!mend || (await this.stored(sha, 'the piece')).ok)) return undefined
    const folder = path.dirname(file)
    if (!existsSync(folder)) {
      mkdirSync(folder, { recursive: true })
      await syncFolder(this.#folder)
    }
    const write = writeWhole(file, stored, this.#disk)
    // Whoever waits for it looks again whether the file is there.
    const settled = write.catch(() => undefined)
    this.#writing.set(sha, settled)
    try {
      await write
      if (!here) this.#fresh.add(sha)
    } finally {
      this.#writing.delete(sha)
    }
    return folder
  }

  /** The stored bytes, checked; a failure names what is damaged. */
  async stored(sha: string, what: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
    let bytes: Uint8Array<ArrayBuffer>
    try {
      const handle = await open(this.#pathOf(sha), 'r')
      try {
        const { size } = await handle.stat()
        if (size > PIECE_BYTES_MAX) return damaged(what, `its file has ${formatBytes(size)}, more than any piece`)
        bytes = new Uint8Array(size)
        let at = 0
        while (at < size) {
          const { bytesRead } = await handle.read(bytes, at, size - at, at)
          if (bytesRead === 0) break
          at += bytesRead
        }
      } finally {
        await handle.close()
      }
    } catch (error) {
      const code = codeOf(error)
      if (code === '') throw error
      return damaged(what, code === 'ENOENT' ? 'its file is gone' : `its file cannot be read (${code})`)
    }
    if ((await sha256(bytes)) !== sha) return damaged(what, 'its stored bytes have changed since they were written')
    return ok(bytes)
  }

  piece(piece: PieceRef, what?: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
    return pieceIn(this, piece, what)
  }

  async faults(
    pieces: readonly PieceRef[],
    nameOf: (sha: string) => string,
  ): Promise<Result<ReadonlyMap<string, string>>> {
    const found = new Map<string, string>()
    let next = 0
    const work = async () => {
      for (let i = next++; i < pieces.length; i = next++) {
        const sha = pieces[i].sha256
        const stored = await this.stored(sha, nameOf(sha))
        if (!stored.ok) found.set(sha, stored.failure.what)
      }
    }
    await Promise.all(Array.from({ length: PARALLEL }, work))
    return ok(found)
  }

  async removeUnneeded(candidates: ReadonlySet<string>, needed: Needed): Promise<number> {
    for (;;) {
      const generation = this.#generation
      const keep = await needed()
      if (keep === undefined) return 0
      if (generation !== this.#generation) continue
      let removed = 0
      // Without a pause between the look at the logs and this: nothing new can have come to need one.
      for (const sha of candidates) if (!keep.has(sha) && this.remove(sha)) removed++
      return removed
    }
  }

  async sweep(needed: Needed): Promise<number> {
    const old = new Set<string>()
    for await (const { sha, ageMs } of this.all(Date.now(), HOUR_MS)) if (ageMs > HOUR_MS) old.add(sha)
    return old.size === 0 ? 0 : this.removeUnneeded(old, needed)
  }

  /** Logs name more now. */
  named(): void {
    this.#generation++
  }

  /** A log names it now. */
  claim(sha: string): void {
    this.#fresh.delete(sha)
  }

  /** Takes back what a batch wrote, where nobody else has come to need it. */
  takeBack(sha: string): void {
    if (this.#fresh.has(sha) && this.remove(sha)) this.#fresh.delete(sha)
  }

  /** Removes a blob that no log names, unless unfinished work holds it. */
  remove(sha: string): boolean {
    if (this.#held.has(sha) || this.#writing.has(sha)) return false
    try {
      unlinkSync(this.#pathOf(sha))
      return true
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
      return false
    }
  }

  /** Every blob with its age in ms; files that were never finished are removed on the way when older than `unfinishedMs`. */
  async *all(nowMs: number, unfinishedMs: number): AsyncGenerator<{ readonly sha: string; readonly ageMs: number }> {
    for (const folder of await readdir(this.#folder)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue
      for (const name of await readdir(path.join(this.#folder, folder))) {
        const file = path.join(this.#folder, folder, name)
        const ageMs = nowMs - (await stat(file)).mtimeMs
        if (SHA256.test(name)) yield { sha: name, ageMs }
        else if (name.startsWith(UNFINISHED) && ageMs > unfinishedMs) unlinkSync(file)
      }
    }
  }
}

export class FileBatch implements Batch {
  readonly #store: BlobFiles
  readonly #held: string[] = []
  readonly #added = new Set<string>()
  readonly #folders = new Set<string>()

  constructor(store: BlobFiles) {
    this.#store = store
  }

  put(bytes: Uint8Array<ArrayBuffer>, format: PieceFormat): Promise<PieceRef> {
    return putPacked(this, bytes, format)
  }

  async putStored(stored: Uint8Array<ArrayBuffer>, mend = false): Promise<string> {
    const sha = await sha256(stored)
    this.keep(sha)
    const folder = await this.#store.add(sha, stored, mend)
    if (folder !== undefined) {
      this.#folders.add(folder)
      this.#added.add(sha)
    }
    return sha
  }

  /** Keeps a blob that is here already. */
  keep(sha: string): void {
    this.#store.hold(sha)
    this.#held.push(sha)
  }

  async settle(): Promise<void> {
    for (const folder of this.#folders) await syncFolder(folder)
    this.#folders.clear()
  }

  async done(): Promise<void> {
    this.#store.named()
    for (const sha of this.#held) this.#store.claim(sha)
    this.#release()
  }

  async drop(): Promise<void> {
    const added = [...this.#added]
    this.#release()
    for (const sha of added) this.#store.takeBack(sha)
  }

  #release(): void {
    for (const sha of this.#held) this.#store.release(sha)
    this.#held.length = 0
    this.#added.clear()
  }
}
