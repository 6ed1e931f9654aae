/** Previews of incidents for links and pictures, by whoever asks: a redacted link's guests see the redacted evidence here, too. */
import { ok } from '../base/result.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import type { Incidents } from '../incidents/incidents.ts'
import { type PictureSource, Pictures } from '../incidents/picture/pictures.ts'
import { readManifest } from '../incidents/read-manifest.ts'
import type { RedactedView } from './auth/guest-links.ts'
import { stateOf } from './redacted-log.ts'

export interface Previews {
  readonly pictures: Pictures
  /** `view`: what a redacted link shows instead. */
  source(view: RedactedView | undefined): PictureSource
}

export function createPreviews(incidents: Pick<Incidents, 'state' | 'evidence'>): Previews {
  return {
    pictures: new Pictures(),
    source: (view) => ({
      async incident(id) {
        const state = await stateOf(incidents, id, view)
        return state.ok ? ok(state.value.incident) : state
      },
      async reader(_id, sha) {
        const manifest = await readManifest(incidents.evidence, sha)
        if (!manifest.ok) return manifest
        return ok(openEvidence(manifest.value, (piece) => incidents.evidence.piece(piece)))
      },
    }),
  }
}
