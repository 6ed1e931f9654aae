/** What an export of an incident holds, and how its pieces are read; the same for every format. */
import { fail, ok, type Result } from '../base/result.ts'
import type { Damage } from '../evidence/answers.ts'
import { foldLog } from '../evidence/incident-log.ts'
import type { Manifest, PieceRef } from '../evidence/manifest.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import type { EvidenceReader } from '../evidence/reader.ts'
import type { Incident } from '../model/incident.ts'
import { type ArchiveContent, manifestsNamed } from './archive-write.ts'
import type { EvidenceStore } from './blobs.ts'
import type { IncidentLogs } from './logs.ts'
import { openManifest } from './read-manifest.ts'
import type { RedactedParts } from './redacted-copy.ts'

export interface ExportContent extends ArchiveContent {
  readonly incident: Incident
  /** The newest. */
  readonly manifest: Manifest
  readonly damaged: readonly Damage[]
  /** Stored (gzip) bytes, verified; undefined where the piece is damaged. */
  readonly pieceBytes: (piece: PieceRef) => Promise<Uint8Array<ArrayBuffer> | undefined>
  readonly reader: EvidenceReader
}

/** `copy`: a redacted one, where that is what goes out instead of the incident's own evidence and log. */
export async function exportContent(
  logs: IncidentLogs,
  evidence: EvidenceStore,
  incidentId: string,
  copy?: RedactedParts,
): Promise<Result<ExportContent>> {
  const state = await logs.state(incidentId)
  if (!state.ok) return state
  const entries = copy?.entries ?? state.value.entries
  const incident = foldLog(incidentId, entries)
  if (!incident.ok) return incident
  const manifests = new Map<string, { readonly stored: Uint8Array; readonly manifest: Manifest }>()
  for (const sha of manifestsNamed(entries)) {
    const stored = await evidence.stored(sha, 'the list of what is frozen')
    const manifest = stored.ok ? await openManifest(stored.value) : stored
    if (stored.ok && manifest.ok) manifests.set(sha, { stored: stored.value, manifest: manifest.value })
  }
  const newest = manifests.get(incident.value.manifest)
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
    incident: incident.value,
    entries,
    manifests,
    manifest: newest.manifest,
    damaged: state.value.damaged,
    pieceBytes,
    reader: openEvidence(newest.manifest, (piece) => evidence.piece(piece)),
  })
}
