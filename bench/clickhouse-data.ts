/** Spans for the bench, made inside the engine once and kept outside of the checkout. */
import os from 'node:os'
import path from 'node:path'
import { type ClickHouse, startClickHouse } from '../backends/clickhouse.ts'
import { applySchema } from '../lib/clickstore/schema.ts'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { DEFAULT_KEPT } from '../lib/sources/clickhouse/schema/tables.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'

export const NAMES = { database: 'default', traces: 'otel_traces', timings: 'guild_timings' } as const
/** The same spans as a collector's tables have them: without the columns and the table of ours. */
export const BARE = 'otel_traces_bare'
const FOLDER = path.join(
  process.env.GUILDSCOPE_BACKENDS_CACHE ?? path.join(os.homedir(), '.cache', 'guildscope-backends'),
  'clickhouse-bench',
)
export const TRACES = Number(process.env.GUILDSCOPE_BENCH_TRACES ?? 250_000)
export const SPANS_A_TRACE = 200
const TRACES_AT_ONCE = 25_000
const LARGE_SPANS = 1_000_000
const LARGE = 999_999_999
const FIRST_MS = 1_795_514_400_000
/** 250,000 traces are twelve hours. */
const EVERY_NS = 172_800_000
const GUILDS = 20_000
export const LAST_MS = FIRST_MS + (TRACES * EVERY_NS) / 1e6
/** Columns and rows of the kept spans are made where the schema has grown. */
const PATIENT = { timeoutMs: 600_000, totalTimeoutMs: 600_000 }
/** Far ahead, so that the TTL of the schema keeps them. */
const KEPT = { ...DEFAULT_KEPT, traceHours: 87_600 }

/** The k-th guild by frequency, from 1 on: guild k has about 1 / k of the traces of the first. */
export function guildOf(k: number): string {
  return `${81_384_788_765n + BigInt(k)}712384`
}

export async function applyTo(engine: ClickHouse): Promise<void> {
  const client = createBackendClient(
    'engine',
    sourceSettings.parse({ kind: 'clickhouse', url: engine.url, ...PATIENT }),
    {},
  )
  const applied = await applySchema(client, NAMES, KEPT, new AbortController().signal)
  await client.close()
  if (!applied.ok) throw new Error(applied.failure.what)
}

/** The engine over the kept spans; what is missing of them is made. Answers the id of the trace of a million spans, too. */
export async function startWithSpans(): Promise<{ readonly engine: ClickHouse; readonly large: string }> {
  const engine = await startClickHouse({ folder: FOLDER })
  await applyTo(engine)
  const there = Math.floor(
    Number(await engine.query(`SELECT count() FROM ${NAMES.traces} WHERE TraceId != ${traceId(LARGE)}`)) /
      SPANS_A_TRACE,
  )
  for (let first = there; first < TRACES; first += TRACES_AT_ONCE) {
    await engine.query(insert(first + 1, Math.min(TRACES_AT_ONCE, TRACES - first), SPANS_A_TRACE))
    console.log(`made ${Math.min(first + TRACES_AT_ONCE, TRACES) * SPANS_A_TRACE} spans (once)`)
  }
  const large = (await engine.query(`SELECT ${traceId(LARGE)} FORMAT TSV`)).trim()
  const spans = await engine.query(`SELECT count() FROM ${NAMES.traces} WHERE TraceId = '${large}'`)
  if (Number(spans) === 0) await engine.query(insert(LARGE, 1, LARGE_SPANS))
  const theirs = await engine.query(
    `SELECT arrayStringConcat(groupArray(name), ', ') FROM (SELECT concat('\`', name, '\`') AS name FROM system.columns WHERE database = currentDatabase() AND table = '${NAMES.traces}' AND default_kind = '' ORDER BY position) FORMAT TSVRaw`,
  )
  await engine.query(`CREATE VIEW IF NOT EXISTS ${BARE} AS SELECT ${theirs.trim()} FROM ${NAMES.traces}`)
  await engine.query(
    `CREATE VIEW IF NOT EXISTS ${BARE}_trace_id_ts AS SELECT TraceId, Start, End FROM ${NAMES.traces}_trace_id_ts`,
  )
  return { engine, large }
}

function traceId(number: number | string): string {
  const half = (name: string) => `lower(hex(reinterpretAsFixedString(cityHash64(toUInt64(${number}), '${name}'))))`
  return `concat(${half('a')}, ${half('b')})`
}

/** Traces client → api → guild → 8 relays → sessions; eight attributes a span; guilds by Zipf's law. */
function insert(first: number, traces: number, spans: number): string {
  const guild =
    first === LARGE
      ? `'${guildOf(0)}'`
      : `toString(81384788765 + toUInt64(floor(exp(cityHash64(t, 17) % 1000000 / 1000000. * log(${GUILDS}))))) || '712384'`
  const every = first === LARGE ? 17 : EVERY_NS
  return `INSERT INTO ${NAMES.traces} (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, SpanAttributes, Duration, StatusCode)
WITH intDiv(number, ${spans}) + ${first} AS t, number % ${spans} AS i,
  ['client', 'api', 'guild', 'relay', 'session'][multiIf(i = 0, 1, i = 1, 2, i = 2, 3, i < 11, 4, 5)] AS stage,
  ['message_create', 'message_reaction_add', 'presence_update', 'typing_start', 'connect', 'voice_state_update'][t % 6 + 1] AS action,
  ${guild} AS guild,
  toInt64(${FIRST_MS}000000) + toInt64(t) * ${every} + toInt64(i) * 9000 + toInt64(cityHash64(number, 7) % 900) AS at,
  (n) -> lower(hex(reinterpretAsFixedString(cityHash64(t, n)))) AS idOf,
  multiIf(i = 0, 'client', i = 1, 'api', i < 11, 'guilds', 'sessions') AS service
SELECT fromUnixTimestamp64Nano(at), ${traceId('t')}, idOf(i), multiIf(i = 0, '', i < 3, idOf(i - 1), i < 11, idOf(2), idOf(3 + i % 8)),
  stage || '.' || action, 'Consumer', service, map('service.name', service, 'service.instance.id', 'guilds@10.0.0.' || toString(t % 8)),
  map('guild.id', guild, 'guild.action', action, 'guild.stage', stage, 'guild.relay.id', 'relay-' || toString(i % 8),
    'guild.channel.id', 'channel-' || toString(t % 500), 'beam.pid', '<0.' || toString(1000 + i % 700) || '.0>',
    'session.id', 's' || lower(hex(toUInt32(cityHash64(number, 3) % 15000))),
    'guild.enqueued_unix_nano', toString(at - toInt64(cityHash64(number, 5) % 5000000))),
  50000 + cityHash64(number, 9) % 900000, if(cityHash64(number, 11) % 500 = 0, 'Error', 'Unset')
FROM numbers(${traces * spans}) SETTINGS max_insert_block_size = 1000000, max_partitions_per_insert_block = 1000`
}
