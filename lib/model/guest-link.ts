/** Guest links as owners see them: everything but the secret. */
import type { Author } from './incident.ts'

export interface RedactionOfLink {
  readonly key: string
  readonly how: 'dropped' | 'hashed'
}

export interface GuestLink {
  readonly linkId: string
  readonly incidentId: string
  readonly note: string
  readonly createdMs: number
  readonly createdBy: Author
  readonly expiresMs: number
  readonly revokedMs?: number
  readonly opens: number
  readonly lastOpenedMs?: number
  /** What its guests do not get; empty: they see the evidence as it is. */
  readonly redacted: readonly RedactionOfLink[]
}

/** The answer to making one: the secret is in `path`, this once. */
export interface NewGuestLink {
  readonly link: GuestLink
  /** `/g/{link}#{secret}` */
  readonly path: string
  /** The same with the configured public address, where there is one. */
  readonly url?: string
}

/** Who am I, and what may I here. */
export interface SessionAnswer {
  /** How owners are known here; `off`: nobody is asked. */
  readonly mode: 'token' | 'proxy' | 'off'
  readonly you:
    | { readonly kind: 'owner'; readonly author: Author }
    | { readonly kind: 'guest'; readonly incidentIds: readonly string[] }
    | { readonly kind: 'nobody' }
  readonly may: {
    readonly read: boolean
    readonly write: boolean
    /** Make guest links; where not, `whyNot` is the sentence. */
    readonly guestLinks: boolean
    readonly whyNoGuestLinks?: string
  }
  /** Origins that may frame the embeds; told to owners only. */
  readonly embedHosts?: readonly string[]
  readonly publicUrl?: string
}

export const LINK_NOTE_MAX = 200
export const LINK_HOURS_MAX = 24 * 90
