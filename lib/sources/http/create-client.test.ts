import { createServer, type RequestListener, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { sourceSettings } from '../../config/source-fields.ts'
import type { BackendClient } from './backend-client.ts'
import { createBackendClient } from './create-client.ts'

const never = new AbortController().signal
const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function backend(listener: RequestListener, more: object = {}): Promise<BackendClient> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return clientOf(`http://127.0.0.1:${address.port}/base/`, more)
}

function clientOf(url: string, more: object = {}): BackendClient {
  const settings = sourceSettings.parse({ kind: 'jaeger', url, ...more })
  const client = createBackendClient('staging', settings, { TOKEN: 'very-secret-token' })
  open.push(client)
  return client
}

describe('a client of a backend', () => {
  it('asks below the address, with what the configuration says', async () => {
    let seen: { url?: string | undefined; auth?: string | undefined; org?: unknown } = {}
    const client = await backend(
      (request, response) => {
        seen = { url: request.url, auth: request.headers.authorization, org: request.headers['x-scope-orgid'] }
        response.setHeader('content-encoding', 'gzip')
        response.end(gzipSync('{"a":[1]}'))
      },
      { auth: { bearer: { env: 'TOKEN' } }, headers: { 'X-Scope-OrgID': 'team' } },
    )
    const answer = await client.json({ path: '/api/x', query: { q: 'a b&c', no: undefined, n: 3 }, signal: never })
    expect(answer).toMatchObject({ ok: true, value: { status: 200, body: { a: [1] }, bytes: 9, cut: false } })
    expect(seen).toEqual({ url: '/base/api/x?q=a+b%26c&n=3', auth: 'Bearer very-secret-token', org: 'team' })
    expect(client.stats().lastErrors).toEqual([])
    expect(client.stats().typicalMs).toBeTypeOf('number')
  })

  it('tries a read again, but not a write', async () => {
    let asked = 0
    const client = await backend((_request, response) => {
      asked++
      response.statusCode = asked % 2 === 1 ? 502 : 200
      response.end('{}')
    })
    expect((await client.json({ path: '/', signal: never })).ok).toBe(true)
    expect(asked).toBe(2)
    const write = await client.json({ path: '/', method: 'POST', body: '{}', signal: never })
    expect(write.ok).toBe(false)
    expect(asked).toBe(3)
  })

  it('keeps its secrets out of a sentence that quotes the backend', async () => {
    const client = await backend(
      (request, response) => {
        response.statusCode = 500
        response.end(`<html><body>no: ${request.headers.authorization}</body></html>`)
      },
      { auth: { bearer: { env: 'TOKEN' } } },
    )
    const answer = await client.bytes({ path: '/', signal: never })
    expect(answer).toMatchObject({ ok: false, failure: { what: 'staging failed (status 500): no: Bearer •••.' } })
  })

  it('runs as many at once as may, and lets those go that no longer wait', async () => {
    let inside = 0
    let most = 0
    const client = await backend(
      (_request, response) => {
        most = Math.max(most, ++inside)
        setTimeout(() => {
          inside--
          response.end('{}')
        }, 50)
      },
      { maxConcurrent: 2 },
    )
    const leaving = new AbortController()
    const all = Array.from({ length: 6 }, (_, index) =>
      client.json({ path: '/', signal: index === 5 ? leaving.signal : never }),
    )
    leaving.abort()
    const answers = await Promise.all(all)
    expect(answers.map((answer) => (answer.ok ? 'ok' : answer.failure.kind))).toEqual([
      ...Array(5).fill('ok'),
      'cancelled',
    ])
    expect(most).toBe(2)
  })

  it('tells the backend when the reader has left', async () => {
    let closed: () => void = () => {}
    const gone = new Promise<void>((resolve) => {
      closed = resolve
    })
    const client = await backend((_request, response) => {
      response.on('close', closed)
      response.write('[')
    })
    const leaving = new AbortController()
    const answer = client.stream({ path: '/', signal: leaving.signal }, () => {
      leaving.abort()
      return true
    })
    expect(await answer).toMatchObject({ ok: false, failure: { kind: 'cancelled', source: 'staging' } })
    await gone
  })

  it('stops reading where there is enough, and says so', async () => {
    const client = await backend((_request, response) => {
      response.write('x'.repeat(100))
    })
    expect(await client.stream({ path: '/', signal: never }, () => false)).toMatchObject({
      ok: true,
      value: { cut: true, bytes: 100 },
    })
    expect(await client.stream({ path: '/', maxBytes: 10, signal: never }, () => true)).toMatchObject({
      ok: true,
      value: { cut: true, bytes: 10 },
    })
    expect(await client.bytes({ path: '/', maxBytes: 10, signal: never })).toMatchObject({
      ok: false,
      failure: { kind: 'too-large' },
    })
  })

  it('follows a redirect within the source only', async () => {
    const client = await backend((request, response) => {
      if (request.url?.startsWith('/base/there')) response.end('{"there":true}')
      else {
        response.statusCode = 307
        response.setHeader(
          'location',
          request.url === '/base/near' ? '/base/there' : 'http://169.254.169.254/latest/meta-data/',
        )
        response.end()
      }
    })
    expect(await client.json({ path: '/near', signal: never })).toMatchObject({ ok: true })
    const far = await client.json({ path: '/far', signal: never })
    expect(far).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
    if (!far.ok) expect(far.failure.what).toContain('169.254.169.254')
  })

  it('leaves a source alone that keeps failing, then probes it', async () => {
    const client = clientOf('http://127.0.0.1:9', { timeoutMs: 1_000 })
    for (let i = 0; i < 5; i++) {
      const answer = await client.json({ path: '/', method: 'POST', signal: never })
      expect(answer).toMatchObject({ ok: false, failure: { kind: 'unavailable' } })
    }
    const answer = await client.json({ path: '/', method: 'POST', signal: never })
    expect(answer).toMatchObject({ ok: false, failure: { kind: 'busy' } })
    if (!answer.ok) expect(answer.failure.what).toContain('refused the connection')
    expect(client.stats().pausedUntilMs).toBeGreaterThan(Date.now())
    // What the breaker answers only repeats the last of them.
    expect(client.stats().lastErrors.length).toBe(5)
  })

  it('leaves a source alone as long as it asks', async () => {
    let asked = 0
    const client = await backend((_request, response) => {
      asked++
      response.statusCode = 429
      response.setHeader('retry-after', '30')
      response.end('slow down')
    })
    const first = await client.json({ path: '/', signal: never })
    expect(first).toMatchObject({
      ok: false,
      failure: {
        kind: 'busy',
        what: 'staging has too much to do (status 429) and asks to be left alone for 30 s: slow down.',
      },
    })
    expect(await client.json({ path: '/', signal: never })).toMatchObject({ ok: false, failure: { kind: 'busy' } })
    expect(asked).toBe(1)
  })
})
