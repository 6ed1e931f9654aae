import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect as connectTo, type Server } from 'node:net'
import * as zlib from 'node:zlib'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { sourceSettings } from '../../config/source-fields.ts'
import { createBackendClient } from './create-client.ts'
import { CERTIFICATE, KEY } from './fault-proxy.fixture.ts'

const never = new AbortController().signal
const open: { close(): unknown }[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const each of open.splice(0)) await each.close()
})

async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return (server.address() as AddressInfo).port
}

function clientOf(url: string, more: object = {}) {
  const client = createBackendClient('staging', sourceSettings.parse({ kind: 'tempo', url, timeoutMs: 5_000, ...more }))
  open.push(client)
  return client
}

/** A forward proxy that leads every tunnel to one port here, whatever name was asked for. */
async function tunnelTo(port: number, asked: string[]): Promise<string> {
  const proxy = createServer()
  proxy.on('connect', (request, socket) => {
    asked.push(request.url ?? '')
    const through = connectTo(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      through.pipe(socket)
      socket.pipe(through)
    })
    socket.on('error', () => through.destroy())
    through.on('error', () => socket.destroy())
  })
  return `http://127.0.0.1:${await portOf(proxy)}`
}

describe('the way to a backend', () => {
  it('leads through the proxy of the environment, with the CA and the client certificate of the source', async () => {
    const pem = { cert: readFileSync(CERTIFICATE), key: readFileSync(KEY) }
    const server = createTlsServer(
      { ...pem, ca: pem.cert, requestCert: true, rejectUnauthorized: true },
      (_request, response) => response.end('{"inside":true}'),
    )
    const asked: string[] = []
    vi.stubEnv('HTTPS_PROXY', await tunnelTo(await portOf(server), asked))
    vi.stubEnv('NO_PROXY', '')
    vi.stubEnv('no_proxy', '')
    const url = 'https://another-host.example'
    const known = clientOf(url, { tls: { ca: CERTIFICATE, cert: CERTIFICATE, key: KEY } })
    expect(await known.json({ path: '/', signal: never })).toMatchObject({
      ok: true,
      value: { body: { inside: true } },
    })
    expect(asked).toEqual(['another-host.example:443'])
    const stranger = await clientOf(url, { tls: { ca: CERTIFICATE } }).json({ path: '/', signal: never })
    expect(stranger).toMatchObject({ ok: false, failure: { kind: 'unavailable', source: 'staging' } })
    const distrustful = await clientOf(url).json({ path: '/', signal: never })
    expect(distrustful).toMatchObject({
      ok: false,
      failure: { what: 'staging is not trusted: its certificate is signed by nobody known here.' },
    })
  })

  it('never leads through a proxy to this machine itself', async () => {
    const server = createServer((_request, response) => response.end('{}'))
    vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9')
    const answer = await clientOf(`http://127.0.0.1:${await portOf(server)}`).json({ path: '/', signal: never })
    expect(answer.ok).toBe(true)
  })

  it('says which file cannot be read', async () => {
    const client = clientOf('https://127.0.0.1:9', { tls: { ca: '/nowhere/ca.pem' } })
    expect(await client.json({ path: '/', signal: never })).toMatchObject({
      ok: false,
      failure: { what: 'staging cannot be asked: the file /nowhere/ca.pem cannot be read (ENOENT).' },
    })
  })

  it('reads what is compressed, and says what is damaged', async () => {
    const text = '{"text":"äöü"}'
    const server = createServer((request, response) => {
      const encoding = request.url?.slice(1) ?? ''
      response.setHeader('content-encoding', encoding === 'broken' ? 'gzip' : encoding)
      if (encoding === 'gzip') response.end(zlib.gzipSync(text))
      else if (encoding === 'deflate') response.end(zlib.deflateSync(text))
      else if (encoding === 'br') response.end(zlib.brotliCompressSync(text))
      else response.end(text)
    })
    const client = clientOf(`http://127.0.0.1:${await portOf(server)}`)
    for (const encoding of ['gzip', 'deflate', 'br', 'identity'])
      expect(await client.json({ path: `/${encoding}`, signal: never })).toMatchObject({
        ok: true,
        value: { body: { text: 'äöü' } },
      })
    expect(await client.json({ path: '/broken', signal: never })).toMatchObject({
      ok: false,
      failure: { what: 'staging sent a compressed answer that is damaged.' },
    })
    expect(await client.json({ path: '/compress', signal: never })).toMatchObject({
      ok: false,
      failure: { what: 'staging compressed its answer in a way that was not asked for.' },
    })
  })
})
