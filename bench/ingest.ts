/** Durable ingest over OTLP/HTTP, while the web process must stay quick. */
import { Agent, request } from 'node:http'
import { type Figure, ms, percentile } from './figure.ts'
import { makeTemplate, type Template } from './payload.ts'
import { startBenchServer } from './server.ts'

const SECONDS = Number(process.env.GUILDSCOPE_BENCH_SECONDS ?? 60)
const CONNECTIONS = 8
const SPANS_A_REQUEST = 2_000

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS + 2 })

/** Status of one export; resolves when the answer is complete. */
function send(url: URL, body: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/x-protobuf', 'content-length': body.length } },
      (answer) => {
        answer.resume()
        answer.once('end', () => resolve(answer.statusCode ?? 0))
      },
    )
    outgoing.once('error', reject)
    outgoing.end(body)
  })
}

export async function feed(
  url: URL,
  template: Template,
  until: () => boolean,
  onAccepted: (spans: number, tookMs: number) => void,
): Promise<void> {
  const connection = async () => {
    while (!until()) {
      const started = performance.now()
      const status = await send(url, template.next(Date.now()))
      if (status === 200) onAccepted(template.spans, performance.now() - started)
      else if (status === 503 || status === 429) await new Promise((resolve) => setTimeout(resolve, 100))
      else throw new Error(`The receiver answered ${status}.`)
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, connection))
}

export async function benchIngest(): Promise<Figure[]> {
  const server = await startBenchServer()
  try {
    await new Promise((resolve) => setTimeout(resolve, 10_000))
    await fetch(`${server.origin}/`)
    const idle = server.rssMiB()
    const template = makeTemplate(SPANS_A_REQUEST, 40)
    const deadline = performance.now() + SECONDS * 1000
    const done = () => performance.now() >= deadline
    const probes: number[] = []
    const probing = (async () => {
      while (!done()) {
        const started = performance.now()
        await fetch(`${server.origin}/api/health`).then((answer) => answer.arrayBuffer())
        probes.push(performance.now() - started)
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    })()
    let spans = 0
    const acks: number[] = []
    const started = performance.now()
    await feed(new URL(`${server.otlp}/v1/traces`), template, done, (count, took) => {
      spans += count
      acks.push(took)
    })
    const rate = spans / ((performance.now() - started) / 1000)
    await probing
    const health: { longestStallMs: number } = await (await fetch(`${server.origin}/api/health`)).json()
    const p99 = percentile(probes, 0.99)
    return [
      { what: 'server memory, idle', budget: '≤ 300 MB', figure: `${idle.toFixed(0)} MiB`, ok: idle * 1.048576 <= 300 },
      {
        what: `durable ingest, OTLP/HTTP protobuf, 8 attributes, ${SECONDS} s`,
        budget: '≥ 60,000 spans/s',
        figure: `${Math.round(rate).toLocaleString('en')} spans/s (ack p50 ${ms(percentile(acks, 0.5))}, p99 ${ms(percentile(acks, 0.99))})`,
        ok: rate >= 60_000,
      },
      { what: '/api/health p99 meanwhile', budget: '≤ 100 ms', figure: ms(p99), ok: p99 <= 100 },
      {
        what: 'longest stall of the web process’s event loop meanwhile',
        budget: '≤ 100 ms',
        figure: ms(health.longestStallMs),
        ok: health.longestStallMs <= 100,
      },
      { what: 'server memory after it', budget: '–', figure: `${server.rssMiB().toFixed(0)} MiB`, ok: true },
    ]
  } finally {
    await server.stop()
  }
}
