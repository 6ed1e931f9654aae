/**
 * What an incident has frozen: one JSON document that names every piece by the SHA-256 of its stored bytes. Pieces and manifests are
 * written once and never again; a format that changes gets a new number and an upgrader on read.
 */
import type { Side } from '../model/incident.ts'
import type { RetentionSettings } from '../model/instance.ts'
import type { TraceSummary } from '../model/trace-list.ts'

export const MANIFEST_VERSION = 1

/** `name@version` of what a piece holds once it is inflated; `lib/evidence/pieces.ts` reads and upgrades them. */
export type PieceFormat = 'minutes@1' | 'flame@1' | 'trace-list@1' | 'trace@1'

export interface PieceRef {
  /** SHA-256 of the stored (gzip) bytes, hex: also its file name. */
  readonly sha256: string
  readonly storedBytes: number
  /** After inflating; reading stops beyond it. */
  readonly bytes: number
  readonly format: PieceFormat
}

export interface FrozenMinutes {
  readonly side: Side
  /** `range`: what the incident is about. Baselines: the same minutes an hour, a day, a week before. */
  readonly role: 'range' | 'hour-before' | 'day-before' | 'week-before'
  readonly piece: PieceRef
}

export interface FrozenFlame {
  readonly guildId: string
  readonly fromMs: number
  readonly toMs: number
  readonly action?: string
  readonly scope: 'guild' | 'trace'
  readonly piece: PieceRef
}

export interface FrozenTraceList {
  readonly side: Side
  /** All traces that matched at the time; the list may hold fewer, and says so. */
  readonly total?: number
  readonly piece: PieceRef
}

export type WhyFrozen = 'chosen' | 'slowest' | 'longest-wait' | 'sample' | 'pinned-later'

export interface FrozenTrace {
  readonly traceId: string
  /** The row of the list of traces, so that lists and flame graphs need not open every piece. */
  readonly summary: TraceSummary
  /** All guilds that its spans name; `summary.guildId` is one of them. */
  readonly guilds: readonly string[]
  readonly why: readonly WhyFrozen[]
  readonly spans: number
  /** Adjusted count (1 / head rate); −1 unknown. */
  readonly weight: number
  readonly piece: PieceRef
}

export interface SamplePlan {
  /** `40 of 1,204 traces, drawn at random without replacement (seed …)`, for the reader. */
  readonly words: string
  readonly population: number
  readonly taken: number
}

export interface Missing {
  /** `the minutes of guild 42 a week before` */
  readonly what: string
  /** `they have rotated away (kept 60 min)` */
  readonly reason: string
}

/** What becomes of the values of an attribute key. */
export interface Redaction {
  readonly key: string
  readonly how: 'dropped' | 'hashed'
}

export interface Manifest {
  readonly kind: 'guildscope.evidence'
  readonly v: typeof MANIFEST_VERSION
  readonly frozenAtMs: number
  /** Version of the application that froze it. */
  readonly madeBy: string
  readonly minutes: readonly FrozenMinutes[]
  readonly flames: readonly FrozenFlame[]
  readonly lists: readonly FrozenTraceList[]
  readonly traces: readonly FrozenTrace[]
  readonly sample?: SamplePlan
  /** Health and retention of the sources at the time. */
  readonly sources: readonly { readonly name: string; readonly ok: boolean; readonly facts: readonly string[] }[]
  readonly retention?: RetentionSettings
  readonly missing: readonly Missing[]
  /** Attribute keys that were dropped or hashed before this copy was made. */
  readonly redacted?: readonly Redaction[]
  /** What the reader of a redacted copy should know. */
  readonly redactionNotes?: readonly string[]
}

/** Every piece that a manifest names, each once. */
export function piecesIn({ minutes, flames, lists, traces }: Manifest): readonly PieceRef[] {
  const pieces = [...minutes, ...flames, ...lists, ...traces].map(({ piece }) => piece)
  return [...new Map(pieces.map((piece) => [piece.sha256, piece])).values()]
}
