import { afterEach, expect, test, vi } from 'vitest'
import type { Entry } from '../model/incident.ts'
import { eventStream } from './event-stream.ts'
import { newId } from './ids.ts'
import { ANN, CREATED, temporaryFolder } from './incidents-fixture.ts'
import { LogFiles } from './log-files.ts'
import { IncidentLogs } from './logs.ts'

const folders: (() => void)[] = []
afterEach(() => {
  vi.useRealTimers()
  for (const dispose of folders.splice(0)) dispose()
})

async function withIncident() {
  const { folder, dispose } = temporaryFolder()
  folders.push(dispose)
  const logs = new IncidentLogs(new LogFiles(folder))
  const id = newId()
  const first: Entry = { v: 1, id: 'first', seq: 0, atMs: 1_000, by: ANN, change: CREATED }
  expect((await logs.create(id, [first])).ok).toBe(true)
  return { logs, id }
}

const yes = async () => true

async function streamed(
  logs: IncidentLogs,
  id: string,
  after = -1,
  signal = new AbortController().signal,
  mayGoOn = yes,
) {
  const stream = await eventStream(logs, id, after, signal, mayGoOn)
  if (!stream.ok) throw new Error(stream.failure.what)
  const reader = stream.value.getReader()
  const next = async () => {
    const { value, done } = await reader.read()
    return done ? undefined : new TextDecoder().decode(value)
  }
  return { next, cancel: () => reader.cancel() }
}

test('what was missed comes first, then each new change at once, to everybody', async () => {
  const { logs, id } = await withIncident()
  const [a, b] = [await streamed(logs, id), await streamed(logs, id, 0)]
  expect(await a.next()).toBe(':\nretry: 1000\n\n')
  expect(await a.next()).toMatch(/^id: 0\ndata: \{.*"created".*\}\n\n$/)
  expect(await b.next()).toBe(':\nretry: 1000\n\n')
  const started = performance.now()
  const added = await logs.append(id, 'e1', { kind: 'titled', title: 'line\nbreak' }, ANN, 2_000)
  expect(added.ok).toBe(true)
  for (const each of [a, b]) {
    const event = await each.next()
    expect(event).toMatch(/^id: 1\ndata: .*\n\n$/)
    expect(event?.split('\n')).toHaveLength(4)
  }
  expect(performance.now() - started).toBeLessThan(2_000)
  await a.cancel()
  await b.cancel()
  expect(logs.listeners(id)).toBe(0)
})

test('it ends when the reader goes, when the incident is deleted, when the reader may not go on', async () => {
  const { logs, id } = await withIncident()
  const abort = new AbortController()
  const gone = await streamed(logs, id, 0, abort.signal)
  await gone.next()
  abort.abort()
  expect(await gone.next()).toBeUndefined()

  vi.useFakeTimers()
  const revoked = await streamed(logs, id, 0, undefined, async () => false)
  await revoked.next()
  await vi.advanceTimersByTimeAsync(15_000)
  expect(await revoked.next()).toBe(':\n\n')
  expect(await revoked.next()).toBeUndefined()
  vi.useRealTimers()

  const deleted = await streamed(logs, id, 0)
  await deleted.next()
  await logs.remove(id)
  expect(await deleted.next()).toBe('event: deleted\ndata: {}\n\n')
  expect(await deleted.next()).toBeUndefined()
  expect(logs.listeners(id)).toBe(0)
})

test('only so many at once, and none for an incident that is not there', async () => {
  const { logs, id } = await withIncident()
  const open = await Promise.all(Array.from({ length: 64 }, () => streamed(logs, id)))
  const refused = await eventStream(logs, id, -1, new AbortController().signal, yes)
  expect(refused.ok || refused.failure.kind).toBe('busy')
  for (const each of open) await each.cancel()
  const unknown = await eventStream(logs, newId(), -1, new AbortController().signal, yes)
  expect(unknown.ok || unknown.failure.kind).toBe('not-found')
  expect(logs.listeners(id)).toBe(0)
})
