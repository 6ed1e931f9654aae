/**
 * Every adapter × every fault, over a real TCP proxy: each question ends within the source's time-out, with bounded memory, in a sentence
 * that names the source (or in what could be read, with a note). An adapter joins by one entry in `ADAPTERS`.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Failure, Result } from '../base/result.ts'
import { type SourceSettings, sourceSettings } from '../config/source-fields.ts'
import { openClickhouseSource } from './clickhouse/index.ts'
import type { WholeTraceBackend } from './fetched/fetched-trace.ts'
import type { BackendClient } from './http/backend-client.ts'
import { createBackendClient } from './http/create-client.ts'
import { CERTIFICATE, FAULTS, type Fault, startFaultProxy } from './http/fault-proxy.fixture.ts'
import { peakOf } from './http/peak.fixture.ts'
import {
  type RecordedAnswer,
  type Replay,
  type ReplayedRequest,
  recordedIn,
  startReplay,
} from './http/replay.fixture.ts'
import { jaegerBackend } from './jaeger/backend.ts'
import { openPrometheusSource } from './prometheus/index.ts'
import { tempoBackend } from './tempo/backend.ts'
import { openHttpTimings } from './timings-http/index.ts'
import type { TimingsSource } from './timings-source.ts'
import type { SourceHealth } from './trace-source.ts'
import { zipkinBackend } from './zipkin/backend.ts'

const NEVER = new AbortController().signal
const SECRET = 'a-secret-of-the-source'
/** Where the fault is that nothing comes: short, because it is waited for. */
const SHORT = { timeoutMs: 400, totalTimeoutMs: 800 }
/** Where an answer comes, the fault itself is to be seen, not a time-out of a loaded machine. */
const LONG = { timeoutMs: 10_000, totalTimeoutMs: 20_000 }
/** A question may ask twice, one after the other, and the machine may be busy; without a time-out it would take minutes. */
const MOST_TIMES = 10
const MAX_ANSWER_BYTES = 16 * 2 ** 20
const MOST_EXTRA_BYTES = 300 * 2 ** 20
const PROBE_ID = 'c4a70000000000000000000000000abc'
const GUILD = '81384788765712384'
const QUERY = { guild: GUILD, fromMs: 0, toMs: 1e12, limit: 20, sort: 'newest' } as const
const RANGE = { fromMs: 1_700_000_000_000, toMs: 1_700_003_600_000 }

type Question = () => Promise<Result<unknown>>
type Questions = Readonly<Record<string, Question>>

interface Adapter {
  readonly kind: SourceSettings['kind']
  readonly answers: readonly RecordedAnswer[]
  /** What no recording has with just these parameters. */
  readonly otherwise: (request: ReplayedRequest) => RecordedAnswer | undefined
  readonly questions: (settings: SourceSettings, client: BackendClient) => Questions
}

/** Health as a result: a failure where it is not well. */
async function wellness(health: Promise<SourceHealth>): Promise<Result<unknown>> {
  const { ok, failure, name } = await health
  if (ok) return { ok: true, value: undefined }
  return { ok: false, failure: failure ?? { kind: 'unavailable', source: name, what: 'no failure given', tryThis: '' } }
}

function ofTraces(backend: WholeTraceBackend): Questions {
  return {
    trace: () => backend.fetchTrace(PROBE_ID, undefined, NEVER),
    search: () => backend.search(QUERY, NEVER),
    health: () => wellness(backend.health(NEVER)),
  }
}

function ofTimings(source: TimingsSource): Questions {
  return {
    minutes: () => source.minutes(GUILD, RANGE, NEVER),
    minutesJson: () => source.minutesJson(GUILD, RANGE, NEVER),
    samples: () => source.samples(GUILD, RANGE, 1_000, NEVER),
    fleet: () => source.fleet({ atMs: RANGE.toMs, minutes: 60, limit: 10 }, NEVER),
    health: () => wellness(source.health(NEVER)),
  }
}

function other(kind: string): never {
  throw new Error(`settings of ${kind}`)
}

function json(body: unknown): RecordedAnswer {
  return { request: '', status: 200, contentType: 'application/json', body: JSON.stringify(body) }
}

const recorded = (kind: string) => recordedIn(join(import.meta.dirname, kind, 'fixtures'))
const TEMPO = recorded('tempo')
const ZIPKIN = recorded('zipkin')
const JAEGER = recorded('jaeger')
const recordingOf = (answers: readonly RecordedAnswer[], request: RegExp) =>
  answers.find((one) => request.test(one.request))

const CLICKHOUSE = recordedIn(join(import.meta.dirname, 'clickhouse/fixtures/payloads-chdb-3.4.0'))
const CLICKHOUSE_ID = 'ccccccccccccccccccccccccccccccc1'
/** A row of `guild_timings`, as ClickHouse answers it: made here, because its time is the question's. */
const MINUTE = {
  ...{
    g: GUILD,
    m: RANGE.fromMs / 1_000,
    n: '',
    a: 'reaction',
    b: 1_000,
    c: -1,
    w: -1,
    x: -1,
    r: -1,
    d: -1,
    s: -1,
    k: '',
  },
  ...{ hb: [], hc: [], newest: RANGE.fromMs / 1_000, version: '26.7.2.1' },
}
const statement = (row: object): RecordedAnswer => ({
  request: '',
  status: 200,
  contentType: 'application/octet-stream',
  body: `${JSON.stringify(row)}\n`,
})

const ADAPTERS: readonly Adapter[] = [
  {
    kind: 'tempo',
    answers: TEMPO,
    otherwise: ({ target }) => (target.startsWith('/api/search?') ? recordingOf(TEMPO, /q=.*guild/) : undefined),
    questions: (settings, client) =>
      settings.kind === 'tempo' ? ofTraces(tempoBackend('staging', settings, client)) : other(settings.kind),
  },
  {
    kind: 'zipkin',
    answers: ZIPKIN,
    otherwise: ({ target }) =>
      target.startsWith('/api/v2/traces?')
        ? recordingOf(ZIPKIN, /annotationQuery=.*guild/)
        : /^\/(health|info)/.test(target)
          ? json({ status: 'UP' })
          : undefined,
    questions: (settings, client) =>
      settings.kind === 'zipkin' ? ofTraces(zipkinBackend('staging', settings, client)) : other(settings.kind),
  },
  {
    kind: 'jaeger',
    answers: JAEGER,
    otherwise: ({ target }) =>
      target.startsWith('/api/traces/')
        ? recordingOf(JAEGER, /api\/traces\/c4a7/)
        : target.startsWith('/api/traces?')
          ? recordingOf(JAEGER, /api\/traces\?service=guilds/)
          : target === '/'
            ? { request: '', status: 200, contentType: 'text/html', body: '<!doctype html><title>Jaeger UI</title>' }
            : undefined,
    questions: (settings, client) =>
      settings.kind === 'jaeger' ? ofTraces(jaegerBackend('staging', settings, client)) : other(settings.kind),
  },
  {
    kind: 'clickhouse',
    answers: CLICKHOUSE,
    // A question of another range or trace than a recorded one is answered as that was.
    otherwise: ({ body }) => {
      const asked = Buffer.from(body).toString()
      if (/ FROM `guild_timings`/.test(asked)) return statement(MINUTE)
      return CLICKHOUSE.find((one) => one.sent?.slice(0, 60) === asked.slice(0, 60) && one.body.length > 0)
    },
    questions: (settings, client) => {
      if (settings.kind !== 'clickhouse') return other(settings.kind)
      const { traces, timings } = openClickhouseSource('staging', settings, client)
      if (traces === undefined || timings === undefined) throw new Error('not both')
      return {
        trace: () => traces.trace(CLICKHOUSE_ID, undefined, NEVER),
        wire: () => traces.traceWire(CLICKHOUSE_ID, undefined, NEVER),
        search: () => traces.searchTraces({ ...QUERY, guild: '777' }, NEVER),
        flame: () => traces.flame({ guild: '777', fromMs: 0, toMs: 1e13, maxSpans: 1_000 }, NEVER),
        health: () => wellness(traces.health(NEVER)),
        minutes: () => timings.minutes(GUILD, RANGE, NEVER),
        samples: () => timings.samples(GUILD, RANGE, 1_000, NEVER),
      }
    },
  },
  {
    kind: 'prometheus',
    answers: [],
    // As Prometheus answers any range query: made here, because its times are the question's.
    otherwise: ({ target }) =>
      json({
        status: 'success',
        data: {
          resultType: 'matrix',
          result: target.startsWith('/api/v1/query_range')
            ? [{ metric: { guild_id: GUILD, action: 'reaction' }, values: [[RANGE.toMs / 1000, '2']] }]
            : [],
          version: '2.53.3',
        },
      }),
    questions: (settings, client) =>
      settings.kind === 'prometheus'
        ? ofTimings(openPrometheusSource('staging', settings, client).timings)
        : other(settings.kind),
  },
  {
    kind: 'timings-http',
    answers: [],
    otherwise: ({ target }) =>
      target.startsWith('/api/timings/guilds?')
        ? json({
            nowMs: RANGE.toMs,
            fromMs: RANGE.fromMs,
            minutes: 60,
            rankedBy: 'busy',
            total: 1,
            guilds: [{ guildId: GUILD, busyUs: Array.from({ length: 60 }, () => 1_000) }],
          })
        : json({
            guildId: GUILD,
            samples: [{ minute: new Date(RANGE.fromMs).toISOString(), node: '', action: 'reaction', busyUs: 1_000 }],
          }),
    questions: (settings, client) =>
      settings.kind === 'timings-http'
        ? ofTimings(openHttpTimings('staging', settings, client).timings)
        : other(settings.kind),
  },
]

/** Faults of an answer that a reader may survive: what was read comes with a note. */
const PARTLY: ReadonlySet<Fault> = new Set(['2 GB answer', 'gzip bomb', 'truncated JSON', 'exception inside a 200'])
/** Nothing is wrong with the data itself. */
const HARMLESS: ReadonlySet<Fault> = new Set(['none', 'wrong content type'])
/** Nothing comes, or not enough of it: only a time-out ends that. */
const WAITING: ReadonlySet<Fault> = new Set(['black hole', 'slow drip'])
/** Memory is the process's: whoever is measured by it is asked alone. */
const LARGE: ReadonlySet<Fault> = new Set(['2 GB answer', 'gzip bomb'])

function notesOf(value: unknown): readonly unknown[] {
  return typeof value === 'object' && value !== null && 'notes' in value && Array.isArray(value.notes)
    ? value.notes
    : []
}

function check(failure: Failure, what: string): void {
  expect(failure.what, what).toContain('staging')
  expect(failure.source, what).toBe('staging')
  expect(failure.what, what).toMatch(/[.…]$/)
  expect(failure.tryThis, what).toMatch(/[.…]$/)
  expect(JSON.stringify(failure)).not.toContain(SECRET)
}

for (const adapter of ADAPTERS) {
  describe(`${adapter.kind} × every fault`, () => {
    let upstream: Replay
    beforeAll(async () => {
      upstream = await startReplay(adapter.answers, { anyValueOf: ['start', 'end'], otherwise: adapter.otherwise })
    })
    afterAll(() => upstream.close())

    async function askThrough(fault: Fault): Promise<void> {
      const proxy = await startFaultProxy(fault, upstream.url)
      const limits = WAITING.has(fault) ? SHORT : LONG
      const settings = sourceSettings.parse({
        kind: adapter.kind,
        url: proxy.url,
        auth: { bearer: SECRET },
        ...limits,
        maxAnswerBytes: MAX_ANSWER_BYTES,
        ...(proxy.url.startsWith('https') ? { tls: { ca: CERTIFICATE } } : {}),
      })
      // Each question has a client of its own: what one of them met (an open breaker, known services) does not answer for the next.
      const unused = createBackendClient('staging', settings)
      const names = Object.keys(adapter.questions(settings, unused))
      await unused.close()
      const ask = async (what: string) => {
        const client = createBackendClient('staging', settings)
        try {
          const startMs = performance.now()
          const answer = await adapter.questions(settings, client)[what]()
          expect(performance.now() - startMs, what).toBeLessThan(MOST_TIMES * limits.totalTimeoutMs)
          judge(fault, what, answer)
        } finally {
          await client.close()
        }
      }
      try {
        if (!LARGE.has(fault)) await Promise.all(names.map(ask))
        else
          for (const what of names) {
            const [, extra] = await peakOf(() => ask(what))
            expect(extra, what).toBeLessThan(MOST_EXTRA_BYTES)
          }
      } finally {
        await proxy.close()
      }
    }

    function judge(fault: Fault, what: string, answer: Result<unknown>): void {
      if (!answer.ok) {
        expect(HARMLESS.has(fault) ? answer.failure : undefined, what).toBeUndefined()
        check(answer.failure, what)
      } else if (PARTLY.has(fault) && what !== 'health') {
        // What was read of a cut answer comes with a note that says whose answer was cut.
        expect(notesOf(answer.value), what).toContainEqual(expect.stringContaining('staging'))
      } else expect(HARMLESS.has(fault) ? fault : `${fault}: ${what} was answered`).toBe(fault)
    }

    test.concurrent.each(FAULTS.filter((fault) => !LARGE.has(fault)))('%s', { timeout: 60_000 }, askThrough)
    test.each(FAULTS.filter((fault) => LARGE.has(fault)))('%s', { timeout: 60_000 }, askThrough)
  })
}
