/** What the logs of incidents must do wherever they are kept. */
import { expect, test } from 'vitest'
import type { Result } from '../../base/result.ts'
import type { Change, Entry } from '../../model/incident.ts'
import { newId } from '../ids.ts'
import { ANN, BO, CREATED } from '../incidents-fixture.ts'
import type { IncidentLogs } from '../logs.ts'

export interface LogsUnderTest {
  /** Over the same storage each time: a restart, or another copy. */
  open(): IncidentLogs
  /** Adds records of which none can be read, as nobody but a broken disk or a newer version would. */
  spoil(id: string, garbage: readonly string[]): Promise<void>
  /** An incident of which only a part has been written. */
  halfMade(id: string): Promise<void>
}

export const FIRST: Entry = { v: 1, id: 'first', seq: 0, atMs: 1_000, by: ANN, change: CREATED }
export const titled = (title: string): Change => ({ kind: 'titled', title })
const note = (noteId: string, text: string): Change => ({
  kind: 'note-added',
  noteId,
  text,
  pin: { kind: 'incident' },
})

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

/** Defines the tests; `begin` gives an empty storage. */
export function logContract(begin: () => Promise<LogsUnderTest>): void {
  const withIncident = async () => {
    const storage = await begin()
    const logs = storage.open()
    const id = newId()
    must(await logs.create(id, [FIRST]))
    return { storage, logs, id }
  }

  test('entries are numbered, and the same id twice is one entry', async () => {
    const { storage, logs, id } = await withIncident()
    const first = must(await logs.append(id, 'e1', titled('A'), ANN, 2_000))
    expect(first).toMatchObject({ seq: 1, atMs: 2_000, by: ANN })
    expect(must(await logs.append(id, 'e1', titled('A'), ANN, 3_000))).toEqual(first)
    const state = must(await storage.open().state(id))
    expect(state.entries).toEqual([FIRST, first])
    expect(state.incident).toMatchObject({ title: 'A', length: 2 })
    expect(state.damaged).toEqual([])
  })

  test('a text comes back as it was written', async () => {
    const { storage, logs, id } = await withIncident()
    const text = 'line\nbreak\t\\t \\N "quotes" \u0000 \u202e ü 𝄞 Code: 60. DB::Exception: none'
    must(await logs.append(id, 'e1', note('n1', text), ANN, 2_000))
    expect(must(await storage.open().state(id)).incident.notes[0].text).toBe(text)
  })

  test('a hundred changes at once are all kept, in one order for everybody', async () => {
    const { storage, logs, id } = await withIncident()
    const heard: number[] = []
    const stop = logs.subscribe(id, (entry) => heard.push(entry?.seq ?? -1))
    const added = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        logs.append(id, `e${i}`, note(`n${i}`, `note ${i}`), i % 2 === 0 ? ANN : BO, 2_000),
      ),
    )
    const places = Array.from({ length: 100 }, (_, i) => i + 1)
    expect(added.map((entry) => must(entry).seq).sort((a, b) => a - b)).toEqual(places)
    expect(heard).toEqual(places)
    stop()
    expect(must(await storage.open().state(id)).incident.notes).toHaveLength(100)
  })

  test('what is not there cannot be edited; a clock that was set back does not turn the history around', async () => {
    const { logs, id } = await withIncident()
    const edit = await logs.append(id, 'e1', { kind: 'note-edited', noteId: 'none', text: 'x', base: 1 }, ANN, 2_000)
    expect(edit.ok || edit.failure.kind).toBe('not-found')
    const again = await logs.append(id, 'e2', CREATED, ANN, 2_000)
    expect(again.ok || again.failure.kind).toBe('bad-request')
    must(await logs.append(id, 'e3', titled('A'), ANN, 5_000))
    expect(must(await logs.append(id, 'e4', titled('B'), ANN, 10)).atMs).toBe(5_000)
    const unknown = await logs.append(newId(), 'e5', titled('A'), ANN, 1)
    expect(unknown.ok || unknown.failure.kind).toBe('not-found')
    expect((await logs.append('../../etc/passwd', 'e5', titled('A'), ANN, 1)).ok).toBe(false)
    expect((await logs.state("' OR 1=1 -- ")).ok).toBe(false)
  })

  test('an id is taken once; the list has the newest change first', async () => {
    const { storage, logs, id } = await withIncident()
    const taken = await storage.open().create(id, [FIRST])
    expect(taken.ok || taken.failure.kind).toBe('conflict')
    const other = newId()
    must(await logs.create(other, [{ ...FIRST, atMs: 9_000 }]))
    expect(must(await logs.list()).incidents.map((incident) => incident.id)).toEqual([other, id])
    must(await logs.append(id, 'e1', titled('newest'), ANN, 10_000))
    for (const each of [logs, storage.open()]) {
      const { incidents, damaged } = must(await each.list())
      expect(incidents.map((incident) => incident.title)).toEqual(['newest', 'Reactions flood Pixel Arena'])
      expect(damaged).toEqual([])
    }
    expect([...must(await logs.ids())].sort()).toEqual([id, other].sort())
    expect([must(await logs.has(id)), must(await logs.has(newId()))]).toEqual([true, false])
  })

  test('a record that cannot be read is named and left as it is; the others count', async () => {
    const { storage, logs, id } = await withIncident()
    must(await logs.append(id, 'e1', titled('A'), ANN, 2_000))
    await storage.spoil(id, ['garbage', '{"v":99,"id":"x"}'])
    for (let look = 0; look < 2; look++) {
      const state = must(await storage.open().state(id))
      expect(state.damaged.map(({ what }) => what)).toEqual(['Change 3 of the log', 'Change 4 of the log'])
      expect(state.incident.title).toBe('A')
    }
  })

  test('what continues a log is added to it', async () => {
    const { storage, logs, id } = await withIncident()
    const more: Entry[] = [1, 2].map((seq) => ({ ...FIRST, id: `m${seq}`, seq, change: titled(`more ${seq}`) }))
    expect(must(await logs.extend(id, more))).toMatchObject({ title: 'more 2', length: 3 })
    const gap = await logs.extend(id, [{ ...FIRST, id: 'm9', seq: 9, change: titled('gap') }])
    expect(gap.ok || gap.failure.kind).toBe('conflict')
    expect(must(await storage.open().state(id)).entries).toEqual([FIRST, ...more])
  })

  test('what was never finished is no incident, and can be made again; deleting tells those who listen', async () => {
    const { storage, logs, id } = await withIncident()
    const half = newId()
    await storage.halfMade(half)
    expect(must(await logs.has(half))).toBe(false)
    expect(must(await logs.list()).incidents.map((incident) => incident.id)).toEqual([id])
    const heard: (Entry | undefined)[] = []
    logs.subscribe(id, (entry) => heard.push(entry))
    must(await logs.remove(id))
    expect(heard).toEqual([undefined])
    const gone = await storage.open().state(id)
    expect(gone.ok || gone.failure.kind).toBe('not-found')
    must(await logs.create(id, [FIRST]))
    expect(must(await storage.open().state(id)).entries).toEqual([FIRST])
  })
}
