/** The contract of every adapter against the real engine, written by the receiver of `store: clickhouse`, read through the adapter. */
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { applySchema } from '../lib/clickstore/schema.ts'
import { createClickStore } from '../lib/clickstore/writer.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { openTracePiece } from '../lib/evidence/trace-piece.ts'
import { createOtlpHttpServer } from '../lib/ingest/http-server.ts'
import { DEFAULT_MAPPING } from '../lib/model/span-batch.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { ClickHouseTraces } from '../lib/sources/clickhouse/source.ts'
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { must, payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { payloads, requestOf, searchable } from '../lib/sources/contract/payloads.ts'
import type { TraceSubject } from '../lib/sources/contract/trace-contract.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { spanBySpan, traceEvidenceOf } from '../lib/sources/trace-evidence.ts'
import { startClickHouse } from './clickhouse.ts'
import { isRecording, recorded, recordedTerms } from './recorder.ts'

/** Spans of the recording's day are kept, whenever it is made. */
const RECORDED = { ...DEFAULT_KEPT, traceHours: 87_600 }
const names = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' }

/** `folder`: where a recording goes, if one is made. */
async function open(folder?: string): Promise<TraceSubject> {
  const engine = await startClickHouse()
  const recorder = folder === undefined ? undefined : await recorded(engine.url, folder)
  const settings = sourceSettings.parse({ kind: 'clickhouse', url: engine.url })
  const read = sourceSettings.parse({ kind: 'clickhouse', url: recorder?.url ?? engine.url })
  if (read.kind !== 'clickhouse' || settings.kind !== 'clickhouse') throw new Error('not a ClickHouse')
  const client = createBackendClient('clickhouse', settings, {})
  const applied = await applySchema(client, names, isRecording ? RECORDED : DEFAULT_KEPT, new AbortController().signal)
  if (!applied.ok) throw new Error(applied.failure.what)
  const store = createClickStore({ client, names, mapping: DEFAULT_MAPPING })
  const receiver = createOtlpHttpServer(store, { host: '127.0.0.1', port: 0 })
  await receiver.listen()
  const reading = createBackendClient('clickhouse', read, {})
  return {
    source: new ClickHouseTraces('clickhouse', read, reading),
    send: async (request) => {
      const answer = await fetch(`http://127.0.0.1:${receiver.status().port}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    close: async () => {
      await receiver.close()
      await store.close()
      await client.close()
      await reading.close()
      await recorder?.close()
      await engine.stop()
    },
  }
}

payloadContract('ClickHouse (chdb 3.4.0), schema of store: clickhouse', {
  ...recordedTerms,
  open: () => open('clickhouse/fixtures/payloads-chdb-3.4.0'),
  losses: LOST_BY.clickhouse,
})

test('a flame graph merges the traces of a guild, and only its', async () => {
  const { source, send, close } = await open()
  const baseMs = Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
  for (const spans of [...searchable('one', 0x100, 3), ...searchable('other', 0x200, 2)])
    await send(requestOf(spans, baseMs))
  const query = { guild: 'one', fromMs: baseMs - 60_000, toMs: baseMs + 60_000, maxSpans: 1_000 } as const
  const flame = must(await source.flame({ ...query, scope: 'trace' }, new AbortController().signal))
  expect([flame.traces, flame.spans, flame.notes]).toEqual([3, 6, []])
  await close()
})

test('a span whose text is a sentence of ClickHouse is a span', async () => {
  const { source, send, close } = await open()
  const [spans] = searchable('Code: 241. DB::Exception: Memory limit exceeded', 0x100, 1)
  await send(requestOf(spans, Date.now() - 60_000))
  const trace = must(await source.trace(spans[0].trace, undefined, new AbortController().signal))
  expect(trace.guilds).toEqual([{ id: 'Code: 241. DB::Exception: Memory limit exceeded' }])
  await close()
})

test('evidence read in one pass is what the spans say one by one', async () => {
  const { source, send, close } = await open()
  const baseMs = Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
  const never = new AbortController().signal
  for (const { parts, traceId } of payloads(baseMs)) {
    for (const part of parts) await send(requestOf(part, baseMs))
    // What was sent again, too.
    await send(requestOf([...parts[0], ...parts[0].slice(0, 1)], baseMs))
    const own = must(await traceEvidenceOf(source, traceId, never))
    const slow = must(await spanBySpan(source, traceId, never))
    const [piece, other] = [own, slow].map((evidence) => must(openTracePiece(gunzipSync(evidence.stored))))
    expect(own.guilds).toEqual(slow.guilds)
    expect(piece.trace).toEqual(other.trace)
    expect(piece.guildOf).toEqual(other.guildOf)
    for (let i = 0; i < piece.trace.spans.count; i++) expect(piece.spanDetails(i)).toEqual(other.spanDetails(i))
  }
  await close()
})

test('2,000 traces are asked for in the body, and the address stays short', async () => {
  const { source, send, close } = await open()
  const baseMs = Math.floor(Date.now() / 1_000) * 1_000 - 5 * 60_000
  const traces = searchable('crowd', 0x1000, 2_001)
  await send(requestOf(traces.flat(), baseMs - 300_000))
  const query = { guild: 'crowd', fromMs: baseMs - 600_000, toMs: baseMs, sort: 'slowest', limit: 3 } as const
  const page = must(await source.searchTraces(query, new AbortController().signal))
  expect(page.items.map((item) => item.traceId)).toEqual([2_000, 1_999, 1_998].map((n) => traces[n][0].trace))
  expect(page.notes).toEqual([expect.stringContaining('newest 2,000 traces')])
  await close()
})
