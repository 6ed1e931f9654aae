/** Which blobs are still needed. Where that cannot be told (a log or a manifest is damaged), everything is. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { piecesIn } from '../evidence/manifest.ts'
import { manifestsNamed } from './archive-write.ts'
import type { EvidenceStore } from './blobs.ts'
import { codeOf } from './durable.ts'
import type { IncidentLogs } from './logs.ts'
import { readManifest } from './read-manifest.ts'

const HOUR_MS = 3_600_000

/** Manifests of one incident: those its log names, and those that its guest links show instead. Undefined: nobody can tell. */
export async function manifestsOf(logs: IncidentLogs, id: string): Promise<readonly string[] | undefined> {
  const state = await logs.state(id)
  if (!state.ok || state.value.damaged.some(({ what }) => what.startsWith('Change'))) return undefined
  return [...manifestsNamed(state.value.entries), ...(await manifestsOfLinks(logs.folderOf(id)))]
}

/** `links.json` belongs to the access control; of it only the SHA-256s of redacted manifests matter here. */
async function manifestsOfLinks(folder: string): Promise<readonly string[]> {
  try {
    const text = await readFile(path.join(folder, 'links.json'), 'utf8')
    return [...text.matchAll(/"manifest"\s*:\s*"([0-9a-f]{64})"/g)].map((match) => match[1])
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  }
}

/** The manifests and every piece they name. */
export async function blobsOf(
  evidence: EvidenceStore,
  manifests: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const needed = new Set<string>()
  for (const sha of manifests) {
    const manifest = await readManifest(evidence, sha)
    if (!manifest.ok) return undefined
    needed.add(sha)
    for (const piece of piecesIn(manifest.value)) needed.add(piece.sha256)
  }
  return needed
}

/** Every blob that some incident needs. */
async function needed(logs: IncidentLogs, evidence: EvidenceStore): Promise<ReadonlySet<string> | undefined> {
  const all = new Set<string>()
  for (;;) {
    const { generation } = evidence
    for (const id of await logs.ids()) {
      const manifests = await manifestsOf(logs, id)
      const blobs = manifests === undefined ? undefined : await blobsOf(evidence, manifests)
      if (blobs === undefined) return undefined
      for (const sha of blobs) all.add(sha)
    }
    if (generation === evidence.generation) return all
  }
}

/** Removes those of `candidates` that no incident needs any more; returns how many. */
export async function removeUnneeded(
  logs: IncidentLogs,
  evidence: EvidenceStore,
  candidates: ReadonlySet<string>,
): Promise<number> {
  const keep = await needed(logs, evidence)
  if (keep === undefined) return 0
  let removed = 0
  // Without a pause between the look at the logs and this: nothing new can have come to need one.
  for (const sha of candidates) if (!keep.has(sha) && evidence.remove(sha)) removed++
  return removed
}

/** What crashes left behind: blobs older than an hour that nothing names. */
export async function sweepBlobs(logs: IncidentLogs, evidence: EvidenceStore, nowMs: number): Promise<number> {
  const old = new Set<string>()
  for await (const { sha, ageMs } of evidence.all(nowMs, HOUR_MS)) if (ageMs > HOUR_MS) old.add(sha)
  return old.size === 0 ? 0 : removeUnneeded(logs, evidence, old)
}
