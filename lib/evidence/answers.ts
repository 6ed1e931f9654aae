/** What the routes of incidents answer. Plain data, shared by the server that makes it and the pages that show it. */
import type { Author, Incident, IncidentSummary } from '../model/incident.ts'
import type { KeyUse } from './attribute-keys.ts'
import type { FrozenMinutes, Manifest } from './manifest.ts'

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

/** What a page says of a manifest: not the hundreds of pieces, which only their reader needs. */
export interface EvidenceFacts extends Pick<Manifest, 'frozenAtMs' | 'missing' | 'sample' | 'redacted'> {
  readonly minutes: readonly Pick<FrozenMinutes, 'side' | 'role'>[]
  /** How many traces are frozen with their spans. */
  readonly traces: number
}

export function evidenceFacts({ frozenAtMs, missing, sample, redacted, minutes, traces }: Manifest): EvidenceFacts {
  return {
    frozenAtMs,
    missing,
    ...(sample === undefined ? {} : { sample }),
    ...(redacted === undefined ? {} : { redacted }),
    minutes: minutes.map(({ side, role }) => ({ side, role })),
    traces: traces.length,
  }
}

/** `GET /api/incidents/{id}` */
export interface IncidentAnswer {
  readonly incident: Incident
  /** Undefined where the manifest's blob is damaged: `damaged` says so, notes and markers can still be read. */
  readonly evidence?: EvidenceFacts
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
