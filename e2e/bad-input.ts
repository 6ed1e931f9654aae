/**
 * Everything that a careless or hostile client can send, against the real server: each gets a clear answer or a flagged, still readable
 * trace; nothing else in the same request is lost, the server goes on, and its memory stays bounded.
 *
 *   node --import tsx e2e/bad-input.ts
 */
import { readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { Client, credentials, type ServiceError } from '@grpc/grpc-js'
import { formatBytes } from '../lib/base/format.ts'
import { encodeUtf8 } from '../lib/base/utf8.ts'
import { encodeRequest } from '../lib/model/otlp/otlp-proto.fixture.ts'
import { transcodeTraces } from '../lib/model/otlp/transcode.ts'
import { FLAG, type SpanDetails, type Trace } from '../lib/model/span-columns.ts'
import { decodeTrace } from '../lib/model/wire.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const PORTS = { web: 3330, http: 4538, grpc: 4537 }
const DATA_DIR = path.resolve(import.meta.dirname, '../.cache/bad-input-data')
const MIB = 2 ** 20
/** What the process may have taken at its peak, all hostile requests together. */
const PEAK_LIMIT = 1_500 * MIB
const HTTP = `http://127.0.0.1:${PORTS.http}`
const WEB = `http://127.0.0.1:${PORTS.web}`
const PROTOBUF = 'application/x-protobuf'
const JSON_TYPE = 'application/json'

let failures = 0
function check(what: string, holds: boolean, found?: unknown): void {
  if (holds) console.log(`  ok  ${what}`)
  else {
    failures++
    console.log(`  NOT ${what}${found === undefined ? '' : `: ${JSON.stringify(found)?.slice(0, 400)}`}`)
  }
}

let ids = 0
/** A new trace id: 32 hex digits. */
const newTrace = () => (0xbad_0000 + ++ids).toString(16).padStart(32, '0')
const idOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'))
const spanIdOf = (n: number) => idOf(n.toString(16).padStart(16, '0'))
const startNs = () => String(BigInt(Date.now() - 5_000) * 1_000_000n)

function span(traceId: string, n: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  const start = startNs()
  const end = String(BigInt(start) + 1_000_000n)
  return {
    traceId: idOf(traceId),
    spanId: spanIdOf(n),
    name: `span ${n}`,
    startTimeUnixNano: start,
    endTimeUnixNano: end,
    attributes: [{ key: 'guild.id', value: { stringValue: 'bad-input' } }],
    ...more,
  }
}

function requestOf(...spans: readonly Record<string, unknown>[]): Uint8Array<ArrayBuffer> {
  return encodeRequest({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
}

/** The same for values nested deeper than protobufjs goes: written as JSON, sent as protobuf. */
function nestedRequestOf(...spans: readonly Record<string, unknown>[]): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  )
  return transcodeTraces(encodeUtf8(json)).bytes
}

interface Reply {
  readonly status: number
  readonly text: string
}

async function post(url: string, type: string, body: BodyInit, headers: Record<string, string> = {}): Promise<Reply> {
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type, ...headers } })
  return { status: answer.status, text: await answer.text() }
}

const traces = (body: BodyInit, type = PROTOBUF, headers: Record<string, string> = {}) =>
  post(`${HTTP}/v1/traces`, type, body, headers)

async function timings(
  samples: string,
): Promise<Reply & { readonly json: { accepted: number; rejected: { count: number; reason: string }[] } }> {
  const reply = await post(`${HTTP}/v1/timings`, JSON_TYPE, `{"samples":[${samples}]}`)
  return { ...reply, json: reply.status === 200 ? JSON.parse(reply.text) : { accepted: -1, rejected: [] } }
}

async function traceOf(id: string): Promise<Trace | undefined> {
  const answer = await fetch(`${WEB}/api/traces/${id}`)
  if (!answer.ok) return undefined
  const decoded = decodeTrace(new Uint8Array(await answer.arrayBuffer()))
  return decoded.ok ? decoded.value : undefined
}

async function detailsOf(id: string, index: number, of: number): Promise<SpanDetails | undefined> {
  const answer = await fetch(`${WEB}/api/traces/${id}/spans/${index}?of=${of}`)
  return answer.ok ? await answer.json() : undefined
}

function call(client: Client, body: Uint8Array): Promise<ServiceError | undefined> {
  const same = (bytes: Buffer) => bytes
  const method = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
  return new Promise((resolve) => {
    client.makeUnaryRequest(method, same, same, Buffer.from(body), (error) => resolve(error ?? undefined))
  })
}

async function bodies(): Promise<void> {
  console.log('bodies')
  const good = requestOf(span(newTrace(), 1))
  const large = new Uint8Array(65 * MIB)
  const member = gzipSync(new Uint8Array(8 * MIB))
  const bomb = Buffer.concat(Array.from({ length: 64 }, () => member))
  const gzip = { 'content-encoding': 'gzip' }
  for (const [where, url] of [
    ['OTLP/HTTP', `${HTTP}/v1/traces`],
    ['web port', `${WEB}/v1/traces`],
  ] as const) {
    const cut = await post(url, PROTOBUF, good.slice(0, -5))
    check(`${where}: truncated protobuf is 400 with a sentence`, cut.status === 400 && /garbled/.test(cut.text), cut)
    const json = await post(url, JSON_TYPE, '{"resourceSpans":[{')
    check(`${where}: broken JSON is 400 with a sentence`, json.status === 400 && /ends early/.test(json.text), json)
    const type = await post(url, 'text/plain', good)
    check(`${where}: a wrong content type is 415`, type.status === 415 && /text\/plain/.test(type.text), type)
    const bombed = await post(url, PROTOBUF, bomb, gzip)
    check(`${where}: a gzip bomb of 512 MiB is 413`, bombed.status === 413 && /64 MiB/.test(bombed.text), bombed)
    const big = await post(url, PROTOBUF, large)
    check(`${where}: 65 MiB are 413`, big.status === 413, big)
    const noGzip = await post(url, PROTOBUF, good, gzip)
    check(`${where}: what is no gzip is 400`, noGzip.status === 400 && /gzip/.test(noGzip.text), noGzip)
    const fine = await post(url, PROTOBUF, good)
    check(`${where}: goes on afterwards`, fine.status === 200 && fine.text === '', fine)
  }
  const client = new Client(`127.0.0.1:${PORTS.grpc}`, credentials.createInsecure(), {
    'grpc.max_send_message_length': -1,
  })
  check('gRPC: truncated protobuf is INVALID_ARGUMENT', (await call(client, good.slice(0, -5)))?.code === 3)
  check('gRPC: 65 MiB are RESOURCE_EXHAUSTED', (await call(client, large))?.code === 8)
  check('gRPC: goes on afterwards', (await call(client, good)) === undefined)
  client.close()
  const leaver = connect(PORTS.http, '127.0.0.1')
  leaver.write(`POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: ${PROTOBUF}\r\nContent-Length: 99999\r\n\r\nabc`)
  await sleep(50)
  leaver.destroy()
}

async function identifiers(): Promise<void> {
  console.log('ids and trees')
  const traceId = newTrace()
  const reply = await traces(
    requestOf(
      span(traceId, 1),
      span(traceId, 2, { traceId: new Uint8Array(15).fill(1) }),
      span(traceId, 3, { spanId: new Uint8Array(9).fill(1) }),
      span(traceId, 4, { spanId: new Uint8Array(8) }),
      span(traceId, 5, { parentSpanId: spanIdOf(1) }),
    ),
  )
  const kept = await traceOf(traceId)
  check('wrong ids are refused with reasons', reply.status === 200 && /trace id is not 16/.test(reply.text), reply)
  check('… and the others of the request are kept', kept?.spans.count === 2, kept?.spans.count)

  const backwards = newTrace()
  await traces(requestOf(span(backwards, 1, { startTimeUnixNano: startNs(), endTimeUnixNano: '5' })))
  const negative = await traceOf(backwards)
  const isFlagged = (trace: Trace | undefined, flag: number) =>
    trace?.spans.flags.some((flags) => (flags & flag) !== 0) === true
  check('end before start is kept and flagged', isFlagged(negative, FLAG.negativeDuration), negative?.spans.flags)
  const raw = await detailsOf(backwards, 0, 1)
  check('… and its raw times are shown', raw?.endUnixNano === '5', raw)

  const reused = newTrace()
  const hourAgo = String(BigInt(Date.now() - 20 * 60_000) * 1_000_000n)
  await traces(requestOf(span(reused, 1, { name: 'first' })))
  const earlier = { startTimeUnixNano: hourAgo, endTimeUnixNano: hourAgo }
  await traces(requestOf(span(reused, 2, { name: 'second', ...earlier })))
  const both = await traceOf(reused)
  check('a trace id used twice holds the spans of both', both?.spans.count === 2, both?.spans.count)

  const doubled = newTrace()
  const same = span(doubled, 1)
  await traces(
    requestOf(same, same, span(doubled, 1, { name: 'another' }), span(doubled, 2, { parentSpanId: spanIdOf(1) })),
  )
  const duplicates = await traceOf(doubled)
  check(
    'an identical resend collapses, another span under its id is kept',
    duplicates?.spans.count === 3,
    duplicates?.spans.count,
  )
  check('… and flagged', isFlagged(duplicates, FLAG.duplicateId))

  const cyclic = newTrace()
  await traces(
    requestOf(
      span(cyclic, 1, { parentSpanId: spanIdOf(3) }),
      span(cyclic, 2, { parentSpanId: spanIdOf(1) }),
      span(cyclic, 3, { parentSpanId: spanIdOf(2) }),
      span(cyclic, 4, { parentSpanId: spanIdOf(4) }),
    ),
  )
  const cycle = await traceOf(cyclic)
  check('a cycle of parents is cut and flagged', cycle?.spans.count === 4 && isFlagged(cycle, FLAG.cycle), cycle?.spans)

  const orphaned = newTrace()
  await traces(requestOf(span(orphaned, 1, { parentSpanId: spanIdOf(99) })))
  check('a missing parent is flagged', isFlagged(await traceOf(orphaned), FLAG.orphan))
}

async function values(): Promise<void> {
  console.log('values')
  let nested: Record<string, unknown> = { intValue: '-9223372036854775808' }
  for (let depth = 0; depth < 50; depth++) {
    nested = { kvlistValue: { values: [{ key: 'k', value: { arrayValue: { values: [nested] } } }] } }
  }
  const odd = 'a\u0000b\u202e<script>alert(1)</script>\ufeff😀'
  const traceId = newTrace()
  const sent = await traces(
    nestedRequestOf(
      span(traceId, 1, {
        name: odd,
        attributes: [
          { key: 'guild.id', value: { intValue: '9223372036854775807' } },
          { key: 'guild.action', value: { stringValue: odd } },
          { key: 'string', value: { stringValue: odd } },
          { key: 'int', value: { intValue: '-9007199254740993' } },
          { key: 'double', value: { doubleValue: 0.1 } },
          { key: 'bool', value: { boolValue: true } },
          { key: 'bytes', value: { bytesValue: 'AP8=' } },
          { key: 'empty', value: {} },
          { key: 'deep', value: nested },
          { key: 'megabyte', value: { stringValue: 'x'.repeat(MIB) } },
        ],
      }),
      span(traceId, 2, { name: 'y'.repeat(MIB), parentSpanId: spanIdOf(1) }),
    ),
  )
  check('odd values are taken', sent.status === 200 && sent.text === '', sent)
  const trace = await traceOf(traceId)
  check('NUL, bidi marks and <script> come back as they were', trace?.spans.names.includes(odd) === true)
  check('a name of 1 MB comes back', trace?.spans.names.includes('y'.repeat(MIB)) === true)
  const details = await detailsOf(traceId, 0, 2)
  const value = (key: string) => details?.attributes.find((attribute) => attribute.key === key)?.value
  check(
    'an int64 keeps its digits',
    value('guild.id') === '9223372036854775807' && value('int') === '-9007199254740993',
  )
  check('double, bool, bytes', value('double') === '0.1' && value('bool') === 'true' && value('bytes') === 'AP8=')
  check(
    '100 levels of nesting are shown whole',
    value('deep') === `${'{"k":['.repeat(50)}-9223372036854775808${']}'.repeat(50)}`,
    value('deep'),
  )
  check('a value of 1 MB is shown whole', value('megabyte')?.length === MIB)
  check('a text with NUL is shown whole', value('string') === odd)

  const deep = newTrace()
  const open = '{"arrayValue":{"values":['
  const levels = 100_000
  const body = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${deep}","spanId":"00000000000000aa","name":"deep","startTimeUnixNano":"${startNs()}","endTimeUnixNano":"${startNs()}","attributes":[{"key":"k","value":${open.repeat(levels)}${']}}'.repeat(levels)}}]},{"traceId":"${deep}","spanId":"bb"},{"traceId":"${deep}","spanId":"00000000000000cc","name":"after","kind":"SPAN_KIND_CLIENT","startTimeUnixNano":1,"endTimeUnixNano":2}]}]}]}`
  const reply = await traces(body, JSON_TYPE)
  check('JSON: 100,000 levels, and a bad span, lose no other', /"rejectedSpans":"1"/.test(reply.text), reply)
  check(
    '… shown as far as one can follow',
    /nested more than/.test(
      (await detailsOf(deep, 1, 2))?.attributes[0]?.value ?? (await detailsOf(deep, 0, 2))?.attributes[0]?.value ?? '',
    ),
  )
  const page = await fetch(`${WEB}/traces/${traceId}`)
  const html = await page.text()
  check(
    'the page of such a trace is served, without the script',
    page.status === 200 && !html.includes('<script>alert(1)'),
  )
}

async function guildTimings(): Promise<void> {
  console.log('timings')
  const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString()
  const sample = (more: Record<string, unknown>) =>
    JSON.stringify({ guildId: 'bad-timings', minute, node: 'n', action: 'connect', busyUs: 1_000, ...more })
  const far = new Date(Date.now() + 86_400_000).toISOString()
  const reply = await timings(
    [
      sample({ busyUs: -5 }),
      sample({ minute: far }),
      sample({ minute: '9999-12-31T23:59:00Z' }),
      sample({ action: 'x'.repeat(2_000) }),
      sample({ action: 'overbooked', busyUs: 75_000_000 }),
      sample({ action: 'a\u0000\u202e<script>' }),
      '7',
      sample({}),
    ].join(','),
  )
  check('bad samples are refused with reasons, the others kept', reply.json.accepted === 3, reply.text)
  const reasons = reply.json.rejected.map(({ reason }) => reason).join('; ')
  check(
    '… negative, future, too long, no object',
    /negative.*future.*longer than 1 KiB.*not an object/.test(reasons),
    reasons,
  )
  const at = Date.parse(minute)
  const read = await fetch(`${WEB}/api/guilds/bad-timings/minutes?from=${at}&to=${at + 60_000}`)
  const minutes: { overbooked: number[]; actions: string[] } = await read.json()
  check('more than 60 s busy is kept and flagged', minutes.overbooked.length === 1, minutes)
  check(
    'an action with NUL and <script> comes back',
    minutes.actions.includes('a\u0000\u202e<script>'),
    minutes.actions,
  )
  let accepted = 0
  let refused = 0
  for (let part = 0; part < 4; part++) {
    const many = Array.from(
      { length: 250_000 },
      (_, i) => `{"guildId":"many-actions","minute":"${minute}","action":"a${part}-${i}","busyUs":1}`,
    )
    const { json } = await timings(many.join(','))
    accepted += json.accepted
    refused += json.rejected.reduce((sum, { count }) => sum + count, 0)
  }
  check('a million action types: 100,000 a request, the rest refused', accepted === 400_000 && refused === 600_000, {
    accepted,
    refused,
  })
  const guild = await fetch(`${WEB}/api/guilds/many-actions/minutes?from=${at}&to=${at + 60_000}`)
  const text = await guild.text()
  check('… and the guild can still be opened', guild.status === 200 && text.length < 64 * MIB, [
    guild.status,
    text.slice(0, 200),
  ])
  const fleet = await fetch(`${WEB}/api/fleet`)
  check('… and so can the fleet', fleet.status === 200 && (await fleet.text()).length < 64 * MIB, fleet.status)
}

/** Peak resident memory of the process, bytes. */
function peakOf(server: ServerProcess): number {
  const status = readFileSync(`/proc/${server.child.pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
}

/** Runs the test; the number of expectations that did not hold. */
export async function run(): Promise<number> {
  failures = 0
  rmSync(DATA_DIR, { recursive: true, force: true })
  const server = await startServer(DATA_DIR, PORTS)
  try {
    for (const part of [bodies, identifiers, values, guildTimings]) await part()
    console.log('afterwards')
    const health = await fetch(`${WEB}/api/health`)
    check('the server is healthy', health.status === 200, await health.text())
    if (process.platform === 'linux') {
      const peak = peakOf(server)
      console.log(`      peak memory ${formatBytes(peak)}`)
      check(`memory stayed below ${formatBytes(PEAK_LIMIT)}`, peak < PEAK_LIMIT)
    }
    const code = await server.stop()
    check('it ends cleanly', code === 0, code)
    rmSync(DATA_DIR, { recursive: true, force: true })
  } catch (error) {
    console.error(server.output())
    throw error
  } finally {
    if (server.child.exitCode === null) await server.kill()
  }
  console.log(failures === 0 ? 'bad input: everything holds' : `bad input: ${failures} expectations do not hold`)
  return failures
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit((await run()) === 0 ? 0 : 1)
