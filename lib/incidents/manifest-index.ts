/** What a manifest names, remembered by its SHA-256: what it says never changes. */
import { ok, type Result } from '../base/result.ts'
import { piecesIn } from '../evidence/manifest.ts'
import type { EvidenceStore } from './blobs.ts'
import { readManifest } from './read-manifest.ts'

const REMEMBERED = 500

export interface Named {
  /** SHA-256s, that of the manifest included. */
  readonly blobs: readonly string[]
  readonly traceIds: ReadonlySet<string>
}

export class ManifestIndex {
  readonly #evidence: EvidenceStore
  readonly #known = new Map<string, Named>()

  constructor(evidence: EvidenceStore) {
    this.#evidence = evidence
  }

  async of(sha: string): Promise<Result<Named>> {
    const known = this.#known.get(sha)
    if (known !== undefined) return ok(known)
    const manifest = await readManifest(this.#evidence, sha)
    if (!manifest.ok) return manifest
    const blobs = [sha, ...piecesIn(manifest.value).map((piece) => piece.sha256)]
    const named = { blobs, traceIds: new Set(manifest.value.traces.map((trace) => trace.traceId)) }
    this.#known.set(sha, named)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break
      this.#known.delete(oldest)
    }
    return ok(named)
  }
}
