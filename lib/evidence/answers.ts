/** What the routes of incidents answer. Plain data, shared by the server that makes it and the pages that show it. */
import type { Author, Incident, IncidentSummary } from '../model/incident.ts'
import type { KeyUse } from './attribute-keys.ts'
import type { Manifest } from './manifest.ts'

/** A part of an incident that cannot be read; the rest is shown. */
export interface Damage {
  /** `The minutes of guild 42`, `Change 17 of the log` */
  readonly what: string
  readonly why: string
}

/** `GET /api/incidents`: newest change first. */
export interface ListAnswer {
  readonly incidents: readonly IncidentSummary[]
  /** Incidents whose log cannot be read; the others are not touched by that. */
  readonly damaged: readonly Damage[]
}

/** `GET /api/incidents/{id}` */
export interface IncidentAnswer {
  readonly incident: Incident
  /** Undefined where its blob is damaged: `damaged` says so, notes and markers can still be read. */
  readonly manifest?: Manifest
  readonly damaged: readonly Damage[]
  /** Under which name this reader writes; `known`: whether anybody vouches for it. */
  readonly you: { readonly kind: 'owner'; readonly author: Author } | { readonly kind: 'guest' }
}

/** `POST /api/incidents/import` */
export interface ImportAnswer {
  readonly incidentId: string
  readonly outcome: 'new' | 'longer' | 'already-here' | 'diverged'
  /** `2 entries added.` */
  readonly words: string
}

/** `GET /api/incidents/{id}/redaction` */
export interface RedactionAnswer {
  /** Proposed ones first, then the most frequent. */
  readonly keys: readonly KeyUse[]
  /** Sentences about pieces that could not be looked into. */
  readonly damaged: readonly string[]
}
