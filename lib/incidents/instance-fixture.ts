/** A real store with a sick guild of 20 minutes and 12 traces, and incidents beside it: for tests. */
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ok, type Result } from '../base/result.ts'
import type { FreezeProgress, FreezeRequest } from '../model/freeze.ts'
import { DEFAULT_MAPPING } from '../model/span-batch.ts'
import { otlpRequest, stringAttribute } from '../sources/contract/otlp-request.ts'
import { mustOpen, temporaryConfig } from '../store/store-fixture.ts'
import type { EmbeddedStore } from '../store/types.ts'
import type { Disk } from './durable.ts'
import { type Incidents, openIncidents } from './incidents.ts'
import { ANN } from './incidents-fixture.ts'

export const GUILD = '81384788765712384'
export const MINUTES = 20
export const TRACES = 12

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.kind}: ${result.failure.what}`)
  return result.value
}

export const traceIdOf = (n: number): string => (0xabc0_0000 + n).toString(16).padStart(32, 'd')

export class TestInstance {
  readonly fromMs: number
  readonly toMs: number
  readonly dataDir: string
  readonly #config: ReturnType<typeof temporaryConfig>
  #store: EmbeddedStore | undefined
  #incidents: Incidents | undefined

  private constructor(config: ReturnType<typeof temporaryConfig>) {
    this.#config = config
    this.dataDir = config.config.dataDir
    this.toMs = Math.floor(Date.now() / 60_000) * 60_000 - 5 * 60_000
    this.fromMs = this.toMs - MINUTES * 60_000
  }

  static async start(disk?: Disk): Promise<TestInstance> {
    const instance = new TestInstance(temporaryConfig())
    await instance.open(disk)
    await instance.#feed()
    return instance
  }

  get incidents(): Incidents {
    if (this.#incidents === undefined) throw new Error('it is closed')
    return this.#incidents
  }

  get store(): EmbeddedStore {
    if (this.#store === undefined) throw new Error('it is closed')
    return this.#store
  }

  async open(disk?: Disk): Promise<void> {
    this.#store = await mustOpen(this.#config.config)
    this.#incidents = must(
      await openIncidents({
        dataDir: this.dataDir,
        version: '0.0.0-test',
        sources: () => ok({ traces: this.store.traces, timings: this.store.timings }),
        mapping: DEFAULT_MAPPING,
        retention: { minutes: 60, largeDays: 30, largestGuilds: 0, holdHours: 24, diskCapBytes: 20e9 },
        ...(disk === undefined ? {} : { disk }),
      }),
    )
  }

  async #feed(): Promise<void> {
    const samples = Array.from({ length: MINUTES }, (_, m) =>
      [
        {
          action: 'message_create',
          busyUs: 20_000_000,
          count: 1_000,
          waitUsTotal: 1_000_000,
          waitUsMax: 50_000,
          arrived: 1_000,
        },
        {
          action: 'message_reaction_add',
          busyUs: m < 8 ? 500_000 : 39_700_000,
          count: m < 8 ? 500 : 40_000,
          waitUsTotal: 1_000_000 * (m + 1),
          waitUsMax: 950_000_000,
          arrived: m < 8 ? 500 : 60_000,
        },
      ].map((sample) => ({
        guildId: GUILD,
        guildName: 'Pixel Arena',
        minute: new Date(this.fromMs + m * 60_000).toISOString(),
        node: 'n1',
        ...sample,
      })),
    ).flat()
    must(await this.store.ingestTimings(bytesOf({ samples }), 'json'))
    const spans = Array.from({ length: TRACES }, (_, n) => {
      const trace = traceIdOf(n)
      const id = (i: number) => (n * 16 + i + 1).toString(16).padStart(16, '0')
      const at = n * 60_000
      const more = { traceState: 'ot=th:8' }
      const user = [stringAttribute('enduser.id', `user-${n}`), stringAttribute('http.route', '/messages')]
      return [
        {
          trace,
          id: id(0),
          name: 'client',
          at,
          ms: 100 + n,
          stage: 'client',
          guild: GUILD,
          action: 'message_create',
          more,
          attributes: user,
        },
        {
          trace,
          id: id(1),
          parent: id(0),
          name: 'api',
          at: at + 1,
          ms: 50,
          stage: 'api',
          guild: GUILD,
          action: 'message_create',
          more,
          attributes: [],
        },
        {
          trace,
          id: id(2),
          parent: id(1),
          name: 'guild',
          at: at + 20,
          ms: 10,
          stage: 'guild',
          guild: GUILD,
          action: 'message_create',
          more,
          attributes: [],
        },
      ]
    }).flat()
    must(await this.store.ingestTraces(bytesOf(otlpRequest(spans, this.fromMs)), 'json'))
  }

  request(changes: Partial<FreezeRequest> = {}): FreezeRequest {
    return {
      title: 'Reactions flood Pixel Arena',
      severity: 'major',
      view: { path: `/guilds/${GUILD}`, search: '?v=1' },
      sides: [{ guildId: GUILD, fromMs: this.fromMs, toMs: this.toMs }],
      baselines: ['hour'],
      flames: [],
      traceIds: [traceIdOf(3)],
      slowest: 3,
      longestWait: 2,
      sample: 5,
      ...changes,
    }
  }

  async ended(freezeId: string): Promise<FreezeProgress> {
    for (;;) {
      const progress = must(await this.incidents.freezes.progress(freezeId))
      if (progress.state !== 'running') return progress
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  /** Freezes and gives the new incident's id. */
  async frozen(changes: Partial<FreezeRequest> = {}): Promise<string> {
    const ended = await this.ended(must(this.incidents.freeze(this.request(changes), ANN)))
    if (ended.state !== 'done') throw new Error(JSON.stringify(ended))
    return ended.incidentId
  }

  /** Ends it, throws away what the store holds, and starts it again: what rotation does to a guild, all at once. */
  async restartWithoutData(): Promise<void> {
    await this.close()
    for (const name of readdirSync(this.dataDir)) {
      if (name !== 'incidents') rmSync(join(this.dataDir, name), { recursive: true, force: true })
    }
    await this.open()
  }

  async close(): Promise<void> {
    await this.#incidents?.close()
    await this.#store?.close()
    this.#incidents = undefined
    this.#store = undefined
  }

  async dispose(): Promise<void> {
    await this.close()
    this.#config.dispose()
  }
}

function bytesOf(value: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value))
}
