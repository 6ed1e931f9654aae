import type { TraceSummary } from '../model/trace-list.ts'
import type { PieceRef } from './manifest.ts'

/** A trace, ready to be kept: write `stored` under `piece.sha256`. */
export interface TraceEvidence {
  readonly piece: PieceRef
  /** Gzip of the `trace@1` bytes. */
  readonly stored: Uint8Array<ArrayBuffer>
  readonly summary: TraceSummary
  /** All guilds that its spans name, most frequent first. */
  readonly guilds: readonly string[]
}
