/** Freezing, pinning, redacting, archives and deleting with two copies whose incidents lie in the real engine. */
import { rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { StateTables } from '../lib/clickstore/state.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { type Incidents, openIncidents } from '../lib/incidents/incidents.ts'
import { ANN, BO } from '../lib/incidents/incidents-fixture.ts'
import { GUILD, must, TestInstance, traceIdOf } from '../lib/incidents/instance-fixture.ts'
import type { FreezeProgress } from '../lib/model/freeze.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { openGuestLinks } from '../lib/server/auth/guest-links.ts'
import { sharedGuests } from '../lib/server/auth/shared-guests.ts'
import { stateOf } from '../lib/server/redacted-log.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { type ClickHouse, startClickHouse } from './clickhouse.ts'
import { ownFolder } from './process.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
let engine: ClickHouse
/** Its sources are what is frozen; its own incidents are files. */
let instance: TestInstance
const tables: StateTables[] = []
const copies: Incidents[] = []
const folders = [ownFolder('shared-0'), ownFolder('shared-1')]

function client(url = engine.url) {
  return createBackendClient('warehouse', sourceSettings.parse({ kind: 'clickhouse', url }), {})
}

/** A copy over the engine at `url`. */
async function copyAt(
  url: string,
  dataDir: string,
): Promise<{ readonly state: StateTables; readonly incidents: Incidents }> {
  const { traces, timings } = instance.store
  const state = new StateTables(client(url), names)
  const incidents = must(
    await openIncidents({
      dataDir,
      version: '0.0.0-test',
      sources: () => ({ ok: true, value: { traces, timings } }),
      mapping: DEFAULT_MAPPING,
      retention: { minutes: 60, largeDays: 30, largestGuilds: 0, holdHours: 24, diskCapBytes: 20e9 },
      shared: state,
    }),
  )
  return { state, incidents }
}

beforeAll(async () => {
  engine = await startClickHouse()
  must(await applySchema(client(), names, DEFAULT_KEPT, new AbortController().signal))
  instance = await TestInstance.start()
  for (const folder of folders) {
    const { state, incidents } = await copyAt(engine.url, folder)
    tables.push(state)
    copies.push(incidents)
  }
}, 180_000)
afterAll(async () => {
  for (const copy of copies) await copy.close()
  for (const each of tables) await each.close()
  await instance?.dispose()
  await engine?.stop()
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

async function ended(freezeId: string, copy: Incidents): Promise<FreezeProgress> {
  for (;;) {
    const progress = must(await copy.freezes.progress(freezeId))
    if (progress.state !== 'running') return progress
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function frozen(title: string, copy = copies[0]): Promise<string> {
  const progress = await ended(must(copy.freeze(instance.request({ title }), ANN)), copy)
  if (progress.state !== 'done') throw new Error(JSON.stringify(progress))
  return progress.incidentId
}

const pieces = async () => Number(await engine.query('SELECT uniqExact(Sha256) FROM guildscope_pieces'))

test('evidence frozen at one copy answers at the other as the live sources did', async () => {
  const id = await frozen('shared')
  const never = new AbortController().signal
  const opened = must(await copies[1].open(id))
  expect(opened.damaged).toEqual([])
  const reader = must(await copies[1].reader(id))
  const range = { fromMs: instance.fromMs, toMs: instance.toMs }
  const live = must(await instance.store.timings.minutes(GUILD, range, never))
  expect(must(await reader.minutes(GUILD, range))).toMatchObject({ cells: live.cells, actions: live.actions })
  const wire = must(await instance.store.traces.traceWire(traceIdOf(3), undefined, never))
  expect(must(await reader.traceWire(traceIdOf(3)))).toEqual(wire)
  expect(must(await copies[1].list({ trace: traceIdOf(3) })).incidents.map((incident) => incident.id)).toEqual([id])
  expect(must(await copies[1].list({ trace: 'f'.repeat(32) })).incidents).toEqual([])
})

test('a damaged piece is named at both, the rest is shown', async () => {
  const id = await frozen('damaged')
  const manifest = must(await copies[0].open(id)).manifest
  const piece = manifest?.traces.find((trace) => trace.traceId === traceIdOf(3))?.piece.sha256 ?? ''
  const spoil = 'ALTER TABLE guildscope_pieces UPDATE Bytes = reverse(Bytes)'
  await engine.query(`${spoil} WHERE Sha256 = '${piece}' SETTINGS mutations_sync = 2`)
  const { damaged } = must(await copies[1].open(id))
  expect(damaged).toEqual([
    { what: `the trace ${traceIdOf(3)}`, why: expect.stringMatching(/have changed since they were written/) },
  ])
  const reader = must(await copies[1].reader(id))
  expect((await reader.traceWire(traceIdOf(3))).ok).toBe(false)
  expect((await reader.minutes(GUILD, { fromMs: instance.fromMs, toMs: instance.toMs })).ok).toBe(true)
  await engine.query(`${spoil} WHERE Sha256 = '${piece}' SETTINGS mutations_sync = 2`)
})

test('what two copies pin at the same time is all there', async () => {
  const few = { slowest: 0, longestWait: 0, sample: 0 }
  const [copy, other] = copies
  const begun = await ended(must(copy.freeze(instance.request({ title: 'pins', ...few }), ANN)), copy)
  const id = begun.state === 'done' ? begun.incidentId : ''
  const pins = await Promise.all([
    copy.pin(id, { traceIds: [traceIdOf(1)], flames: [] }, ANN),
    other.pin(id, { traceIds: [traceIdOf(2)], flames: [] }, BO),
  ])
  for (const [i, pin] of pins.entries()) expect(await ended(must(pin), copies[i])).toMatchObject({ state: 'done' })
  for (const each of copies) {
    const { manifest, damaged } = must(await each.open(id))
    expect(manifest?.traces.map((trace) => trace.traceId).sort()).toEqual([1, 2, 3].map(traceIdOf).sort())
    expect(damaged).toEqual([])
  }
})

test('cancelling, from either copy, leaves nothing behind', async () => {
  const before = await pieces()
  for (const copy of copies) {
    const freezeId = must(copies[0].freeze(instance.request({ title: 'cancelled' }), ANN))
    // The other copy knows of it within a second.
    if (copy !== copies[0])
      await expect.poll(async () => (await copy.freezes.progress(freezeId)).ok, { timeout: 3_000 }).toBe(true)
    const progress = must(await copy.freezes.cancel(freezeId))
    // One that was done already stays done.
    if (copy === copies[0]) expect(progress).toEqual({ state: 'cancelled' })
    else expect(['cancelled', 'done']).toContain(progress.state)
    if (progress.state === 'done') must(await copies[1].remove(progress.incidentId, 'cancelled'))
  }
  expect(await pieces()).toBe(before)
})

test('the guests of a redacted link read a copy without what was dropped, at either copy', async () => {
  const id = await frozen('Pixel Arena burns')
  const redact = [{ key: 'guild.name', how: 'dropped' }] as const
  const [here, there] = tables.map((copy) => openGuestLinks(sharedGuests(copy), true, true))
  const { link, secret } = must(
    await copies[0].redactedCopy(id, redact, (copy) =>
      here.make(id, { expiresHours: 1, note: '', by: ANN, redacted: redact, copy }),
    ),
  )
  expect(must(await there.check(link.linkId, secret)).incidentId).toBe(id)
  expect((await there.check(link.linkId, 'wrong')).ok).toBe(false)
  const view = must(await there.redactedView(link.linkId))
  if (view === undefined) throw new Error('no view')
  const state = must(await stateOf(copies[1], id, view))
  expect(JSON.stringify(state)).not.toContain('Pixel Arena')
  const opened = must(await copies[1].open(id, view.manifest))
  expect(opened.damaged).toEqual([])
  expect(JSON.stringify(opened.manifest)).not.toContain('Pixel Arena')
  // The sweep knows what the link shows.
  await copies[1].sweep()
  expect(must(await copies[0].open(id, view.manifest)).damaged).toEqual([])
  must(await copies[1].remove(id, 'Pixel Arena burns'))
  expect((await here.check(link.linkId, secret)).ok).toBe(false)
})

test('an archive of a data folder is imported, and comes out with the same bytes', async () => {
  const id = await instance.frozen({ title: 'from files' })
  const exported = async (incidents: Incidents) => {
    const file = must(await incidents.export(id, 'archive', [], ANN, undefined))
    return Buffer.from(await new Response(file.bytes).arrayBuffer())
  }
  const archive = await exported(instance.incidents)
  const imported = (copy: Incidents) => copy.import(Readable.from([archive], { objectMode: false }), BO)
  expect(must(await imported(copies[0]))).toMatchObject({ incidentId: id, outcome: 'new' })
  expect(await exported(copies[1])).toEqual(archive)
  expect(must(await imported(copies[1])).outcome).toBe('already-here')
})

test('deleting takes what only this incident has frozen, at once', async () => {
  const keep = await frozen('kept')
  const before = await pieces()
  const id = await frozen('to be deleted', copies[1])
  expect(await pieces()).toBeGreaterThan(before)
  expect((await copies[0].remove(id, 'kept')).ok).toBe(false)
  expect(must(await copies[0].remove(id, 'to be deleted')).removedBlobs).toBeGreaterThan(0)
  expect(await pieces()).toBe(before)
  expect(must(await copies[1].open(keep)).damaged).toEqual([])
})

test('an engine that goes in the middle of a freeze: a sentence, no incident, and what is there is whole', async () => {
  const keep = await frozen('before')
  const incidents = must(await copies[0].list()).incidents.length
  const freezeId = must(copies[0].freeze(instance.request({ title: 'cut off' }), ANN))
  await engine.restart()
  const progress = await ended(freezeId, copies[0])
  // A restart that is quick enough is waited out.
  if (progress.state === 'failed') expect(progress.what).toMatch(/warehouse/)
  else expect(progress.state).toBe('done')
  const after = must(await copies[1].list()).incidents.length
  expect(after).toBe(incidents + (progress.state === 'done' ? 1 : 0))
  expect(must(await copies[1].open(keep)).damaged).toEqual([])
})

test.each([
  ['only that answer', false],
  ['and every one after it', true],
])('the answer gets lost after the engine took the incident, %s: the incident is whole', async (_, cutOff) => {
  let heard = true
  // Between the copy and the engine: hands everything over, and hangs up instead of telling that the log was written.
  const between = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = Buffer.concat(chunks)
    const answer = await fetch(engine.url + request.url, { method: 'POST', body })
    const text = Buffer.from(await answer.arrayBuffer())
    const last = body.includes('"Kind":"incident"')
    if (last || !heard) request.socket.destroy()
    else response.writeHead(answer.status).end(text)
    if (last) heard = !cutOff
  })
  await new Promise<void>((resolve) => between.listen(0, '127.0.0.1', resolve))
  const address = between.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const { state, incidents } = await copyAt(`http://127.0.0.1:${port}`, folders[0])
  try {
    const progress = await ended(
      must(incidents.freeze(instance.request({ title: `unheard ${cutOff}` }), ANN)),
      incidents,
    )
    if (cutOff)
      expect(progress).toMatchObject({
        state: 'failed',
        what: expect.stringMatching(/^The incident was not made, or nobody heard that it was: .*warehouse/),
      })
    else expect(progress.state).toBe('done')
    const made = must(await copies[1].list()).incidents.filter(({ title }) => title === `unheard ${cutOff}`)
    expect(made).toHaveLength(1)
    const opened = must(await copies[1].open(made[0].id))
    expect(opened.damaged).toEqual([])
    expect(opened.manifest?.traces.length).toBeGreaterThan(0)
    await copies[1].sweep()
    expect(must(await copies[1].open(made[0].id)).damaged).toEqual([])
  } finally {
    await incidents.close()
    await state.close()
    between.close()
  }
})
