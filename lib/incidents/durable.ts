/** Writing that is on disk when it returns, and what a full or broken disk is in words. */
import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { type Failure, fail, type Result } from '../base/result.ts'

/** How bytes get into an open file; tests put a disk behind it that is full. */
export interface Disk {
  /** All of `bytes`, at the place `at` of the file. */
  write(file: FileHandle, bytes: Uint8Array, at: number): Promise<void>
}

export const REAL_DISK: Disk = {
  async write(file, bytes, at) {
    let done = 0
    while (done < bytes.byteLength) {
      done += (await file.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten
    }
  },
}

/** Names of files that are being written; none is ever read, and a start removes them. */
export const UNFINISHED = '.unfinished-'

export function unfinishedName(): string {
  return UNFINISHED + randomBytes(8).toString('hex')
}

/** Makes a renamed, made or removed name in `folder` last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * The whole file or nothing of it: another name first, fsync, then the right name. The caller syncs the folder (`syncFolder`), once for
 * many files. Throws what the disk says.
 */
export async function writeWhole(file: string, bytes: Uint8Array, disk: Disk = REAL_DISK): Promise<void> {
  const temporary = path.join(path.dirname(file), unfinishedName())
  try {
    const handle = await open(temporary, 'wx')
    try {
      await disk.write(handle, bytes, 0)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

/** The system's code of an error, '' where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** What a server that keeps things said, where the work is one that throws what the disk says. */
export class StorageFailure extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.what)
    this.failure = failure
  }
}

/** An error of the disk as a sentence; `what` names what did not happen, such as `The incident was not made`. Bugs are thrown on. */
export function diskFailure<T = never>(error: unknown, what: string): Result<T> {
  if (error instanceof StorageFailure) {
    const { kind, source, what: why, tryThis } = error.failure
    return fail(kind, source, `${what}: ${why}`, tryThis)
  }
  const code = codeOf(error)
  if (code === '') throw error
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  const reason = full
    ? 'the disk is full'
    : code === 'EIO'
      ? 'the disk reports an error'
      : code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
        ? 'the data folder may not be written'
        : `the disk answered ${code}`
  return fail(
    'unavailable',
    'incidents',
    `${what}: ${reason}. Nothing half-made was left behind.`,
    full
      ? 'Make room in the data folder (GUILDSCOPE_DATA_DIR), then try again.'
      : 'Look at the data folder (GUILDSCOPE_DATA_DIR) and its disk, then try again.',
  )
}
