/**
 * Who asks. Routes are closed unless they say otherwise: `owner` (the default) is whoever may use this instance, `incident` also
 * lets a guest in whose link is for that very incident (reading only), `anyone` is open.
 */
import type { Author } from '../model/incident.ts'

export type Identity =
  | { readonly kind: 'owner'; readonly author: Author }
  | { readonly kind: 'guest'; readonly incidentId: string; readonly linkId: string }
  | { readonly kind: 'nobody' }

export type Access = 'owner' | 'incident' | 'anyone'

export interface AccessControl {
  /** From the cookie, the `Authorization` header or a trusted proxy's header; never from the URL. */
  identify(headers: Headers): Promise<Identity>
}

/** Nobody is asked who they are: an instance that listens on loopback only. */
export const OPEN_ACCESS: AccessControl = {
  identify: async () => ({ kind: 'owner', author: { name: 'someone at this machine', known: false } }),
}
