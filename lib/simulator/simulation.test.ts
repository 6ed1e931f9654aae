import { createHash } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeTracesProtobuf } from '../model/otlp/decode.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../model/span-batch.ts'
import { FLAG } from '../model/span-columns.ts'
import { STAGE_ID } from '../model/stages.ts'
import { parseTimings } from '../model/timings-parse.ts'
import { PRESETS, presetNamed } from './presets.ts'
import type { Sink } from './sender.ts'
import { Simulation, type SimulationOptions } from './simulation.ts'
import type { Truth } from './truth.ts'

const NOW_MS = Date.parse('2026-11-24T03:00:30Z')

/** A story of an hour takes a second; a machine that does much else may take much longer. */
const BUSY_MACHINE_MS = 60_000

/** Keeps everything, or only its hash. */
class Collector implements Sink {
  readonly requests: Uint8Array[] = []
  readonly bodies: string[] = []
  readonly hash = createHash('sha256')
  readonly #keep: boolean

  constructor(keep = true) {
    this.#keep = keep
  }
  async traces(request: Uint8Array): Promise<void> {
    this.hash.update(request)
    if (this.#keep) this.requests.push(request)
  }
  async timings(body: string): Promise<void> {
    this.hash.update(body)
    if (this.#keep) this.bodies.push(body)
  }
  async drain(): Promise<void> {}
}

function options(preset: string, more: Partial<SimulationOptions> = {}): SimulationOptions {
  return {
    presets: preset.split('+').map((name) => {
      const found = presetNamed(name)
      if (found === undefined) throw new Error(`no preset ${name}`)
      return found
    }),
    demo: false,
    seed: 'test',
    nowMs: NOW_MS,
    historyMinutes: 58,
    guilds: 3,
    headRate: 0.005,
    tracesPerMinute: 60,
    ...more,
  }
}

async function told(settings: SimulationOptions, sink: Sink = new Collector(false)): Promise<Simulation> {
  const simulation = new Simulation(settings, sink)
  await simulation.history(() => {}, new AbortController().signal)
  return simulation
}

async function truthOf(preset: string): Promise<Truth> {
  return (await told(options(preset))).truth().incidents[0]
}

const storyMinute = (truth: Truth, ms: number | undefined) => ((ms ?? Number.NaN) - truth.storyStartMs) / 60_000

describe('reaction-flurry', () => {
  let truth: Truth
  beforeAll(async () => {
    truth = await truthOf('reaction-flurry')
  }, BUSY_MACHINE_MS)

  it('offers 2.3 × what the guild can do at its peak', () => {
    const peak = Math.max(...truth.minutes.map(({ arrived }) => arrived))
    const calm = truth.minutes[2]
    const atPeak = truth.minutes.find(({ arrived }) => arrived === peak)
    if (atPeak === undefined) throw new Error('no minute has the peak')
    // What arrived, at the mean cost of what was handled then.
    const costUs = atPeak.busyUs / atPeak.processed
    expect((peak * costUs) / 60e6).toBeGreaterThan(2.15)
    expect((peak * costUs) / 60e6).toBeLessThan(2.65)
    expect(calm.busyUs / 60e6).toBeCloseTo(0.28, 1)
  })

  it('piles up about 1.2M messages, and lets a connect wait about 16 minutes', () => {
    expect(truth.peakDepth).toBeGreaterThan(1.1e6)
    expect(truth.peakDepth).toBeLessThan(1.3e6)
    expect(truth.worstConnectUs / 60e6).toBeGreaterThan(15)
    expect(truth.worstConnectUs / 60e6).toBeLessThan(17)
  })

  it('saturates at 6:00 and clears near minute 45', () => {
    expect(storyMinute(truth, truth.onsetMs)).toBe(6)
    expect(storyMinute(truth, truth.clearedMs)).toBeGreaterThan(42)
    expect(storyMinute(truth, truth.clearedMs)).toBeLessThan(47)
  })

  it('reads 60.0 s busy throughout, whatever the load', () => {
    const saturated = truth.minutes.filter((minute) => {
      const at = storyMinute(truth, minute.minuteMs)
      return at >= 6 && at + 1 <= Math.floor(storyMinute(truth, truth.clearedMs))
    })
    expect(saturated.length).toBeGreaterThan(35)
    for (const { busyUs } of saturated) expect((busyUs / 1e6).toFixed(1)).toBe('60.0')
  })

  it('makes people wait longest minutes after the burst has faded', () => {
    const burstOver = 5 + (75 + 495) / 60
    expect(storyMinute(truth, truth.worstConnectMs)).toBeGreaterThan(burstOver + 10)
  })

  it('counts: what arrived was handled or is still in the mailbox', () => {
    expect(truth.arrived).toBe(truth.processed + truth.depth)
    expect(truth.minutes.reduce((sum, minute) => sum + minute.arrived, 0)).toBe(truth.arrived)
    expect(truth.minutes.reduce((sum, minute) => sum + minute.processed, 0)).toBe(truth.processed)
  })

  it('ends inside the incident in the demo', async () => {
    const demo = (await told(options('reaction-flurry', { demo: true }))).truth().incidents[0]
    expect(storyMinute(demo, NOW_MS)).toBeGreaterThanOrEqual(25)
    expect(storyMinute(demo, NOW_MS)).toBeLessThan(26)
    expect(demo.clearedMs).toBeUndefined()
    expect(demo.depth).toBeGreaterThan(1e6)
  })
})

describe('other presets', () => {
  it('retry-storm does not recover', async () => {
    const truth = await truthOf('retry-storm')
    expect(truth.clearedMs).toBeUndefined()
    expect(truth.depth).toBe(truth.peakDepth)
  })

  it('debounced clears by about minute 18 to 20', async () => {
    const truth = await truthOf('debounced')
    expect(storyMinute(truth, truth.clearedMs)).toBeGreaterThan(17)
    expect(storyMinute(truth, truth.clearedMs)).toBeLessThan(21)
  })

  it('mass-reconnect makes the guild wait for minutes, then is over', async () => {
    const truth = await truthOf('mass-reconnect')
    expect(truth.worstConnectUs).toBeGreaterThan(60e6)
    expect(storyMinute(truth, truth.clearedMs)).toBeLessThan(15)
  })

  it.each(['member-chunk-bot', 'node-neighbour'])(
    '%s saturates its guild from 5:00 or 6:00 to about 20:00',
    async (name) => {
      const truth = await truthOf(name)
      expect(storyMinute(truth, truth.onsetMs)).toBeLessThanOrEqual(7)
      expect(storyMinute(truth, truth.clearedMs)).toBeGreaterThan(17)
      expect(storyMinute(truth, truth.clearedMs)).toBeLessThan(25)
    },
  )

  it('hot-relay leaves the guild process alone', async () => {
    const truth = await truthOf('hot-relay')
    expect(truth.onsetMs).toBeUndefined()
  })

  it('small-guild is saturated for minutes and over long before now', async () => {
    const truth = await truthOf('small-guild')
    expect(truth.sessions).toBe(400)
    expect((NOW_MS - (truth.onsetMs ?? 0)) / 60_000).toBeGreaterThan(54)
    expect((NOW_MS - (truth.clearedMs ?? NOW_MS)) / 60_000).toBeGreaterThan(40)
    expect(truth.minutes.filter(({ busyUs }) => busyUs >= 59e6).length).toBeGreaterThanOrEqual(6)
  })

  it('guild-down says nothing after 5:00', async () => {
    const truth = await truthOf('guild-down')
    expect(storyMinute(truth, truth.diedMs)).toBeCloseTo(5, 1)
    for (const minute of truth.minutes) expect(storyMinute(truth, minute.minuteMs)).toBeLessThanOrEqual(5)
    expect(truth.lost).toBeGreaterThan(1_000)
  })

  it('names each preset once, with a guild to find', () => {
    expect(new Set(PRESETS.map((preset) => preset.name)).size).toBe(PRESETS.length)
    for (const preset of PRESETS) expect(preset.guild).toBeDefined()
  })
})

describe('output', () => {
  const settings = options('reaction-flurry+guild-down', {
    historyMinutes: 22,
    demo: true,
    guilds: 12,
    tracesPerMinute: 300,
  })
  const sink = new Collector()
  let simulation: Simulation
  const spans = new Map<string, { readonly batch: SpanBatch; readonly i: number }>()
  const batches: SpanBatch[] = []

  beforeAll(async () => {
    simulation = await told(settings, sink)
    for (const request of sink.requests) {
      const batch = decodeTracesProtobuf(request, DEFAULT_MAPPING)
      if (!batch.ok) throw new Error(batch.failure.what)
      batches.push(batch.value)
      for (let i = 0; i < batch.value.count; i++) spans.set(keyOf(batch.value, i), { batch: batch.value, i })
    }
  }, BUSY_MACHINE_MS)

  function keyOf(batch: SpanBatch, i: number, id = batch.spanId[i]): string {
    return `${batch.traceIdHi[i]}/${batch.traceIdLo[i]}/${id}`
  }

  it('is the same for the same seed and the same now, and another for another', async () => {
    const again = new Collector(false)
    await told(settings, again)
    const other = new Collector(false)
    await told({ ...settings, seed: 'other' }, other)
    const digest = sink.hash.copy().digest('hex')
    expect(again.hash.digest('hex')).toBe(digest)
    expect(other.hash.digest('hex')).not.toBe(digest)
  })

  it('is read by the decoder without a rejection, each span once', () => {
    expect(batches.flatMap((batch) => batch.rejected)).toEqual([])
    expect(spans.size).toBe(simulation.truth().spans)
    expect(spans.size).toBe(batches.reduce((sum, batch) => sum + batch.count, 0))
  })

  it('passes the hops in order, and states what a reader needs', () => {
    const parents = new Map<string, number>()
    let late = 0
    for (const { batch, i } of spans.values()) {
      expect(batch.endNs[i]).toBeGreaterThanOrEqual(batch.startNs[i])
      expect(batch.stageId[i]).not.toBe(STAGE_ID.unknown)
      const parent = spans.get(keyOf(batch, i, batch.parentId[i]))
      if (parent === undefined) continue
      const pair = `${parent.batch.stageId[parent.i]}>${batch.stageId[i]}`
      parents.set(pair, (parents.get(pair) ?? 0) + 1)
      if (batch.stageId[i] === STAGE_ID.guild && batch.startNs[i] > parent.batch.endNs[parent.i] + 4_000_000_000n)
        late++
    }
    for (const pair of ['1>2', '2>2', '2>3', '3>3', '3>4', '4>5', '3>5', '5>6', '1>6', '1>5', '5>5', '5>3'])
      expect(parents.get(pair), pair).toBeGreaterThan(0)
    // Calls that timed out: the guild begins long after its caller gave up.
    expect(late).toBeGreaterThan(10)
  })

  it('has complete and incomplete traces, lost contexts, errors, events, links, both kinds of guild ids', () => {
    const all = [...spans.values()]
    const share = (test: (batch: SpanBatch, i: number) => boolean) =>
      all.filter(({ batch, i }) => test(batch, i)).length / all.length
    expect(share((batch, i) => (batch.flags[i] & FLAG.error) !== 0)).toBeGreaterThan(0)
    expect(share((batch, i) => (batch.flags[i] & FLAG.hasEvents) !== 0)).toBeGreaterThan(0)
    expect(share((batch, i) => (batch.flags[i] & FLAG.hasLinks) !== 0)).toBeGreaterThan(0)
    expect(share((batch, i) => batch.guildIsInt[i] === 1)).toBeGreaterThan(0.1)
    expect(share((batch, i) => batch.guildIsInt[i] === 0 && batch.guildId[i] !== 0)).toBeGreaterThan(0.1)
    expect(share((batch, i) => Number.isNaN(batch.headRate[i]) && batch.stageId[i] === STAGE_ID.relay)).toBeGreaterThan(
      0,
    )
    const { traces, incompleteTraces } = simulation.truth()
    expect(incompleteTraces / traces).toBeGreaterThan(0.01)
    expect(incompleteTraces / traces).toBeLessThan(0.035)
  })

  it('keeps session spans at the rate the fan-out states', () => {
    let addressed = 0
    let kept = 0
    const fanouts = new Set<string>()
    for (const [key, { batch, i }] of spans)
      if (batch.stageId[i] === STAGE_ID.guild && batch.recipients[i] > 1_000) {
        fanouts.add(key)
        addressed += batch.recipients[i] * batch.keepRate[i]
      }
    for (const { batch, i } of spans.values()) {
      if (batch.strings[batch.nameId[i]] !== 'session.push') continue
      const up = spans.get(keyOf(batch, i, batch.parentId[i]))
      if (up === undefined) continue
      if (fanouts.has(keyOf(up.batch, up.i)) || fanouts.has(keyOf(up.batch, up.i, up.batch.parentId[up.i]))) kept++
    }
    // Some relays lose the context, so a few per cent are missing.
    expect(kept / addressed).toBeGreaterThan(0.93)
    expect(kept / addressed).toBeLessThan(1.05)
  })

  it('tells timings that the receiver accepts whole, the last total of each minute agreeing with the truth', () => {
    const last = new Map<string, { arrived: number; count: number }>()
    const truth = simulation.truth().incidents[0]
    for (const body of sink.bodies) {
      const parsed = parseTimings(new TextEncoder().encode(body), 'json', NOW_MS)
      if (!parsed.ok) throw new Error(parsed.failure.what)
      expect(parsed.value.rejected).toEqual([])
      const { batch } = parsed.value
      for (let r = 0; r < batch.rows; r++)
        if (batch.strings[batch.guildId[r]] === truth.guildId)
          last.set(`${batch.minuteMs[r]}/${batch.actionId[r] === 0 ? '' : batch.strings[batch.actionId[r]]}`, {
            arrived: batch.measures.arrived[r],
            count: batch.measures.count[r],
          })
    }
    for (const minute of truth.minutes)
      for (const [action, [arrived, count]] of Object.entries(minute.actions))
        expect(last.get(`${minute.minuteMs}/${action}`)).toEqual({ arrived, count: count === 0 ? 0 : count })
  })

  it('lets calls to a dead guild time out, without a span of the guild', () => {
    const dead = simulation.truth().incidents[1]
    let timedOut = 0
    for (const { batch, i } of spans.values()) {
      if (batch.strings[batch.guildId[i]] !== dead.guildId) continue
      const startMs = Number(batch.startNs[i] / 1_000_000n)
      if (startMs < (dead.diedMs ?? 0) + 1_000) continue
      expect(batch.stageId[i]).not.toBe(STAGE_ID.guild)
      if (batch.stageId[i] === STAGE_ID.api && (batch.flags[i] & FLAG.error) !== 0) timedOut++
    }
    expect(timedOut).toBeGreaterThan(0)
  })
})

describe('fanout-1m', () => {
  it('is one trace with a span for each of its recipients, in requests of a bearable size', async () => {
    const [preset] = options('fanout-1m').presets
    if (preset.guild === undefined) throw new Error('it has a guild')
    const small = { ...preset, guild: { ...preset.guild, sessions: 40_000 } }
    const sink = new Collector()
    const simulation = await told({ ...options('fanout-1m'), presets: [small], historyMinutes: 4 }, sink)
    const largest = simulation.truth().largestTrace
    expect(largest?.recipients).toBe(40_000)
    let found = 0
    let sessions = 0
    for (const request of sink.requests) {
      const batch = decodeTracesProtobuf(request, DEFAULT_MAPPING)
      if (!batch.ok) throw new Error(batch.failure.what)
      expect(batch.value.count).toBeLessThan(12_000)
      for (let i = 0; i < batch.value.count; i++) {
        const id =
          batch.value.traceIdHi[i].toString(16).padStart(16, '0') +
          batch.value.traceIdLo[i].toString(16).padStart(16, '0')
        if (id !== largest?.traceId) continue
        found++
        expect(batch.value.headRate[i]).toBe(1)
        if (batch.value.stageId[i] === STAGE_ID.session) sessions++
      }
    }
    expect(sessions).toBe(40_000)
    expect(found).toBe(largest?.spans)
  })
})

describe('live', () => {
  it('goes on from where the history ended: spans when they have ended, the running minute again and again', async () => {
    let clock = NOW_MS
    let spans = 0
    const totals: number[] = []
    const sink: Sink = {
      async traces(request) {
        const batch = decodeTracesProtobuf(request, DEFAULT_MAPPING)
        if (!batch.ok) throw new Error(batch.failure.what)
        spans += batch.value.count
        if (clock === NOW_MS) return
        for (const end of batch.value.endNs) expect(Number(end / 1_000_000n)).toBeLessThanOrEqual(clock)
      },
      async timings(body) {
        const parsed = parseTimings(new TextEncoder().encode(body), 'json', clock)
        if (!parsed.ok) throw new Error(parsed.failure.what)
        const { batch } = parsed.value
        const minute = Date.parse('2026-11-24T03:01:00Z')
        let sum = 0
        for (let r = 0; r < batch.rows; r++) if (batch.minuteMs[r] === minute) sum += batch.measures.count[r]
        if (sum > 0) totals.push(sum)
      },
      async drain() {},
    }
    const simulation = new Simulation(options('hot-relay', { demo: true, historyMinutes: 5, guilds: 2 }), sink)
    const stop = new AbortController()
    await simulation.history(() => {}, stop.signal)
    const told = spans
    await simulation.live(
      () => clock,
      async (ms) => {
        clock += ms
        if (clock >= NOW_MS + 90_000) stop.abort()
      },
      () => {},
      stop.signal,
    )
    expect(spans).toBeGreaterThan(told)
    expect(totals.length).toBeGreaterThan(10)
    expect(totals).toEqual(totals.toSorted((a, b) => a - b))
    const [truth] = simulation.truth().incidents
    const minute = truth.minutes.find(({ minuteMs }) => minuteMs === Date.parse('2026-11-24T03:01:00Z'))
    expect(Math.max(...totals)).toBeGreaterThanOrEqual(minute?.processed ?? Number.POSITIVE_INFINITY)
  })
})
