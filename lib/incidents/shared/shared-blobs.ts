/**
 * Frozen pieces in ClickHouse. Work that adds some is a batch, announced before it writes and closed once a log names what it wrote: until
 * then no copy removes its rows. It never relies on rows of another batch, which may be on their way out.
 */
import { ok, type Result } from '../../base/result.ts'
import { Pieces, type PieceToWrite } from '../../clickstore/pieces.ts'
import { Records } from '../../clickstore/records.ts'
import type { StateTables } from '../../clickstore/state.ts'
import type { PieceFormat, PieceRef } from '../../evidence/manifest.ts'
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
} from '../blobs.ts'
import { StorageFailure } from '../durable.ts'
import { newId } from '../ids.ts'

/** Bytes that wait in a batch until they are written together. */
const TOGETHER_BYTES = 6 * 2 ** 20
/** Bytes whose checksums the server compares in one go. */
const CHECKED_BYTES = 64 * 2 ** 20
/** Damaged pieces whose reason is looked for, one by one. */
const REASONS_MAX = 50
/** Work that takes longer was ended by a crash. */
const OPEN_MS = 6 * 3_600_000
const DAY_MS = 86_400_000
const OLD_SECONDS = 3_600

export class SharedBlobs implements EvidenceStore {
  readonly #pieces: Pieces
  readonly #batches: Records

  constructor(tables: StateTables) {
    this.#pieces = new Pieces(tables)
    this.#batches = new Records(tables, 'batch')
  }

  async has(sha: string): Promise<boolean> {
    return must(await this.#pieces.batches(named(sha))).length > 0
  }

  begin(): Batch {
    return new SharedBatch(this.#pieces, this.#batches)
  }

  async stored(sha: string, what: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
    const batches = await this.#pieces.batches(named(sha))
    if (!batches.ok) return batches
    for (const { batch, parts } of batches.value) {
      const bytes = await this.#pieces.read(sha, batch, parts, PIECE_BYTES_MAX)
      if (!bytes.ok) return bytes
      if (bytes.value !== undefined && (await sha256(bytes.value)) === sha) return ok(bytes.value)
    }
    const why =
      batches.value.length === 0 ? 'its rows are gone' : 'its stored bytes have changed since they were written'
    return damaged(what, why)
  }

  piece(piece: PieceRef, what?: string): Promise<Result<Uint8Array<ArrayBuffer>>> {
    return pieceIn(this, piece, what)
  }

  async faults(
    pieces: readonly PieceRef[],
    nameOf: (sha: string) => string,
  ): Promise<Result<ReadonlyMap<string, string>>> {
    const found = new Map<string, string>()
    for (let from = 0; from < pieces.length; ) {
      let to = from
      let bytes = 0
      do bytes += pieces[to++].storedBytes
      while (to < pieces.length && bytes < CHECKED_BYTES)
      const wrong = await this.#pieces.faults(pieces.slice(from, to).map((piece) => named(piece.sha256)))
      if (!wrong.ok) return wrong
      for (const sha of wrong.value) {
        const stored =
          found.size < REASONS_MAX ? await this.stored(sha, nameOf(sha)) : damaged(nameOf(sha), 'it is damaged')
        // Whole by now: it was mended in between.
        if (!stored.ok) found.set(sha, stored.failure.what)
      }
      from = to
    }
    return ok(found)
  }

  /**
   * The order is what makes it safe: which batches wrote the candidates, then which are open, then what the logs name. A batch that is
   * closed by then has its log; one that is open is left alone; one that begins later is not among them.
   */
  async removeUnneeded(candidates: ReadonlySet<string>, needed: Needed): Promise<number> {
    const batches = must(await this.#pieces.batchesOf([...candidates]))
    const open = must(await this.#open())
    const keep = await needed()
    if (keep === undefined) return 0
    const going = [...candidates].filter((sha) => !keep.has(sha))
    must(await this.#pieces.remove(going, new Set([...batches].filter((batch) => !open.has(batch)))))
    return going.length
  }

  async #open(): Promise<Result<ReadonlySet<string>>> {
    const all = await this.#batches.stamps()
    if (!all.ok) return all
    const since = Date.now() - OPEN_MS
    const open = [...all.value].filter(([, { whole, newestMs }]) => !whole && newestMs > since)
    return ok(new Set(open.map(([batch]) => batch)))
  }

  async sweep(needed: Needed): Promise<number> {
    const old = must(await this.#pieces.olderThan(OLD_SECONDS))
    const removed = old.size === 0 ? 0 : await this.removeUnneeded(old, needed)
    const all = must(await this.#batches.stamps())
    const before = Date.now() - DAY_MS
    const ended = [...all].filter(([, { newestMs }]) => newestMs < before).map(([batch]) => batch)
    must(await this.#batches.remove(ended))
    return removed
  }
}

class SharedBatch implements Batch {
  readonly #id = newId()
  readonly #pieces: Pieces
  readonly #batches: Records
  readonly #known = new Set<string>()
  #waiting: PieceToWrite[] = []
  #waitingBytes = 0
  #writing: Promise<void> = Promise.resolve()
  #announced = false
  #failed: unknown
  #ended = false

  constructor(pieces: Pieces, batches: Records) {
    this.#pieces = pieces
    this.#batches = batches
  }

  put(bytes: Uint8Array<ArrayBuffer>, format: PieceFormat): Promise<PieceRef> {
    return putPacked(this, bytes, format)
  }

  /** Each batch writes its own rows, so what is damaged elsewhere is mended by that. */
  async putStored(stored: Uint8Array<ArrayBuffer>): Promise<string> {
    const sha = await sha256(stored)
    if (this.#known.has(sha)) return sha
    this.#known.add(sha)
    this.#waiting.push({ sha256: sha, bytes: stored })
    this.#waitingBytes += stored.byteLength
    if (this.#waitingBytes >= TOGETHER_BYTES) await this.settle()
    return sha
  }

  settle(): Promise<void> {
    const turn = this.#writing.then(() => this.#flush())
    // Whoever waits for it gets the error, and so does everybody after them: the batch is not whole.
    this.#writing = turn.catch((error: unknown) => {
      this.#failed ??= error
    })
    return turn
  }

  async #flush(): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    const pieces = this.#waiting
    if (pieces.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    if (!this.#announced) {
      this.#announced = true
      must(await this.#batches.add([{ key: this.#id, seq: 0, id: 'open', head: false, body: '' }]))
    }
    must(await this.#pieces.write(this.#id, pieces))
  }

  async done(): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    await this.#close()
  }

  async drop(unsure = false): Promise<void> {
    if (this.#ended) return
    this.#ended = true
    this.#waiting = []
    await this.#writing
    if (!this.#announced || unsure) return
    const removed = await this.#pieces.removeBatch(this.#id)
    if (removed.ok) await this.#close()
    else console.error(`Guildscope: unfinished evidence waits to be swept. ${removed.failure.what}`)
  }

  /** A batch that stays open is taken for ended after six hours. */
  async #close(): Promise<void> {
    if (!this.#announced) return
    const closed = await this.#batches.add([{ key: this.#id, seq: 1, id: 'closed', head: true, body: '' }])
    if (!closed.ok) console.error(`Guildscope: a batch of evidence was not closed. ${closed.failure.what}`)
  }
}

function named(sha: string): string {
  if (!SHA256.test(sha)) throw new Error('a blob is named by its SHA-256')
  return sha
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new StorageFailure(result.failure)
  return result.value
}
