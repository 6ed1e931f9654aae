/** Against answers that a real Jaeger 1.76.0 gave to the probe (`fixtures/`); the whole contract runs on the real server (`backends/`). */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Result } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import { decodeTracesJson } from '../../model/otlp/json.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../../model/span-batch.ts'
import { OpenedTrace } from '../fetched/opened-trace.ts'
import { wholeTraceSource } from '../fetched/whole-trace-source.ts'
import { createBackendClient } from '../http/create-client.ts'
import { type RecordedAnswer, type ReplayOptions, recordedIn, startReplay } from '../http/replay.fixture.ts'
import { jaegerBackend } from './backend.ts'
import { V1Stream } from './stream-v1.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const ANSWERS = recordedIn(FIXTURES)
const PROBE = readFileSync(join(import.meta.dirname, '../contract/fixtures/probe.otlp.json'))
const PROBE_ID = 'c4a70000000000000000000000000abc'
const GUILD = '81384788765712384'
const NEVER = new AbortController().signal
const RANGE = {
  fromMs: Date.UTC(2026, 10, 23, 22),
  toMs: Date.UTC(2026, 10, 24, 4),
  sort: 'newest',
  limit: 20,
} as const
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(answers: readonly RecordedAnswer[], options: ReplayOptions = {}, changes: object = {}) {
  const replay = await startReplay(answers, options)
  const settings = sourceSettings.parse({ kind: 'jaeger', url: replay.url, ...changes })
  if (settings.kind !== 'jaeger') throw new Error('not a Jaeger')
  const client = createBackendClient('jaeger', settings, {})
  opened.push(client, replay)
  const backend = jaegerBackend('jaeger', settings, client, () => RANGE.toMs)
  return { backend, source: wholeTraceSource(backend), replay }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

const recorded = (file: string) => readFileSync(join(FIXTURES, file))
const page: RecordedAnswer = {
  request: '',
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: recorded('v3-route-that-is-not-there.txt'),
}
/** A route that is not recorded is one that this build lacks. */
const startPage: ReplayOptions = { otherwise: () => page }

/** Every span by its id, times in units of `unitNs`. */
function picture(batches: readonly SpanBatch[], unitNs: bigint) {
  return batches
    .flatMap((batch) =>
      Array.from({ length: batch.count }, (_, i) => ({
        trace: batch.traceIdLo[i],
        id: batch.spanId[i],
        parent: batch.parentId[i],
        name: batch.strings[batch.nameId[i]],
        service: batch.strings[batch.serviceId[i]],
        node: batch.strings[batch.nodeId[i]],
        guild: batch.strings[batch.guildId[i]],
        isInt: batch.guildIsInt[i],
        times: [batch.startNs[i] / unitNs, batch.enqueuedNs[i]],
        lasts: (batch.endNs[i] - batch.startNs[i]) / unitNs,
        flags: [batch.flags[i], batch.kind[i], batch.status[i]],
        headRate: batch.headRate[i],
      })),
    )
    .filter((span) => span.trace === 0xabcn)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

const sent = (unitNs: bigint) => picture([must(decodeTracesJson(PROBE, DEFAULT_MAPPING))], unitNs)

test('v3: a trace is what was sent, but for the 1 ns that Jaeger remarks on', async () => {
  const { source, backend, replay } = await open(ANSWERS)
  const { batches } = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
  const point = 0xa000000000000003n
  expect(picture(batches, 1n)).toEqual(sent(1n).map((span) => (span.id === point ? { ...span, lasts: 1n } : span)))
  const { count } = must(await source.trace(PROBE_ID, undefined, NEVER)).spans
  const ids = must(await source.spanIds(PROBE_ID, NEVER))
  const details = must(await source.spanDetails(PROBE_ID, ids.indexOf(point), count, NEVER))
  expect(details.remarks).toEqual([expect.stringContaining('Negative duration detected')])
  expect(details.attributes.map(({ key }) => key)).toEqual(['session.id'])
  expect(replay.unmatched).toEqual([])
})

test('a build without v3 answers its start page with status 200: v1 is asked, and remembered', async () => {
  const v1 = {
    ...ANSWERS.find(({ request }) => request === `GET /api/traces/${PROBE_ID}`),
    request: `GET /api/traces/${PROBE_ID}?raw=true`,
    status: 200,
    body: recorded('v1-trace.json'),
  }
  const { backend, replay } = await open([v1], startPage)
  for (let n = 0; n < 2; n++) {
    const { batches } = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
    expect(picture(batches, 1_000n).map(({ flags, ...span }) => span)).toEqual(
      sent(1_000n).map(({ flags, ...span }) => span),
    )
  }
  expect(replay.requests.map(({ target }) => target.split('?')[0])).toEqual([
    `/api/v3/traces/${PROBE_ID}`,
    `/api/traces/${PROBE_ID}`,
    `/api/traces/${PROBE_ID}`,
  ])
  expect(backend.capabilities.nanoseconds).toBe(false)
})

test('an address where something else answers is said in a sentence', async () => {
  const { backend } = await open([], startPage)
  const answer = await backend.fetchTrace(PROBE_ID, undefined, NEVER)
  expect(answer).toMatchObject({ failure: { kind: 'unavailable', source: 'jaeger' } })
  const search = await backend.search({ ...RANGE, guild: GUILD }, NEVER)
  expect(search).toMatchObject({ failure: { kind: 'unavailable', source: 'jaeger' } })
})

test('an unknown id is not found, in both APIs', async () => {
  const id = 'f'.repeat(32)
  const answerOf = (request: string, file: string): RecordedAnswer => ({ request, status: 404, body: recorded(file) })
  for (const answer of [
    answerOf(`GET /api/v3/traces/${id}?raw_traces=true`, 'v3-trace-unknown.json'),
    answerOf(`GET /api/traces/${id}?raw=true`, 'v1-trace-unknown.json'),
  ]) {
    const { backend } = await open([answer], startPage)
    expect(await backend.fetchTrace(id, undefined, NEVER)).toMatchObject({ failure: { kind: 'not-found' } })
  }
})

const anyTime = [
  'start',
  'end',
  'limit',
  'raw',
  'query.start_time_min',
  'query.start_time_max',
  'query.num_traces',
  'query.raw_traces',
  'query.attributes',
]
const services: RecordedAnswer = { request: 'GET /api/v3/services', status: 200, body: recorded('v3-services.json') }

test('a guild is searched for in every service, by attribute in v1, and an int is found by its text', async () => {
  const tags = encodeURIComponent(JSON.stringify({ 'guild.id': GUILD }))
  const search = (service: string, body: RecordedAnswer['body']): RecordedAnswer => ({
    request: `GET /api/traces?service=${service}&tags=${tags}&start=1&end=1&limit=1&raw=true`,
    status: 200,
    body,
  })
  const nothing = '{"data":[],"total":0,"limit":0,"offset":0,"errors":null}'
  const answers = [
    services,
    search('guilds', recorded('v1-search.json')),
    search('api', nothing),
    search('sessions', nothing),
  ]
  const { source, replay } = await open(answers, { anyValueOf: anyTime })
  const found = must(await source.searchTraces({ ...RANGE, guild: GUILD }, NEVER))
  expect(replay.unmatched).toEqual([])
  expect(found.items.map(({ traceId, guildId }) => [traceId, guildId])).toEqual([[PROBE_ID, GUILD]])
  expect(found.notes).toEqual([])
  expect(replay.requests).toHaveLength(4)
})

test('a build without search in v1 is asked in v3, and other guilds’ traces are left out and said', async () => {
  const search: RecordedAnswer = {
    request:
      'GET /api/v3/traces?query.service_name=guilds&query.start_time_min=1&query.start_time_max=1&query.num_traces=1&query.attributes=1&query.raw_traces=1',
    status: 200,
    body: recorded('v3-search-attributes.json'),
  }
  const { source } = await open([search], { ...startPage, anyValueOf: anyTime }, { services: ['guilds'] })
  const mine = must(await source.searchTraces({ ...RANGE, guild: GUILD }, NEVER))
  expect(mine.items.map((item) => item.traceId)).toEqual([PROBE_ID])
  const other = must(await source.searchTraces({ ...RANGE, guild: '7' }, NEVER))
  expect(other.items).toEqual([])
  expect(other.notes).toEqual([expect.stringContaining('jaeger passes over attributes')])
})

test('one service that fails does not take the others along', async () => {
  const { source } = await open([services], {
    otherwise: ({ target }) =>
      target.includes('service=guilds')
        ? { request: '', status: 200, body: recorded('v1-search.json') }
        : { request: '', status: 400, contentType: 'text/plain', body: 'no' },
  })
  const found = must(await source.searchTraces({ ...RANGE, guild: GUILD }, NEVER))
  expect(found.items).toHaveLength(1)
  expect(found.notes).toHaveLength(2)
  expect(found.notes[0]).toContain('Service api is missing here.')
})

test('over the limits a trace comes with what was read and the sentence that says so', async () => {
  const v3 = { request: `GET /api/v3/traces/${PROBE_ID}?raw_traces=true`, status: 200, body: recorded('v3-trace.json') }
  const few = await open([v3], {}, { maxSpansPerTrace: 2 })
  const cut = must(await few.source.trace(PROBE_ID, undefined, NEVER))
  expect(cut.spans.count).toBe(2)
  expect(cut.notes[0]).toContain('Showing the first 2 spans that jaeger answered')
  const early = await open([{ ...v3, body: recorded('v3-trace.json').subarray(0, 5_000) }])
  const half = must(await early.source.trace(PROBE_ID, undefined, NEVER))
  expect(half.spans.count).toBe(2)
  expect(half.notes[0]).toContain('the rest of the answer of jaeger could not be read')
  const bytes = await open([v3], {}, { maxAnswerBytes: 5_000 })
  const short = must(await bytes.source.trace(PROBE_ID, undefined, NEVER))
  expect(short.spans.count).toBe(2)
  expect(short.notes[0]).toContain('longer than the limit of bytes')
})

test('health tells the API, what it can and what it cannot', async () => {
  const { source } = await open([services], startPage)
  const health = await source.health(NEVER)
  expect(health).toMatchObject({ ok: true, kind: 'jaeger', name: 'jaeger' })
  expect(health.version).toBeUndefined()
  expect(health.abilities?.some((ability) => !ability.can && ability.why !== undefined)).toBe(true)
  expect(health.facts).toContainEqual({ label: 'Services', value: '3' })
})

test('opening what was fetched keeps order and remarks', () => {
  const batch = must(decodeTracesJson(PROBE, DEFAULT_MAPPING))
  const trace = new OpenedTrace('x', PROBE_ID, { batches: [batch], notes: [], remarks: () => ['said'] }, 100)
  expect(trace.details(0).remarks).toEqual(['said'])
})

test('v1: what is read does not depend on where the answer is cut into pieces', () => {
  const body = readFileSync(join(FIXTURES, 'v1-search.json'))
  const whole = new V1Stream(DEFAULT_MAPPING, 1_000)
  whole.take(body)
  const expected = whole.finish(false)
  expect([expected.problem, expected.batches.length]).toEqual(['', 1])
  for (let size = 1; size < 1_500; size += size < 64 ? 1 : 97) {
    const stream = new V1Stream(DEFAULT_MAPPING, 1_000)
    for (let at = 0; at < body.length; at += size) stream.take(body.subarray(at, at + size))
    expect(stream.finish(false)).toEqual(expected)
  }
})

test('v1: a stage that only the service tells is taken from the configuration', () => {
  const stream = new V1Stream(
    { ...DEFAULT_MAPPING, stage: ['no.such.key'], stageOfService: { guilds: 'guild' } },
    1_000,
  )
  stream.take(readFileSync(join(FIXTURES, 'v1-search.json')))
  const [{ stageId, serviceId, strings, count }] = stream.finish(false).batches
  const stages = new Set(Array.from({ length: count }, (_, i) => `${strings[serviceId[i]]} ${stageId[i]}`))
  expect([...stages].sort()).toEqual(
    [...stages].map((one) => one.replace(/ \d$/, one.startsWith('guilds ') ? ' 3' : ' 0')).sort(),
  )
  expect([...stages].some((one) => one === 'guilds 3')).toBe(true)
})
