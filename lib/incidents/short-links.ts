/** View states too long for a link, named by a hash of what they say: the same state has the same address. */
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

/** Where the texts of short links lie, by their hash. Throws what a disk says. */
export interface LinkStorage {
  has(hash: string): Promise<Result<boolean>>
  count(): Promise<Result<number>>
  write(hash: string, text: string): Promise<Result<undefined>>
  /** Undefined: there is none. */
  read(hash: string): Promise<Result<string | undefined>>
}

export class ShortLinks {
  readonly #storage: LinkStorage

  constructor(storage: LinkStorage) {
    this.#storage = storage
  }

  /** The hash under which the link is found from now on. */
  async store(link: ViewLink): Promise<Result<string>> {
    const text = JSON.stringify({ v: 1, path: link.path, search: link.search })
    const hash = createHash('sha256').update(text).digest('base64url').slice(0, 16)
    try {
      const here = await this.#storage.has(hash)
      if (!here.ok || here.value) return here.ok ? ok(hash) : here
      const count = await this.#storage.count()
      if (!count.ok) return count
      if (count.value >= LINKS_MAX)
        return fail(
          'too-large',
          'incidents',
          `This instance holds ${formatExact(LINKS_MAX)} short links, as many as it takes.`,
          'Share the long link, or remove old ones: files in incidents/short of the data folder, or records of the kind short-link in ClickHouse.',
        )
      const written = await this.#storage.write(hash, text)
      return written.ok ? ok(hash) : written
    } catch (error) {
      return diskFailure(error, 'The short link was not made')
    }
  }

  async read(hash: string): Promise<Result<ViewLink>> {
    if (!LINK_HASH.test(hash)) return unknown()
    const text = await this.#storage.read(hash)
    if (!text.ok) return text
    if (text.value === undefined) return unknown()
    const link = parse(text.value)
    return link === undefined
      ? fail('unavailable', 'incidents', 'This short link is damaged.', 'Ask whoever sent it for a new one.')
      : ok(link)
  }
}

/** One file each. */
export class LinkFiles implements LinkStorage {
  readonly #folder: string
  readonly #disk: Disk
  #count: number | undefined

  constructor(folder: string, disk: Disk = REAL_DISK) {
    this.#folder = folder
    this.#disk = disk
  }

  async has(hash: string): Promise<Result<boolean>> {
    return ok(existsSync(this.#fileOf(hash)))
  }

  async count(): Promise<Result<number>> {
    mkdirSync(this.#folder, { recursive: true })
    this.#count ??= (await readdir(this.#folder)).length
    return ok(this.#count)
  }

  async write(hash: string, text: string): Promise<Result<undefined>> {
    mkdirSync(this.#folder, { recursive: true })
    await writeWhole(this.#fileOf(hash), Buffer.from(text), this.#disk)
    await syncFolder(this.#folder)
    if (this.#count !== undefined) this.#count++
    return ok(undefined)
  }

  async read(hash: string): Promise<Result<string | undefined>> {
    try {
      return ok(await readFile(this.#fileOf(hash), 'utf8'))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ok(undefined)
      throw error
    }
  }

  #fileOf(hash: string): string {
    return path.join(this.#folder, `${hash}.json`)
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
