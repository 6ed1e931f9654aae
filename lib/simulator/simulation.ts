import type { Head } from './head.ts'
import { makeInfrastructure } from './infrastructure.ts'
import { ACTIONS } from './model/actions.ts'
import { type Cast, makeFleet } from './model/fleet.ts'
import { type PlacedEffect, World } from './model/world.ts'
import { SpanEncoder } from './otlp-encode.ts'
import type { Preset } from './presets.ts'
import type { Sink } from './sender.ts'
import { SpanWriter } from './span-writer.ts'
import { reportTimings } from './timings-report.ts'
import { TraceIds } from './trace-ids.ts'
import { Tracer } from './tracer.ts'
import { type Truth, TruthKeeper } from './truth.ts'

const MINUTE_MS = 60_000
/** Spans in one request; well below any receiver's limit of size. */
const SPANS_PER_REQUEST = 8_000
/** Guilds on one node. */
const GUILDS_PER_NODE = 20
/** A live system's exporters lag behind by about this much. */
const LIVE_LAG_MS = 2_000
const LIVE_TIMINGS_EVERY_MS = 4_000
/** The largest trace happens this long before the history ends. */
const FANOUT_BEFORE_END_MS = 120_000

export interface SimulationOptions {
  readonly presets: readonly Preset[]
  /** Histories of presets end inside their incidents. */
  readonly demo: boolean
  readonly seed: string
  /** Unix ms at which the history ends. */
  readonly nowMs: number
  readonly historyMinutes: number
  readonly guilds: number
  readonly headRate: number
  /** Traces a minute over the whole fleet, roughly. */
  readonly tracesPerMinute: number
}

export interface Progress {
  readonly phase: 'history' | 'live'
  /** Share of the history, 0..1. */
  readonly done: number
  readonly spans: number
  readonly samples: number
  readonly messages: number
}

/** A run's ground truth, as written by `--truth`. */
export interface TruthFile {
  readonly version: 1
  readonly seed: string
  readonly startMs: number
  readonly endMs: number
  readonly guilds: number
  readonly messages: number
  readonly traces: number
  readonly incompleteTraces: number
  readonly spans: number
  readonly samples: number
  readonly largestTrace?: { readonly traceId: string; readonly recipients: number; readonly spans: number }
  readonly incidents: readonly Truth[]
}

/** One run: a fleet that lives through its history as fast as it can be told, then goes on in real time. */
export class Simulation {
  readonly startMs: number
  readonly world: World<Head>
  readonly tracer: Tracer
  readonly #options: SimulationOptions
  readonly #sink: Sink
  readonly #encoder: SpanEncoder
  readonly #out: SpanWriter
  readonly #keepers: readonly TruthKeeper<Head>[]
  #samples = 0
  #spansAtHand = 0
  #reportedMinute = -1
  #nowUs = 0
  #largest: TruthFile['largestTrace']

  constructor(options: SimulationOptions, sink: Sink) {
    this.#options = options
    this.#sink = sink
    this.startMs = Math.floor((options.nowMs - options.historyMinutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
    const nodes = Math.max(2, Math.ceil(options.guilds / GUILDS_PER_NODE))
    const effects: PlacedEffect[] = []
    const stories: { readonly preset: Preset; readonly startMs: number }[] = []
    for (const preset of options.presets) {
      const minutes = Math.min(options.demo ? preset.demoMinutes : preset.storyMinutes, options.historyMinutes)
      const storyStart = Math.floor((options.nowMs - minutes * MINUTE_MS) / MINUTE_MS) * MINUTE_MS
      stories.push({ preset, startMs: storyStart })
      for (const effect of preset.effects)
        effects.push({ effect, storyOffsetS: Math.round((storyStart - this.startMs) / 1000) })
    }
    const cast = new Map<string, Cast>()
    for (const { guild, others } of options.presets)
      for (const member of [guild, ...others]) if (member !== undefined) cast.set(member.id, member)
    const specs = makeFleet(options.seed, options.guilds, [...cast.values()], nodes)
    const storyGuilds = new Set(cast.keys())
    const perStoryGuild = (options.tracesPerMinute * 0.3) / Math.max(1, storyGuilds.size)
    this.world = new World(
      specs,
      options.seed,
      effects,
      {
        headRate: options.headRate,
        storyGuildPerMinute: Math.max(perStoryGuild, options.tracesPerMinute * 0.2),
        otherGuildPerMinute: (options.tracesPerMinute * 0.7) / Math.max(1, specs.length - storyGuilds.size),
      },
      storyGuilds,
    )
    this.#encoder = new SpanEncoder(this.startMs, 'guildscope.simulator', '1')
    const infrastructure = makeInfrastructure(this.#encoder, options.seed, nodes)
    const ids = new TraceIds(options.seed, this.startMs)
    this.#out = new SpanWriter(this.#encoder, infrastructure, ids, options.seed)
    this.tracer = new Tracer(this.#out, this.world)
    this.#keepers = stories.flatMap(({ preset, startMs }) => {
      const server = this.world.servers.find(({ spec }) => spec.id === preset.guild?.id)
      return server === undefined ? [] : [new TruthKeeper(server, preset, this.startMs, startMs)]
    })
    this.tracer.onFinished = (trace) => {
      for (const keeper of this.#keepers) keeper.finished(trace)
    }
    const fanout = options.presets.find((preset) => preset.fanout !== undefined)
    if (fanout?.guild !== undefined)
      this.tracer.fullTraceOf = {
        guildId: fanout.guild.id,
        fromUs: Math.max(0, options.nowMs - FANOUT_BEFORE_END_MS - this.startMs) * 1000,
      }
  }

  /** Tells the history up to `nowMs`. */
  async history(onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
    const endUs = (this.#options.nowMs - this.startMs) * 1000
    while (this.#nowUs < endUs && !signal.aborted) {
      await this.#second(endUs)
      onProgress(this.#progress('history', Math.min(0.99, this.#nowUs / endUs)))
    }
    if (signal.aborted) return
    await this.#flushTraces()
    await this.#report(Math.floor(this.#nowUs / 60e6))
    await this.#sink.drain()
    onProgress(this.#progress('history', 1))
  }

  /** Goes on in real time until `signal` aborts. `clock`: Unix ms. */
  async live(
    clock: () => number,
    wait: (ms: number) => Promise<void>,
    onProgress: (progress: Progress) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let reportAtMs = 0
    while (!signal.aborted) {
      const now = clock()
      const untilUs = (now - LIVE_LAG_MS - this.startMs) * 1000
      while (this.#nowUs < untilUs && !signal.aborted) await this.#second(untilUs)
      await this.#flushTraces()
      if (now >= reportAtMs) {
        await this.#report(Math.floor(this.#nowUs / 60e6))
        reportAtMs = now + LIVE_TIMINGS_EVERY_MS
      }
      onProgress(this.#progress('live', 1))
      await wait(1_000)
    }
  }

  truth(): TruthFile {
    for (const keeper of this.#keepers) keeper.takeMinutes(Math.floor(this.#nowUs / 60e6))
    return {
      version: 1,
      seed: this.#options.seed,
      startMs: this.startMs,
      endMs: Math.round(this.startMs + this.#nowUs / 1000),
      guilds: this.world.servers.length,
      messages: this.#messages(),
      traces: this.tracer.traces,
      incompleteTraces: this.tracer.incompleteTraces,
      spans: this.#out.spans,
      samples: this.#samples,
      ...(this.#largest === undefined ? {} : { largestTrace: this.#largest }),
      incidents: this.#keepers.map((keeper) => keeper.truth()),
    }
  }

  async #second(untilUs: number): Promise<void> {
    const full = this.tracer.fullTraceOf
    if (full !== undefined && this.#nowUs >= full.fromUs) this.#chooseFullTrace(full.guildId)
    this.world.step(this.tracer, untilUs)
    this.#nowUs = Math.min(untilUs, Math.floor(this.#nowUs / 1e6 + 1) * 1e6)
    this.tracer.tick(this.#nowUs)
    for (const keeper of this.#keepers) keeper.look(this.#nowUs)
    if (this.tracer.fanout.waiting !== undefined) await this.#writeFullFanout()
    if (this.#encoder.pending >= SPANS_PER_REQUEST) await this.#flushTraces()
    // A minute is told two seconds after its end: by then the work that began in it is booked.
    const minute = Math.floor((this.#nowUs - 2e6) / 60e6) - 1
    if (minute > this.#reportedMinute) await this.#report(minute)
  }

  #chooseFullTrace(guildId: string): void {
    const server = this.world.servers.find(({ spec }) => spec.id === guildId)
    server?.traceNext(ACTIONS.findIndex((action) => action.name === 'message_create'))
  }

  async #writeFullFanout(): Promise<void> {
    const waiting = this.tracer.fanout.waiting
    if (waiting === undefined) return
    await this.#flushTraces()
    const before = this.#out.spans
    for (const _ of this.tracer.fanout.writeFull(SPANS_PER_REQUEST)) await this.#flushTraces()
    await this.#flushTraces()
    this.#largest = {
      traceId: waiting.traceId,
      recipients: waiting.head.server.spec.sessions,
      spans: waiting.spansBefore + this.#out.spans - before,
    }
  }

  async #flushTraces(): Promise<void> {
    const spans = this.#encoder.pending
    if (spans === 0) return
    this.#spansAtHand += spans
    await this.#sink.traces(this.#encoder.take(), spans)
  }

  async #report(minute: number): Promise<void> {
    for (const keeper of this.#keepers) keeper.takeMinutes(minute)
    for (const request of reportTimings(this.world.servers, this.startMs, minute)) {
      this.#samples += request.samples
      await this.#sink.timings(request.body, request.samples)
    }
    this.#reportedMinute = Math.max(this.#reportedMinute, minute)
  }

  #messages(): number {
    return this.world.servers.reduce((sum, server) => sum + server.arrivedTotal, 0)
  }

  #progress(phase: Progress['phase'], done: number): Progress {
    return { phase, done, spans: this.#spansAtHand, samples: this.#samples, messages: this.#messages() }
  }
}
