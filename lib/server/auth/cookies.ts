/**
 * Session cookies. Browsers keep cookies by host, not by port, so the names carry the port: two instances on one machine do not
 * sign each other out. A guest has one cookie per incident; the link opened last is the one in force.
 */

export interface CookieNames {
  readonly owner: string
  guest(incidentId: string): string
  /** Incidents a request brings guest cookies for. */
  guestsOf(headers: Headers): readonly string[]
}

export function cookieNames(port: number): CookieNames {
  const owner = `guildscope-${port}`
  const guest = (incidentId: string) => `${owner}-guest-${incidentId}`
  return {
    owner,
    guest,
    guestsOf: (headers) =>
      [...cookies(headers).keys()]
        .filter((name) => name.startsWith(guest('')))
        .map((name) => name.slice(guest('').length)),
  }
}

/** The first of a repeated name counts, as everywhere. */
export function cookies(headers: Headers): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of (headers.get('cookie') ?? '').split(';')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    const name = pair.slice(0, at).trim()
    if (!found.has(name)) found.set(name, pair.slice(at + 1).trim())
  }
  return found
}

/** `value` '': takes it away. */
export function setCookie(name: string, value: string, maxAgeSeconds: number, secure: boolean): string {
  return [
    `${name}=${value}`,
    'Path=/',
    `Max-Age=${value === '' ? 0 : Math.max(0, Math.floor(maxAgeSeconds))}`,
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ].join('; ')
}

/** Whether the browser talks to us over https, maybe with a proxy between: it says so in the Origin of whatever it posts. */
export function isHttps(headers: Headers, publicUrl: string | undefined): boolean {
  if ((headers.get('origin') ?? '').startsWith('https://')) return true
  return publicUrl?.startsWith('https://') === true && new URL(publicUrl).host === headers.get('host')
}
