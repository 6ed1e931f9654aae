/** Against answers that a real Zipkin 3.5.1 gave (`fixtures/`); `backends/zipkin.backend.test.ts` asks the server itself. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { bigIntToSpanId } from '../../base/ids.ts'
import type { Result } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import { decodeSpanRest } from '../../model/otlp/details.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../../model/span-batch.ts'
import { createBackendClient } from '../http/create-client.ts'
import { type RecordedAnswer, type ReplayOptions, recordedIn, startReplay } from '../http/replay.fixture.ts'
import { zipkinBackend } from './backend.ts'
import { annotationQuery } from './search-traces.ts'
import { readZipkinTrace } from './zipkin-trace.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const PROBE_ID = 'c4a70000000000000000000000000abc'
const NEVER = new AbortController().signal
const LIMITS = { source: 'zipkin', maxSpans: 1_000_000, cut: false }
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(answers: readonly RecordedAnswer[], options: ReplayOptions = {}, changes: object = {}) {
  const replay = await startReplay(answers, options)
  const settings = sourceSettings.parse({ kind: 'zipkin', url: replay.url, ...changes })
  if (settings.kind !== 'zipkin') throw new Error('not a Zipkin')
  const client = createBackendClient('zipkin', settings, {})
  opened.push(client, replay)
  return { backend: zipkinBackend('zipkin', settings, client), replay }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

function read(spans: unknown) {
  return must(readZipkinTrace(new TextEncoder().encode(JSON.stringify(spans)), DEFAULT_MAPPING, LIMITS))
}

function rows(batch: SpanBatch): string[] {
  return Array.from({ length: batch.count }, (_, i) => {
    const parent = batch.parentId[i] === 0n ? '–' : bigIntToSpanId(batch.parentId[i])
    return `${bigIntToSpanId(batch.spanId[i])} ${parent} ${batch.strings[batch.serviceId[i]]} ${batch.strings[batch.nameId[i]]} ${batch.startNs[i]} ${batch.endNs[i] - batch.startNs[i]}`
  })
}

function detailsOf(batch: SpanBatch, i: number) {
  return decodeSpanRest(
    batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i]),
    batch.resources[batch.resourceId[i]],
    batch.scopes[batch.scopeId[i]],
    { traceId: '', spanId: '', ordinal: 0, name: '', startUnixNano: '', endUnixNano: '' },
  )
}

test('the recorded trace: ids, parents, times to the microsecond, tags, annotations, kinds', async () => {
  const { backend } = await open(recordedIn(FIXTURES))
  const [batch] = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER)).batches
  expect(rows(batch)).toEqual([
    'a000000000000001 – api post /channels/{id}/messages 1795483746298000000 2000000000',
    'a000000000000002 a000000000000001 guilds guild.handle message_create 1795483746305000000 1900000000',
    'a000000000000003 a000000000000002 sessions session.push 1795483746318000000 1000',
    'a000000000000004 a00000000000ffff sessions orphan session.push 1795483746328000000 1000',
    'a000000000000005 a000000000000001 sessions late 1795483751298000000 1000000',
  ])
  expect(batch.strings[batch.guildId[1]]).toBe('81384788765712384')
  expect(batch.enqueuedNs[1]).toBe(1795483746300000000n)
  expect(detailsOf(batch, 1)).toMatchObject({
    kind: 'consumer',
    status: { code: 'unset' },
    events: [
      { timeUnixNano: '1795483746306000000', name: 'dequeued' },
      { timeUnixNano: '1795483746307000000', name: 'exception' },
    ],
    resource: [{ key: 'service.name', type: 'string', value: 'guilds' }],
  })
  expect(detailsOf(batch, 1).attributes).toContainEqual({ key: 'empty', type: 'string', value: '' })
})

test('a 64-bit id is padded, and an unknown one is not found', async () => {
  const { backend } = await open(recordedIn(FIXTURES))
  const short = must(await backend.fetchTrace('00000000000000001234567890abcdef', undefined, NEVER))
  expect([short.batches[0].traceIdHi[0], short.batches[0].traceIdLo[0]]).toEqual([0n, 0x1234567890abcdefn])
  expect(await backend.fetchTrace('dead', undefined, NEVER)).toMatchObject({ failure: { kind: 'not-found' } })
})

test('the server half of a shared span stands below the client’s, with what its service did', () => {
  const at = 1_795_483_746_298_000
  const one = { traceId: 'ab', timestamp: at, duration: 10 }
  const api = { serviceName: 'api' }
  const guilds = { serviceName: 'guilds' }
  const trace = read([
    { ...one, id: 'a', kind: 'CLIENT', name: 'call', localEndpoint: api },
    { ...one, id: 'a', kind: 'SERVER', name: 'answer', shared: true, localEndpoint: guilds, timestamp: at + 2 },
    { ...one, id: 'b', parentId: 'a', name: 'work', localEndpoint: guilds, timestamp: at + 3 },
    { ...one, id: 'c', parentId: 'a', name: 'retry', localEndpoint: api, timestamp: at + 4 },
    { ...one, id: 'd', parentId: 'f', name: 'alone', shared: true, localEndpoint: guilds, timestamp: at + 5 },
  ])
  expect(rows(trace.batch).map((row) => row.split(' ').slice(0, 4).join(' '))).toEqual([
    '000000000000000a – api call',
    '800000000000000a 000000000000000a guilds answer',
    '000000000000000b 800000000000000a guilds work',
    '000000000000000c 000000000000000a api retry',
    '000000000000000d 000000000000000f guilds alone',
  ])
  expect(trace.remarks?.(0, 1)[0]).toContain('000000000000000a')
  expect(trace.remarks?.(0, 4)).toEqual([])
})

test('spans without a time, errors, odd values and several annotations', () => {
  const trace = read([
    { traceId: 'ab', id: '1', name: 'no time', tags: { error: 'boom "quoted" \u2028' } },
    { traceId: 'ab', id: '2', name: 'only an event', annotations: [{ timestamp: 1_000_009, value: 'ev' }, null, 7] },
    {
      traceId: 'ab',
      id: '3',
      timestamp: 1_000_005,
      tags: { n: 1.5, b: true, z: null, o: [1], 'otel.status_code': 'OK' },
    },
    { traceId: 'ab', id: 'not hex', name: 'refused' },
    { traceId: 'ab', id: '5', timestamp: 'later', duration: -3, kind: 'OTHER', extra: { deep: [{}] } },
  ])
  expect(rows(trace.batch).map((row) => row.split(' ').slice(-2).join(' '))).toEqual([
    '1000005000 0',
    '1000009000 0',
    '1000005000 0',
    '1000005000 0',
  ])
  expect(trace.notes).toEqual(['1 spans of zipkin have no usable id and are left out.'])
  expect(trace.remarks?.(0, 0)[0]).toContain('no time')
  expect(detailsOf(trace.batch, 0).status).toEqual({ code: 'error', message: 'boom "quoted" \u2028' })
  expect(detailsOf(trace.batch, 2)).toMatchObject({
    status: { code: 'ok' },
    attributes: [{ key: 'n', value: '1.5' }, { key: 'b', value: 'true' }, { key: 'o' }],
  })
})

test('what OpenTelemetry’s exporters write as tags is read back as status and scope, wherever it stands', () => {
  const long = 'x'.repeat(5_000)
  const scoped = { 'otel.scope.name': 'lib', 'otel.scope.version': '2' }
  const one = { traceId: 'ab', timestamp: 1_000_000, localEndpoint: { serviceName: 'api' } }
  const { batch } = read([
    { ...one, id: '1', tags: { a: '1', error: long, z: '2', 'otel.status_code': 'ERROR', ...scoped } },
    { ...one, id: '2', tags: { 'otel.status_code': 'ERROR', error: 'after', ...scoped } },
    { ...one, id: '3', tags: { error: long } },
    { ...one, id: '4', tags: { 'otel.library.name': 'old' } },
  ])
  const found = [0, 1, 2, 3].map((i) => detailsOf(batch, i))
  expect(found.map(({ status }) => status)).toEqual([
    { code: 'error', message: long },
    { code: 'error', message: 'after' },
    { code: 'error', message: long },
    { code: 'unset' },
  ])
  expect(found.map(({ attributes }) => attributes.map(({ key }) => key))).toEqual([['a', 'z'], [], ['error'], []])
  expect(found.map(({ scope }) => scope && [scope.name, scope.version])).toEqual([
    ['lib', '2'],
    ['lib', '2'],
    undefined,
    ['old', undefined],
  ])
  expect(rows(batch).map((row) => row.split(' ')[2])).toEqual(['api', 'api', 'api', 'api'])
})

test('limits of spans and bytes give what was read, and say so', async () => {
  const few = await open(recordedIn(FIXTURES), {}, { maxSpansPerTrace: 2 })
  const trace = must(await few.backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect([trace.batches[0].count, trace.totalSpans]).toEqual([2, 5])
  const short = await open(recordedIn(FIXTURES), {}, { maxAnswerBytes: 1_000 })
  const cut = must(await short.backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(cut.batches[0].count).toBe(1)
  expect(cut.notes[0]).toContain('longer than what is read of one answer')
})

test('a search by guild, in milliseconds, sorted, filtered, over the services configured', async () => {
  const body = readFileSync(join(FIXTURES, 'search-guild.json'))
  const any: ReplayOptions = {
    otherwise: () => ({ request: '', status: 200, contentType: 'application/json', body }),
  }
  const { backend, replay } = await open([], any, { services: ['api', 'guilds'] })
  const query = { guild: '81384788765712384', fromMs: 1_795_483_700_000, toMs: 1_795_483_800_000, limit: 5 } as const
  const found = must(await backend.search({ ...query, sort: 'slowest' }, NEVER))
  const asked = replay.requests.map(({ target }) => new URL(target, 'http://x').searchParams)
  expect(asked.map((one) => one.get('serviceName')).sort()).toEqual(['api', 'guilds'])
  expect(Object.fromEntries(asked[0])).toMatchObject({
    annotationQuery: 'guild.id=81384788765712384',
    endTs: '1795483800000',
    lookback: '100000',
    limit: '6',
  })
  expect(found.items).toEqual([
    {
      source: 'zipkin',
      traceId: PROBE_ID,
      startMs: 1795483746298,
      durationNs: 5_001e6,
      spanCount: 5,
      errorCount: 0,
      rootName: 'post /channels/{id}/messages',
      rootService: 'api',
      action: 'post /channels/{id}/messages',
      guildId: '81384788765712384',
      complete: false,
      waitNs: 5e6,
      weight: -1,
    },
    expect.objectContaining({ traceId: '00000000000000001234567890abcdef', spanCount: 1, complete: true }),
  ])
  expect(found.traces?.size).toBe(2)
  const one = must(await backend.search({ ...query, sort: 'newest', limit: 1 }, NEVER))
  expect([one.items.length, one.more, one.notes.length]).toEqual([1, true, 1])
  const created = must(await backend.search({ ...query, sort: 'newest', action: 'message_create' }, NEVER))
  expect(created.items.map((item) => item.traceId)).toEqual([PROBE_ID])
})

test('a guild id that Zipkin’s query would take apart is looked for among all that name a guild', () => {
  expect(annotationQuery('guild.id', 'a"=\\b')).toEqual({ query: 'guild.id=a"=\\b', exact: true })
  for (const value of ['a and b', ' a', '', 'a\n'])
    expect(annotationQuery('guild.id', value)).toEqual({ query: 'guild.id', exact: false })
})

test('what is not Zipkin’s is refused in words', async () => {
  for (const body of ['<html>', '{"a":1}', '[1]', '[{"traceId":"ab"', '"x"']) {
    const { backend } = await open([], {
      otherwise: () => ({ request: '', status: 200, contentType: 'application/json', body }),
    })
    const range = { fromMs: 0, toMs: 1_000, sort: 'newest', limit: 1 } as const
    for (const answer of [await backend.fetchTrace(PROBE_ID, undefined, NEVER), await backend.search(range, NEVER)])
      expect([body, answer]).toMatchObject([body, { ok: false, failure: { kind: 'unavailable', source: 'zipkin' } }])
  }
})
