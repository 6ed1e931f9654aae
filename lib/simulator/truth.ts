import type { FinishedTrace } from './head.ts'
import { ACTIONS } from './model/actions.ts'
import type { GuildServer } from './model/guild-server.ts'
import type { Preset } from './presets.ts'

/** What really happened, for comparison with what a reader of the traces and timings would conclude. */
export interface Truth {
  readonly preset: string
  readonly cause: string
  readonly guildId: string
  readonly guildName: string
  readonly sessions: number
  /** Unix ms: minute 0 of the story, the first saturated minute, and when the mailbox was empty again. */
  readonly storyStartMs: number
  readonly onsetMs?: number
  readonly clearedMs?: number
  readonly diedMs?: number
  readonly arrived: number
  readonly processed: number
  readonly lost: number
  readonly depth: number
  readonly peakDepth: number
  readonly peakDepthMs: number
  readonly worstWaitUs: number
  readonly worstWaitMs: number
  readonly worstConnectUs: number
  readonly worstConnectMs: number
  /** Of each action its slowest complete trace, the slowest first. */
  readonly slowestComplete: readonly TruthTrace[]
  readonly worstConnectTrace?: { readonly traceId: string; readonly waitUs: number }
  readonly minutes: readonly TruthMinute[]
}

export interface TruthTrace {
  readonly traceId: string
  readonly action: string
  readonly startMs: number
  readonly durationUs: number
  readonly waitUs: number
}

export interface TruthMinute {
  readonly minuteMs: number
  readonly arrived: number
  readonly processed: number
  readonly busyUs: number
  /** Exact quantiles of the mailbox wait of what was completed in that minute. */
  readonly waitP50Us: number
  readonly waitP99Us: number
  readonly waitMaxUs: number
  /** True counts per action: [arrived, processed]. */
  readonly actions: Readonly<Record<string, readonly [number, number]>>
}

const MINUTE_US = 60_000_000
const SATURATED_US = 59_000_000

/** Watches one guild of the story. */
export class TruthKeeper<Head> {
  readonly server: GuildServer<Head>
  readonly #preset: Preset
  readonly #startMs: number
  readonly #storyStartMs: number
  readonly #minutes = new Map<number, TruthMinute>()
  readonly #waits = new Map<number, number[]>()
  readonly #connect = ACTIONS.findIndex((action) => action.name === 'connect')
  #worst = { waitUs: 0, atUs: 0 }
  #worstConnect = { waitUs: 0, atUs: 0 }
  #onsetMs: number | undefined
  #clearedMs: number | undefined
  #diedMs: number | undefined
  readonly #slowest = new Map<string, FinishedTrace>()
  #slowestConnect: FinishedTrace | undefined

  constructor(server: GuildServer<Head>, preset: Preset, startMs: number, storyStartMs: number) {
    this.server = server
    this.#preset = preset
    this.#startMs = startMs
    this.#storyStartMs = storyStartMs
    server.onWait = (action, waitUs, endUs) => this.#wait(action, waitUs, endUs)
  }

  #wait(action: number, waitUs: number, endUs: number): void {
    const minute = Math.floor(endUs / MINUTE_US)
    const waits = this.#waits.get(minute)
    if (waits === undefined) this.#waits.set(minute, [waitUs])
    else waits.push(waitUs)
    if (waitUs > this.#worst.waitUs) this.#worst = { waitUs, atUs: endUs }
    if (action === this.#connect && waitUs > this.#worstConnect.waitUs) this.#worstConnect = { waitUs, atUs: endUs }
  }

  /** To be called each second, and before a minute's totals are forgotten. */
  look(nowUs: number): void {
    const { server } = this
    const nowMs = this.#startMs + nowUs / 1000
    if (server.dead) this.#diedMs ??= nowMs
    if (this.#onsetMs !== undefined && this.#clearedMs === undefined && server.depth <= 5) this.#clearedMs = nowMs
  }

  /** Takes over all totals up to a minute; a finished minute's waits are reduced to quantiles. */
  takeMinutes(upTo: number): void {
    for (const totals of this.server.minutes.values()) {
      if (totals.minute > upTo) continue
      const waits = Float64Array.from(this.#waits.get(totals.minute) ?? []).sort()
      if (totals.minute < upTo) this.#waits.delete(totals.minute)
      if (waits.length === 0 && this.#minutes.has(totals.minute)) continue
      const busyUs = sum(totals.busyUs)
      const minuteMs = this.#startMs + totals.minute * 60_000
      if (busyUs >= SATURATED_US) this.#onsetMs ??= minuteMs
      const actions: Record<string, readonly [number, number]> = {}
      for (let a = 0; a < ACTIONS.length; a++)
        if (totals.arrived[a] > 0 || totals.count[a] > 0)
          actions[ACTIONS[a].name] = [totals.arrived[a], totals.count[a]]
      this.#minutes.set(totals.minute, {
        minuteMs,
        arrived: sum(totals.arrived),
        processed: sum(totals.count),
        busyUs: Math.round(busyUs),
        waitP50Us: Math.round(quantile(waits, 0.5)),
        waitP99Us: Math.round(quantile(waits, 0.99)),
        waitMaxUs: Math.round(waits.at(-1) ?? 0),
        actions,
      })
    }
  }

  finished(trace: FinishedTrace): void {
    if (trace.guildId !== this.server.spec.id || !trace.complete) return
    const took = trace.endUs - trace.startUs
    const slowest = this.#slowest.get(trace.action)
    if (slowest === undefined || took > slowest.endUs - slowest.startUs) this.#slowest.set(trace.action, trace)
    if (
      trace.action === 'connect' &&
      (this.#slowestConnect === undefined || trace.waitUs > this.#slowestConnect.waitUs)
    )
      this.#slowestConnect = trace
  }

  truth(): Truth {
    const { server } = this
    const connect = this.#slowestConnect
    const ms = (us: number) => Math.round(this.#startMs + us / 1000)
    return {
      preset: this.#preset.name,
      cause: this.#preset.cause,
      guildId: server.spec.id,
      guildName: server.spec.name,
      sessions: server.spec.sessions,
      storyStartMs: this.#storyStartMs,
      ...(this.#onsetMs === undefined ? {} : { onsetMs: this.#onsetMs }),
      ...(this.#clearedMs === undefined ? {} : { clearedMs: this.#clearedMs }),
      ...(this.#diedMs === undefined ? {} : { diedMs: this.#diedMs }),
      arrived: server.arrivedTotal,
      processed: server.handledTotal,
      lost: server.lostTotal,
      depth: server.depth,
      peakDepth: server.peakDepth,
      peakDepthMs: ms(server.peakDepthAtUs),
      worstWaitUs: Math.round(this.#worst.waitUs),
      worstWaitMs: ms(this.#worst.atUs),
      worstConnectUs: Math.round(this.#worstConnect.waitUs),
      worstConnectMs: ms(this.#worstConnect.atUs),
      slowestComplete: [...this.#slowest.values()]
        .map(({ traceId, action, startUs, endUs, waitUs }) => ({
          traceId,
          action,
          startMs: ms(startUs),
          durationUs: Math.round(endUs - startUs),
          waitUs: Math.round(waitUs),
        }))
        .sort((a, b) => b.durationUs - a.durationUs),
      ...(connect === undefined
        ? {}
        : { worstConnectTrace: { traceId: connect.traceId, waitUs: Math.round(connect.waitUs) } }),
      minutes: [...this.#minutes.values()].sort((a, b) => a.minuteMs - b.minuteMs),
    }
  }
}

function sum(values: Float64Array): number {
  let total = 0
  for (const value of values) total += value
  return total
}

/** Of ascending values, by nearest rank; 0 of none. */
function quantile(sorted: Float64Array, q: number): number {
  return sorted.length === 0 ? 0 : sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)]
}
