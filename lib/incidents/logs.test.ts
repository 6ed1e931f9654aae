import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import type { Change, Entry } from '../model/incident.ts'
import type { Disk } from './durable.ts'
import { newId } from './ids.ts'
import { ANN, BO, CREATED, fullAfter, temporaryFolder } from './incidents-fixture.ts'
import { IncidentLogs } from './logs.ts'

const folders: (() => void)[] = []
afterEach(() => {
  for (const dispose of folders.splice(0)) dispose()
})

function opened(disk?: Disk) {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  return { folder, logs: new IncidentLogs(folder, disk) }
}

const FIRST: Entry = { v: 1, id: 'first', seq: 0, atMs: 1_000, by: ANN, change: CREATED }
const titled = (title: string): Change => ({ kind: 'titled', title })

async function withIncident(disk?: Disk) {
  const { folder, logs } = opened(disk)
  const id = newId()
  const made = await logs.create(id, [FIRST])
  if (!made.ok) throw new Error(made.failure.what)
  return { folder, logs, id, file: join(folder, id, 'log.ndjson') }
}

test('ids have 80 bits and fit into addresses', () => {
  const ids = new Set(Array.from({ length: 1_000 }, newId))
  expect(ids.size).toBe(1_000)
  for (const id of ids) expect(id).toMatch(/^[a-z2-7]{16}$/)
})

test('entries are numbered, and the same id twice is one entry', async () => {
  const { logs, id, folder } = await withIncident()
  const first = await logs.append(id, 'e1', titled('A'), ANN, 2_000)
  const again = await logs.append(id, 'e1', titled('A'), ANN, 3_000)
  expect(first.ok && first.value).toMatchObject({ seq: 1, atMs: 2_000, by: ANN })
  expect(again).toEqual(first)
  const reopened = await new IncidentLogs(folder).state(id)
  expect(reopened.ok && reopened.value.entries).toHaveLength(2)
  expect(reopened.ok && reopened.value.incident).toMatchObject({ title: 'A', length: 2 })
})

test('a hundred changes at once are all kept, in one order for everybody', async () => {
  const { logs, id, folder } = await withIncident()
  const heard: number[] = []
  logs.subscribe(id, (entry) => heard.push(entry?.seq ?? -1))
  const added = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      logs.append(
        id,
        `e${i}`,
        { kind: 'note-added', noteId: `n${i}`, text: `note ${i}`, pin: { kind: 'incident' } },
        i % 2 === 0 ? ANN : BO,
        2_000,
      ),
    ),
  )
  expect(added.map((entry) => entry.ok && entry.value.seq).sort((a, b) => Number(a) - Number(b))).toEqual(
    Array.from({ length: 100 }, (_, i) => i + 1),
  )
  expect(heard).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  const reopened = await new IncidentLogs(folder).state(id)
  expect(reopened.ok && reopened.value.incident.notes).toHaveLength(100)
})

test('what is not there cannot be edited; a clock that was set back does not turn the history around', async () => {
  const { logs, id } = await withIncident()
  const edit = await logs.append(id, 'e1', { kind: 'note-edited', noteId: 'none', text: 'x', base: 1 }, ANN, 2_000)
  expect(edit.ok || edit.failure.kind).toBe('not-found')
  const again = await logs.append(id, 'e2', CREATED, ANN, 2_000)
  expect(again.ok || again.failure.kind).toBe('bad-request')
  const late = await logs.append(id, 'e3', titled('A'), ANN, 5_000)
  const early = await logs.append(id, 'e4', titled('B'), ANN, 10)
  expect(late.ok && early.ok && early.value.atMs).toBe(5_000)
  const unknown = await logs.append(newId(), 'e5', titled('A'), ANN, 1)
  expect(unknown.ok || unknown.failure.kind).toBe('not-found')
  expect((await logs.append('../../etc/passwd', 'e5', titled('A'), ANN, 1)).ok).toBe(false)
})

test('a line that a crash cut off is cut off for good, and said', async () => {
  const { logs, id, folder, file } = await withIncident()
  await logs.append(id, 'e1', titled('A'), ANN, 2_000)
  const whole = readFileSync(file, 'utf8')
  appendFileSync(file, '{"v":1,"id":"torn","seq":2,"atMs":3000,"by":{"na')
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const reopened = new IncidentLogs(folder)
  const state = await reopened.state(id)
  expect(state.ok && state.value.damaged[0]?.why).toMatch(/never acknowledged/)
  expect(log.mock.calls[0]?.[0]).toMatch(/cut off/)
  log.mockRestore()
  expect(readFileSync(file, 'utf8')).toBe(whole)
  const next = await reopened.append(id, 'e2', titled('B'), ANN, 4_000)
  expect(next.ok && next.value.seq).toBe(2)
})

test('a broken line is named and left as it is; the others count', async () => {
  const { logs, id, folder, file } = await withIncident()
  await logs.append(id, 'e1', titled('A'), ANN, 2_000)
  appendFileSync(file, 'garbage\n{"v":99,"id":"x"}\n')
  const bytes = readFileSync(file)
  const state = await new IncidentLogs(folder).state(id)
  expect(state.ok && state.value.damaged.map(({ what }) => what)).toEqual([
    'Change 3 of the log',
    'Change 4 of the log',
  ])
  expect(state.ok && state.value.incident.title).toBe('A')
  expect(readFileSync(file)).toEqual(bytes)
})

test('broken folders take nobody down', async () => {
  const { logs, id, folder } = await withIncident()
  const [empty, garbage] = [newId(), newId()]
  mkdirSync(join(folder, empty))
  mkdirSync(join(folder, garbage))
  writeFileSync(join(folder, garbage, 'log.ndjson'), Buffer.from([0, 255, 10, 13, 10]))
  writeFileSync(join(folder, 'stray'), 'x')
  const list = await logs.list()
  expect(list.incidents.map((incident) => incident.id)).toEqual([id])
  expect(list.damaged.map(({ what }) => what).sort()).toEqual(
    [`The incident ${empty}`, `The incident ${garbage}`].sort(),
  )
  expect(await logs.list()).toEqual(list)
})

test.each(['ENOSPC', 'EDQUOT', 'EIO'])(
  '%s while adding a change: a sentence, and the log is as before',
  async (code) => {
    // An injected disk: it takes 500 bytes, then writes what still fits and fails.
    const { logs, id, file } = await withIncident(fullAfter(500, code))
    const before = readFileSync(file, 'utf8')
    const added = await logs.append(id, 'e1', titled('long '.repeat(30)), ANN, 2_000)
    expect(added.ok || added.failure.what).toMatch(/^The change was not saved: the disk/)
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect((await logs.state(id)).ok).toBe(true)
  },
)

test('a full disk while an incident is made leaves no folder', async () => {
  const { folder, logs } = opened(fullAfter(20))
  const made = await logs.create(newId(), [FIRST])
  expect(made.ok || made.failure.what).toMatch(/the disk is full\. Nothing half-made was left behind/)
  expect(readdirSync(folder)).toEqual([])
})

test('what a crash left unfinished goes at the next start; deleting tells those who listen', async () => {
  const { logs, id, folder } = await withIncident()
  mkdirSync(join(folder, '.unfinished-1234'))
  writeFileSync(join(folder, '.unfinished-1234', 'log.ndjson'), 'x')
  await logs.sweep()
  expect(readdirSync(folder)).toEqual([id])
  const heard: (Entry | undefined)[] = []
  logs.subscribe(id, (entry) => heard.push(entry))
  expect((await logs.remove(id)).ok).toBe(true)
  expect(heard).toEqual([undefined])
  expect(existsSync(join(folder, id))).toBe(false)
  expect((await logs.state(id)).ok).toBe(false)
})
