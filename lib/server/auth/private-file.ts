/** Small JSON files that only this process's user may read: hashes of tokens, sessions, links. */
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { z } from 'zod'

/** Undefined where there is no such file; throws a sentence where it is there and cannot be understood. */
export function readPrivate<T>(file: string, schema: z.ZodType<T>): T | undefined {
  if (!existsSync(/* turbopackIgnore: true */ file)) return undefined
  let value: unknown
  try {
    value = JSON.parse(readFileSync(/* turbopackIgnore: true */ file, 'utf8'))
  } catch (error) {
    throw new Error(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new Error(`${file} is damaged, or was written by a newer version.`)
  return parsed.data
}

export function writePrivate(file: string, value: unknown): Promise<void> {
  return writePrivateText(file, JSON.stringify(value))
}

/** Whole or not at all: written beside, synced, renamed over. Mode 0600 from the first byte on. */
export async function writePrivateText(file: string, text: string): Promise<void> {
  await mkdir(/* turbopackIgnore: true */ path.dirname(file), { recursive: true, mode: 0o700 })
  const beside = `${file}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const handle = await open(/* turbopackIgnore: true */ beside, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(/* turbopackIgnore: true */ beside, /* turbopackIgnore: true */ file)
  } catch (error) {
    await rm(/* turbopackIgnore: true */ beside, { force: true })
    throw error
  }
}
