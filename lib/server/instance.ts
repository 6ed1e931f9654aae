/**
 * The running instance: configuration, store, receivers. Made once per process by `instrumentation.ts`; it hangs on
 * `globalThis` because route handlers and instrumentation are separate bundles with separate module state.
 */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { ok, type Result } from '../base/result.ts'
import { StateTables } from '../clickstore/state.ts'
import { type ClickStore, createClickStore } from '../clickstore/writer.ts'
import type { Config } from '../config/config.ts'
import { storeSourceOf } from '../config/store-source.ts'
import { type Incidents, openIncidents } from '../incidents/incidents.ts'
import { closedReceivers, createReceivers, type Receivers } from '../ingest/receivers.ts'
import type { TableNames } from '../sources/clickhouse/schema/tables.ts'
import { DERIVED } from '../sources/derived/index.ts'
import { openSourcesHost } from '../sources/host/sources-host.ts'
import type { BackendClient } from '../sources/http/backend-client.ts'
import { createBackendClient } from '../sources/http/create-client.ts'
import { openStore } from '../store/embedded.ts'
import { lockFolder } from '../store/lock.ts'
import type { EmbeddedStore } from '../store/types.ts'
import type { AccessControl } from './access.ts'
import { createAccess } from './auth/control.ts'
import { configured } from './configured.ts'
import { type EventLoopWatch, watchEventLoop } from './event-loop.ts'
import { createPreviews, type Previews } from './previews.ts'
import { Recorder } from './recorder.ts'
import { createSources, type Sources } from './sources.ts'

export interface Instance {
  readonly config: Config
  /** Absent where the configuration switches it off: then nothing is received, and only other systems' sources are read. */
  readonly store: EmbeddedStore | undefined
  /** Whom to ask for traces and timings, by name. */
  readonly sources: Sources
  readonly receivers: Receivers
  readonly incidents: Incidents
  readonly previews: Previews
  readonly access: AccessControl
  /** An owner token made at this start, in clear: shown once in the terminal. */
  readonly madeToken: string | undefined
  readonly startedMs: number
  readonly eventLoop: EventLoopWatch
  /** Stops receiving, flushes what was received, closes the files. Safe to call twice. */
  close(): Promise<void>
}

interface Slot {
  guildscope?: Promise<Result<Instance>>
}

const slot: typeof globalThis & Slot = globalThis

/** The instance this process runs, started on first use (tests and `next dev` reach it without `register`). */
export function instance(): Promise<Result<Instance>> {
  slot.guildscope ??= start()
  return slot.guildscope
}

async function start(): Promise<Result<Instance>> {
  const config = configured()
  return config.ok ? startWith(config.value) : config
}

interface Own {
  readonly store: EmbeddedStore | undefined
  close(): Promise<void>
}

/** The store of this instance; without one, the data folder (incidents, the owner token) is still only ours. */
async function openOwn(config: Config, dataDir: string): Promise<Result<Own>> {
  const { retention } = config
  if (config.store !== 'embedded') {
    mkdirSync(/* turbopackIgnore: true */ dataDir, { recursive: true, mode: 0o700 })
    const lock = lockFolder(dataDir)
    if (!lock.ok) return lock
    return ok({ store: undefined, close: async () => lock.value.release() })
  }
  const opened = await openStore({
    dataDir,
    mapping: config.mapping,
    retentionMinutes: retention.minutes,
    largeRetentionDays: retention.largeDays,
    largestGuilds: retention.largest,
    diskCapBytes: retention.diskCap,
    holdHours: retention.holdHours,
    holdBeforeMinutes: retention.holdBeforeMinutes,
    holdAfterSaturatedMinutes: retention.holdAfterSaturatedMinutes,
    memoryLimitBytes: config.memoryLimit,
  })
  if (!opened.ok) return opened
  const store = opened.value
  return ok({ store, close: () => store.close() })
}

async function startWith(config: Config): Promise<Result<Instance>> {
  const { retention } = config
  const dataDir = path.resolve(/* turbopackIgnore: true */ config.dataDir)
  const own = await openOwn(config, dataDir)
  if (!own.ok) return own
  const { store } = own.value
  const host = await openSourcesHost(config.sources)
  const sources = createSources(config, store, host)
  const shared = sharedState(config)
  const incidents = await openIncidents({
    dataDir,
    version: packageJson.version,
    sources: (choice) => sources.pair(choice),
    mapping: config.mapping,
    retention: {
      minutes: retention.minutes,
      largeDays: retention.largeDays,
      largestGuilds: retention.largest,
      holdHours: retention.holdHours,
      diskCapBytes: retention.diskCap,
    },
    ...(shared === undefined ? {} : { shared }),
  })
  if (!incidents.ok) {
    await shared?.close()
    await sources.close()
    await own.value.close()
    return incidents
  }
  // The folder is locked by now: nobody else makes a token in it.
  const access = await createAccess(config, dataDir, process.env.GUILDSCOPE_NEW_TOKEN === '1', shared)
  if (!access.ok) {
    await incidents.value.close()
    await shared?.close()
    await sources.close()
    await own.value.close()
    return access
  }
  const written = writtenTo(config)
  const kept = written ?? store
  const receivers =
    kept === undefined
      ? closedReceivers()
      : createReceivers(kept, {
          host: config.host,
          httpPort: config.otlpHttpPort,
          grpcPort: config.otlpGrpcPort,
          webPort: config.port,
        })
  await receivers.listen()
  const recorder = recorderOf(config, store, sources)
  recorder?.start()
  const eventLoop = watchEventLoop()
  let closing: Promise<void> | undefined
  const close = async () => {
    eventLoop.stop()
    await recorder?.stop()
    await receivers.close()
    await written?.close()
    await incidents.value.close()
    await access.value.access.close()
    await shared?.close()
    await sources.close()
    await own.value.close()
  }
  return ok({
    config,
    store,
    sources,
    receivers,
    incidents: incidents.value,
    previews: createPreviews(incidents.value),
    access: access.value.access,
    madeToken: access.value.madeToken,
    startedMs: Date.now(),
    eventLoop,
    close: () => {
      closing ??= close()
      return closing
    },
  })
}

/** Copies suspect guilds' minutes into our own store where another service's minutes are asked by default. */
function recorderOf(config: Config, store: EmbeddedStore | undefined, sources: Sources): Recorder | undefined {
  const name = sources.choices().defaults.timings
  const source = sources.timings()
  if (store === undefined || name === undefined || !source.ok) return undefined
  if (name === store.timings.name || name === DERIVED) return undefined
  const recorder = new Recorder({
    source: source.value,
    ingest: (body, format) => store.ingestTimings(body, format),
    afterMinutes: config.retention.holdAfterSaturatedMinutes,
    beforeMinutes: config.retention.holdBeforeMinutes,
    retentionMinutes: config.retention.minutes,
  })
  sources.remark(name, 'Recorder', () => recorder.words())
  return recorder
}

/** Where the receivers write instead of the embedded store, if anywhere. */
function writtenTo(config: Config): ClickStore | undefined {
  const warehouse = warehouseOf(config)
  return warehouse === undefined ? undefined : createClickStore({ ...warehouse, mapping: config.mapping })
}

/** Where all copies keep what people make, if not in the data folder. */
function sharedState(config: Config): StateTables | undefined {
  const warehouse = warehouseOf(config)
  return warehouse === undefined ? undefined : new StateTables(warehouse.client, warehouse.names)
}

/** A connection of its own: one that is busy or broken leaves the others alone. */
function warehouseOf(config: Config): { readonly client: BackendClient; readonly names: TableNames } | undefined {
  if (config.store !== 'clickhouse') return undefined
  const found = storeSourceOf(config)
  if (typeof found === 'string') throw new Error('the configuration was checked')
  const { name, settings } = found
  const { database, tracesTable: traces, timingsTable: timings } = settings
  return { client: createBackendClient(name, settings), names: { database, traces, timings } }
}
