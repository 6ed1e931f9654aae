import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readConfig } from '../../config/config.ts'
import { PEER_HEADER } from '../access.ts'
import { createAccess, personName } from './control.ts'
import { GUESSES } from './throttle.ts'

let dataDir = ''
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'guildscope-access-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const TOKEN = { GUILDSCOPE_AUTH: 'token' }
const ANN = { name: 'Ann', known: true }
const WISH = { expiresHours: 1, note: '', by: ANN, redacted: [] }

async function start(env: Record<string, string>, renew = false) {
  const config = readConfig(undefined, 'guildscope.config.json', env)
  if (!config.ok) throw new Error(config.sentences.join('\n'))
  const started = await createAccess(config.config, dataDir, renew)
  if (!started.ok) throw new Error(started.failure.what)
  return { ...started.value, token: started.value.madeToken ?? '' }
}

function incident(id: string) {
  mkdirSync(path.join(dataDir, 'incidents', id), { recursive: true })
  writeFileSync(path.join(dataDir, 'incidents', id, 'log.ndjson'), '')
  return id
}

/** The cookie a browser would send back. */
function cookie(setCookie: string | undefined): Record<string, string> {
  return { cookie: (setCookie ?? '').split(';')[0] }
}

function value<T>(result: { ok: true; value: T } | { ok: false; failure: { what: string } }): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

const asked = (headers: Record<string, string>) => new Headers({ host: '127.0.0.1:3000', ...headers })

test('the owner token is shown once, kept as a hash only its owner may read, and opens after a restart', async () => {
  const first = await start(TOKEN)
  expect(first.token).toMatch(/^gs_[\w-]{43}$/)
  const again = await start(TOKEN)
  expect(again.madeToken).toBeUndefined()
  const file = path.join(dataDir, 'access', 'owner.json')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).not.toContain(first.token)
  expect((await again.access.signIn(first.token, 'Ann', asked({}))).ok).toBe(true)
  expect(await again.access.identify(asked({ authorization: `Bearer ${first.token}` }))).toMatchObject({
    kind: 'owner',
  })
  for (const wrong of ['', 'gs_', first.token.slice(0, -1), `${first.token}x`])
    expect((await again.access.signIn(wrong, 'Ann', asked({}))).ok).toBe(false)
})

test('a session names the writer, outlives a restart, and ends by signing out or with a new token', async () => {
  const first = await start(TOKEN)
  const session = value(await first.access.signIn(first.token, '  Ada\u202e   Lovelace ', asked({})))
  expect(session.setCookie).toMatch(/; HttpOnly; SameSite=Lax$/)
  const browser = asked(cookie(session.setCookie))
  const ada = { kind: 'owner', author: { name: 'Ada Lovelace', known: true } }
  expect(await first.access.identify(browser)).toEqual(ada)
  const second = await start(TOKEN)
  expect(await second.access.identify(browser)).toEqual(ada)
  for (const file of readdirSync(path.join(dataDir, 'access'))) {
    expect(statSync(path.join(dataDir, 'access', file)).mode & 0o777).toBe(0o600)
    expect(readFileSync(path.join(dataDir, 'access', file), 'utf8')).not.toContain(session.setCookie.split(/[=;]/)[1])
  }
  await second.access.signOut(browser)
  expect((await second.access.identify(browser)).kind).toBe('nobody')

  const other = asked(cookie(value(await second.access.signIn(first.token, 'Bo', asked({}))).setCookie))
  const renewed = await start(TOKEN, true)
  expect(renewed.token).not.toBe(first.token)
  expect((await renewed.access.identify(other)).kind).toBe('nobody')
  expect((await renewed.access.signIn(first.token, 'Bo', asked({}))).ok).toBe(false)
})

test('the cookie is Secure where the browser speaks https', async () => {
  const { access, token } = await start({ ...TOKEN, GUILDSCOPE_PUBLIC_URL: 'https://scope.example.org' })
  const plain = value(await access.signIn(token, 'Ann', asked({})))
  expect(plain.setCookie).not.toContain('Secure')
  const posted = value(await access.signIn(token, 'Ann', asked({ origin: 'https://elsewhere.example' })))
  expect(posted.setCookie).toMatch(/; Secure$/)
  const known = value(await access.signIn(token, 'Ann', asked({ host: 'scope.example.org' })))
  expect(known.setCookie).toMatch(/; Secure$/)
})

test('wrong guesses are soon not looked at, and only those of the same address', async () => {
  const { access, token } = await start(TOKEN)
  const from = (address: string) => asked({ [PEER_HEADER]: access.stampPeer(address) })
  for (let i = 0; i < GUESSES; i++) expect((await access.signIn('wrong', 'Ann', from('192.0.2.1'))).ok).toBe(false)
  expect(await access.signIn(token, 'Ann', from('::ffff:192.0.2.1'))).toMatchObject({ failure: { kind: 'busy' } })
  expect((await access.signIn(token, 'Ann', from('192.0.2.2'))).ok).toBe(true)
})

test('a proxy names users from its own addresses only', async () => {
  const { access, madeToken } = await start({
    GUILDSCOPE_AUTH: 'proxy',
    GUILDSCOPE_AUTH_PROXY_HEADER: 'X-Forwarded-User',
    GUILDSCOPE_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
  })
  expect(madeToken).toBeUndefined()
  const kind = async (peer: string, user: string) =>
    (await access.identify(asked({ [PEER_HEADER]: peer, ...(user === '' ? {} : { 'x-forwarded-user': user }) }))).kind
  expect(
    await access.identify(asked({ [PEER_HEADER]: access.stampPeer('::ffff:10.1.2.3'), 'x-forwarded-user': 'ann' })),
  ).toEqual({ kind: 'owner', author: { name: 'ann', known: true } })
  expect(await kind(access.stampPeer('::1'), 'ann')).toBe('owner')
  expect(await kind(access.stampPeer('11.1.2.3'), 'ann')).toBe('nobody')
  expect(await kind(access.stampPeer('10.1.2.3'), '')).toBe('nobody')
  // What a client makes up itself.
  for (const forged of ['10.1.2.3', 'x 10.1.2.3', `${'a'.repeat(43)} 10.1.2.3`, ''])
    expect(await kind(forged, 'ann')).toBe('nobody')
  expect((await access.identify(asked({ 'x-forwarded-user': 'ann' }))).kind).toBe('nobody')
})

test('without asking, this machine is the owner, and only under names nobody else can give it', async () => {
  const { access } = await start({ GUILDSCOPE_PUBLIC_URL: 'http://localhost:3000' })
  const kind = async (host: string) => await access.identify(asked({ host }))
  for (const host of [
    '127.0.0.1:3000',
    'localhost:3000',
    '[::1]:3000',
    'LOCALHOST',
    'scope.localhost',
    'guildscope:3000',
  ])
    expect(await kind(host)).toMatchObject({ kind: 'owner', author: { known: false } })
  for (const host of ['evil.example', 'evil.example:3000', '127.0.0.1.nip.example', 'localhost.evil.example', 'a b'])
    expect(await kind(host)).toEqual({ kind: 'nobody', why: 'host' })
  const named = await start({
    HOST: '127.0.0.1',
    GUILDSCOPE_AUTH: 'off',
    GUILDSCOPE_PUBLIC_URL: 'https://scope.example.org',
  })
  expect((await named.access.identify(asked({ host: 'scope.example.org' }))).kind).toBe('owner')
})

test('a guest reads one incident, by cookie or by the secret itself, until the link is revoked', async () => {
  const { access } = await start(TOKEN)
  const [one, two] = [incident('one'), incident('two')]
  const { link, secret } = value(await access.guests.make(one, WISH))
  expect(JSON.stringify(await access.guests.list(one))).not.toContain(secret)
  const file = path.join(dataDir, 'incidents', one, 'links.json')
  expect(readFileSync(file, 'utf8')).not.toContain(secret)
  expect(statSync(file).mode & 0o777).toBe(0o600)

  const entered = value(await access.enterAsGuest(link.linkId, secret, true, asked({})))
  expect(entered).toMatchObject({ incidentId: one })
  const byCookie = asked(cookie(entered.setCookie))
  const bySecret = asked({ authorization: `Guest ${link.linkId}.${secret}` })
  for (const headers of [byCookie, bySecret]) {
    expect(await access.identify(headers, one)).toEqual({ kind: 'guest', incidentId: one, linkId: link.linkId })
    expect((await access.identify(headers, two)).kind).toBe('nobody')
    expect((await access.identify(headers)).kind).toBe('nobody')
  }
  expect(await access.guestOf(byCookie)).toEqual([one])
  // A cookie of one incident under the name of another.
  const moved = asked({ cookie: (byCookie.get('cookie') ?? '').replace(`guest-${one}`, `guest-${two}`) })
  expect((await access.identify(moved, two)).kind).toBe('nobody')

  // Two links in one browser.
  const other = value(await access.guests.make(two, WISH))
  const second = value(await access.enterAsGuest(other.link.linkId, other.secret, true, asked({})))
  const both = asked({ cookie: `${byCookie.get('cookie')}; ${cookie(second.setCookie).cookie}` })
  expect((await access.identify(both, one)).kind).toBe('guest')
  expect((await access.identify(both, two)).kind).toBe('guest')

  expect(await access.guests.list(one)).toMatchObject({ value: [{ opens: 1 }] })
  const restarted = await start(TOKEN)
  expect((await restarted.access.identify(byCookie, one)).kind).toBe('guest')
  value(await restarted.access.guests.revoke(one, link.linkId))
  for (const headers of [byCookie, bySecret])
    expect((await restarted.access.identify(headers, one)).kind).toBe('nobody')
  expect(await restarted.access.enterAsGuest(link.linkId, secret, true, asked({}))).toMatchObject({
    failure: { what: 'This guest link has been revoked.' },
  })
})

test('each way a guest link can fail says which, to who has the secret', async () => {
  const { access } = await start(TOKEN)
  const id = incident('one')
  const what = async (linkId: string, secret: string, by = access) => {
    const entered = await by.enterAsGuest(linkId, secret, true, asked({}))
    return entered.ok ? 'opened' : entered.failure.what
  }
  const short = value(await access.guests.make(id, { ...WISH, expiresHours: 1e-9 }))
  const good = value(await access.guests.make(id, WISH))
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(await what(short.link.linkId, short.secret)).toBe('This guest link has expired.')
  expect(await what(short.link.linkId, good.secret)).toBe('This guest link is not known here.')
  expect(await what('nothing', good.secret)).toBe('This guest link is not known here.')
  expect(await what(good.link.linkId, good.secret)).toBe('opened')

  const off = await start({ ...TOKEN, GUILDSCOPE_GUEST_LINKS: 'off' })
  expect(await what(good.link.linkId, good.secret, off.access)).toBe('Guest links are switched off on this instance.')
  expect(await off.access.guests.make(id, WISH)).toMatchObject({ failure: { kind: 'forbidden' } })
  const open = await start({})
  expect(await open.access.guests.make(id, { ...WISH, by: { name: 'x', known: false } })).toMatchObject({
    failure: { what: expect.stringMatching(/^Nobody is asked who they are/) },
  })
  for (const bad of ['nowhere', '../access', '..', 'one/../one', ''])
    expect(await access.guests.make(bad, WISH)).toMatchObject({ failure: { kind: 'not-found' } })
})

test('names', () => {
  expect(personName(' Ann\tBo\n')).toBe('AnnBo')
  expect(personName('\u202e\u200b ')).toBeUndefined()
  expect(personName('x'.repeat(81))).toBeUndefined()
  expect(personName('Zoë 李')).toBe('Zoë 李')
})
