/**
 * Everything that is stored carries the version of its shape. What an older version wrote is led to the newest step by step on
 * reading; the stored bytes stay as they are.
 */
import { formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'

/** Leads a document of one version to the next. It may throw on what was never valid: that reads as damaged. */
export type Upgrade<T> = (older: T) => T

/**
 * `upgrades[i]` leads from version i + 1 to i + 2; a missing one throws here, when the module loads, not when the first old document
 * is opened.
 */
export function upgradeChain<T>(what: string, version: number, upgrades: readonly Upgrade<T>[]) {
  if (upgrades.length !== version - 1)
    throw new Error(`${what} version ${version} needs ${version - 1} upgraders, one per step; ${upgrades.length} given`)
  return (document: T, from: unknown): Result<T> => {
    if (typeof from !== 'number' || !Number.isInteger(from) || from < 1) return unreadable(what, 'states no version')
    if (from > version)
      return fail(
        'unavailable',
        'evidence',
        `The ${what} was written by a newer Guildscope (version ${formatExact(from)}; this one reads up to ${version}).`,
        'Update this instance, then open it again.',
      )
    let upgraded = document
    try {
      for (let v = from; v < version; v++) upgraded = upgrades[v - 1](upgraded)
    } catch {
      // An upgrader expects what its version wrote; anything else was never valid.
      return unreadable(what, `is not what version ${from} wrote`)
    }
    return ok(upgraded)
  }
}

/** The failure for stored or imported bytes that are not what they should be. */
export function unreadable<T = never>(what: string, why: string): Result<T> {
  return fail(
    'unavailable',
    'evidence',
    `The ${what} cannot be read: it ${why}.`,
    'It was damaged or was never made by Guildscope; a copy from where it came from may be whole.',
  )
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
