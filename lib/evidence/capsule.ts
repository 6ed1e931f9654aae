/**
 * What an exported file holds beside its pieces, and how both stand in the page:
 *
 *   <script type="application/json" id="guildscope-incident">{…CapsuleContent…}</script>
 *   <script type="application/gzip+base64" id="piece-<sha256>">H4sI…</script>          one per piece
 */

import type { Author, Entry } from '../model/incident.ts'
import type { Manifest } from './manifest.ts'

export const CAPSULE_VERSION = 1
export const CONTENT_ID = 'guildscope-incident'
export const PIECE_TYPE = 'application/gzip+base64'

export const pieceElementId = (sha256: string): string => `piece-${sha256}`

export interface CapsuleContent {
  readonly v: typeof CAPSULE_VERSION
  readonly incidentId: string
  readonly entries: readonly Entry[]
  readonly manifest: Manifest
  readonly exportedAtMs: number
  readonly exportedBy: Author
  /** Version of the application that wrote the file. */
  readonly madeBy: string
}
