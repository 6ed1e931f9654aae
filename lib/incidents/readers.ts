import type { Result } from '../base/result.ts'
import { ok } from '../base/result.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { EvidenceStore } from './blobs.ts'
import { pieceNames } from './damage.ts'
import { readManifest } from './read-manifest.ts'

/** Readers that stay open; each may hold opened traces up to `READER_BYTES`. */
const READERS_MAX = 6
const READER_BYTES = 64 * 2 ** 20

/** Open evidence by its manifest: what never changes is opened once. */
export class Readers {
  readonly #evidence: EvidenceStore
  readonly #open = new Map<string, Promise<Result<EvidenceReader>>>()

  constructor(evidence: EvidenceStore) {
    this.#evidence = evidence
  }

  of(manifestSha: string): Promise<Result<EvidenceReader>> {
    const known = this.#open.get(manifestSha)
    this.#open.delete(manifestSha)
    const opening = known ?? this.#begin(manifestSha)
    // Most recently used last.
    this.#open.set(manifestSha, opening)
    for (const oldest of this.#open.keys()) {
      if (this.#open.size <= READERS_MAX) break
      this.#open.delete(oldest)
    }
    return opening
  }

  async #begin(manifestSha: string): Promise<Result<EvidenceReader>> {
    const manifest = await readManifest(this.#evidence, manifestSha)
    if (!manifest.ok) {
      this.#open.delete(manifestSha)
      return manifest
    }
    const names = pieceNames(manifest.value)
    const pieces = (piece: Parameters<EvidenceStore['piece']>[0]) =>
      this.#evidence.piece(piece, names.get(piece.sha256))
    return ok(openEvidence(manifest.value, pieces, READER_BYTES))
  }
}
