/**
 * Frozen pieces as files: gzip, named by the SHA-256 of exactly the stored bytes, in `blobs/ab/ab12…`. A file is written once; nothing
 * here changes one, and reading one checks that its bytes are still those that were written.
 */
import { webcrypto } from 'node:crypto'
import { existsSync, mkdirSync, unlinkSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { formatBytes } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { PieceFormat, PieceRef } from '../evidence/manifest.ts'
import { codeOf, type Disk, REAL_DISK, syncFolder, UNFINISHED, writeWhole } from './durable.ts'

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** No piece is larger, stored or inflated: a reader must be able to hold it. */
export const PIECE_BYTES_MAX = 1 << 29
export const SHA256 = /^[0-9a-f]{64}$/

/** SHA-256 as lower-case hex, computed off the main thread. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

export class EvidenceStore {
  readonly #folder: string
  readonly #disk: Disk
  /** Blobs that unfinished work relies on: these are not removed, referenced or not. */
  readonly #held = new Map<string, number>()
  /** Blobs that a batch wrote and no finished batch has named yet: these go again if theirs comes to nothing. */
  readonly #fresh = new Set<string>()
  /** Blobs whose bytes are on their way to the disk. */
  readonly #writing = new Map<string, Promise<void>>()

  /** Counts batches that logs have come to name: whoever looked at the logs before looks again. */
  generation = 0

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
    mkdirSync(folder, { recursive: true })
  }

  #pathOf(sha: string): string {
    if (!SHA256.test(sha)) throw new Error('a blob is named by its SHA-256')
    return path.join(this.#folder, sha.slice(0, 2), sha)
  }

  has(sha: string): boolean {
    return existsSync(this.#pathOf(sha))
  }

  /** Begins work that adds blobs; it ends with `done`, once a log names them, or with `drop`. */
  begin(): Batch {
    return new Batch(this)
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

  /** Verified and inflated bytes of a piece: the `PieceSource` of an incident on this disk. */
  async piece(
    piece: PieceRef,
    what = `the piece ${piece.sha256.slice(0, 12)}…`,
  ): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const stored = await this.stored(piece.sha256, what)
    if (!stored.ok) return stored
    return inflate(stored.value, piece.bytes, what)
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

/** Blobs that belong together: kept from removal until `done`, and on disk once `settle` returns. */
export class Batch {
  readonly #store: EvidenceStore
  readonly #held: string[] = []
  readonly #added = new Set<string>()
  readonly #folders = new Set<string>()

  constructor(store: EvidenceStore) {
    this.#store = store
  }

  /** Gzips and stores `bytes`. Throws what the disk says. */
  async put(bytes: Uint8Array<ArrayBuffer>, format: PieceFormat): Promise<PieceRef> {
    const stored = await packed(bytes)
    const sha = await this.putStored(stored)
    return { sha256: sha, storedBytes: stored.byteLength, bytes: bytes.byteLength, format }
  }

  /** Stores bytes that are gzip already; returns their SHA-256. `mend`: a damaged file of these bytes is replaced. */
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

  /** A log names these blobs now. */
  done(): void {
    this.#store.generation++
    for (const sha of this.#held) this.#store.claim(sha)
    this.#release()
  }

  /** Nothing came of it: what was written for it goes. After `done` it does nothing. */
  drop(): void {
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

/** Level 6 costs about 25 ms a megabyte, in zlib's own threads. The header carries no time: the same bytes give the same blob. */
export async function packed(bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return exact(await pack(bytes, { level: 6 }))
}

/** At most `bytes` (what the reference states) and the general cap; more, fewer, or no gzip is damage. */
export async function inflate(
  stored: Uint8Array,
  bytes: number,
  what: string,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  if (!(bytes >= 0 && bytes <= PIECE_BYTES_MAX)) return damaged(what, `it states ${bytes} bytes, more than any piece`)
  const inflated = await inflateWithin(stored, bytes, what)
  if (inflated.ok && inflated.value.byteLength !== bytes)
    return damaged(what, `it holds ${inflated.value.byteLength} bytes instead of the stated ${bytes}`)
  return inflated
}

/** Stops beyond `most` bytes. */
export async function inflateWithin(
  stored: Uint8Array,
  most: number,
  what: string,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  try {
    return ok(exact(await unpack(stored, { maxOutputLength: Math.max(1, most) })))
  } catch (error) {
    const code = codeOf(error)
    if (code === '') throw error
    return damaged(what, code === 'ERR_BUFFER_TOO_LARGE' ? `it holds more than ${most} bytes` : 'it is not gzip')
  }
}

function exact(buffer: Buffer): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer)
}

function damaged<T>(what: string, why: string): Result<T> {
  return fail(
    'unavailable',
    'evidence',
    `${what[0].toUpperCase()}${what.slice(1)} cannot be read: ${why}.`,
    'The rest of the incident can still be read; an archive of it, imported again, brings the piece back.',
  )
}
