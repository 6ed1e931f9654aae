import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Manifest } from '../evidence/manifest.ts'
import type { FreezeRequest } from '../model/freeze.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { type Disk, REAL_DISK } from './durable.ts'
import { openIncidents } from './incidents.ts'
import { ANN, BO, fullAfter, hashesOf, temporaryFolder } from './incidents-fixture.ts'
import { GUILD, MINUTES, must, TestInstance, TRACES, traceIdOf } from './instance-fixture.ts'

let instance: TestInstance
beforeAll(async () => {
  instance = await TestInstance.start()
})
afterAll(() => instance.dispose())

const NEVER = new AbortController().signal
const folder = () => join(instance.dataDir, 'incidents')
const blobFiles = () => Object.keys(hashesOf(folder())).filter((name) => name.startsWith('blobs/'))

async function manifestOf(id: string): Promise<Manifest> {
  const opened = must(await instance.incidents.open(id))
  if (opened.manifest === undefined) throw new Error('no manifest')
  return opened.manifest
}

test('a freeze copies what there is, and says what there is not', async () => {
  const id = await instance.frozen({ baselines: ['hour', 'week'], traceIds: [traceIdOf(3), 'f'.repeat(32)] })
  const opened = must(await instance.incidents.open(id))
  expect(opened.incident).toMatchObject({
    title: 'Reactions flood Pixel Arena',
    status: 'open',
    createdBy: ANN,
    sides: [{ guildId: GUILD, guildName: 'Pixel Arena' }],
  })
  expect(opened.damaged).toEqual([])
  const manifest = await manifestOf(id)
  expect(manifest.minutes.map(({ role }) => role)).toEqual(['range'])
  expect(manifest.flames.map(({ scope }) => scope)).toEqual(['guild', 'trace'])
  expect(manifest.lists[0].total).toBe(TRACES)
  expect(manifest.sample).toMatchObject({ population: TRACES, taken: 5 })
  expect(manifest.sample?.words).toMatch(
    /^5 of 12 traces, drawn at random without replacement \(.*seed [0-9a-f]{16}\)\.$/,
  )
  const chosen = manifest.traces.find((trace) => trace.traceId === traceIdOf(3))
  expect(chosen).toMatchObject({ spans: 3, weight: 2 })
  expect(chosen?.why).toContain('chosen')
  const slowest = manifest.traces.filter((trace) => trace.why.includes('slowest')).map((trace) => trace.traceId)
  expect(slowest.sort()).toEqual([9, 10, 11].map(traceIdOf).sort())
  expect(manifest.traces.filter((trace) => trace.why.includes('sample'))).toHaveLength(5)
  expect(manifest.sources).toHaveLength(2)
  expect(manifest.retention).toMatchObject({ minutes: 60 })
  const missing = manifest.missing.map(({ what, reason }) => `${what}: ${reason}`).join('\n')
  expect(missing).toMatch(/the minutes of guild Pixel Arena \(81384788765712384\), a week before/)
  expect(missing).toMatch(/the spans of trace f{32}: /)
})

test('a freeze that gets nothing at all is no incident, and says why', async () => {
  const before = hashesOf(folder())
  const sides = [{ guildId: 'nobody', fromMs: instance.fromMs, toMs: instance.toMs }]
  const ended = await instance.ended(must(instance.incidents.freeze(instance.request({ sides, traceIds: [] }), ANN)))
  expect(ended).toMatchObject({ state: 'failed', what: expect.stringMatching(/^Nothing of it could be had/) })
  expect(hashesOf(folder())).toEqual(before)
})

test('cancelling leaves nothing behind', async () => {
  const before = hashesOf(folder())
  const freeze = must(instance.incidents.freeze(instance.request({ title: 'cancelled' }), ANN))
  expect(must(await instance.incidents.freezes.cancel(freeze))).toEqual({ state: 'cancelled' })
  expect(hashesOf(folder())).toEqual(before)
  expect(must(await instance.incidents.freezes.progress(freeze))).toEqual({ state: 'cancelled' })
})

test('only a few freezes run at once', async () => {
  const begun = Array.from({ length: 6 }, () => instance.incidents.freeze(instance.request({ title: 'many' }), ANN))
  expect(begun.filter(({ ok }) => !ok).map((result) => result.ok || result.failure.kind)).toEqual([
    'busy',
    'busy',
    'busy',
  ])
  const ended = await Promise.all(begun.map((each) => (each.ok ? instance.ended(each.value) : undefined)))
  expect(ended.filter((each) => each?.state === 'done')).toHaveLength(3)
})

test('more can be pinned later: old pieces are named again, not written', async () => {
  const id = await instance.frozen({ slowest: 0, longestWait: 0, sample: 0 })
  const before = hashesOf(folder())
  const old = await manifestOf(id)
  const flame = { guildId: GUILD, fromMs: instance.fromMs, toMs: instance.fromMs + 300_000, scope: 'guild' } as const
  const [first, second] = await Promise.all([
    instance.incidents.pin(id, { traceIds: [traceIdOf(1), traceIdOf(3)], flames: [flame] }, BO),
    instance.incidents.pin(id, { traceIds: [traceIdOf(2)], flames: [] }, ANN),
  ])
  for (const each of [first, second]) expect(await instance.ended(must(each))).toMatchObject({ state: 'done' })
  const manifest = await manifestOf(id)
  expect(manifest.traces.map((trace) => trace.traceId).sort()).toEqual([1, 2, 3].map(traceIdOf).sort())
  expect(manifest.traces.filter((trace) => trace.why.includes('pinned-later'))).toHaveLength(2)
  expect(manifest.flames).toHaveLength(3)
  expect(manifest.frozenAtMs).toBe(old.frozenAtMs)
  const state = must(await instance.incidents.state(id))
  expect(state.entries.map((entry) => entry.change.kind)).toEqual(['created', 'evidence-added', 'evidence-added'])
  for (const [name, hash] of Object.entries(before)) {
    if (!name.endsWith('log.ndjson')) expect(hashesOf(folder())[name]).toBe(hash)
  }
  const again = await instance.ended(
    must(await instance.incidents.pin(id, { traceIds: [traceIdOf(1)], flames: [] }, BO)),
  )
  expect(again).toMatchObject({ state: 'failed', what: 'All of it is in the incident already.' })
})

test('evidence answers as the live sources did, from the same bytes, when everything else is gone', async () => {
  const own = await TestInstance.start()
  try {
    const { traces, timings } = own.store
    const range = { fromMs: own.fromMs, toMs: own.toMs }
    const query = { guild: GUILD, ...range, scope: 'guild', maxSpans: 1_000 } as const
    const live = {
      minutes: must(await timings.minutes(GUILD, range, NEVER)),
      flame: must(await traces.flame(query, NEVER)),
      wire: must(await traces.traceWire(traceIdOf(3), undefined, NEVER)),
      ids: must(await traces.spanIds(traceIdOf(3), NEVER)),
      details: must(await traces.spanDetails(traceIdOf(3), 1, 3, NEVER)),
    }
    const id = await own.frozen()
    const stored = hashesOf(join(own.dataDir, 'incidents'))
    await own.restartWithoutData()
    const gone = await own.store.timings.minutes(GUILD, range, NEVER)
    expect(gone.ok && gone.value.actions.length).toBeFalsy()

    const reader = must(await own.incidents.reader(id))
    const minutes = must(await reader.minutes(GUILD, range))
    expect(minutes).toMatchObject({
      actions: live.minutes.actions,
      cells: live.minutes.cells,
      state: live.minutes.state,
    })
    expect(minutes.minutes).toBe(MINUTES)
    expect(must(await reader.flame({ guildId: GUILD, ...range, scope: 'guild' })).tree).toEqual(live.flame.tree)
    expect(must(await reader.traceWire(traceIdOf(3)))).toEqual(live.wire)
    expect(must(await reader.spanIds(traceIdOf(3)))).toEqual(live.ids)
    expect(must(await reader.spanDetails(traceIdOf(3), 1, 3))).toEqual(live.details)
    expect(must(await reader.searchTraces({ guild: GUILD, sort: 'slowest', limit: 3 })).items).toHaveLength(3)
    expect(must(await own.incidents.open(id)).damaged).toEqual([])
    // Opening, reading, a restart: not a byte has changed.
    expect(hashesOf(join(own.dataDir, 'incidents'))).toEqual(stored)
  } finally {
    await own.dispose()
  }
})

test('a damaged piece is named, the rest is shown', async () => {
  const id = await instance.frozen({
    title: 'damaged',
    traceIds: [traceIdOf(0)],
    slowest: 0,
    longestWait: 0,
    sample: 0,
  })
  const manifest = await manifestOf(id)
  const { sha256 } = manifest.traces[0].piece
  const file = join(folder(), 'blobs', sha256.slice(0, 2), sha256)
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1] ^= 1
  writeFileSync(file, bytes)
  try {
    const fresh = must(await openIncidents(configOf(instance)))
    const opened = must(await fresh.open(id))
    expect(opened.damaged).toEqual([
      { what: `the trace ${traceIdOf(0)}`, why: expect.stringMatching(/have changed since they were written/) },
    ])
    const reader = must(await fresh.reader(id))
    expect((await reader.traceWire(traceIdOf(0))).ok).toBe(false)
    expect((await reader.minutes(GUILD, { fromMs: instance.fromMs, toMs: instance.toMs })).ok).toBe(true)
  } finally {
    bytes[bytes.length >> 1] ^= 1
    writeFileSync(file, bytes)
  }
})

test('a damaged manifest leaves notes and markers readable', async () => {
  const id = await instance.frozen({ title: 'no manifest' })
  must(
    await instance.incidents.append(
      id,
      'n1',
      { kind: 'note-added', noteId: 'n1', text: 'kept', pin: { kind: 'incident' } },
      ANN,
    ),
  )
  const sha = must(await instance.incidents.state(id)).incident.manifest
  const file = join(folder(), 'blobs', sha.slice(0, 2), sha)
  const bytes = readFileSync(file)
  unlinkSync(file)
  const fresh = must(await openIncidents(configOf(instance)))
  const opened = must(await fresh.open(id))
  expect(opened.manifest).toBeUndefined()
  expect(opened.incident.notes[0].text).toBe('kept')
  expect(opened.damaged[0]).toMatchObject({ what: 'What is frozen' })
  expect((await fresh.reader(id)).ok).toBe(false)
  expect((await fresh.exportContent(id)).ok).toBe(false)
  writeFileSync(file, bytes)
})

test('deleting asks for the title, and takes what only this incident has frozen', async () => {
  const keep = await instance.frozen({ title: 'kept' })
  const id = await instance.frozen({
    title: 'to be deleted',
    traceIds: [traceIdOf(7)],
    slowest: 0,
    longestWait: 0,
    sample: 0,
  })
  const wrong = await instance.incidents.remove(id, 'kept')
  expect(wrong.ok || wrong.failure.what).toMatch(/was not deleted/)
  const removed = must(await instance.incidents.remove(id, ' to be deleted '))
  expect(removed.removedBlobs).toBeGreaterThan(0)
  expect(existsSync(join(folder(), id))).toBe(false)
  expect((await instance.incidents.open(id)).ok).toBe(false)
  expect(must(await instance.incidents.open(keep)).damaged).toEqual([])
  const unknown = await instance.incidents.remove('a'.repeat(16), 'x')
  expect(unknown.ok || unknown.failure.kind).toBe('not-found')
})

test('a start removes old blobs that nothing names, and no other', async () => {
  const orphan = join(folder(), 'blobs', 'ff', 'f'.repeat(64))
  const young = join(folder(), 'blobs', 'ff', `e${'f'.repeat(63)}`)
  mkdirSync(join(folder(), 'blobs', 'ff'), { recursive: true })
  writeFileSync(orphan, 'x')
  writeFileSync(young, 'x')
  const old = new Date(Date.now() - 2 * 3_600_000)
  for (const name of blobFiles()) if (!name.endsWith(young.slice(-64))) utimesSync(join(folder(), name), old, old)
  const before = blobFiles()
  must(await openIncidents(configOf(instance)))
  expect(before.filter((name) => !blobFiles().includes(name))).toEqual([`blobs/ff/${'f'.repeat(64)}`])
  unlinkSync(young)
})

test.each(['ENOSPC', 'EDQUOT', 'EIO'])('%s anywhere while freezing: a sentence, and nothing is left', async (code) => {
  // Injected: the disk takes so many bytes, then fails. From the first blob to the log itself.
  const request = instance.request({ sample: 0 })
  const total = await bytesOfFreeze(request)
  for (const room of [10, total * 0.4, total * 0.8, total - 100].map(Math.floor)) {
    const { folder: dataDir, dispose } = temporaryFolder()
    const incidents = must(await openIncidents({ ...configOf(instance), dataDir, disk: fullAfter(room, code) }))
    const freezeId = must(incidents.freeze(request, ANN))
    let progress = must(await incidents.freezes.progress(freezeId))
    while (progress.state === 'running') {
      await new Promise((resolve) => setTimeout(resolve, 5))
      progress = must(await incidents.freezes.progress(freezeId))
    }
    expect(progress).toMatchObject({
      state: 'failed',
      what: expect.stringMatching(/^The incident was not made: the disk/),
    })
    expect(hashesOf(dataDir)).toEqual({})
    expect(readdirSync(join(dataDir, 'incidents'))).toEqual(['blobs'])
    dispose()
  }
})

/** What a freeze writes in all. */
async function bytesOfFreeze(request: FreezeRequest): Promise<number> {
  let bytes = 0
  const counting: Disk = {
    write: (file, data, at) => {
      bytes += data.byteLength
      return REAL_DISK.write(file, data, at)
    },
  }
  const { folder: dataDir, dispose } = temporaryFolder()
  const incidents = must(await openIncidents({ ...configOf(instance), dataDir, disk: counting }))
  const freezeId = must(incidents.freeze(request, ANN))
  await expect
    .poll(async () => must(await incidents.freezes.progress(freezeId)).state, { timeout: 20_000 })
    .toBe('done')
  dispose()
  return bytes
}

/** A real file system of 64 KiB. Mounting needs rights that not every machine gives: elsewhere the injected disk above stands for it. */
const { folder: mountAt, dispose: unmounted } = temporaryFolder()
const isMounted = tryMount(mountAt)
test.skipIf(!isMounted)('a disk that is really full (tmpfs of 64 KiB): a sentence, and nothing is left', async () => {
  const incidents = must(await openIncidents({ ...configOf(instance), dataDir: mountAt }))
  const free = writeFileSync(join(mountAt, 'filler'), new Uint8Array(44 * 1024))
  expect(free).toBeUndefined()
  const freezeId = must(incidents.freeze(instance.request(), ANN))
  await expect
    .poll(async () => must(await incidents.freezes.progress(freezeId)).state, { timeout: 20_000 })
    .not.toBe('running')
  expect(must(await incidents.freezes.progress(freezeId))).toMatchObject({
    state: 'failed',
    what: 'The incident was not made: the disk is full. Nothing half-made was left behind.',
  })
  expect(Object.keys(hashesOf(mountAt))).toEqual(['filler'])
  unlinkSync(join(mountAt, 'filler'))
})
afterAll(() => {
  if (isMounted) execFileSync('umount', [mountAt])
  unmounted()
})

function tryMount(at: string): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', at], { stdio: 'ignore' })
    return true
  } catch {
    return false // No right to mount here: the test says that it was skipped.
  }
}

function configOf({ dataDir, store }: TestInstance) {
  return {
    dataDir,
    version: '0.0.0-test',
    sources: () => ({ ok: true as const, value: { traces: store.traces, timings: store.timings } }),
    mapping: DEFAULT_MAPPING,
    retention: { minutes: 60, largeDays: 30, largestGuilds: 0, holdHours: 24, diskCapBytes: 20e9 },
  }
}
