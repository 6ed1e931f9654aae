/**
 * Any number of copies over one ClickHouse: two real servers that keep no spans or timings of their own. The simulator tells its incident to
 * one of them; the other shows it, and what both show is the same. (Incidents are still files of the copy they were made on.)
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ServerProcess, startServer } from '../e2e/server-process.ts'
import { type SimulatorProcess, startSimulator } from '../e2e/simulator-process.ts'
import { applySchema } from '../lib/clickstore/schema.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
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
const copies: ServerProcess[] = []

beforeAll(async () => {
  engine = await startClickHouse()
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
  for (const copy of [0, 1]) {
    const [web, http, grpc] = ports.slice(copy * 3)
    copies.push(
      await startServer(path.join(folder, `copy-${copy}`), { web, http, grpc }, { GUILDSCOPE_CONFIG: config }),
    )
  }
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

async function get<T>(copy: number, route: string): Promise<T> {
  const answer = await fetch(copies[copy].origin + route)
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
      const answer = await fetch(`${copies[copy].origin}/api/traces/${page.items[0].traceId}`)
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
