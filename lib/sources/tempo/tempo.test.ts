/**
 * Against answers that a real Tempo 3.0.3 gave (`fixtures/`): Tempo itself is not run by any test here. Answers in protobuf, partial ones
 * and those of older versions are made from the recorded ones, as Tempo's `tempo.proto` has them.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import type { Result } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import { decodeTracesJson } from '../../model/otlp/json.ts'
import { ProtoWriter } from '../../model/otlp/proto-writer.ts'
import { transcodeTraces } from '../../model/otlp/transcode.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../../model/span-batch.ts'
import { createBackendClient } from '../http/create-client.ts'
import {
  type RecordedAnswer,
  type Replay,
  type ReplayOptions,
  recordedIn,
  startReplay,
} from '../http/replay.fixture.ts'
import { tempoBackend } from './backend.ts'
import { searchQuery, traceqlEquals, traceqlText } from './traceql.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const PROBE = readFileSync(join(import.meta.dirname, '../contract/fixtures/probe.otlp.json'))
const PROBE_ID = 'c4a70000000000000000000000000abc'
const NEVER = new AbortController().signal
const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function open(answers: readonly RecordedAnswer[], options: ReplayOptions = {}, changes: object = {}) {
  const replay: Replay = await startReplay(answers, options)
  const settings = sourceSettings.parse({ kind: 'tempo', url: replay.url, ...changes })
  if (settings.kind !== 'tempo') throw new Error('not a Tempo')
  const client = createBackendClient('tempo', settings, {})
  opened.push(client, replay)
  return { backend: tempoBackend('tempo', settings, client), replay }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

/** The recorded search, whatever is asked. */
function searched(): ReplayOptions {
  const body = readFileSync(join(FIXTURES, 'search-guild-int-or-string.json'))
  return {
    otherwise: ({ target }) =>
      target.startsWith('/api/search?')
        ? { request: '', status: 200, contentType: 'application/json', body }
        : undefined,
  }
}

/** What a person can compare: the columns of every span of a trace, by its id. */
function picture(batches: readonly SpanBatch[], traceLo: bigint) {
  return batches
    .flatMap((batch) =>
      Array.from({ length: batch.count }, (_, i) => ({
        trace: batch.traceIdLo[i],
        id: batch.spanId[i],
        parent: batch.parentId[i],
        name: batch.strings[batch.nameId[i]],
        service: batch.strings[batch.serviceId[i]],
        guild: batch.strings[batch.guildId[i]],
        isInt: batch.guildIsInt[i],
        times: [batch.startNs[i], batch.endNs[i], batch.enqueuedNs[i]],
        flags: [batch.flags[i], batch.kind[i], batch.status[i]],
        headRate: batch.headRate[i],
      })),
    )
    .filter((span) => span.trace === traceLo)
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

const sent = () => picture([must(decodeTracesJson(PROBE, DEFAULT_MAPPING))], 0xabcn)

/** `tempopb.TraceByIDResponse` around the recorded trace. */
function asProtobuf(more: (writer: ProtoWriter) => void = () => {}): Uint8Array {
  const writer = new ProtoWriter()
  const mark = writer.open(1)
  writer.raw(transcodeTraces(PROBE).bytes)
  writer.close(mark)
  more(writer)
  return writer.finish()
}

const protobuf = (request: string, body: Uint8Array): RecordedAnswer => ({
  request,
  status: 200,
  contentType: 'application/protobuf',
  accept: 'application/protobuf',
  body,
})

test('a trace in JSON, ids in base64 and enums by name, is what was sent', async () => {
  const { backend, replay } = await open(recordedIn(FIXTURES))
  const trace = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(picture(trace.batches, 0xabcn)).toEqual(sent())
  expect(trace.notes).toEqual([])
  expect(replay.requests[0].headers.accept).toBe('application/protobuf')
})

test('a trace in protobuf is what was sent', async () => {
  const { backend } = await open([protobuf(`GET /api/v2/traces/${PROBE_ID}`, asProtobuf())])
  const trace = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(picture(trace.batches, 0xabcn)).toEqual(sent())
})

test('a version without the newer route answers on the older one, without envelope', async () => {
  const { backend } = await open([
    { request: `GET /api/v2/traces/${PROBE_ID}`, status: 404, contentType: 'text/plain', body: '404 page not found' },
    protobuf(`GET /api/traces/${PROBE_ID}`, transcodeTraces(PROBE).bytes),
  ])
  const trace = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(picture(trace.batches, 0xabcn)).toEqual(sent())
})

test('an unknown id is told from its empty trace, in every encoding', async () => {
  const unknownJson = readFileSync(join(FIXTURES, 'trace-unknown-v2.json'))
  const request = `GET /api/v2/traces/${'f'.repeat(32)}`
  const answers: RecordedAnswer[] = [
    { request, status: 200, contentType: 'application/json', body: unknownJson },
    protobuf(request, Uint8Array.of(0x0a, 0)),
    protobuf(request, new Uint8Array(0)),
  ]
  for (const answer of answers) {
    const { backend } = await open([answer])
    expect(await backend.fetchTrace('f'.repeat(32), undefined, NEVER)).toMatchObject({
      failure: { kind: 'not-found', source: 'tempo' },
    })
  }
})

test('a partial trace comes with what Tempo says about it', async () => {
  const partial = asProtobuf((writer) => {
    writer.tag(3, 0)
    writer.varint(1, 0)
    writer.text(4, 'trace exceeds max size')
  })
  const { backend } = await open([protobuf(`GET /api/v2/traces/${PROBE_ID}`, partial)])
  const trace = must(await backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(trace.notes).toEqual(['tempo answers only a part of this trace: trace exceeds max size'])
  const json = readFileSync(join(FIXTURES, 'trace-v2.json'), 'utf8').replace(
    /\}\s*$/,
    ',"status":"PARTIAL","message":"trace exceeds max size"}',
  )
  const inJson = await open([
    { request: `GET /api/v2/traces/${PROBE_ID}`, status: 200, contentType: 'application/json', body: json },
  ])
  expect(must(await inJson.backend.fetchTrace(PROBE_ID, undefined, NEVER)).notes).toEqual(trace.notes)
})

test('limits of spans and bytes give what was read, and say so', async () => {
  const request = `GET /api/v2/traces/${PROBE_ID}`
  const few = await open([protobuf(request, asProtobuf())], {}, { maxSpansPerTrace: 3 })
  const trace = must(await few.backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(trace.totalSpans).toBe(6)
  expect(trace.notes[0]).toContain('no more than 3 are read of one trace')
  const short = await open([protobuf(request, asProtobuf())], {}, { maxAnswerBytes: 1_000 })
  const cut = must(await short.backend.fetchTrace(PROBE_ID, undefined, NEVER))
  expect(cut.batches[0].count).toBeGreaterThan(0)
  expect(cut.batches[0].count).toBeLessThan(6)
  expect(cut.notes[0]).toContain('longer than what is read of one answer')
})

test('a search asks with both types and both scopes, in seconds, and its answer is sorted', async () => {
  const { backend, replay } = await open([], searched())
  const query = { guild: '81384788765712384', fromMs: 1_795_480_580_500, toMs: 1_795_484_780_500, limit: 5 }
  const found = must(await backend.search({ ...query, sort: 'slowest' }, NEVER))
  const asked = new URL(replay.requests[0].target, 'http://x').searchParams
  expect(asked.get('q')).toBe(
    '{span.guild.id = "81384788765712384" || span.guild.id = 81384788765712384 || resource.guild.id = "81384788765712384" || resource.guild.id = 81384788765712384} | select(span.guild.id, resource.guild.id, span.guild.action, span.guild.enqueued_unix_nano)',
  )
  expect([asked.get('start'), asked.get('end'), asked.get('limit')]).toEqual(['1795480580', '1795484781', '6'])
  expect(found.items).toEqual([
    {
      source: 'tempo',
      traceId: PROBE_ID,
      startMs: 1795483746298,
      durationNs: 5e9,
      spanCount: 5,
      errorCount: 1,
      rootName: 'POST /channels/{id}/messages',
      rootService: 'api',
      action: 'message_create',
      guildId: '81384788765712384',
      complete: true,
      waitNs: -1,
      weight: -1,
    },
    expect.objectContaining({
      traceId: '00000000000000001234567890abcdef',
      spanCount: 1,
      errorCount: 0,
      durationNs: 1e6,
    }),
  ])
  expect(found.more).toBe(false)
  const one = must(await backend.search({ ...query, sort: 'newest', limit: 1 }, NEVER))
  expect([one.items.length, one.more, one.notes.length]).toEqual([1, true, 1])
})

test('what an older Tempo does not say is unknown, not 0', async () => {
  const body = '{"traces":[{"traceID":"ab","startTimeUnixNano":"1795483746298000000"}]}'
  const { backend } = await open([], {
    otherwise: () => ({ request: '', status: 200, contentType: 'application/json', body }),
  })
  const range = { fromMs: 1_795_483_746_000, toMs: 1_795_483_747_000 }
  const [only] = must(await backend.search({ ...range, sort: 'newest', limit: 5 }, NEVER)).items
  expect(only).toMatchObject({ spanCount: -1, errorCount: -1, waitNs: -1, weight: -1, complete: false })
})

test('hostile values cannot leave their quotes', () => {
  expect(traceqlText('"} || {.x="\\\n\u0000\ud800')).toBe('"\\"} || {.x=\\"\\\\\\n\\u0000\ufffd"')
  expect(traceqlEquals('9223372036854775807')).toEqual(['= "9223372036854775807"', '= 9223372036854775807'])
  expect(traceqlEquals('-9223372036854775808')[1]).toBe('< -9223372036854775807')
  for (const text of ['9223372036854775808', '-9223372036854775809', '007', '1e3', '-0', ' 1', ''])
    expect(traceqlEquals(text)).toEqual([`= ${traceqlText(text)}`])
  const mapping = { ...DEFAULT_MAPPING, guild: ['a "key" }'] }
  expect(searchQuery({ guild: 'x', sort: 'newest', limit: 1 }, mapping)).toContain('{span."a \\"key\\" }" = "x" ||')
  expect(searchQuery({ minDurationNs: 5e6, sort: 'newest', limit: 1 }, DEFAULT_MAPPING)).toContain(
    '{traceDuration >= 5000000ns} | select(',
  )
})

test('errors are Tempo’s own words, and health says what it can', async () => {
  const bad = readFileSync(join(FIXTURES, 'search-bad-query.txt'))
  const { backend } = await open(recordedIn(FIXTURES), {
    otherwise: ({ target }) =>
      target.startsWith('/api/search?')
        ? { request: '', status: 400, contentType: 'text/plain', body: bad }
        : { request: '', status: 404, body: '' },
  })
  const refused = await backend.search({ sort: 'newest', limit: 1 }, NEVER)
  expect(refused).toMatchObject({ ok: false, failure: { source: 'tempo' } })
  expect(refused.ok ? '' : refused.failure.what).toContain('invalid TraceQL query')
  const health = await backend.health(NEVER)
  expect(health).toMatchObject({ ok: true, kind: 'tempo' })
  expect(health.version).toBeUndefined()
})
