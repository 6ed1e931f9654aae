/** The exact address of what is on the screen. */
import { type Zone, zoneName } from '@/lib/base/format.ts'
import { storeLink } from '@/lib/client/incidents.ts'
import type { ViewLink } from '@/lib/model/incident.ts'

/** Chats, mail programs and trackers cut or refuse longer addresses. */
export const SHARED_MAX = 2_000

/** The view as a link keeps it: absolute, and in the zone in which it is read. */
export function viewLink(path: string, search: string, zone: Zone, absolute?: (search: string) => string): ViewLink {
  const params = new URLSearchParams(absolute === undefined ? search : absolute(search))
  params.set('tz', zoneName(zone))
  return { path, search: `?${params}` }
}

export interface Address {
  readonly href: string
  /** The view did not fit into an address; it is stored on the server under its content hash. */
  readonly stored: boolean
}

/** The link itself, or a short one to the stored view where it is too long. Throws `ApiFailure`. */
export async function addressOf(view: ViewLink, origin: string): Promise<Address> {
  const href = `${origin}${view.path}${view.search}`
  if (href.length < SHARED_MAX) return { href, stored: false }
  const { hash } = await storeLink(view)
  return { href: `${origin}/s/${hash}`, stored: true }
}

/** `[Pixel Arena, 21:00–22:00 UTC](https://…)`; what would end the text or the address is escaped. */
export function markdownLink(words: string, href: string): string {
  const text = words.replace(/\s+/g, ' ').replace(/[\\[\]<>`*_]/g, '\\$&')
  return `[${text}](${href.replace(/[()\s<>]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)})`
}
