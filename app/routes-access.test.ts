/**
 * Every handler of every route on disk, with every kind of asker. A guest reaches the reading routes of one incident and nothing
 * else; nobody reaches nothing. The instance behind is a trap: whoever gets past the door falls into it, which answers 500.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { readConfig } from '../lib/config/config.ts'
import { type AccessControl, PEER_HEADER } from '../lib/server/access.ts'
import { createAccess } from '../lib/server/auth/control.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const

/** Open to anyone: they say nothing about what is stored, or take a secret, or take telemetry in. */
const OPEN: ReadonlySet<string> = new Set([
  'GET /api/health',
  'GET /api/session',
  'POST /api/session',
  'DELETE /api/session',
  'POST /api/guest',
  'POST /v1/traces',
  'POST /v1/timings',
])

/** What a guest may read of their own incident. Whatever is added to `/api/incidents` is closed until it stands here. */
const GUEST: ReadonlySet<string> = new Set([
  'GET /api/incidents/[id]',
  'GET /api/incidents/[id]/entries',
  'GET /api/incidents/[id]/events',
  'GET /api/incidents/[id]/picture.png',
  'GET /api/incidents/[id]/evidence/guilds/[guild]/minutes',
  'GET /api/incidents/[id]/evidence/guilds/[guild]/flame',
  'GET /api/incidents/[id]/evidence/guilds/[guild]/retention',
  'GET /api/incidents/[id]/evidence/traces',
  'GET /api/incidents/[id]/evidence/traces/[trace]',
  'GET /api/incidents/[id]/evidence/traces/[trace]/ids',
  'GET /api/incidents/[id]/evidence/traces/[trace]/spans/[index]',
])

type Handler = (request: Request, context: { params: Promise<Record<string, string>> }) => Promise<Response>

interface Found {
  readonly name: string
  readonly route: string
  readonly method: string
  readonly handler: Handler
}

const found: Found[] = []
const dataDir = mkdtempSync(path.join(tmpdir(), 'guildscope-routes-'))
let access: AccessControl
let token = ''

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function'
}

beforeAll(async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  for (const id of ['mine', 'other']) {
    mkdirSync(path.join(dataDir, 'incidents', id), { recursive: true })
    writeFileSync(path.join(dataDir, 'incidents', id, 'log.ndjson'), '')
  }
  const config = readConfig(undefined, 'x', { GUILDSCOPE_AUTH: 'token' })
  if (!config.ok) throw new Error('no configuration')
  const started = await createAccess(config.config, dataDir, false)
  if (!started.ok) throw new Error(started.failure.what)
  access = started.value.access
  token = started.value.madeToken ?? ''
  const trap = new Proxy(
    { access, config: config.config },
    {
      get(target, name) {
        if (name === 'access') return target.access
        if (name === 'config') return target.config
        // A promise is asked for its `then`.
        if (name === 'then') return undefined
        throw new Error(`past the door, at ${String(name)}`)
      },
    },
  )
  Object.assign(globalThis, { guildscope: Promise.resolve({ ok: true, value: trap }) })
  for (const entry of readdirSync(import.meta.dirname, { recursive: true, withFileTypes: true })) {
    if (!/^route\.tsx?$/.test(entry.name)) continue
    const route = `/${path.relative(import.meta.dirname, entry.parentPath)}`
    const module: Record<string, unknown> = await import(path.join(entry.parentPath, entry.name))
    for (const method of METHODS) {
      const handler = module[method]
      if (isHandler(handler)) found.push({ name: `${method} ${route}`, route, method, handler })
    }
  }
})
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

const VALUES: Readonly<Record<string, string>> = {
  index: '0',
  trace: 'ab'.repeat(16),
  guild: '42',
  hash: 'cd'.repeat(32),
}

/** The status of one handler's answer. `incident`: which one the address names, where it names one. */
async function status({ route, method, handler }: Found, headers: Record<string, string>, incident: string) {
  const params: Record<string, string> = {}
  const address = route.replace(/\[(\w+)\]/g, (_, name: string) => {
    params[name] = VALUES[name] ?? (route.startsWith('/api/traces') ? VALUES.trace : incident)
    return encodeURIComponent(params[name])
  })
  const withBody = method !== 'GET' && method !== 'HEAD'
  const request = new Request(`http://127.0.0.1:3000${address}?from=0&to=60000`, {
    method,
    headers: { host: '127.0.0.1:3000', ...(withBody ? { 'content-type': 'application/json' } : {}), ...headers },
    ...(withBody ? { body: '{}' } : {}),
  })
  return (await handler(request, { params: Promise.resolve(params) })).status
}

async function guest(incident: string, expiresHours = 1) {
  const by = { name: 'Ann', known: true }
  const made = await access.guests.make(incident, { expiresHours, note: '', by, redacted: [] })
  if (!made.ok) throw new Error(made.failure.what)
  const { link, secret } = made.value
  const entered = await access.enterAsGuest(link.linkId, secret, true, new Headers())
  return {
    linkId: link.linkId,
    cookie: { cookie: entered.ok ? (entered.value.setCookie ?? '').split(';')[0] : '' },
    header: { authorization: `Guest ${link.linkId}.${secret}` },
  }
}

let addresses = 0

/** Names of the handlers that let these headers in. Each time from another address: wrong guesses are counted by it. */
async function reached(headers: Record<string, string>, incident = 'mine'): Promise<readonly string[]> {
  const names: string[] = []
  const from = { ...headers, [PEER_HEADER]: access.stampPeer(`192.0.2.${++addresses}`) }
  for (const one of found) if ((await status(one, from, incident)) !== 403) names.push(one.name)
  return names
}

const open = () => found.map(({ name }) => name).filter((name) => OPEN.has(name))

test('routes were found, and those named here exist', () => {
  expect(found.length).toBeGreaterThan(20)
  expect(open().sort()).toEqual([...OPEN].sort())
})

test('nobody: no cookie, a made-up one, a wrong token', async () => {
  const wrong = { cookie: `guildscope-3000=${'A'.repeat(43)}; guildscope-3000-guest-mine=${'A'.repeat(43)}` }
  const askers: readonly Record<string, string>[] = [
    {},
    wrong,
    { authorization: `Bearer gs_${'A'.repeat(43)}` },
    { authorization: 'Guest a.b' },
  ]
  for (const headers of askers) expect(await reached(headers)).toEqual(open())
})

test('a guest reaches the reading routes of their incident, by cookie and by header', async () => {
  const mine = await guest('mine')
  for (const headers of [mine.cookie, mine.header]) {
    const names = await reached(headers)
    for (const name of names) expect([...GUEST, ...OPEN]).toContain(name)
    for (const { name } of found) if (GUEST.has(name)) expect(names).toContain(name)
    // Another incident, and the same cookie under its name.
    expect(await reached(headers, 'other')).toEqual(open())
  }
  expect(await reached({ cookie: mine.cookie.cookie.replace('guest-mine', 'guest-other') }, 'other')).toEqual(open())
  expect(await reached({ cookie: mine.cookie.cookie.replace('-guest-mine', '') })).toEqual(open())
})

test('an expired and a revoked guest reach nothing', async () => {
  const expired = await guest('mine', 0.5 / 3600)
  expect(await access.identify(new Headers(expired.cookie), 'mine')).toMatchObject({ kind: 'guest' })
  await new Promise((resolve) => setTimeout(resolve, 600))
  const revoked = await guest('mine')
  await access.guests.revoke('mine', revoked.linkId)
  for (const headers of [expired.cookie, expired.header, revoked.cookie, revoked.header])
    expect(await reached(headers)).toEqual(open())
})

test('the owner reaches everything', async () => {
  expect(await reached({ authorization: `Bearer ${token}` })).toEqual(found.map(({ name }) => name))
})
