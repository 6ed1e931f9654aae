import type { Result } from '../base/result.ts'
import type { Manifest } from '../evidence/manifest.ts'
import { parseManifest } from '../evidence/parse-manifest.ts'
import { type EvidenceStore, inflateWithin } from './blobs.ts'

/** A manifest names at most some thousand pieces. */
export const MANIFEST_BYTES_MAX = 32 * 2 ** 20
const WHAT = 'the list of what is frozen'

/** The manifest of this SHA-256, whatever version wrote it. */
export async function readManifest(evidence: EvidenceStore, sha: string): Promise<Result<Manifest>> {
  const stored = await evidence.stored(sha, WHAT)
  return stored.ok ? openManifest(stored.value) : stored
}

/** From its stored (gzip) bytes. */
export async function openManifest(stored: Uint8Array): Promise<Result<Manifest>> {
  const bytes = await inflateWithin(stored, MANIFEST_BYTES_MAX, WHAT)
  if (!bytes.ok) return bytes
  return parseManifest(jsonOf(bytes.value))
}

/** Undefined, which is no manifest, where it is not JSON. */
function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
