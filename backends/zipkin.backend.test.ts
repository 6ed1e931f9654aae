/** What is Zipkin's own, on the real server, sent its own JSON (this version takes no OTLP); the contract stands in `zipkin-payloads.backend.test.ts`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { must, NEVER } from '../lib/sources/contract/answers.ts'
import { HOSTILE_GUILD, requestOf, searchable, siblings } from '../lib/sources/contract/payloads.ts'
import { toZipkinJson } from '../lib/sources/contract/zipkin-json.fixture.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { zipkinBackend } from '../lib/sources/zipkin/backend.ts'
import type { Backend } from './process.ts'
import { startZipkin } from './zipkin.ts'

const baseMs = Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
const range = { fromMs: baseMs - 60_000, toMs: baseMs + 60_000, sort: 'newest', limit: 20 } as const

let server: Backend
beforeAll(async () => {
  server = await startZipkin()
})
afterAll(() => server?.stop())

async function sendZipkin(spans: readonly object[]): Promise<void> {
  const answer = await fetch(`${server.url}/api/v2/spans`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(spans),
  })
  if (answer.status !== 202) throw new Error(`Zipkin refused the spans: ${answer.status} ${await answer.text()}`)
}

function open(changes: object = {}) {
  const settings = sourceSettings.parse({ kind: 'zipkin', url: server.url, ...changes })
  if (settings.kind !== 'zipkin') throw new Error('not a Zipkin')
  return zipkinBackend('zipkin', settings, createBackendClient('zipkin', settings, {}))
}

test('guilds whose ids are hostile to its query are found, and only they', async () => {
  const backend = open()
  const guilds = [HOSTILE_GUILD, 'this and that', ' spaced ', 'a=b', '777', '9007199254740993', 'ü𝄞']
  let first = 0x100
  for (const guild of guilds)
    for (const spans of searchable(guild, first++, 1)) await sendZipkin(toZipkinJson(requestOf(spans, baseMs)))
  for (const [n, guild] of guilds.entries()) {
    const found = must(await backend.search({ ...range, guild }, NEVER))
    expect([guild, found.items.map((item) => item.traceId)]).toEqual([
      guild,
      [(0x100 + n).toString(16).padStart(32, 'c')],
    ])
  }
  expect(must(await backend.search({ ...range, guild: 'nobody' }, NEVER)).items).toEqual([])
  const ofService = must(await open({ services: ['contract', 'other'] }).search({ ...range, guild: '777' }, NEVER))
  expect(ofService.items).toHaveLength(1)
  expect(must(await open({ services: ['other'] }).search({ ...range, guild: '777' }, NEVER)).items).toEqual([])
})

test('more traces than the limit are said; action, duration and completeness filter', async () => {
  const backend = open()
  for (const spans of searchable('many', 0x300, 7)) await sendZipkin(toZipkinJson(requestOf(spans, baseMs)))
  await expect.poll(async () => must(await backend.search({ ...range, guild: 'many' }, NEVER)).items.length).toBe(7)
  const some = must(await backend.search({ ...range, guild: 'many', limit: 5 }, NEVER))
  expect([some.items.length, some.more]).toEqual([5, true])
  expect(some.notes).toEqual(['zipkin has more than the 5 traces asked for.'])
  const even = must(await backend.search({ ...range, guild: 'many', action: 'even' }, NEVER))
  expect(even.items).toHaveLength(4)
  const long = must(await backend.search({ ...range, guild: 'many', minDurationNs: 55e6, completeOnly: true }, NEVER))
  expect(long.items.map((item) => item.durationNs)).toEqual([70e6, 60e6])
})

test('a shared span is two, the server’s below the client’s', async () => {
  const at = baseMs * 1_000
  const one = { traceId: 'abcd', duration: 100 }
  await sendZipkin([
    { ...one, id: 'a', kind: 'CLIENT', timestamp: at, localEndpoint: { serviceName: 'api' } },
    { ...one, id: 'a', kind: 'SERVER', shared: true, timestamp: at + 5, localEndpoint: { serviceName: 'guilds' } },
    { ...one, id: 'b', parentId: 'a', timestamp: at + 6, localEndpoint: { serviceName: 'guilds' } },
    { traceId: 'abcd', id: 'c', parentId: 'b', localEndpoint: { serviceName: 'guilds' } },
  ])
  const trace = must(await open().fetchTrace('abcd'.padStart(32, '0'), undefined, NEVER))
  const [batch] = trace.batches
  const parents = Array.from(batch.spanId, (id, i) => [id, batch.parentId[i], batch.startNs[i] - BigInt(at) * 1_000n])
  expect(parents.toSorted((x, y) => (x[0] < y[0] ? -1 : 1))).toEqual([
    [0xan, 0n, 0n],
    [0xbn, 0x8000_0000_0000_000an, 6_000n],
    [0xcn, 0xbn, 0n],
    [0x8000_0000_0000_000an, 0xan, 5_000n],
  ])
})

test('of a trace longer than the limit the first spans are shown, and all are counted', async () => {
  const { traceId, parts } = siblings(12_000)
  for (const part of parts) await sendZipkin(toZipkinJson(requestOf(part, baseMs)))
  const backend = open({ maxSpansPerTrace: 1_000 })
  const counts = async () => {
    const trace = must(await backend.fetchTrace(traceId, undefined, NEVER))
    return [trace.batches[0].count, trace.totalSpans]
  }
  // Zipkin answers 202 before it has stored what it was sent.
  await expect.poll(counts, { timeout: 60_000, interval: 500 }).toEqual([1_000, 12_000])
})

test('health tells the version', async () => {
  expect(await open().health(NEVER)).toMatchObject({ ok: true, version: '3.5.1', kind: 'zipkin' })
})
