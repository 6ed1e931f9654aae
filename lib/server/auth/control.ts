/** Puts recognition together: owner token and sessions, a trusted proxy's header, guest links. */
import path from 'node:path'
import { fail, ok, type Result } from '../../base/result.ts'
import type { StateTables } from '../../clickstore/state.ts'
import { effectiveMode } from '../../config/access-fields.ts'
import type { Config } from '../../config/config.ts'
import type { AccessControl, Identity, NewSession } from '../access.ts'
import { cookieNames, cookies, isHttps, setCookie } from './cookies.ts'
import { guestFiles } from './guest-files.ts'
import { openGuestLinks } from './guest-links.ts'
import { answersTo } from './hosts.ts'
import { type OwnerToken, ownerToken } from './owner-token.ts'
import { createPeers } from './peer.ts'
import { openSessions } from './sessions.ts'
import { sharedOwnerToken, sharedSessions } from './shared-access.ts'
import { sharedGuests } from './shared-guests.ts'
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

/**
 * `dataDir`: whole path. `renewToken`: the old token and everybody's session end. A damaged file is a sentence. `shared`: token, sessions
 * and guest links are kept there, for all copies, and nothing of them in the folder.
 */
export async function createAccess(
  config: AccessConfig,
  dataDir: string,
  renewToken: boolean,
  shared?: StateTables,
): Promise<Result<AccessStarted>> {
  const mode = effectiveMode(config)
  const accessDir = path.join(dataDir, 'access')
  let token: OwnerToken | undefined
  try {
    if (mode === 'token')
      token =
        shared === undefined ? await ownerToken(accessDir, renewToken) : await sharedOwnerToken(shared, renewToken)
  } catch (error) {
    return fail(
      'unavailable',
      'access',
      error instanceof Error ? error.message : String(error),
      'Restore the file, or start once with --new-token: that makes a new owner token.',
    )
  }
  const sessions = shared === undefined ? openSessions(accessDir) : sharedSessions(shared)
  if (token?.made !== undefined) {
    const ended = await sessions.endOwners()
    if (!ended.ok) return ended
  }
  const peers = createPeers(config.auth.trustedProxies)
  const names = cookieNames(config.port)
  const throttle = createThrottle()
  const guests = openGuestLinks(
    shared === undefined ? guestFiles(path.join(dataDir, 'incidents')) : sharedGuests(shared),
    config.guestLinks,
    mode !== 'off',
  )

  /**
   * Runs a guess, unless this place has guessed wrong too often lately. The right secret of a link that has ended is no guess, and
   * guesses at links must not keep an owner out.
   */
  const guess = async <T>(
    headers: Headers,
    at: 'token' | 'link',
    attempt: () => Promise<Result<T>>,
  ): Promise<Result<T>> => {
    const place = `${at} ${peers.placeOf(headers)}`
    const wait = throttle.waitSeconds(place)
    if (wait > 0) return fail('busy', 'access', 'Too many wrong attempts from your address.', `Wait ${wait} s.`)
    const result = await attempt()
    if (!result.ok && result.failure.kind === (at === 'token' ? 'forbidden' : 'not-found')) throttle.wrong(place)
    return result
  }

  const ownToken = async (text: string): Promise<Result<true>> => {
    const right = await token?.isToken(text)
    if (right?.ok === false) return right
    return right?.value === true ? ok(true) : wrongToken()
  }

  const ownerOf = async (headers: Headers): Promise<Identity | undefined> => {
    if (mode === 'off')
      return answersTo(headers.get('host'), config) ? AT_THIS_MACHINE : { kind: 'nobody', why: 'host' }
    if (mode === 'proxy') {
      if (!peers.isTrusted(peers.addressOf(headers))) return undefined
      const name = personName(utf8(headers.get(config.auth.proxyUserHeader ?? '') ?? ''))
      return name === undefined ? undefined : { kind: 'owner', author: { name, known: true } }
    }
    const session = await sessions.find(cookies(headers).get(names.owner) ?? '')
    if (session.ok && session.value?.kind === 'owner')
      return { kind: 'owner', author: { name: session.value.name, known: true } }
    const bearer = /^Bearer +(\S{1,200})$/i.exec(headers.get('authorization') ?? '')
    if (bearer === null) return session.ok ? undefined : { kind: 'nobody', why: 'away', failure: session.failure }
    const right = await guess(headers, 'token', () => ownToken(bearer[1]))
    if (right.ok) return { kind: 'owner', author: { name: 'a script with the owner token', known: true } }
    return right.failure.kind === 'unavailable' ? { kind: 'nobody', why: 'away', failure: right.failure } : undefined
  }

  const guestOf = async (headers: Headers, incidentId: string): Promise<Identity | undefined> => {
    const session = await sessions.find(cookies(headers).get(names.guest(incidentId)) ?? '')
    const who = session.ok ? session.value : undefined
    if (who?.kind === 'guest' && who.incidentId === incidentId && (await guests.isOpen(incidentId, who.linkId)))
      return { kind: 'guest', incidentId, linkId: who.linkId }
    // Within another site's frame there are no cookies: the page has the secret from its own fragment and sends it along.
    const framed = /^Guest +([\w-]{1,100})\.([\w-]{1,100})$/.exec(headers.get('authorization') ?? '')
    if (framed === null) return undefined
    const checked = await guess(headers, 'link', () => guests.check(framed[1], framed[2]))
    return checked.ok && checked.value.incidentId === incidentId
      ? { kind: 'guest', incidentId, linkId: checked.value.linkId }
      : undefined
  }

  const access: AccessControl = {
    mode,
    async identify(headers, incidentId) {
      const owner = await ownerOf(headers)
      if (owner !== undefined && !(owner.kind === 'nobody' && owner.why === 'away')) return owner
      return (incidentId === undefined ? undefined : await guestOf(headers, incidentId)) ?? owner ?? NOBODY
    },
    async guestOf(headers) {
      const of: string[] = []
      for (const incidentId of names.guestsOf(headers))
        if ((await guestOf(headers, incidentId))?.kind === 'guest') of.push(incidentId)
      return of
    },
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
      const right = await guess(headers, 'token', () => ownToken(text.trim()))
      if (!right.ok) return right
      return newSession(names.owner, { kind: 'owner', name }, Date.now() + OWNER_SESSION_MS, headers)
    },
    async signOut(headers) {
      const ended = await sessions.end(cookies(headers).get(names.owner) ?? '')
      if (!ended.ok) return ended
      return ok(setCookie(names.owner, '', 0, isHttps(headers, config.publicUrl)))
    },
    guests,
    async enterAsGuest(linkId, secret, cookie, headers) {
      const checked = await guess(headers, 'link', () => guests.check(linkId, secret))
      if (!checked.ok) return checked
      const { incidentId, expiresMs } = checked.value
      const opened = await guests.opened(linkId)
      if (!opened.ok) return opened
      if (!cookie) return ok({ incidentId, expiresMs, setCookie: undefined })
      const who = { kind: 'guest', incidentId, linkId } as const
      const session = await newSession(names.guest(incidentId), who, expiresMs, headers)
      return session.ok ? ok({ incidentId, ...session.value }) : session
    },
    stampPeer: (address) => peers.stamp(address),
    close: () => guests.settled(),
  }

  async function newSession(
    cookie: string,
    who: Parameters<typeof sessions.open>[0],
    expiresMs: number,
    headers: Headers,
  ): Promise<Result<NewSession>> {
    const value = await sessions.open(who, expiresMs)
    if (!value.ok) return value
    const seconds = (expiresMs - Date.now()) / 1000
    return ok({ setCookie: setCookie(cookie, value.value, seconds, isHttps(headers, config.publicUrl)), expiresMs })
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
