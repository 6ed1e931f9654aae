/** What an export of an incident holds, and how its pieces are read; the same for every format. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Damage } from '../evidence/answers.ts'
import type { Manifest, PieceRef } from '../evidence/manifest.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { Entry, Incident } from '../model/incident.ts'
import { type ArchiveContent, manifestsNamed } from './archive-write.ts'
import type { EvidenceStore } from './blobs.ts'
import type { IncidentLogs } from './logs.ts'
import { openManifest } from './read-manifest.ts'

export interface ExportContent extends ArchiveContent {
  readonly incident: Incident
  /** The newest. */
  readonly manifest: Manifest
  readonly damaged: readonly Damage[]
  /** Stored (gzip) bytes, verified; undefined where the piece is damaged. */
  readonly pieceBytes: (piece: PieceRef) => Promise<Uint8Array<ArrayBuffer> | undefined>
  readonly reader: EvidenceReader
}

/** `manifestSha`: of a redacted copy, where that is what goes out; then it stands in the log instead of all others. */
export async function exportContent(
  logs: IncidentLogs,
  evidence: EvidenceStore,
  incidentId: string,
  manifestSha?: string,
): Promise<Result<ExportContent>> {
  const state = await logs.state(incidentId)
  if (!state.ok) return state
  const entries = manifestSha === undefined ? state.value.entries : withManifest(state.value.entries, manifestSha)
  const manifests = new Map<string, { readonly stored: Uint8Array; readonly manifest: Manifest }>()
  for (const sha of manifestsNamed(entries)) {
    const stored = await evidence.stored(sha, 'the list of what is frozen')
    const manifest = stored.ok ? await openManifest(stored.value) : stored
    if (stored.ok && manifest.ok) manifests.set(sha, { stored: stored.value, manifest: manifest.value })
  }
  const newest = manifests.get(manifestSha ?? state.value.incident.manifest)
  if (newest === undefined)
    return fail(
      'unavailable',
      'evidence',
      'The list of what is frozen cannot be read any more, so there is nothing to export.',
      'An archive of the incident from another time can be imported.',
    )
  const pieceBytes = async (piece: PieceRef) => {
    const stored = await evidence.stored(piece.sha256, 'a piece')
    return stored.ok ? stored.value : undefined
  }
  return ok({
    incidentId,
    incident: { ...state.value.incident, manifest: manifestSha ?? state.value.incident.manifest },
    entries,
    manifests,
    manifest: newest.manifest,
    damaged: state.value.damaged,
    pieceBytes,
    reader: openEvidence(newest.manifest, (piece) => evidence.piece(piece)),
  })
}

/** The log as if what goes out had been frozen at once. */
function withManifest(entries: readonly Entry[], manifest: string): readonly Entry[] {
  return entries
    .filter(({ change }) => change.kind !== 'evidence-added')
    .map((entry, seq) => {
      const { change } = entry
      return { ...entry, seq, change: change.kind === 'created' ? { ...change, manifest } : change }
    })
}
