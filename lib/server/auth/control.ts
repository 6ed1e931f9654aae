/** Puts recognition together: owner token and sessions, a trusted proxy's header, guest links. */
import path from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'
import { effectiveMode } from '../../config/access-fields.ts'
import type { Config } from '../../config/config.ts'
import type { AccessControl, Identity, NewSession } from '../access.ts'
import { cookieNames, cookies, isHttps, setCookie } from './cookies.ts'
import { openGuestLinks } from './guest-links.ts'
import { answersTo } from './hosts.ts'
import { type OwnerToken, ownerToken } from './owner-token.ts'
import { createPeers } from './peer.ts'
import { openSessions } from './sessions.ts'
import { createThrottle } from './throttle.ts'

const DAY_MS = 86_400_000
export const OWNER_SESSION_MS = 30 * DAY_MS
export const NAME_MAX = 80

export type AccessConfig = Pick<Config, 'host' | 'port' | 'publicUrl' | 'auth' | 'guestLinks'>

export interface AccessStarted {
  readonly access: AccessControl
  /** A token made at this start, to be shown once. */
  readonly madeToken: string | undefined
}

const NOBODY = { kind: 'nobody', why: 'signed-out' } as const
const AT_THIS_MACHINE = { kind: 'owner', author: { name: 'someone at this machine', known: false } } as const

/** `dataDir`: whole path. `renewToken`: the old token and everybody's session end. A damaged file is a sentence. */
export async function createAccess(
  config: AccessConfig,
  dataDir: string,
  renewToken: boolean,
): Promise<Result<AccessStarted>> {
  const mode = effectiveMode(config)
  const accessDir = path.join(dataDir, 'access')
  let token: OwnerToken | undefined
  try {
    token = mode === 'token' ? await ownerToken(accessDir, renewToken) : undefined
  } catch (error) {
    return fail(
      'unavailable',
      'access',
      error instanceof Error ? error.message : String(error),
      'Restore the file, or start once with --new-token: that makes a new owner token.',
    )
  }
  const sessions = openSessions(accessDir)
  if (token?.made !== undefined) await sessions.endAll((who) => who.kind === 'owner')
  const peers = createPeers(config.auth.trustedProxies)
  const names = cookieNames(config.port)
  const throttle = createThrottle()
  const guests = openGuestLinks(path.join(dataDir, 'incidents'), config.guestLinks, mode !== 'off')

  /**
   * Runs a guess, unless this place has guessed wrong too often lately. The right secret of a link that has ended is no guess, and
   * guesses at links must not keep an owner out.
   */
  const guess = <T>(headers: Headers, at: 'token' | 'link', attempt: () => Result<T>): Result<T> => {
    const place = `${at} ${peers.placeOf(headers)}`
    const wait = throttle.waitSeconds(place)
    if (wait > 0) return fail('busy', 'access', 'Too many wrong attempts from your address.', `Wait ${wait} s.`)
    const result = attempt()
    if (!result.ok && (at === 'token' || result.failure.kind === 'not-found')) throttle.wrong(place)
    return result
  }

  const ownerOf = (headers: Headers): Identity | undefined => {
    if (mode === 'off')
      return answersTo(headers.get('host'), config) ? AT_THIS_MACHINE : { kind: 'nobody', why: 'host' }
    if (mode === 'proxy') {
      if (!peers.isTrusted(peers.addressOf(headers))) return undefined
      const name = personName(utf8(headers.get(config.auth.proxyUserHeader ?? '') ?? ''))
      return name === undefined ? undefined : { kind: 'owner', author: { name, known: true } }
    }
    const session = sessions.find(cookies(headers).get(names.owner) ?? '')
    if (session?.kind === 'owner') return { kind: 'owner', author: { name: session.name, known: true } }
    const bearer = /^Bearer +(\S{1,200})$/i.exec(headers.get('authorization') ?? '')
    if (bearer === null) return undefined
    const right = guess(headers, 'token', () => (token?.isToken(bearer[1]) === true ? ok(true) : wrongToken()))
    return right.ok ? { kind: 'owner', author: { name: 'a script with the owner token', known: true } } : undefined
  }

  const guestOf = (headers: Headers, incidentId: string): Identity | undefined => {
    const session = sessions.find(cookies(headers).get(names.guest(incidentId)) ?? '')
    if (session?.kind === 'guest' && session.incidentId === incidentId && guests.isOpen(incidentId, session.linkId))
      return { kind: 'guest', incidentId, linkId: session.linkId }
    // Within another site's frame there are no cookies: the page has the secret from its own fragment and sends it along.
    const framed = /^Guest +([\w-]{1,100})\.([\w-]{1,100})$/.exec(headers.get('authorization') ?? '')
    if (framed === null) return undefined
    const checked = guess(headers, 'link', () => guests.check(framed[1], framed[2]))
    return checked.ok && checked.value.incidentId === incidentId
      ? { kind: 'guest', incidentId, linkId: checked.value.linkId }
      : undefined
  }

  const access: AccessControl = {
    mode,
    async identify(headers, incidentId) {
      const owner = ownerOf(headers)
      if (owner !== undefined) return owner
      return (incidentId === undefined ? undefined : guestOf(headers, incidentId)) ?? NOBODY
    },
    guestOf: (headers) =>
      names.guestsOf(headers).filter((incidentId) => guestOf(headers, incidentId)?.kind === 'guest'),
    async signIn(text, givenName, headers) {
      if (mode !== 'token')
        return fail(
          'conflict',
          'access',
          mode === 'off' ? 'This instance asks nobody to sign in.' : 'The proxy before this instance signs people in.',
          'Open the page you want.',
        )
      const name = personName(givenName)
      if (name === undefined)
        return fail('bad-request', 'access', 'Your name is missing.', `Give a name of at most ${NAME_MAX} characters.`)
      const right = guess(headers, 'token', () => (token?.isToken(text.trim()) === true ? ok(true) : wrongToken()))
      if (!right.ok) return right
      return ok(await newSession(names.owner, { kind: 'owner', name }, Date.now() + OWNER_SESSION_MS, headers))
    },
    async signOut(headers) {
      await sessions.end(cookies(headers).get(names.owner) ?? '')
      return setCookie(names.owner, '', 0, isHttps(headers, config.publicUrl))
    },
    guests,
    async enterAsGuest(linkId, secret, cookie, headers) {
      const checked = guess(headers, 'link', () => guests.check(linkId, secret))
      if (!checked.ok) return checked
      const { incidentId, expiresMs } = checked.value
      await guests.opened(linkId)
      if (!cookie) return ok({ incidentId, expiresMs, setCookie: undefined })
      const who = { kind: 'guest', incidentId, linkId } as const
      return ok({ incidentId, ...(await newSession(names.guest(incidentId), who, expiresMs, headers)) })
    },
    stampPeer: (address) => peers.stamp(address),
    close: () => guests.settled(),
  }

  async function newSession(
    cookie: string,
    who: Parameters<typeof sessions.open>[0],
    expiresMs: number,
    headers: Headers,
  ): Promise<NewSession> {
    const value = await sessions.open(who, expiresMs)
    const seconds = (expiresMs - Date.now()) / 1000
    return { setCookie: setCookie(cookie, value, seconds, isHttps(headers, config.publicUrl)), expiresMs }
  }

  return ok({ access, madeToken: token?.made })
}

function wrongToken(): Result<never> {
  return fail(
    'forbidden',
    'access',
    'That is not the owner token of this instance.',
    'It was shown in the terminal at the first start; a start with --new-token makes a new one.',
  )
}

/** A name as people write it: no control characters, no direction marks, one line. */
export function personName(text: string): string | undefined {
  const name = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim()
  return name === '' || name.length > NAME_MAX ? undefined : name
}

/** Header values arrive byte by byte as Latin-1; proxies write UTF-8. */
function utf8(value: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'))
  } catch {
    // Not UTF-8: then it was Latin-1.
    return value
  }
}
