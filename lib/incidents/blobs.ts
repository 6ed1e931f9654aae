/**
 * Frozen pieces: gzip, named by the SHA-256 of exactly the stored bytes. One is written once; nothing changes one, and reading one checks
 * that its bytes are still those that were written.
 */
import { webcrypto } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { fail, ok, type Result } from '../base/result.ts'
import type { PieceFormat, PieceRef } from '../evidence/manifest.ts'
import { codeOf } from './durable.ts'

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** No piece is larger, stored or inflated: a reader must be able to hold it. */
export const PIECE_BYTES_MAX = 1 << 29
export const SHA256 = /^[0-9a-f]{64}$/

/** SHA-256 as lower-case hex, computed off the main thread. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes)).toString('hex')
}

/** Where pieces lie. Methods that are no `Result` throw what the disk or the server says. */
export interface EvidenceStore {
  has(sha: string): Promise<boolean>
  /** Begins work that adds blobs; it ends with `done`, once a log names them, or with `drop`. */
  begin(): Batch
  /** The stored bytes, checked; a failure names what is damaged. */
  stored(sha: string, what: string): Promise<Result<Uint8Array<ArrayBuffer>>>
  /** Verified and inflated bytes of a piece: the `PieceSource` of an incident kept here. */
  piece(piece: PieceRef, what?: string): Promise<Result<Uint8Array<ArrayBuffer>>>
  /** Why which of these pieces cannot be read, by SHA-256: each is read and its checksum compared. `nameOf`: in words, for the reason. */
  faults(pieces: readonly PieceRef[], nameOf: (sha: string) => string): Promise<Result<ReadonlyMap<string, string>>>
  /**
   * Removes those of `candidates` that `needed` does not name and no unfinished work relies on; how many. `needed` may be asked several
   * times, and removes nothing where it cannot tell.
   */
  removeUnneeded(candidates: ReadonlySet<string>, needed: Needed): Promise<number>
  /** What crashes left behind: blobs older than an hour that nothing needs. */
  sweep(needed: Needed): Promise<number>
}

export type Needed = () => Promise<ReadonlySet<string> | undefined>

/** Blobs that belong together: kept from removal until `done`, and kept for good once `settle` returns. Throws what the disk or the server says. */
export interface Batch {
  /** Gzips and stores `bytes`. */
  put(bytes: Uint8Array<ArrayBuffer>, format: PieceFormat): Promise<PieceRef>
  /** Stores bytes that are gzip already; returns their SHA-256. `mend`: damaged bytes that are kept under it are replaced. */
  putStored(stored: Uint8Array<ArrayBuffer>, mend?: boolean): Promise<string>
  settle(): Promise<void>
  /** A log names these blobs now. */
  done(): Promise<void>
  /**
   * Nothing came of it: what was written for it goes. After `done` it does nothing. `unsure`: where a server keeps the logs, one may name
   * it all the same; then it waits for the sweep, which looks.
   */
  drop(unsure?: boolean): Promise<void>
}

/** Gzips `bytes` into a batch. */
export async function putPacked(
  batch: Pick<Batch, 'putStored'>,
  bytes: Uint8Array<ArrayBuffer>,
  format: PieceFormat,
): Promise<PieceRef> {
  const stored = await packed(bytes)
  const sha = await batch.putStored(stored)
  return { sha256: sha, storedBytes: stored.byteLength, bytes: bytes.byteLength, format }
}

/** The piece of an evidence store, verified and inflated. */
export async function pieceIn(
  store: Pick<EvidenceStore, 'stored'>,
  piece: PieceRef,
  what = `the piece ${piece.sha256.slice(0, 12)}…`,
): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const stored = await store.stored(piece.sha256, what)
  return stored.ok ? inflate(stored.value, piece.bytes, what) : stored
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

export function damaged<T>(what: string, why: string): Result<T> {
  return fail(
    'unavailable',
    'evidence',
    `${what[0].toUpperCase()}${what.slice(1)} cannot be read: ${why}.`,
    'The rest of the incident can still be read; an archive of it, imported again, brings the piece back.',
  )
}
