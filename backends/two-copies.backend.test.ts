/**
 * Any number of copies over one ClickHouse: two real servers that keep nothing of their own. The simulator tells its incident to one of
 * them; the other shows it. What people make at one (incidents, notes, links, sessions) is at the other, and outlives the copy it was made at.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '../e2e/server-process.ts'
import { type SimulatorProcess, startSimulator, until } from '../e2e/simulator-process.ts'
import { applySchema } from '../lib/clickstore/schema.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import type { ImportAnswer, IncidentAnswer, ListAnswer } from '../lib/evidence/answers.ts'
import type { FreezeProgress } from '../lib/model/freeze.ts'
import type { GuestLink, NewGuestLink } from '../lib/model/guest-link.ts'
import type { Entry } from '../lib/model/incident.ts'
import type { FleetAnswer, GuildMinutes } from '../lib/model/timings.ts'
import type { Page, TraceSummary } from '../lib/model/trace-list.ts'
import type { TruthFile } from '../lib/simulator/simulation.ts'
import type { Truth } from '../lib/simulator/truth.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { type ClickHouse, startClickHouse } from './clickhouse.ts'
import { freePorts, ownFolder } from './process.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
const folder = ownFolder('two-copies')
const truthFile = path.join(folder, 'truth.json')
let engine: ClickHouse
let simulator: SimulatorProcess
let endMs: number
let truth: Truth
let token: string
let start: (copy: number) => Promise<ServerProcess>
const copies: ServerProcess[] = []

beforeAll(async () => {
  // Its data outlives its end.
  engine = await startClickHouse({ folder: path.join(folder, 'engine') })
  const settings = sourceSettings.parse({ kind: 'clickhouse', url: engine.url })
  const client = createBackendClient('warehouse', settings, {})
  const applied = await applySchema(client, names, DEFAULT_KEPT, new AbortController().signal)
  await client.close()
  if (!applied.ok) throw new Error(applied.failure.what)
  mkdirSync(folder, { recursive: true })
  const config = path.join(folder, 'guildscope.config.json')
  const warehouse = { kind: 'clickhouse', url: engine.url }
  writeFileSync(config, JSON.stringify({ store: 'clickhouse', sources: { warehouse } }))
  const ports = await freePorts(6)
  start = (copy) => {
    const [web, http, grpc] = ports.slice(copy * 3)
    const settings = { GUILDSCOPE_CONFIG: config, GUILDSCOPE_AUTH: 'token' }
    return startServer(path.join(folder, `copy-${copy}`), { web, http, grpc }, settings)
  }
  for (const copy of [0, 1]) copies.push(await start(copy))
  const shown = /gs_[\w-]{43}/
  // It is healthy before what it prints has come through.
  await until('the owner token is shown', 10_000, () => shown.test(copies[0].output()))
  token = shown.exec(copies[0].output())?.[0] ?? ''
  // One token for all: the second copy found it.
  expect(copies[1].output()).not.toContain('gs_')
  simulator = startSimulator({ httpPort: ports[1], origin: copies[0].origin }, truthFile, [
    ...['--preset', 'reaction-flurry', '--guilds', '8', '--seed', '1', '--demo', '--no-live'],
  ])
  await simulator.told(240_000)
  const told: TruthFile = JSON.parse(readFileSync(truthFile, 'utf8'))
  endMs = told.endMs
  truth = told.incidents[0]
})
afterAll(async () => {
  await simulator?.stop()
  for (const copy of copies) await copy.stop()
  await engine?.stop()
  rmSync(folder, { recursive: true, force: true })
})

function ask(copy: number, route: string, init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, ...init.headers }
  return fetch(copies[copy].origin + route, { ...init, headers })
}

async function send<T>(copy: number, route: string, body: unknown, method = 'POST'): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await ask(copy, route, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`copy ${copy}, ${method} ${route}: ${answer.status} ${await answer.text()}`)
  return await answer.json()
}

async function get<T>(copy: number, route: string): Promise<T> {
  const answer = await ask(copy, route)
  if (!answer.ok) throw new Error(`copy ${copy}, ${route}: ${answer.status} ${await answer.text()}`)
  return await answer.json()
}

test('the fleet that one copy received stands in the other', async () => {
  const route = `/api/fleet?minutes=60&at=${endMs}`
  const [here, there] = [await get<FleetAnswer>(0, route), await get<FleetAnswer>(1, route)]
  expect(there.guilds.length).toBe(8)
  expect(there.guilds[0].guildId).toBe(truth.guildId)
  expect(there.guilds).toEqual(here.guilds)
})

test('a guild’s minutes are the simulator’s truth', async () => {
  // The newest minutes may still be running in the simulator.
  const known = truth.minutes.slice(0, -2)
  const [fromMs, toMs] = [known[0].minuteMs, known[known.length - 1].minuteMs + 60_000]
  const minutes = await get<GuildMinutes>(1, `/api/guilds/${truth.guildId}/minutes?from=${fromMs}&to=${toMs}`)
  const n = minutes.actions.length
  for (const minute of known) {
    const m = (minute.minuteMs - fromMs) / 60_000
    const busy = minutes.cells.busyUs.slice(m * n, (m + 1) * n).reduce((sum, us) => sum + Math.max(0, us), 0)
    expect(Math.abs(busy - minute.busyUs)).toBeLessThanOrEqual(Math.max(1_000, minute.busyUs * 0.001))
    for (const [action, [arrived, processed]] of Object.entries(minute.actions)) {
      const at = m * n + minutes.actions.indexOf(action)
      expect([Math.max(0, minutes.cells.arrived[at]), Math.max(0, minutes.cells.count[at])]).toEqual([
        arrived,
        processed,
      ])
    }
  }
})

test('traces are found, opened and merged at the copy that never saw them', async () => {
  const page = await get<Page<TraceSummary>>(1, `/api/traces?guild=${truth.guildId}&sort=longest-wait&limit=20`)
  expect(page.items.length).toBe(20)
  const wires = await Promise.all(
    [0, 1].map(async (copy) => {
      const answer = await ask(copy, `/api/traces/${page.items[0].traceId}`)
      expect(answer.status).toBe(200)
      return Buffer.from(await answer.arrayBuffer()).toString('base64')
    }),
  )
  expect(wires[0]).toBe(wires[1])
  const [fromMs, toMs] = [endMs - 20 * 60_000, endMs]
  const flame = await get<{ traces: number; spans: number }>(
    1,
    `/api/guilds/${truth.guildId}/flame?from=${fromMs}&to=${toMs}&scope=guild`,
  )
  expect(flame.traces).toBeGreaterThan(10)
})

/** What is frozen at `copy`, followed at the other. */
async function frozen(copy: number, title: string): Promise<string> {
  const side = { guildId: truth.guildId, fromMs: minute(endMs) - 20 * 60_000, toMs: minute(endMs) }
  const { freezeId } = await send<{ freezeId: string }>(copy, '/api/incidents', {
    ...{ title, severity: 'major', view: { path: `/guilds/${truth.guildId}`, search: '?v=1' }, sides: [side] },
    ...{ baselines: [], flames: [], traceIds: [], slowest: 5, longestWait: 5, sample: 20 },
  })
  for (;;) {
    // Which copy is asked makes no difference; the other has it within a second.
    const answer = await ask(1 - copy, `/api/freezes/${freezeId}`)
    const progress: FreezeProgress | undefined = answer.ok ? await answer.json() : undefined
    if (progress?.state === 'done') return progress.incidentId
    if (progress !== undefined && progress.state !== 'running') throw new Error(JSON.stringify(progress))
    await sleep(50)
  }
}

function minute(ms: number): number {
  return Math.floor(ms / 60_000) * 60_000
}

const entry = (text: string) => ({
  id: randomUUID(),
  change: { kind: 'note-added', noteId: randomUUID(), text, pin: { kind: 'incident' } },
})

/** Follows an incident at a copy; entry id → when it came. */
function follow(copy: number, id: string): { readonly heard: Map<string, number>; stop(): void } {
  const stop = new AbortController()
  const heard = new Map<string, number>()
  const read = async () => {
    const answer = await ask(copy, `/api/incidents/${id}/events`, { signal: stop.signal })
    let text = ''
    for await (const chunk of answer.body ?? []) {
      text += Buffer.from(chunk).toString()
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const data = /^data: (.*)$/m.exec(text.slice(0, end))
        text = text.slice(end + 2)
        if (data === null) continue
        const told: Entry = JSON.parse(data[1])
        heard.set(told.id, performance.now())
      }
    }
  }
  read().catch((error: unknown) => {
    if (!stop.signal.aborted) throw error
  })
  return { heard, stop: () => stop.abort() }
}

let incident: string

test('what is frozen at one copy is read and written at the other; both hear of each note within two seconds', async () => {
  incident = await frozen(0, 'Frozen at the first')
  const opened = await get<IncidentAnswer>(1, `/api/incidents/${incident}`)
  expect(opened.incident.title).toBe('Frozen at the first')
  expect(opened.damaged).toEqual([])
  const [side] = opened.incident.sides
  const route = `/api/incidents/${incident}/evidence/guilds/${side.guildId}/minutes?from=${side.fromMs}&to=${side.toMs}`
  expect(await get(1, route)).toEqual(await get(0, route))

  const followers = [0, 1].map((copy) => follow(copy, incident))
  await expect.poll(() => followers.map(({ heard }) => heard.size), { timeout: 10_000 }).toEqual([1, 1])
  const written = new Map<string, number>()
  const write = async (copy: number, text: string) => {
    const note = entry(text)
    await send(copy, `/api/incidents/${incident}/entries`, note)
    written.set(note.id, performance.now())
  }
  // At both at once, again and again.
  for (let i = 0; i < 5; i++) await Promise.all([write(0, `here ${i}`), write(1, `there ${i}`)])
  await expect.poll(() => followers.map(({ heard }) => heard.size), { timeout: 5_000 }).toEqual([11, 11])
  let slowest = 0
  for (const { heard, stop } of followers) {
    for (const [id, atMs] of written) slowest = Math.max(slowest, (heard.get(id) ?? Number.POSITIVE_INFINITY) - atMs)
    stop()
  }
  console.log(`Each note was heard at both copies at most ${Math.round(slowest)} ms after it was acknowledged.`)
  expect(slowest).toBeLessThan(2_000)
  const [here, there] = await Promise.all([0, 1].map((copy) => get<IncidentAnswer>(copy, `/api/incidents/${incident}`)))
  expect(there).toEqual(here)
  expect(here.incident.notes).toHaveLength(10)
})

test('an archive from one copy is already here for the other', async () => {
  const archive = await ask(0, `/api/incidents/${incident}/export?format=archive`)
  expect(archive.status).toBe(200)
  const body = new Uint8Array(await archive.arrayBuffer())
  const answer = await ask(1, '/api/incidents/import', { method: 'POST', body })
  const imported: ImportAnswer = await answer.json()
  expect(imported).toMatchObject({ incidentId: incident, outcome: 'already-here' })
})

test('a short link that one copy made opens at the other', async () => {
  const link = { path: `/guilds/${truth.guildId}`, search: `?v=1&folds=${'1,'.repeat(3_000)}` }
  const { hash } = await send<{ hash: string }>(0, '/api/links', link)
  expect(await get(1, `/api/links/${hash}`)).toMatchObject(link)
})

test('a session of one copy is one of the other; signing out at either ends it at both', async () => {
  const signedIn = await fetch(`${copies[0].origin}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, name: 'Ann' }),
  })
  const value = (signedIn.headers.get('set-cookie') ?? '').split(/[=;]/)[1]
  const who = async (copy: number) => {
    const cookie = `guildscope-${new URL(copies[copy].origin).port}=${value}`
    const answer = await fetch(`${copies[copy].origin}/api/session`, { headers: { cookie } })
    return (await answer.json()).you
  }
  for (const copy of [0, 1]) expect(await who(copy)).toMatchObject({ kind: 'owner', author: { name: 'Ann' } })
  await fetch(`${copies[1].origin}/api/session`, {
    method: 'DELETE',
    headers: { cookie: `guildscope-${new URL(copies[1].origin).port}=${value}` },
  })
  await expect.poll(async () => (await who(0)).kind, { timeout: 2_000 }).toBe('nobody')
})

test('a guest link that one copy made opens at both, every opening is counted, and it is revoked at the other', async () => {
  // The bearer of the token is known: an owner who answers for the link.
  const route = `/api/incidents/${incident}/links`
  const made = await send<NewGuestLink>(0, route, { expiresHours: 1, redact: [{ key: 'guild.name', how: 'dropped' }] })
  const secret = made.path.split('#')[1]
  const { linkId } = made.link
  const enter = (copy: number) =>
    fetch(`${copies[copy].origin}/api/guest`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ linkId, secret }),
    })
  const entered = await Promise.all(Array.from({ length: 20 }, (_, i) => enter(i % 2)))
  expect(entered.map(({ status }) => status)).toEqual(entered.map(() => 200))
  expect(await get<GuestLink[]>(1, route)).toMatchObject([{ linkId, opens: 20 }])
  const cookieValue = (entered[0].headers.get('set-cookie') ?? '').split(/[=;]/)[1]
  const asGuest = async (copy: number) => {
    const cookie = `guildscope-${new URL(copies[copy].origin).port}-guest-${incident}=${cookieValue}`
    return fetch(`${copies[copy].origin}/api/incidents/${incident}`, { headers: { cookie } })
  }
  const name = (await get<IncidentAnswer>(0, `/api/incidents/${incident}`)).incident.sides[0].guildName ?? ''
  expect(name).not.toBe('')
  for (const copy of [0, 1]) {
    const answer = await asGuest(copy)
    expect(answer.status).toBe(200)
    expect(await answer.text()).not.toContain(name)
  }
  await send(1, `${route}/${linkId}`, undefined, 'DELETE')
  await expect.poll(async () => (await asGuest(0)).status, { timeout: 2_000 }).toBe(403)
  expect((await enter(0)).status).toBe(403)
})

test('a copy that is killed in the middle of a freeze leaves no incident; whoever follows it at the other is told', async () => {
  const before = await get<ListAnswer>(0, '/api/incidents')
  const side = { guildId: truth.guildId, fromMs: minute(endMs) - 50 * 60_000, toMs: minute(endMs) }
  const { freezeId } = await send<{ freezeId: string }>(1, '/api/incidents', {
    ...{ title: 'Half', severity: 'major', view: { path: '/', search: '' }, sides: [side] },
    ...{ baselines: ['hour'], flames: [], traceIds: [], slowest: 200, longestWait: 200, sample: 300 },
  })
  await expect.poll(async () => (await ask(0, `/api/freezes/${freezeId}`)).status, { timeout: 5_000 }).toBe(200)
  const progress = await get<FreezeProgress>(1, `/api/freezes/${freezeId}`)
  expect(progress.state).toBe('running')
  await copies[1].kill()
  expect((await get<ListAnswer>(0, '/api/incidents')).incidents).toEqual(before.incidents)
  await expect
    .poll(async () => (await get<FreezeProgress>(0, `/api/freezes/${freezeId}`)).state, {
      timeout: 45_000,
      interval: 1_000,
    })
    .toBe('failed')
  rmSync(path.join(folder, 'copy-1'), { recursive: true, force: true })
  copies[1] = await start(1)
}, 180_000)

test('a copy that is killed, with its data folder, loses nothing: the other goes on, and a new one has all of it', async () => {
  const before = await get<IncidentAnswer>(0, `/api/incidents/${incident}`)
  await copies[0].kill()
  rmSync(path.join(folder, 'copy-0'), { recursive: true, force: true })
  await send(1, `/api/incidents/${incident}/entries`, entry('while one was away'))
  copies[0] = await start(0)
  // No new token was made.
  expect(copies[0].output()).not.toContain('gs_')
  const after = await get<IncidentAnswer>(0, `/api/incidents/${incident}`)
  expect(after.incident.notes.slice(0, -1)).toEqual(before.incident.notes)
  expect(after.incident.notes.at(-1)?.text).toBe('while one was away')
  expect(after.evidence).toEqual(before.evidence)
  expect(after.damaged).toEqual([])
  expect(await get<GuestLink[]>(0, `/api/incidents/${incident}/links`)).toMatchObject([{ opens: 20 }])
}, 180_000)

test('while the engine is away: sentences, pages that still open; afterwards everything is as before', async () => {
  const before = await get<IncidentAnswer>(0, `/api/incidents/${incident}`)
  await engine.stop()
  const routes = [
    '/api/incidents',
    `/api/incidents/${incident}`,
    '/api/links/aaaaaaaaaaaaaaaa',
    '/api/fleet?minutes=60',
  ]
  for (const route of routes) {
    const answer = await ask(0, route)
    const { failure } = await answer.json()
    // The copies ask by themselves, too: after five failures in a row the engine is left alone for a while, which is 503 and said.
    const isPaused = / is not asked until /.test(failure.what)
    expect([route, answer.status]).toEqual([route, isPaused ? 503 : 502])
    expect(failure.what).toMatch(isPaused ? /^warehouse is not asked until .* UTC: .*warehouse/ : /warehouse/)
  }
  // Whoever was known stays known.
  await sleep(1_500)
  expect((await ask(0, '/api/sources')).status).toBe(200)
  await engine.restart()
  await expect.poll(async () => (await ask(0, '/api/incidents')).status, { timeout: 60_000, interval: 500 }).toBe(200)
  expect(await get<IncidentAnswer>(0, `/api/incidents/${incident}`)).toEqual(before)
}, 120_000)

test('deleting at one copy takes everything at both, links included', async () => {
  await send(1, `/api/incidents/${incident}`, { title: 'Frozen at the first' }, 'DELETE')
  for (const copy of [0, 1]) expect((await ask(copy, `/api/incidents/${incident}`)).status).toBe(404)
  const left = await engine.query(
    "SELECT Kind, count() FROM guildscope_records WHERE Kind LIKE 'guest%' OR Kind = 'incident' GROUP BY Kind FORMAT TSV",
  )
  expect(left).toBe('')
  const others = await engine.query('SELECT uniqExact(Batch) FROM guildscope_pieces FORMAT TSV')
  // Of the freeze that was killed: the sweep takes it, hours later.
  expect(Number(others)).toBeLessThanOrEqual(1)
})
