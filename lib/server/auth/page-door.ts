/** Which pages open to whom. Runs in the proxy, which is a bundle of its own: types only, no store. */
import type { Identity } from '../access.ts'
import type { Instance } from '../instance.ts'

export type Door =
  | { readonly open: true }
  /** What the sign-in page says. */
  | { readonly open: false; readonly why: 'signed-out' | 'guest' | 'host' }

/** They hold nothing themselves: what `/g/…` and `/embed/…` show they ask the API for, with the secret of their fragment. */
const OPEN_PAGES = /^\/(?:g|embed)\/|^\/sign-in$/
const INCIDENT_PAGE = /^\/incidents\/([^/]+)(?:\/|$)/

/** The incident a page is about, undecodable ids as they stand. */
export function incidentOfPage(pathname: string): string | undefined {
  const id = INCIDENT_PAGE.exec(pathname)?.[1]
  if (id === undefined) return undefined
  try {
    return decodeURIComponent(id)
  } catch {
    // Not an encoding: no incident has such an id.
    return id
  }
}

/** Closed where nothing is known (no instance runs): that answers nothing. */
export async function doorOf(
  pathname: string,
  headers: Headers,
  instance: Pick<Instance, 'access'> | undefined,
): Promise<Door> {
  if (instance === undefined) return { open: false, why: 'signed-out' }
  const incidentId = incidentOfPage(pathname)
  const identity: Identity = await instance.access.identify(headers, incidentId)
  if (identity.kind === 'owner') return { open: true }
  if (identity.kind === 'nobody' && identity.why === 'host') return { open: false, why: 'host' }
  if (identity.kind === 'guest' || OPEN_PAGES.test(pathname)) return { open: true }
  return { open: false, why: (await instance.access.guestOf(headers)).length > 0 ? 'guest' : 'signed-out' }
}
