/** Incidents in the real engine: the contract of the file storage, and what only several copies over one engine can get wrong. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { StateTables } from '../lib/clickstore/state.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { blobContract } from '../lib/incidents/contract/blob-contract.ts'
import { FIRST, logContract, must, titled } from '../lib/incidents/contract/log-contract.ts'
import { entriesBehind } from '../lib/incidents/event-stream.ts'
import { newId } from '../lib/incidents/ids.ts'
import { ANN, BO } from '../lib/incidents/incidents-fixture.ts'
import { IncidentLogs } from '../lib/incidents/logs.ts'
import { SharedBlobs } from '../lib/incidents/shared/shared-blobs.ts'
import { SharedLogs } from '../lib/incidents/shared/shared-logs.ts'
import type { Change, Entry } from '../lib/model/incident.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { type ClickHouse, startClickHouse } from './clickhouse.ts'

const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }
let engine: ClickHouse
const opened: StateTables[] = []

function tables(url = engine.url): StateTables {
  const settings = sourceSettings.parse({ kind: 'clickhouse', url })
  const copy = new StateTables(createBackendClient('warehouse', settings, {}), names)
  opened.push(copy)
  return copy
}

beforeAll(async () => {
  engine = await startClickHouse()
  const client = createBackendClient('warehouse', sourceSettings.parse({ kind: 'clickhouse', url: engine.url }), {})
  const applied = await applySchema(client, names, DEFAULT_KEPT, new AbortController().signal)
  if (!applied.ok) throw new Error(applied.failure.what)
}, 180_000)
afterAll(async () => {
  for (const copy of opened) await copy.close()
  await engine?.stop()
})

async function emptied(): Promise<void> {
  for (const table of ['guildscope_records', 'guildscope_pieces']) await engine.query(`TRUNCATE TABLE ${table}`)
}

function row(key: string, seq: number, body: string): string {
  return JSON.stringify({ Kind: 'incident', Key: key, Seq: seq, Id: newId(), Head: 0, Body: body })
}

async function insert(...rows: readonly string[]): Promise<void> {
  const columns = 'Kind, Key, Seq, Id, Head, Body'
  await engine.query(`INSERT INTO guildscope_records (${columns}) FORMAT JSONEachRow\n${rows.join('\n')}`)
}

describe('logs', () => {
  logContract(async () => {
    await emptied()
    return {
      open: () => new IncidentLogs(new SharedLogs(tables())),
      spoil: (id, garbage) => insert(...garbage.map((body, i) => row(id, 10 + i, body))),
      halfMade: (id) => insert(row(id, 1, JSON.stringify({ ...FIRST, seq: 1, change: titled('half') }))),
    }
  })
})

const WAYS = {
  flip: 'UPDATE Bytes = reverse(Bytes)',
  cut: 'UPDATE Bytes = substring(Bytes, 1, 10)',
  empty: "UPDATE Bytes = ''",
  gone: 'DELETE',
}

describe('pieces', () => {
  blobContract(async () => {
    await emptied()
    return {
      open: () => new SharedBlobs(tables()),
      spoil: async (sha, how) => {
        await engine.query(
          `ALTER TABLE guildscope_pieces ${WAYS[how]} WHERE Sha256 = '${sha}' SETTINGS mutations_sync = 2`,
        )
      },
      kept: async () => {
        const text = await engine.query('SELECT DISTINCT Sha256 FROM guildscope_pieces ORDER BY Sha256 FORMAT TSV')
        return text.split('\n').slice(0, -1)
      },
      gone: /its rows are gone/,
    }
  })
})

describe('two copies', () => {
  const note = (noteId: string, text: string): Change => ({
    kind: 'note-added',
    noteId,
    text,
    pin: { kind: 'incident' },
  })
  const twoWith = async () => {
    const [here, there] = [tables(), tables()].map((copy) => new IncidentLogs(new SharedLogs(copy)))
    const id = newId()
    must(await here.create(id, [FIRST]))
    return { here, there, id }
  }

  test('notes written at both at once are all kept, in one order for both, and each hears the other’s within two seconds', async () => {
    const { here, there, id } = await twoWith()
    const heard = [new Map<string, number>(), new Map<string, number>()]
    const stops = [here, there].map((logs, i) => {
      return logs.subscribe(id, (entry) => entry !== undefined && heard[i].set(entry.id, performance.now()))
    })
    for (const logs of [here, there]) must(await logs.state(id))
    const acknowledged = new Map<string, number>()
    const write = async (logs: IncidentLogs, name: string) => {
      for (let i = 0; i < 20; i++) {
        must(await logs.append(id, `${name}-${i}`, note(`${name}-${i}`, `${name} ${i}`), ANN, Date.now()))
        acknowledged.set(`${name}-${i}`, performance.now())
      }
    }
    await Promise.all([write(here, 'a'), write(there, 'b')])
    await expect.poll(() => [heard[0].size, heard[1].size], { timeout: 3_000 }).toEqual([40, 40])
    let slowest = 0
    for (const times of heard)
      for (const [entry, at] of times) slowest = Math.max(slowest, at - (acknowledged.get(entry) ?? at))
    expect(slowest).toBeLessThan(2_000)
    console.log(`Each copy heard the other's notes at most ${Math.round(slowest)} ms after they were acknowledged.`)
    const [a, b] = [must(await here.state(id)), must(await there.state(id))]
    expect(a.incident.notes).toHaveLength(40)
    expect(b).toEqual(a)
    for (const stop of stops) stop()
  })

  test('an edit of the same note at both keeps both texts', async () => {
    const { here, there, id } = await twoWith()
    must(await here.append(id, 'n', note('n', 'first'), ANN, Date.now()))
    const edit = (text: string): Change => ({ kind: 'note-edited', noteId: 'n', text, base: 1 })
    const [x, y] = await Promise.all([
      here.append(id, 'x', edit('by Ann'), ANN, Date.now()),
      there.append(id, 'y', edit('by Bo'), BO, Date.now()),
    ])
    must(x)
    must(y)
    const states = [must(await here.state(id)), must(await there.state(id))]
    expect(states[1].incident).toEqual(states[0].incident)
    const [kept] = states[0].incident.notes
    expect([kept.text, ...kept.conflicts.map(({ text }) => text)].sort()).toEqual(['by Ann', 'by Bo'])
  })

  test('one change that is sent to both is one', async () => {
    const { here, there, id } = await twoWith()
    await Promise.all([here, there].map((logs) => logs.append(id, 'same', titled('once'), ANN, Date.now())))
    for (const logs of [here, there]) expect(must(await logs.state(id)).entries).toHaveLength(2)
  })

  test('an entry that came in before what a reader had is among what the reader may have missed', () => {
    const at = (id: string, seq: number, atMs: number): Entry => ({ v: 1, id, seq, atMs, by: ANN, change: titled(id) })
    const log = [at('a', 0, 0), at('b', 1, 1_000_000), at('late', 2, 1_000_500), at('c', 2, 1_001_000)]
    expect(entriesBehind(log, 2, true).map(({ id }) => id)).toEqual(['b', 'late', 'c'])
    expect(entriesBehind(log, 2, false)).toEqual([])
    expect(entriesBehind(log, -1, true)).toEqual(log)
  })

  test('one copy deletes what the other shows: who listens there is told, and it is gone from the list', async () => {
    const { here, there, id } = await twoWith()
    must(await there.state(id))
    const heard: (Entry | undefined)[] = []
    const stop = there.subscribe(id, (entry) => heard.push(entry))
    must(await here.remove(id))
    await expect.poll(() => heard, { timeout: 2_000 }).toEqual([undefined])
    stop()
    const late = await there.append(id, randomUUID(), titled('too late'), BO, Date.now())
    expect(late.ok || late.failure.kind).toBe('not-found')
    expect(must(await there.list()).incidents.map((incident) => incident.id)).not.toContain(id)
    expect(await engine.query(`SELECT count() FROM guildscope_records WHERE Key = '${id}'`)).toBe('0\n')
  })

  test('a restart of the engine loses nothing that was acknowledged', async () => {
    const { here, id } = await twoWith()
    must(await here.append(id, 'e', titled('kept'), ANN, Date.now()))
    await engine.restart()
    const after = new IncidentLogs(new SharedLogs(tables()))
    expect(must(await after.state(id)).incident.title).toBe('kept')
  })

  test('without an engine: a sentence that names it, for reading and writing', async () => {
    const logs = new IncidentLogs(new SharedLogs(tables('http://127.0.0.1:9')))
    const id = newId()
    const results = [
      await logs.list(),
      await logs.state(id),
      await logs.create(id, [FIRST]),
      await logs.append(id, 'e', titled('x'), ANN, 0),
      await logs.remove(id),
    ]
    for (const result of results)
      expect(result).toMatchObject({ ok: false, failure: { kind: 'unavailable', what: /warehouse/ } })
  })
})
