/** Which blobs are still needed. Where that cannot be told (a log or a manifest is damaged), everything is. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { ok, type Result } from '../base/result.ts'
import { manifestsNamed } from './archive-write.ts'
import type { Needed } from './blobs.ts'
import { codeOf } from './durable.ts'
import type { IncidentLogs } from './logs.ts'
import type { ManifestIndex } from './manifest-index.ts'

/** SHA-256s of the redacted manifests that an incident's guest links show instead of its own. */
export type GuestManifests = (incidentId: string) => Promise<Result<readonly string[]>>

export interface Kept {
  readonly logs: IncidentLogs
  readonly index: ManifestIndex
  readonly guests: GuestManifests
}

/** Manifests of one incident: those its log names, and those that its guest links show instead. Undefined: nobody can tell. */
export async function manifestsOf(
  logs: IncidentLogs,
  guests: GuestManifests,
  id: string,
): Promise<readonly string[] | undefined> {
  const state = await logs.state(id)
  if (!state.ok || state.value.damaged.some(({ what }) => what.startsWith('Change'))) return undefined
  const shown = await guests(id)
  return shown.ok ? [...manifestsNamed(state.value.entries), ...shown.value] : undefined
}

/** `links.json` of an incident's folder belongs to the access control; of it only the SHA-256s of redacted manifests matter here. */
export function manifestsInFiles(folder: string): GuestManifests {
  return async (id) => {
    try {
      const text = await readFile(path.join(folder, id, 'links.json'), 'utf8')
      return ok([...text.matchAll(/"manifest"\s*:\s*"([0-9a-f]{64})"/g)].map((match) => match[1]))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return ok([])
      throw error
    }
  }
}

/** The manifests and every piece they name. */
export async function blobsOf(
  index: ManifestIndex,
  manifests: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const needed = new Set<string>()
  for (const sha of manifests) {
    const named = await index.of(sha)
    if (!named.ok) return undefined
    for (const blob of named.value.blobs) needed.add(blob)
  }
  return needed
}

/** Every blob that some incident needs. Undefined: nobody can tell. */
export function neededBy({ logs, index, guests }: Kept): Needed {
  return async () => {
    const all = new Set<string>()
    const ids = await logs.ids()
    for (const id of ids.ok ? ids.value : []) {
      const manifests = await manifestsOf(logs, guests, id)
      const blobs = manifests === undefined ? undefined : await blobsOf(index, manifests)
      if (blobs === undefined) return undefined
      for (const sha of blobs) all.add(sha)
    }
    return ids.ok ? all : undefined
  }
}
