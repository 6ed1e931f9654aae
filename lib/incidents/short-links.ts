/** View states too long for a link, one file each, named by a hash of what it says: the same state has the same address. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { formatBytes, formatExact } from '../base/format.ts'
import { fail, ok, type Result } from '../base/result.ts'
import type { ViewLink } from '../model/incident.ts'
import { codeOf, type Disk, diskFailure, REAL_DISK, syncFolder, writeWhole } from './durable.ts'

export const LINK_BYTES_MAX = 65_536
export const LINKS_MAX = 50_000
/** 96 bits. */
export const LINK_HASH = /^[A-Za-z0-9_-]{16}$/

/** Pages of this application that show a view. */
const PATH = /^\/(?:$|(?:guilds|traces|incidents)\/[^/?#]|compare$)/

export const shortLinkSchema = z
  .object({
    path: z
      .string()
      .max(LINK_BYTES_MAX)
      .regex(PATH, 'must be a view of this application')
      // What a browser would resolve to another site or place.
      .refine((text) => !/[\\\u0000-\u001f?#]|\/\/|(?:^|\/)\.{1,2}(?:\/|$)/.test(text), 'must be a plain path'),
    search: z
      .string()
      .max(LINK_BYTES_MAX)
      .regex(/^(?:$|\?[^#\u0000-\u001f]*$)/, 'must be empty or begin with "?"'),
  })
  .refine((link) => link.path.length + link.search.length <= LINK_BYTES_MAX, {
    error: `must have at most ${formatBytes(LINK_BYTES_MAX)}`,
  })

export class ShortLinks {
  readonly #folder: string
  readonly #disk: Disk
  #count: number | undefined

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
  }

  /** The hash under which the link is found from now on. */
  async store(link: ViewLink): Promise<Result<string>> {
    const text = JSON.stringify({ v: 1, path: link.path, search: link.search })
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 16)
    const file = path.join(this.#folder, `${hash}.json`)
    try {
      if (existsSync(file)) return ok(hash)
      mkdirSync(this.#folder, { recursive: true })
      this.#count ??= (await readdir(this.#folder)).length
      if (this.#count >= LINKS_MAX)
        return fail(
          'too-large',
          'incidents',
          `This instance holds ${formatExact(LINKS_MAX)} short links, as many as it takes.`,
          'Share the long link, or remove old files from incidents/short in the data folder.',
        )
      await writeWhole(file, Buffer.from(text), this.#disk)
      await syncFolder(this.#folder)
      this.#count++
      return ok(hash)
    } catch (error) {
      return diskFailure(error, 'The short link was not made')
    }
  }

  async read(hash: string): Promise<Result<ViewLink>> {
    if (!LINK_HASH.test(hash)) return unknown()
    let text: string
    try {
      text = await readFile(path.join(this.#folder, `${hash}.json`), 'utf8')
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return unknown()
      throw error
    }
    const link = parse(text)
    return link === undefined
      ? fail('unavailable', 'incidents', 'This short link is damaged.', 'Ask whoever sent it for a new one.')
      : ok(link)
  }
}

function parse(text: string): ViewLink | undefined {
  try {
    return shortLinkSchema.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

function unknown<T>(): Result<T> {
  return fail(
    'not-found',
    'incidents',
    'There is no such short link on this instance.',
    'Check that it was copied whole, and that it leads to the instance it was made on.',
  )
}
