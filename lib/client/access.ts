/** The browser's calls about who may see what. Each throws `ApiFailure`, as those of `api.ts` do. */
import type { GuestLink, NewGuestLink, RedactionOfLink, SessionAnswer } from '../model/guest-link.ts'
import { json, send } from './api.ts'

export function fetchSession(signal?: AbortSignal): Promise<SessionAnswer> {
  return json('/api/session', {}, signal)
}

export function signIn(token: string, name: string): Promise<{ readonly expiresMs: number }> {
  return send('POST', '/api/session', { token, name })
}

export function signOut(): Promise<unknown> {
  return send('DELETE', '/api/session', undefined)
}

/** Exchanges a guest link's secret; the cookie comes with the answer. `cookie` false: only checked, and counted. */
export function enterAsGuest(
  linkId: string,
  secret: string,
  cookie = true,
): Promise<{ readonly incidentId: string; readonly expiresMs: number }> {
  return send('POST', '/api/guest', { linkId, secret, cookie })
}

function linksPath(incidentId: string): string {
  return `/api/incidents/${encodeURIComponent(incidentId)}/links`
}

export function fetchGuestLinks(incidentId: string, signal?: AbortSignal): Promise<readonly GuestLink[]> {
  return json(linksPath(incidentId), {}, signal)
}

export function makeGuestLink(
  incidentId: string,
  wish: {
    readonly expiresHours: number
    readonly note: string
    /** Makes a copy first, which takes as long as the evidence is large. */
    readonly redact?: readonly RedactionOfLink[]
  },
): Promise<NewGuestLink> {
  return send('POST', linksPath(incidentId), wish)
}

export function revokeGuestLink(incidentId: string, linkId: string): Promise<GuestLink> {
  return send('DELETE', `${linksPath(incidentId)}/${encodeURIComponent(linkId)}`, undefined)
}
