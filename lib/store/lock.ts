import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fail, ok, type Result } from '../base/result.ts'

const FILE = 'lock'

/** Keeps a second process out of a data folder. A lock left behind by a process that is gone is taken over. */
export interface FolderLock {
  release(): void
}

/** `unavailable` where another living process has the folder. */
export function lockFolder(folder: string): Result<FolderLock> {
  const path = join(folder, FILE)
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      // `wx`: of two processes that start together, one makes the file.
      const file = openSync(path, 'wx')
      ftruncateSync(file)
      writeSync(file, identity(process.pid))
      closeSync(file)
      return ok({ release: () => rmSync(path, { force: true }) })
    } catch (error) {
      if (!isExists(error)) throw error
    }
    const holder = readHolder(path)
    if (holder !== undefined && isAlive(holder)) return taken(folder, holder.pid)
    rmSync(path, { force: true })
  }
  return taken(folder, undefined)
}

function taken(folder: string, pid: number | undefined): Result<FolderLock> {
  const who = pid === undefined ? 'another process' : `process ${pid}`
  return fail(
    'unavailable',
    'embedded',
    `The data folder ${folder} is in use by ${who}.`,
    'Stop that process, or give this one its own folder with GUILDSCOPE_DATA_DIR.',
  )
}

interface Holder {
  readonly pid: number
  /** Start time of the process in clock ticks since boot, where the system tells: process ids are used again. */
  readonly started: string
}

function identity(pid: number): string {
  return `${pid} ${startOf(pid)}`
}

function readHolder(path: string): Holder | undefined {
  if (!existsSync(path)) return undefined
  const [pid, started] = readFileSync(path, 'utf8').split(' ')
  return Number.isInteger(Number(pid)) && Number(pid) > 0 ? { pid: Number(pid), started: started ?? '' } : undefined
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0)
  } catch (error) {
    // EPERM: it lives, and is somebody else's.
    if (!(error instanceof Error && 'code' in error && error.code === 'EPERM')) return false
  }
  return holder.started === '' || startOf(holder.pid) === holder.started
}

function startOf(pid: number): string {
  const path = `/proc/${pid}/stat`
  if (!existsSync(path)) return ''
  const stat = readFileSync(path, 'utf8')
  // The second field, the name, may hold spaces; after it come the state and, 19 fields later, the start time.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  // A zombie has ended; its parent has not looked yet.
  return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : (fields[19] ?? '')
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}
