/** Reading an incident's log from its file. */
import { open, readFile } from 'node:fs/promises'
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { Damage } from '../evidence/answers.ts'
import { parseEntry } from '../evidence/entry.ts'
import type { Entry } from '../model/incident.ts'
import { codeOf } from './durable.ts'

/** A log beyond this takes no more entries. */
export const LOG_BYTES_MAX = 64 * 2 ** 20
export const LOG_ENTRIES_MAX = 50_000

export interface LogText {
  readonly entries: readonly Entry[]
  /** Bytes up to the end of the last whole line. */
  readonly wholeBytes: number
  /** Bytes behind it: a line that a crash cut off before it was acknowledged. */
  readonly tornBytes: number
  readonly damaged: readonly Damage[]
}

/** Every line for itself: one that cannot be read is named, the others count. */
export function parseLog(bytes: Uint8Array): LogText {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1
  const entries: Entry[] = []
  const damaged: Damage[] = []
  const lines = new TextDecoder().decode(bytes.subarray(0, wholeBytes)).split('\n')
  lines.pop()
  for (const [i, line] of lines.entries()) {
    const entry = parseLine(line)
    if (entry.ok) entries.push(entry.value)
    else damaged.push({ what: `Change ${formatExact(i + 1)} of the log`, why: entry.failure.what })
  }
  return { entries, wholeBytes, tornBytes: bytes.byteLength - wholeBytes, damaged }
}

function parseLine(line: string): Result<Entry> {
  try {
    return parseEntry(JSON.parse(line))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return fail('unavailable', 'evidence', 'It is not JSON.', 'Import an archive of the incident.')
  }
}

export function logLine(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`
}

/** The bytes of a log; `not-found` where there is none. */
export async function readLog(file: string): Promise<Result<Uint8Array>> {
  try {
    const handle = await open(file, 'r')
    try {
      const { size } = await handle.stat()
      if (size > 2 * LOG_BYTES_MAX)
        return fail('unavailable', 'incidents', 'The incident’s log is larger than any log.', 'Move its folder away.')
      return ok(await readFile(handle))
    } finally {
      await handle.close()
    }
  } catch (error) {
    const code = codeOf(error)
    if (code === '') throw error
    if (code === 'ENOENT' || code === 'ENOTDIR') return noIncident()
    return fail(
      'unavailable',
      'incidents',
      `The incident’s log cannot be read (${code}).`,
      'Look at the data folder; an archive of the incident can be imported again.',
    )
  }
}

export function noIncident<T = never>(): Result<T> {
  return fail(
    'not-found',
    'incidents',
    'There is no such incident.',
    'It may have been deleted; see the list of incidents.',
  )
}

export function taken<T = never>(): Result<T> {
  return fail('conflict', 'incidents', 'An incident with this id is here already.', 'Try again.')
}
