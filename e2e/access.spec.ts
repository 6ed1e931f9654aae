/**
 * Who may see and write what, on a real server that asks for its owner token: signing in, guest links, what an unfurled link tells,
 * and views in the frame of another site.
 */
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createServer, request as httpRequest, type Server } from 'node:http'
import path from 'node:path'
import { expect, type Page, test } from '@playwright/test'
import { DOCUMENTED } from '../lib/api/openapi'
import type { FreezeProgress } from '../lib/model/freeze'
import type { GuestLink, NewGuestLink, SessionAnswer } from '../lib/model/guest-link'
import { violationsOf } from './axe'
import { ORIGIN, WEB_PORT } from './instance'
import { CACHE } from './own-instance'
import { watchForTrouble } from './pages'
import { type ServerProcess, startServer } from './server-process'

const PORTS = { web: 3420, http: 3421, grpc: 3422 }
const ALLOWED_PORT = 3428
const REFUSED_PORT = 3429
const HERE = `http://127.0.0.1:${PORTS.web}`
const DATA = path.join(CACHE, 'e2e-access-data')
const MINUTE_MS = 60_000
const GUILD = '42'
const TRACE = 'ab'.repeat(16)
const USER = 'user-4711-of-the-trace'
const SETTINGS = {
  GUILDSCOPE_AUTH: 'token',
  GUILDSCOPE_PUBLIC_URL: HERE,
  GUILDSCOPE_EMBED_HOSTS: `http://localhost:${ALLOWED_PORT}`,
}

let server: ServerProcess
let token = ''
let incidentId = ''

test.beforeAll(async () => {
  rmSync(DATA, { recursive: true, force: true })
  server = await startServer(DATA, PORTS, SETTINGS)
  token = /gs_[\w-]{43}/.exec(server.output())?.[0] ?? ''
  const fromMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 30 * MINUTE_MS
  await send(fromMs)
  const { freezeId } = await owner<{ freezeId: string }>('POST', '/api/incidents', {
    title: 'Reactions flood <b>Pixel</b> \u202eArena',
    severity: 'major',
    view: { path: `/guilds/${GUILD}`, search: '' },
    sides: [{ guildId: GUILD, guildName: 'Pixel Arena', fromMs, toMs: fromMs + 20 * MINUTE_MS }],
    baselines: [],
    flames: [],
    traceIds: [TRACE],
    slowest: 1,
    longestWait: 0,
    sample: 0,
  })
  await expect
    .poll(async () => {
      const progress = await owner<FreezeProgress>('GET', `/api/freezes/${freezeId}`)
      if (progress.state === 'done') incidentId = progress.incidentId
      return progress.state
    })
    .toBe('done')
})
test.afterAll(async () => {
  await server?.stop()
})

/** As a script of the owner's. */
async function owner<T>(method: string, route: string, body?: unknown): Promise<T> {
  const answer = await fetch(HERE + route, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
  return await answer.json()
}

/** Twenty minutes of a guild that drowns after ten, and one trace; the receivers ask nobody. */
async function send(fromMs: number): Promise<void> {
  const samples = Array.from({ length: 20 }, (_, m) => {
    const sick = m >= 10
    return {
      guildId: GUILD,
      guildName: 'Pixel Arena',
      minute: new Date(fromMs + m * MINUTE_MS).toISOString(),
      node: 'guilds-07',
      action: 'message_reaction_add',
      busyUs: sick ? 59_800_000 : 2_000_000,
      count: sick ? 9_000 : 300,
      arrived: sick ? 23_400 : 300,
      waitUsTotal: sick ? 9e11 : 1e6,
      waitUsMax: sick ? 950e6 : 10_000,
    }
  })
  const startNs = BigInt(fromMs + 12 * MINUTE_MS) * 1_000_000n
  const span = {
    traceId: TRACE,
    spanId: '1122334455667788',
    name: 'guild.handle',
    kind: 2,
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + 2_000_000_000n),
    attributes: [
      { key: 'guild.id', value: { stringValue: GUILD } },
      { key: 'enduser.id', value: { stringValue: USER } },
      { key: 'guild.action', value: { stringValue: 'message_reaction_add' } },
    ],
  }
  const traces = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
  for (const [route, body] of [
    ['/v1/timings', { samples }],
    ['/v1/traces', traces],
  ] as const) {
    const answer = await fetch(HERE + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status).toBe(200)
  }
}

function link(expiresHours = 1): Promise<NewGuestLink> {
  return owner('POST', `/api/incidents/${incidentId}/links`, { expiresHours, note: 'for Bo' })
}

async function linkNow(linkId: string): Promise<GuestLink | undefined> {
  const links = await owner<readonly GuestLink[]>('GET', `/api/incidents/${incidentId}/links`)
  return links.find((one) => one.linkId === linkId)
}

function session(page: Page): Promise<SessionAnswer> {
  return page.evaluate(async () => await (await fetch('/api/session')).json())
}

test('a stranger gets the sign-in page at the address they wanted, and lands there afterwards', async ({ page }) => {
  const trouble = watchForTrouble(page, /403/)
  const wanted = `${HERE}/guilds/${GUILD}?span=60`
  const html = await (await fetch(wanted)).text()
  expect(html).toContain('Sign in to see this page')
  expect(html).not.toContain('Pixel')
  await page.goto(wanted)
  await expect(page.getByRole('heading', { name: 'Sign in to see this page' })).toBeVisible()
  expect(await violationsOf(page)).toEqual([])
  await page.getByLabel('Your name').fill('Ann')
  await page.getByLabel('Owner token').fill('gs_wrong')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert').filter({ hasText: 'That is not the owner token' })).toBeVisible()
  await page.getByLabel('Owner token').fill(token)
  await page.keyboard.press('Enter')
  await expect(page.getByRole('grid', { name: /Heat map/ })).toBeAttached()
  expect(page.url()).toBe(wanted)
  expect((await session(page)).you).toEqual({ kind: 'owner', author: { name: 'Ann', known: true } })
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Lax' })

  await page.evaluate(() => fetch('/api/session', { method: 'DELETE' }))
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Sign in to see this page' })).toBeVisible()
  expect(trouble).toEqual([])
})

test('a guest link leaves its secret nowhere, opens one incident, counts, and ends when it is revoked', async ({
  page,
}) => {
  const made = await link()
  const secret = made.path.split('#')[1]
  const asked: string[] = []
  page.on('request', (request) => {
    asked.push(request.url(), request.headers().referer ?? '')
  })
  await page.goto(HERE + made.path)
  await page.waitForURL(`${HERE}/incidents/${incidentId}**`)
  await expect(page.getByRole('grid', { name: /Heat map/ })).toBeAttached()
  expect(asked.filter((address) => address.split('#')[0].includes(secret))).toEqual([])
  expect(server.output()).not.toContain(secret)
  expect((await session(page)).you).toEqual({ kind: 'guest', incidentIds: [incidentId] })
  expect(await linkNow(made.link.linkId)).toMatchObject({ opens: 1, note: 'for Bo' })
  await page.goto(HERE)
  await expect(page.getByText('Your guest link opens one incident and nothing else')).toBeVisible()

  await owner('DELETE', `/api/incidents/${incidentId}/links/${made.link.linkId}`)
  await page.goto(`${HERE}/incidents/${incidentId}`)
  await expect(page.getByRole('heading', { name: 'Sign in to see this page' })).toBeVisible()
  await expect(page.getByText(/it has expired or was revoked: ask whoever sent it/)).toBeVisible()
  await page.goto(HERE + made.path)
  await expect(page.getByText('This guest link has been revoked.')).toBeVisible()
  expect(page.url()).not.toContain(secret)

  await page.goto(`${HERE}/g/${made.link.linkId}`)
  await expect(page.getByText('This guest link lost its end.')).toBeVisible()
  // Only another fragment at the same address would load nothing anew.
  await page.goto('about:blank')
  await page.goto(`${HERE}/g/${made.link.linkId}#${'A'.repeat(43)}`)
  await expect(page.getByText('This guest link is not known here.')).toBeVisible()
  expect(await violationsOf(page)).toEqual([])
  const short = await link(1 / 3600)
  await page.waitForTimeout(1_100)
  await page.goto(HERE + short.path)
  await expect(page.getByText('This guest link has expired.')).toBeVisible()
})

test('a guest’s cookie is refused by every route but the reading ones of its incident', async ({ request }) => {
  const made = await link()
  const [linkId, secret] = [made.link.linkId, made.path.split('#')[1]]
  await request.post(`${HERE}/api/guest`, { data: { linkId, secret } })
  const values: Readonly<Record<string, string>> = {
    guild: GUILD,
    trace: TRACE,
    index: '0',
    hash: 'a'.repeat(20),
    link: linkId,
  }
  const let_in: string[] = []
  for (const documented of DOCUMENTED) {
    const [method, route] = documented.split(' ')
    // A stream that does not end.
    if (route.startsWith('/v1/') || route.endsWith('/events')) continue
    const own = route.startsWith('/api/incidents/')
    const address = route.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? (own ? incidentId : GUILD))
    const answer = await request.fetch(`${HERE}${address}?from=0&to=60000`, {
      method,
      ...(method === 'GET' ? {} : { data: {} }),
    })
    if (answer.status() !== 403) let_in.push(documented)
  }
  for (const name of let_in) {
    expect(name).toMatch(
      /^(GET \/api\/incidents\/\{id\}($|\/entries$|\/picture\.png$|\/evidence\/)|GET \/api\/health|\w+ \/api\/session|POST \/api\/guest)/,
    )
  }
  expect(let_in).toContain('GET /api/incidents/{id}/evidence/traces/{trace}')
})

test('guests of a redacted link get the redacted copy of evidence and notes, and no later note', async ({
  request,
}) => {
  const note = (text: string) =>
    owner('POST', `/api/incidents/${incidentId}/entries`, {
      id: randomUUID(),
      change: { kind: 'note-added', noteId: randomUUID(), text, pin: { kind: 'incident' } },
    })
  await note(`It was ${USER}.`)
  const redact = [{ key: 'enduser.id', how: 'dropped' }]
  const made = await owner<NewGuestLink>('POST', `/api/incidents/${incidentId}/links`, { expiresHours: 1, redact })
  expect(made.link.redacted).toEqual(redact)
  await note(`Sure: ${USER}, later.`)
  const [linkId, secret] = [made.link.linkId, made.path.split('#')[1]]
  await request.post(`${HERE}/api/guest`, { data: { linkId, secret } })
  const seen: string[] = []
  for (const route of [
    '',
    '/entries',
    '/evidence/traces',
    `/evidence/traces/${TRACE}`,
    `/evidence/traces/${TRACE}/spans/0`,
  ]) {
    const answer = await request.get(`${HERE}/api/incidents/${incidentId}${route}`)
    expect(answer.status(), route).toBe(200)
    seen.push((await answer.body()).toString('latin1'))
  }
  expect(seen.join()).not.toContain(USER)
  expect(seen.join()).not.toContain('later')
  expect(seen[0]).toContain('It was ')
  expect(seen[4]).toContain('guild.action')
  const whole = await owner<unknown>('GET', `/api/incidents/${incidentId}/evidence/traces/${TRACE}/spans/0`)
  expect(JSON.stringify(whole)).toContain(USER)
})

test('an unfurled link tells title, numbers and a picture to anybody, because a public address is configured', async ({
  page,
}) => {
  const made = await link()
  for (const address of [`/incidents/${incidentId}`, `/g/${made.link.linkId}`]) {
    await page.goto(HERE + address)
    const tag = (name: string) => page.locator(`head meta[property="${name}"]`).getAttribute('content')
    expect(await tag('og:title')).toBe('Reactions flood <b>Pixel</b> ⟨U+202E⟩Arena')
    expect(await tag('og:description')).toMatch(
      /^Pixel Arena: wait up to 15 m 50 s, saturated .* UTC, cause: message_reaction_add ×78$/,
    )
    const picture = await page.request.get((await tag('og:image')) ?? '')
    expect(picture.headers()['content-type']).toBe('image/png')
    const png = await picture.body()
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 630])
    // A blank picture of this size packs to 4 kB.
    expect(png.length).toBeGreaterThan(20_000)
    const again = await page.request.get((await tag('og:image')) ?? '', {
      headers: { 'if-none-match': picture.headers().etag },
    })
    expect(again.status()).toBe(304)
  }
  await owner('DELETE', `/api/incidents/${incidentId}/links/${made.link.linkId}`)
  const ended = await fetch(`${HERE}/api/incidents/${incidentId}/picture.png?link=${made.link.linkId}`)
  expect(ended.status).toBe(403)
})

/** A site that frames both views. */
function wiki(port: number, fragment: string): Promise<Server> {
  const frames = ['heat', `trace/${TRACE}`].map(
    (view) =>
      `<iframe width="900" height="460" title="${view}" src="${HERE}/embed/${incidentId}/${view}#${fragment}"></iframe>`,
  )
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>wiki</title>${frames.join('')}`)
  })
  return new Promise((resolve) => site.listen(port, () => resolve(site)))
}

test('a site that is named frames the views of a guest link; another one does not', async ({ page }) => {
  const made = await link()
  const fragment = `${made.link.linkId}.${made.path.split('#')[1]}`
  const sites = [await wiki(ALLOWED_PORT, fragment), await wiki(REFUSED_PORT, fragment)]
  try {
    const refused: string[] = []
    page.on('console', (message) => {
      if (message.text().includes('frame-ancestors')) refused.push(message.text())
    })
    await page.goto(`http://localhost:${ALLOWED_PORT}/`)
    const heat = page.frameLocator('iframe[title="heat"]')
    await expect(heat.getByRole('grid', { name: /Heat map/ })).toBeAttached()
    await expect(heat.getByText('frozen at')).toBeVisible()
    const trace = page.frameLocator(`iframe[title="trace/${TRACE}"]`)
    await expect(trace.getByText('guild.handle').first()).toBeVisible()
    expect(await page.context().cookies()).toEqual([])
    expect(refused).toEqual([])
    const [opened] = await Promise.all([page.waitForEvent('popup'), heat.getByRole('link', { name: /^Open/ }).click()])
    expect(opened.url()).toBe(`${HERE}/incidents/${incidentId}`)
    expect((await linkNow(made.link.linkId))?.opens).toBe(2)

    await page.goto(`http://localhost:${REFUSED_PORT}/`)
    await expect.poll(() => refused.length).toBe(2)
    await expect(heat.getByText('frozen at')).toHaveCount(0)
  } finally {
    for (const site of sites) site.close()
  }
})

test('a new token ends the old one and every session; a proxy’s users are known from its address only', async () => {
  await server.stop()
  server = await startServer(DATA, PORTS, { ...SETTINGS, GUILDSCOPE_NEW_TOKEN: '1' })
  const renewed = /gs_[\w-]{43}/.exec(server.output())?.[0] ?? ''
  expect(renewed).not.toBe(token)
  const status = async (headers: Record<string, string>) => (await fetch(`${HERE}/api/fleet`, { headers })).status
  expect(await status({ authorization: `Bearer ${token}` })).toBe(403)
  expect(await status({ authorization: `Bearer ${renewed}` })).toBe(200)

  const proxy = { GUILDSCOPE_AUTH: 'proxy', GUILDSCOPE_AUTH_PROXY_HEADER: 'X-Forwarded-User' }
  await server.stop()
  server = await startServer(DATA, PORTS, { ...proxy, GUILDSCOPE_TRUSTED_PROXIES: '127.0.0.0/8' })
  expect(server.output()).not.toContain('gs_')
  expect(await status({})).toBe(403)
  expect(await status({ 'x-forwarded-user': 'bo' })).toBe(200)
  await server.stop()
  server = await startServer(DATA, PORTS, { ...proxy, GUILDSCOPE_TRUSTED_PROXIES: '10.0.0.0/8' })
  for (const forged of ['10.0.0.1', 'x 10.0.0.1', `${'A'.repeat(43)} 10.0.0.1`])
    expect(await status({ 'x-forwarded-user': 'bo', 'x-guildscope-peer': forged })).toBe(403)
})

test('without asking, guest links are refused in words, and a name that somebody let point here opens nothing', async () => {
  const made = await fetch(`${ORIGIN}/api/incidents/${randomUUID()}/links`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ expiresHours: 1 }),
  })
  expect(made.status).toBe(403)
  expect((await made.json()).failure.what).toMatch(/^Nobody is asked who they are on this instance/)
  const under = (host: string, route: string) =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asking = httpRequest({ host: '127.0.0.1', port: WEB_PORT, path: route, headers: { host } }, (answer) => {
        let text = ''
        answer.on('data', (part) => {
          text += part
        })
        answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      })
      asking.on('error', reject)
      asking.end()
    })
  expect(await under('rebound.example:3210', '/api/fleet')).toMatchObject({
    status: 403,
    text: expect.stringContaining('does not answer to the name'),
  })
  const page = await under('rebound.example:3210', '/')
  expect(page.status).toBe(403)
  expect(page.text).toContain('asks nobody who they are')
  expect((await under(`localhost:${WEB_PORT}`, '/api/fleet')).status).toBe(200)
})

test('settings that would let anybody in do not start', () => {
  const started = spawnSync(process.execPath, ['scripts/start.mjs'], {
    cwd: path.resolve(import.meta.dirname, '..'),
    encoding: 'utf8',
    env: { ...process.env, GUILDSCOPE_AUTH: 'proxy', GUILDSCOPE_AUTH_PROXY_HEADER: 'X-User', PORT: String(PORTS.web) },
  })
  expect(started.status).toBe(1)
  expect(started.stderr).toContain('anybody else could send the header too')
})
