import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeTracesJson } from '../model/otlp/json.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../model/span-batch.ts'
import { Duck, type DuckConnection } from './duck.ts'
import { groupSpans } from './group-spans.ts'
import { Slices } from './slices.ts'
import { keptParts, readBatch } from './span-copier.ts'
import { SpanWriter } from './span-writer.ts'
import { temporaryConfig } from './store-fixture.ts'

const { config, dispose } = temporaryConfig()
let duck: Duck
let connection: DuckConnection
let slices: Slices
let nextSlice = 0

beforeAll(async () => {
  const tempDir = join(config.dataDir, 'tmp')
  mkdirSync(tempDir)
  duck = await Duck.open({ memoryLimitBytes: 192e6, threads: 2, tempDir })
  connection = await duck.connect()
  slices = await Slices.open(config.dataDir, duck)
})
afterAll(async () => {
  connection.close()
  await slices.close()
  duck.close()
  dispose()
})

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const text = fc.oneof(
  fc.constantFrom('a', 'twelve bytes', 'thirteen byte', '', 'ü𝄞\u0000'),
  fc.string({ unit: 'binary', maxLength: 40 }),
)
const attribute = (key: string, value: fc.Arbitrary<object>) => value.map((each) => ({ key, value: each }))
const string = text.map((stringValue) => ({ stringValue }))
const int = fc.integer({ min: 0, max: 1e6 }).map((intValue) => ({ intValue: String(intValue) }))

const span = fc.record({
  traceId: fc.integer({ min: 1, max: 3 }).map((n) => String(n).repeat(32)),
  spanId: u64.filter((id) => id !== 0n).map((id) => id.toString(16).padStart(16, '0')),
  parentSpanId: fc.constantFrom('', '00000000000000ff'),
  name: text,
  kind: fc.integer({ min: 0, max: 5 }),
  startTimeUnixNano: u64.map(String),
  endTimeUnixNano: u64.map(String),
  traceState: fc.constantFrom('', 'ot=th:8', 'ot=th:c'),
  status: fc.constantFrom({}, { code: 2, message: 'no' }),
  attributes: fc
    .tuple(
      attribute('guild.id', fc.oneof(string, int)),
      attribute('guild.name', string),
      attribute('guild.action', string),
      attribute('guild.stage', fc.constantFrom({ stringValue: 'guild' }, { stringValue: 'session' })),
      attribute(
        'guild.enqueued_unix_nano',
        u64.map((ns) => ({ stringValue: String(ns) })),
      ),
      attribute('guild.mailbox.depth', int),
      attribute('fanout.recipients', int),
      attribute('fanout.keep_rate', fc.constantFrom({ doubleValue: 0.5 }, { doubleValue: 0.001 })),
      attribute('guild.relay.id', string),
      attribute('beam.pid', string),
      attribute('guild.sessions', int),
      attribute('enduser.id', string),
      attribute('session.id', string),
      attribute('guild.channel.id', string),
    )
    .chain((all) => fc.subarray(all)),
})

/** A span as one line of values, strings resolved: what must survive. */
function lines(batch: SpanBatch): string[] {
  const s = (ids: Uint32Array, i: number) => JSON.stringify(batch.strings[ids[i]])
  const hex = (bytes: Uint8Array | undefined) => Buffer.from(bytes ?? []).toString('hex')
  return Array.from({ length: batch.count }, (_, i) =>
    [
      ...[
        batch.traceIdHi,
        batch.traceIdLo,
        batch.spanId,
        batch.parentId,
        batch.startNs,
        batch.endNs,
        batch.enqueuedNs,
      ].map((column) => column[i]),
      ...[batch.kind, batch.status, batch.flags, batch.stageId, batch.guildIsInt].map((column) => column[i]),
      ...[batch.nameId, batch.serviceId, batch.nodeId, batch.actionId, batch.relayId, batch.guildId].map((ids) =>
        s(ids, i),
      ),
      ...[batch.guildNameId, batch.processId, batch.userId, batch.sessionId, batch.channelId].map((ids) => s(ids, i)),
      ...[batch.mailboxDepth, batch.recipients, batch.sessions, batch.keepRate, batch.headRate].map(
        (column) => column[i],
      ),
      hex(batch.resources[batch.resourceId[i]]),
      hex(batch.scopes[batch.scopeId[i]]),
      hex(batch.rest.subarray(i === 0 ? 0 : batch.restEnd[i - 1], batch.restEnd[i])),
    ].join(' '),
  )
}

test('whatever is written is read back, every column and byte of it (seed 11)', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(span, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
      async (requests) => {
        const batches = requests.map((spans, n) => {
          const resource = { attributes: [{ key: 'service.name', value: { stringValue: `service ${n % 2}` } }] }
          const decoded = decodeTracesJson(
            JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'x' }, spans }] }] }),
            DEFAULT_MAPPING,
          )
          if (!decoded.ok) throw new Error(decoded.failure.what)
          return decoded.value
        })
        const startMs = ++nextSlice * 1000
        const slice = slices.obtain({ kind: 'traces', cls: 'short', startMs, endMs: startMs + 1000 })
        const writer = new SpanWriter(connection)
        // Two commits, so that rows and ids go on from what is there.
        for (const group of [batches, batches.slice(0, 1)]) {
          const parts = groupSpans(group)
          await slices.withOne(slice, (open) => writer.write(open, group, parts, [...Array(parts.count).keys()]))
        }
        const all = await keptParts(connection, slice, () => true)
        const named = new Set(all.map((part) => part.first))
        // Traces without a guild are kept by nobody; they are read by their rows like all others.
        const rest: { first: number; count: number; hi: bigint; lo: bigint }[] = []
        await connection.stream(
          `SELECT first_row, row_count, trace_hi, trace_lo FROM ${slice.catalog}.parts ORDER BY first_row`,
          ['u32', 'u32', 'u64', 'u64'],
          (chunk) => {
            for (let i = 0; i < chunk.rows; i++)
              if (!named.has(chunk.u32(0)[i]))
                rest.push({ first: chunk.u32(0)[i], count: chunk.u32(1)[i], hi: chunk.u64(2)[i], lo: chunk.u64(3)[i] })
            return true
          },
        )
        const read = await readBatch(
          connection,
          slice,
          [...all, ...rest].sort((a, b) => a.first - b.first),
        )
        const sent = [...batches, batches[0]].flatMap(lines)
        expect(lines(read).sort()).toEqual(sent.sort())
        await slices.drop(slice)
      },
    ),
    { seed: 11, numRuns: 25 },
  )
}, 60_000)
