/**
 * An acknowledged span is on disk. Ten times, the real server is killed with SIGKILL at a random moment while spans (or timings)
 * come in through one of its receivers; afterwards everything that was acknowledged must be there.
 *
 *   node --import tsx e2e/kill-nine.ts        KILL_SEED=… repeats a run's moments
 */
import { rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { Client, credentials } from '@grpc/grpc-js'
import { formatExact } from '../lib/base/format.ts'
import { encodeUtf8 } from '../lib/base/utf8.ts'
import { partAsJson, partAsProtobuf, randomOf, type SpanPart, samplesAsJson } from './load.ts'
import { type ServerProcess, startServer } from './server-process.ts'

const PORTS = { web: 3320, http: 4528, grpc: 4527 }
const DATA_DIR = path.resolve(import.meta.dirname, '../.cache/kill-nine-data')
const KILLS = 10
const SENDERS = 8
const SPANS_A_REQUEST = 2_000
/** Requests that share a trace, so that some traces are cut in the middle by the kill. */
const REQUESTS_A_TRACE = 4
const SAMPLES_A_REQUEST = 1_000
/** Requests encoded before a round begins: what it sends in some four seconds. */
const PREPARED = 48
const GUILDS = 40
const TARGET_PER_SECOND = 20_000
const GRPC_PATH = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

type Way = 'OTLP/HTTP protobuf' | 'OTLP/HTTP JSON' | 'OTLP/gRPC' | 'web port' | 'timings'
const WAYS: readonly Way[] = ['OTLP/HTTP protobuf', 'OTLP/HTTP JSON', 'OTLP/gRPC', 'web port', 'timings']

/** What has been acknowledged since the beginning. */
class Ledger {
  /** Trace id → parts. */
  readonly spans = new Map<string, SpanPart[]>()
  /** Guild → where its samples are and the first value. */
  readonly samples = new Map<string, { readonly minuteMs: number; readonly first: number }>()
  spanCount = 0
  sampleCount = 0

  addPart(part: SpanPart): void {
    const parts = this.spans.get(part.traceId)
    if (parts === undefined) this.spans.set(part.traceId, [part])
    else parts.push(part)
    this.spanCount += part.count
  }
}

interface Prepared {
  readonly part: SpanPart
  readonly body: Uint8Array<ArrayBuffer>
}

/** One kill: sends until the server is gone. */
class Round {
  acknowledged = 0
  private requests = 0
  private readonly prepared: Prepared[] = []
  private readonly number: number
  private readonly way: Way
  private readonly ledger: Ledger
  private readonly grpc: Client | undefined
  stopped = false

  constructor(number: number, way: Way, ledger: Ledger) {
    this.number = number
    this.way = way
    this.ledger = ledger
    this.grpc = way === 'OTLP/gRPC' ? new Client(`127.0.0.1:${PORTS.grpc}`, credentials.createInsecure()) : undefined
  }

  close(): void {
    this.grpc?.close()
  }

  async sender(): Promise<void> {
    while (!this.stopped) {
      const request = this.requests++
      if (this.way === 'timings') await this.sendSamples(request)
      else await this.sendSpans(request)
    }
  }

  /** Encodes what the first seconds send, so that the server has the machine to itself while it is fed. */
  prepare(): void {
    if (this.way === 'timings') return
    for (let request = 0; request < PREPARED; request++) this.prepared.push(this.make(request))
  }

  private make(request: number): Prepared {
    const trace = Math.floor(request / REQUESTS_A_TRACE) + 1
    const part: SpanPart = {
      traceId: `${(this.number + 1).toString(16).padStart(16, '0')}${trace.toString(16).padStart(16, '0')}`,
      firstSpan: BigInt(request) * BigInt(SPANS_A_REQUEST) + 1n,
      count: SPANS_A_REQUEST,
      guild: `guild-${trace % GUILDS}`,
      startNs: BigInt(Date.now()) * 1_000_000n,
    }
    return { part, body: this.way === 'OTLP/HTTP JSON' ? encodeUtf8(partAsJson(part)) : partAsProtobuf(part) }
  }

  private async sendSpans(request: number): Promise<void> {
    const { part, body } = this.prepared[request] ?? this.make(request)
    if (!(await this.deliver(body))) return
    this.acknowledged += part.count
    this.ledger.addPart(part)
  }

  private async deliver(body: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const type = this.way === 'OTLP/HTTP JSON' ? 'application/json' : 'application/x-protobuf'
    if (this.way === 'OTLP/gRPC') return await this.callGrpc(Buffer.from(body.buffer))
    const port = this.way === 'web port' ? PORTS.web : PORTS.http
    return await post(`http://127.0.0.1:${port}/v1/traces`, type, body)
  }

  private callGrpc(body: Buffer): Promise<boolean> {
    const same = (bytes: Buffer) => bytes
    return new Promise((resolve) => {
      if (this.grpc === undefined) resolve(false)
      // An empty answer means that everything was taken.
      else
        this.grpc.makeUnaryRequest(GRPC_PATH, same, same, body, (error, answer) =>
          resolve(error === null && answer?.length === 0),
        )
    })
  }

  private async sendSamples(request: number): Promise<void> {
    const guild = `timings-${this.number}-${request}`
    const minuteMs = Math.floor(Date.now() / 60_000) * 60_000 - (request % 20) * 60_000
    const first = request * SAMPLES_A_REQUEST + 1
    const body = samplesAsJson({ guild, minute: new Date(minuteMs).toISOString(), first, count: SAMPLES_A_REQUEST })
    const target = request % 2 === 0 ? PORTS.http : PORTS.web
    if (!(await post(`http://127.0.0.1:${target}/v1/timings`, 'application/json', body))) return
    this.acknowledged += SAMPLES_A_REQUEST
    this.ledger.samples.set(guild, { minuteMs, first })
    this.ledger.sampleCount += SAMPLES_A_REQUEST
  }
}

/** True where the server took everything; false where it did not answer or asked to come again. Anything else is a fault of this test. */
async function post(url: string, type: string, body: BodyInit): Promise<boolean> {
  let answer: Response
  let text: string
  try {
    answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
    text = await answer.text()
  } catch {
    // The connection broke: this is what the test is about. Nothing was acknowledged.
    await sleep(20)
    return false
  }
  if (answer.status === 503 || answer.status === 429) {
    await sleep(100)
    return false
  }
  if (answer.status !== 200 || /partialSuccess|"rejected":\[\{/.test(text)) {
    throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 300)}`)
  }
  return true
}

/** How many acknowledged spans and samples the server does not have. */
async function missing(server: ServerProcess, ledger: Ledger): Promise<number> {
  let lost = 0
  for (const [traceId, parts] of ledger.spans) {
    const answer = await fetch(`${server.origin}/api/traces/${traceId}/ids`)
    const ids = new Set(answer.ok ? new BigUint64Array(await answer.arrayBuffer()) : [])
    for (const part of parts) {
      for (let i = 0; i < part.count; i++) if (!ids.has(part.firstSpan + BigInt(i))) lost++
    }
  }
  for (const [guild, { minuteMs, first }] of ledger.samples) {
    const range = `from=${minuteMs}&to=${minuteMs + 60_000}&limit=1000`
    const answer = await fetch(`${server.origin}/api/timings/guilds/${guild}?${range}`)
    const body: { samples: { node: string; busyUs: number }[] } = answer.ok ? await answer.json() : { samples: [] }
    const values = new Map(body.samples.map((sample) => [sample.node, sample.busyUs]))
    for (let i = 0; i < SAMPLES_A_REQUEST; i++) if (values.get(`n${i}`) !== first + i) lost++
  }
  return lost
}

/** Runs the test; the number of acknowledged spans and samples that were lost. */
export async function run(): Promise<number> {
  const seed = Number(process.env.KILL_SEED ?? 20_261_122)
  const random = randomOf(seed)
  const ledger = new Ledger()
  rmSync(DATA_DIR, { recursive: true, force: true })
  console.log(`kill -9, ${KILLS} times, seed ${seed}`)
  let lost = 0
  let server: ServerProcess | undefined
  try {
    for (let number = 0; number < KILLS; number++) {
      const way = WAYS[number % WAYS.length]
      const round = new Round(number, way, ledger)
      round.prepare()
      server = await startServer(DATA_DIR, PORTS)
      const began = performance.now()
      const senders = Array.from({ length: SENDERS }, () => round.sender())
      await sleep(1_000 + random() * 2_500)
      const seconds = (performance.now() - began) / 1_000
      const before = round.acknowledged
      const killed = server.kill()
      await sleep(30)
      round.stopped = true
      await Promise.all([killed, ...senders])
      round.close()
      const rate = before / seconds
      const slow = rate < TARGET_PER_SECOND ? `  (below ${formatExact(TARGET_PER_SECOND)}/s on this machine)` : ''
      console.log(
        `  ${way.padEnd(20)} ${formatExact(rate).padStart(8)}/s acknowledged, killed after ${seconds.toFixed(2)} s${slow}`,
      )
      if (round.acknowledged === 0) throw new Error(`Nothing was acknowledged over ${way}:\n${server.output()}`)
    }
    server = await startServer(DATA_DIR, PORTS)
    lost = await missing(server, ledger)
    const code = await server.stop()
    if (code !== 0) throw new Error(`The server ended with code ${code}:\n${server.output()}`)
    server = undefined
  } catch (error) {
    console.error(server?.output())
    throw error
  } finally {
    await server?.kill()
  }
  const what = `${formatExact(ledger.spanCount)} spans and ${formatExact(ledger.sampleCount)} samples`
  console.log(`acknowledged: ${what}; lost: ${formatExact(lost)}`)
  if (lost === 0) rmSync(DATA_DIR, { recursive: true, force: true })
  return lost
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exit((await run()) === 0 ? 0 : 1)
