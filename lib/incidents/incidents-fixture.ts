import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Author, Change } from '../model/incident.ts'

export const ANN: Author = { name: 'Ann', known: true }
export const BO: Author = { name: 'Bo', known: true }

export const CREATED: Change = {
  kind: 'created',
  title: 'Reactions flood Pixel Arena',
  severity: 'major',
  sides: [{ guildId: '42', guildName: 'Pixel Arena', fromMs: 60_000, toMs: 120_000 }],
  view: { path: '/guilds/42', search: '?v=1' },
  manifest: 'ab'.repeat(32),
}

export function temporaryFolder(): { readonly folder: string; dispose(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'guildscope-incidents-'))
  return { folder, dispose: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Relative path → SHA-256 of each file below a folder: equal before and after means nothing was rewritten. */
export function hashesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const hashes = files.map((entry) => {
    const file = join(entry.parentPath, entry.name)
    return [file.slice(folder.length + 1), createHash('sha256').update(readFileSync(file)).digest('hex')]
  })
  return Object.fromEntries(hashes.sort())
}

/** A disk that is full after so many bytes. */
export function fullAfter(bytes: number, code = 'ENOSPC') {
  let left = bytes
  return {
    async write(file: import('node:fs/promises').FileHandle, data: Uint8Array, at: number) {
      if (data.byteLength > left) {
        await file.write(data, 0, left, at)
        throw Object.assign(new Error(`${code}: no space left on device, write`), { code })
      }
      left -= data.byteLength
      await file.write(data, 0, data.byteLength, at)
    },
  }
}
