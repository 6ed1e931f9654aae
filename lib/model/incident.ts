/**
 * An incident: a log of changes that only grows, and the state that folding it gives. Two people editing at once lose nothing:
 * every change is an entry of its own, and a note edited from an older revision than the newest keeps both texts (see
 * `lib/evidence/incident-log.ts` for the merge rule).
 */

/** Version of an entry's shape; an upgrader per step leads older entries here. */
export const ENTRY_VERSION = 1

export const SEVERITIES = ['critical', 'major', 'minor'] as const
export type Severity = (typeof SEVERITIES)[number]
export const STATUSES = ['open', 'mitigated', 'resolved'] as const
export type IncidentStatus = (typeof STATUSES)[number]

/** A guild and the minutes of it that an incident (or one side of a comparison) is about. */
export interface Side {
  readonly guildId: string
  readonly guildName?: string
  /** Whole minutes, Unix ms; `toMs` is one past the end. */
  readonly fromMs: number
  readonly toMs: number
}

/** The view an incident was made from: a path of this application and its query string. */
export interface ViewLink {
  /** `/guilds/42`, `/compare`, `/traces/…` */
  readonly path: string
  /** `?v=1&…` or ''. */
  readonly search: string
}

/** What a note speaks about. */
export type Pin =
  | { readonly kind: 'incident' }
  | { readonly kind: 'time'; readonly atMs: number }
  | { readonly kind: 'range'; readonly guildId?: string; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'cell'; readonly guildId: string; readonly minuteMs: number; readonly action: string }
  | { readonly kind: 'span'; readonly traceId: string; readonly spanId: string; readonly ordinal: number }

/** Who wrote: a name from the owner token or a trusted proxy; `known` false where nobody was asked. */
export interface Author {
  readonly name: string
  readonly known: boolean
}

export type Change =
  | {
      readonly kind: 'created'
      readonly title: string
      readonly severity: Severity
      readonly sides: readonly Side[]
      readonly view: ViewLink
      /** SHA-256 of the evidence manifest, hex. */
      readonly manifest: string
    }
  | { readonly kind: 'titled'; readonly title: string }
  | { readonly kind: 'severity'; readonly severity: Severity }
  | { readonly kind: 'status'; readonly status: IncidentStatus }
  | { readonly kind: 'note-added'; readonly noteId: string; readonly text: string; readonly pin: Pin }
  /** `base`: the revision the writer had before them. */
  | { readonly kind: 'note-edited'; readonly noteId: string; readonly text: string; readonly base: number }
  | { readonly kind: 'note-removed'; readonly noteId: string; readonly base: number }
  | { readonly kind: 'marker-added'; readonly markerId: string; readonly label: string; readonly atMs: number }
  | { readonly kind: 'marker-removed'; readonly markerId: string }
  /** More was frozen later: the new manifest names everything, old pieces included. */
  | { readonly kind: 'evidence-added'; readonly manifest: string; readonly what: string }

export interface Entry {
  readonly v: typeof ENTRY_VERSION
  /** Made by the writer (UUID): sending the same change twice adds it once. */
  readonly id: string
  /** Place in the log, from 0; given by the server. */
  readonly seq: number
  /** Server's clock, Unix ms. */
  readonly atMs: number
  readonly by: Author
  readonly change: Change
}

export interface NoteVersion {
  readonly revision: number
  readonly text: string
  readonly by: Author
  readonly atMs: number
}

export interface Note {
  readonly noteId: string
  readonly pin: Pin
  /** Newest text. */
  readonly text: string
  /** Counts edits, from 1. */
  readonly revision: number
  /** Who wrote the newest text. */
  readonly by: Author
  readonly createdMs: number
  readonly editedMs?: number
  /** Texts that somebody wrote from an older revision at the same time, still to be merged by a person; never lost. */
  readonly conflicts: readonly NoteVersion[]
  readonly removed: boolean
  /** Somebody removed the note without having seen its newest text: it stayed. Until an edit or a removal from the newest revision. */
  readonly refusedRemoval?: { readonly by: Author; readonly atMs: number }
}

export interface Marker {
  readonly markerId: string
  readonly label: string
  readonly atMs: number
  readonly by: Author
}

/** The fold of a log. */
export interface Incident {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly status: IncidentStatus
  readonly sides: readonly Side[]
  readonly view: ViewLink
  readonly createdMs: number
  readonly createdBy: Author
  readonly changedMs: number
  readonly notes: readonly Note[]
  readonly markers: readonly Marker[]
  /** Newest manifest. */
  readonly manifest: string
  /** Entries folded; the next entry has this `seq`. */
  readonly length: number
}

/** A row of the list of incidents. */
export interface IncidentSummary {
  readonly id: string
  readonly title: string
  readonly severity: Severity
  readonly status: IncidentStatus
  readonly sides: readonly Side[]
  readonly createdMs: number
  readonly createdBy: Author
  readonly changedMs: number
  readonly notes: number
}

export const TITLE_MAX = 200
export const NOTE_MAX = 20_000
export const LABEL_MAX = 120
/** Of names in entries: writers, guilds; and of one action. */
export const NAME_MAX = 256
export const ACTION_MAX = 1024
/** A path and a query string of this application, as long as a stored link's (`lib/incidents/short-links.ts`). */
export const LINK_MAX = 65_536
/** Sides of an incident or a comparison. */
export const SIDES_MAX = 4
