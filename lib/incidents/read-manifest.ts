import { z } from 'zod'
import { fail, ok, type Result } from '../base/result.ts'
import { MANIFEST_VERSION, type Manifest } from '../evidence/manifest.ts'
import { isRecord } from '../evidence/versions.ts'
import { type EvidenceStore, inflateWithin } from './blobs.ts'

/** A manifest names at most some thousand pieces. */
export const MANIFEST_BYTES_MAX = 32 * 2 ** 20
const WHAT = 'the list of what is frozen'

/** The manifest of this SHA-256, whatever version wrote it. */
export async function readManifest(evidence: EvidenceStore, sha: string): Promise<Result<Manifest>> {
  const stored = await evidence.stored(sha, WHAT)
  return stored.ok ? openManifest(stored.value) : stored
}

const manifest = z.custom<Manifest>(
  (value) => isRecord(value) && value.kind === 'guildscope.evidence' && value.v === MANIFEST_VERSION,
)

/** From its stored (gzip) bytes. */
export async function openManifest(stored: Uint8Array): Promise<Result<Manifest>> {
  const bytes = await inflateWithin(stored, MANIFEST_BYTES_MAX, WHAT)
  if (!bytes.ok) return bytes
  const parsed = manifest.safeParse(JSON.parse(new TextDecoder().decode(bytes.value)))
  return parsed.success
    ? ok(parsed.data)
    : fail('unavailable', 'evidence', 'The manifest cannot be read.', 'Import it again.')
}
