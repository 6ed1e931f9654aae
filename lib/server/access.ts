/**
 * Who asks. Routes are closed unless they say otherwise: `owner` (the default) is whoever may use this instance, `incident` also
 * lets a guest in whose link is for that very incident (reading only), `anyone` is open. How each is recognised: `lib/server/auth`.
 */
import type { Failure, Result } from '../base/result.ts'
import type { Author } from '../model/incident.ts'
import type { GuestLinks } from './auth/guest-links.ts'

export type Identity =
  | { readonly kind: 'owner'; readonly author: Author }
  | { readonly kind: 'guest'; readonly incidentId: string; readonly linkId: string }
  /** `host`: the request names a host this instance does not answer to, as a site would that points its own name here. */
  | { readonly kind: 'nobody'; readonly why: 'signed-out' | 'host' }
  /** Where sessions are kept elsewhere, and that does not answer. */
  | { readonly kind: 'nobody'; readonly why: 'away'; readonly failure: Failure }

export type Access = 'owner' | 'incident' | 'anyone'

/** A cookie's value, to be handed over once; at rest there is only its hash. */
export interface NewSession {
  readonly setCookie: string
  readonly expiresMs: number
}

export interface GuestEntered {
  readonly incidentId: string
  readonly expiresMs: number
  readonly setCookie: string | undefined
}

export interface AccessControl {
  readonly mode: 'token' | 'proxy' | 'off'
  /**
   * From the cookie, the `Authorization` header or a trusted proxy's header; never from the URL. A browser can be the guest of
   * several incidents: `incidentId` says which one is asked for.
   */
  identify(headers: Headers, incidentId?: string): Promise<Identity>
  /** Incidents whose guest the request's browser is. */
  guestOf(headers: Headers): Promise<readonly string[]>
  /** `token` mode: the owner token for a session cookie. Wrong ones are counted and soon not even looked at. */
  signIn(token: string, name: string, headers: Headers): Promise<Result<NewSession>>
  /** Ends the session of the request's cookie; gives the header that takes the cookie away. */
  signOut(headers: Headers): Promise<Result<string>>
  readonly guests: GuestLinks
  /** A guest link's secret for a cookie that opens that incident alone; without `cookie` it is only checked. Counts as an opening. */
  enterAsGuest(linkId: string, secret: string, cookie: boolean, headers: Headers): Promise<Result<GuestEntered>>
  /** Value of `PEER_HEADER` for a request whose TCP peer has this address. Only this process can make it. */
  stampPeer(address: string): string
  close(): Promise<void>
}

/** Private to this process: the web server writes it over whatever a client sent. */
export const PEER_HEADER = 'x-guildscope-peer'
