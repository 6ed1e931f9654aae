import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { FIRST, logContract, must, titled } from './contract/log-contract.ts'
import type { Disk } from './durable.ts'
import { newId } from './ids.ts'
import { ANN, fullAfter, temporaryFolder } from './incidents-fixture.ts'
import { LogFiles } from './log-files.ts'
import { IncidentLogs } from './logs.ts'

const folders: (() => void)[] = []
afterEach(() => {
  for (const dispose of folders.splice(0)) dispose()
})

function opened(disk?: Disk) {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  return { folder, logs: new IncidentLogs(new LogFiles(folder, disk)) }
}

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

test('a line that a crash cut off is cut off for good, and said', async () => {
  const { logs, id, folder, file } = await withIncident()
  await logs.append(id, 'e1', titled('A'), ANN, 2_000)
  const whole = readFileSync(file, 'utf8')
  appendFileSync(file, '{"v":1,"id":"torn","seq":2,"atMs":3000,"by":{"na')
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  const reopened = new IncidentLogs(new LogFiles(folder))
  const state = await reopened.state(id)
  expect(state.ok && state.value.damaged[0]?.why).toMatch(/never acknowledged/)
  expect(log.mock.calls[0]?.[0]).toMatch(/cut off/)
  log.mockRestore()
  expect(readFileSync(file, 'utf8')).toBe(whole)
  const next = await reopened.append(id, 'e2', titled('B'), ANN, 4_000)
  expect(next.ok && next.value.seq).toBe(2)
})

test('broken folders take nobody down', async () => {
  const { logs, id, folder } = await withIncident()
  const [empty, garbage] = [newId(), newId()]
  mkdirSync(join(folder, empty))
  mkdirSync(join(folder, garbage))
  writeFileSync(join(folder, garbage, 'log.ndjson'), Buffer.from([0, 255, 10, 13, 10]))
  writeFileSync(join(folder, 'stray'), 'x')
  const list = must(await logs.list())
  expect(list.incidents.map((incident) => incident.id)).toEqual([id])
  expect(list.damaged.map(({ what }) => what).sort()).toEqual(
    [`The incident ${empty}`, `The incident ${garbage}`].sort(),
  )
  expect(must(await logs.list())).toEqual(list)
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

logContract(async () => {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  return {
    open: () => new IncidentLogs(new LogFiles(folder)),
    spoil: async (id, garbage) => appendFileSync(join(folder, id, 'log.ndjson'), `${garbage.join('\n')}\n`),
    halfMade: async () => {
      mkdirSync(join(folder, '.unfinished-1234'))
      writeFileSync(join(folder, '.unfinished-1234', 'log.ndjson'), 'x')
    },
  }
})

test('what a crash left unfinished goes at the next start', async () => {
  const { logs, id, folder } = await withIncident()
  mkdirSync(join(folder, '.unfinished-1234'))
  writeFileSync(join(folder, '.unfinished-1234', 'log.ndjson'), 'x')
  must(await logs.sweep())
  expect(readdirSync(folder)).toEqual([id])
  must(await logs.remove(id))
  expect(readdirSync(folder)).toEqual([])
})
