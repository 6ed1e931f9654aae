import { createServer, type IncomingMessage, type Server } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { DeliveryError, HttpSender, retryAfterMs, type SenderOptions } from './sender.ts'

interface Received {
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

/** A receiver that answers each request as told, the last answer again and again. */
async function receiver(
  answers: readonly { readonly status: number; readonly retryAfter?: string; readonly body?: string }[],
  port = 0,
) {
  const received: Received[] = []
  let atOnce = 0
  let mostAtOnce = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    mostAtOnce = Math.max(mostAtOnce, ++atOnce)
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const answer = answers[Math.min(received.length, answers.length - 1)]
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      if (answer.retryAfter !== undefined) response.setHeader('retry-after', answer.retryAfter)
      response.statusCode = answer.status
      setTimeout(() => {
        atOnce--
        response.end(answer.body ?? '')
      }, 5)
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return { origin, received, mostAtOnce: () => mostAtOnce }
}

function sender(origin: string, more: Partial<SenderOptions> = {}) {
  const said: string[] = []
  const made = new HttpSender({
    tracesUrl: new URL('/v1/traces', origin),
    timingsUrl: new URL('/v1/timings', origin),
    gzip: false,
    connections: 3,
    patienceMs: 5_000,
    say: (sentence) => said.push(sentence),
    ...more,
  })
  return { sender: made, said }
}

describe('HttpSender', () => {
  it('sends traces as protobuf and timings as JSON, a few at a time', async () => {
    const { origin, received, mostAtOnce } = await receiver([{ status: 200 }])
    const { sender: out } = sender(origin)
    for (let i = 0; i < 10; i++) await out.traces(new Uint8Array([i]))
    await out.timings('{"samples":[]}')
    await out.drain()
    expect(
      received
        .map(({ body }) => body[0])
        .filter((byte) => byte < 10)
        .sort(),
    ).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(received[0].headers['content-type']).toBe('application/x-protobuf')
    expect(received.find(({ path }) => path === '/v1/timings')?.headers['content-type']).toBe('application/json')
    expect(mostAtOnce()).toBeLessThanOrEqual(3)
    expect(out.requests).toBe(11)
  })

  it('sends again what the receiver was too busy for, when it says so', async () => {
    const { origin, received } = await receiver([
      { status: 503, retryAfter: '0.1' },
      { status: 429, retryAfter: '0.1' },
      { status: 200 },
    ])
    const { sender: out } = sender(origin)
    await out.traces(new Uint8Array([7]))
    await out.drain()
    expect(received.map(({ body }) => [...body])).toEqual([[7], [7], [7]])
    expect(out.requests).toBe(1)
  })

  it('compresses when told to', async () => {
    const { origin, received } = await receiver([{ status: 200 }])
    const { sender: out } = sender(origin, { gzip: true })
    await out.timings('{"samples":[]}')
    await out.drain()
    expect(received[0].headers['content-encoding']).toBe('gzip')
    expect(gunzipSync(received[0].body).toString()).toBe('{"samples":[]}')
  })

  it('says what a receiver that refuses has answered', async () => {
    const { origin } = await receiver([{ status: 400, body: 'not like this' }])
    const { sender: out } = sender(origin)
    await out.traces(new Uint8Array([7]))
    await expect(out.drain()).rejects.toThrow(/answered 400: not like this/)
    await expect(out.drain()).rejects.toBeInstanceOf(DeliveryError)
  })

  it('waits for a receiver that is not there yet, and says so once', async () => {
    const first = await receiver([{ status: 200 }])
    const port = Number(new URL(first.origin).port)
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const { sender: out, said } = sender(first.origin)
    await out.traces(new Uint8Array([7]))
    await out.traces(new Uint8Array([8]))
    await new Promise((resolve) => setTimeout(resolve, 200))
    const second = await receiver([{ status: 200 }], port)
    await out.drain()
    expect(second.received).toHaveLength(2)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/Nothing answers at http:\/\/127\.0\.0\.1:\d+ yet \(ECONNREFUSED\)/)
  })

  it('gives up with a sentence when its patience is over', async () => {
    const first = await receiver([{ status: 200 }])
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const { sender: out } = sender(first.origin, { patienceMs: 0 })
    await out.traces(new Uint8Array([7]))
    await expect(out.drain()).rejects.toThrow(/Nothing answers at .*Start Guildscope first \(npm start\)/)
  })

  it('lets go of everything when stopped', async () => {
    const first = await receiver([{ status: 200 }])
    await new Promise((resolve) => servers.pop()?.close(resolve))
    const { sender: out } = sender(first.origin)
    await out.traces(new Uint8Array([7]))
    out.stop()
    await out.drain()
    expect(out.requests).toBe(0)
  })
})

describe('retryAfterMs', () => {
  it('reads seconds and dates, within bounds', () => {
    expect(retryAfterMs('2')).toBe(2_000)
    expect(retryAfterMs('0')).toBe(50)
    expect(retryAfterMs('3600')).toBe(15_000)
    expect(retryAfterMs('Tue, 24 Nov 2026 03:00:05 GMT', Date.parse('2026-11-24T03:00:00Z'))).toBe(5_000)
    expect(retryAfterMs('soon')).toBe(1_000)
    expect(retryAfterMs(null)).toBe(1_000)
  })
})
