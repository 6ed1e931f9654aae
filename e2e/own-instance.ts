/** A server and a simulator of a test's own, for stories that the shared instance does not tell. */
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { FreezeProgress, FreezeRequest } from '../lib/model/freeze'
import type { FleetAnswer, GuildMinutes } from '../lib/model/timings'
import type { Page as TracePage, TraceSummary } from '../lib/model/trace-list'
import type { TruthFile } from '../lib/simulator/simulation'
import { type ServerPorts, type ServerProcess, startServer } from './server-process'
import { type SimulatorProcess, startSimulator } from './simulator-process'

export const CACHE = path.resolve(import.meta.dirname, '../.cache')

/** One server and one simulator; both are gone after the test, whatever happens in it. */
export class OwnInstance {
  readonly #name: string
  readonly #preset: string
  readonly #ports: ServerPorts
  #server: ServerProcess | undefined
  #simulator: SimulatorProcess | undefined

  /** `name` of its folders, and of the preset unless `preset` says otherwise. */
  constructor(name: string, ports: ServerPorts, preset = name) {
    this.#name = name
    this.#preset = preset
    this.#ports = ports
    for (const old of [this.#dataDir, this.#truthFile]) rmSync(old, { recursive: true, force: true })
  }

  get origin(): string {
    return `http://127.0.0.1:${this.#ports.web}`
  }

  get #dataDir(): string {
    return path.join(CACHE, `e2e-${this.#name}-data`)
  }

  get #truthFile(): string {
    return path.join(CACHE, `e2e-${this.#name}-truth.json`)
  }

  async serve(settings: Readonly<Record<string, string>>): Promise<void> {
    await this.#server?.stop()
    this.#server = await startServer(this.#dataDir, this.#ports, settings)
  }

  get dataDir(): string {
    return this.#dataDir
  }

  /** SIGTERM to the server; its data stays. */
  async stopServer(): Promise<void> {
    await this.#server?.stop()
    this.#server = undefined
  }

  /** Tells the preset's history; with `live` it goes on afterwards. */
  async tell(live: boolean, ...args: readonly string[]): Promise<TruthFile> {
    this.#simulator = startSimulator({ httpPort: this.#ports.http, origin: this.origin }, this.#truthFile, [
      ...['--preset', this.#preset, '--guilds', '20', '--seed', '1'],
      ...(live ? [] : ['--no-live']),
      ...args,
    ])
    await this.#simulator.told(120_000)
    return JSON.parse(readFileSync(this.#truthFile, 'utf8'))
  }

  async get<T>(route: string): Promise<T> {
    const answer = await fetch(this.origin + route)
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
    return await answer.json()
  }

  async post(route: string, body: unknown): Promise<Response> {
    const answer = await fetch(this.origin + route, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`)
    return answer
  }

  /** The id of the incident that comes of it. */
  async freeze(request: FreezeRequest): Promise<string> {
    const { freezeId }: { freezeId: string } = await (await this.post('/api/incidents', request)).json()
    for (;;) {
      const progress = await this.get<FreezeProgress>(`/api/freezes/${freezeId}`)
      if (progress.state === 'done') return progress.incidentId
      if (progress.state !== 'running') throw new Error(JSON.stringify(progress))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  fleet(): Promise<FleetAnswer> {
    return this.get('/api/fleet')
  }

  minutes(guild: string, fromMs: number, toMs: number): Promise<GuildMinutes> {
    return this.get(`/api/guilds/${guild}/minutes?from=${fromMs}&to=${toMs}`)
  }

  /** Traces that began in [fromMs, toMs) and concern no other guild, as a connect of one user to all their guilds does. */
  async traces(guild: string, fromMs: number, toMs: number): Promise<readonly TraceSummary[]> {
    const page: TracePage<TraceSummary> = await this.get(
      `/api/traces?guild=${guild}&from=${fromMs}&to=${toMs}&sort=newest&limit=200`,
    )
    return page.items.filter((trace) => trace.guildId === guild && trace.action !== 'connect')
  }

  /** The status of the answer to whoever opens that trace. */
  async traceStatus(traceId: string): Promise<number> {
    const answer = await fetch(`${this.origin}/api/traces/${traceId}`)
    await answer.arrayBuffer()
    return answer.status
  }

  async close(): Promise<void> {
    await this.#simulator?.stop()
    await this.#server?.stop()
  }
}
