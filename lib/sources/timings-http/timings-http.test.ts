/** One Guildscope reads another's timings: the real route handlers of a real instance, over a real port. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { GET as guildRoute } from '../../../app/api/timings/guilds/[id]/route.ts'
import { GET as fleetRoute } from '../../../app/api/timings/guilds/route.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import { type Instance, instance } from '../../server/instance.ts'
import { timingsContract } from '../contract/timings-contract.ts'
import { createBackendClient } from '../http/create-client.ts'
import { startReplay } from '../http/replay.fixture.ts'
import { openHttpTimings } from './index.ts'

const folder = mkdtempSync(join(tmpdir(), 'guildscope-timings-http-'))
let other: Instance

const server = createServer(async (incoming, outgoing) => {
  const url = new URL(incoming.url ?? '/', `http://${incoming.headers.host}`)
  const id = /^\/api\/timings\/guilds\/([^/]+)$/.exec(url.pathname)?.[1]
  const headers = { host: url.host, accept: 'application/json' }
  const request = new Request(url, { headers })
  const response =
    id === undefined
      ? await fleetRoute(request, { params: Promise.resolve(undefined) })
      : await guildRoute(request, { params: Promise.resolve({ id: decodeURIComponent(id) }) })
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  outgoing.end(Buffer.from(await response.arrayBuffer()))
})

function sourceAt(url: string) {
  const settings = sourceSettings.parse({ kind: 'timings-http', url })
  if (settings.kind !== 'timings-http') throw new Error('not this kind')
  const client = createBackendClient('other', settings)
  return { client, source: openHttpTimings('other', settings, client).timings }
}

async function url(): Promise<string> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  return `http://127.0.0.1:${address.port}`
}

beforeAll(async () => {
  process.env.GUILDSCOPE_DATA_DIR = folder
  process.env.GUILDSCOPE_OTLP_HTTP_PORT = '0'
  process.env.GUILDSCOPE_OTLP_GRPC_PORT = '0'
  const started = await instance()
  if (!started.ok) throw new Error(started.failure.what)
  other = started.value
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await other?.close()
  rmSync(folder, { recursive: true, force: true })
})

timingsContract('timings-http over another Guildscope', async () => {
  const { client, source } = sourceAt(await url())
  return {
    source,
    send: async (samples) => {
      const body = new TextEncoder().encode(JSON.stringify({ samples }))
      const answer = await other.store?.ingestTimings(body, 'json')
      if (answer?.ok !== true) throw new Error(answer?.failure.what ?? 'no store')
    },
    close: () => client.close(),
  }
})

test('an answer of another form is said to be one', async () => {
  const replay = await startReplay([], {
    otherwise: ({ target }) => ({
      request: target,
      status: 200,
      contentType: 'application/json',
      body: '{"guildId":"g","samples":[{"minute":"never"}]}',
    }),
  })
  const { client, source } = sourceAt(replay.url)
  const answer = await source.samples('g', { fromMs: 0, toMs: 60_000 }, 10, new AbortController().signal)
  expect(answer.ok ? '' : answer.failure.what).toMatch(/^other answered in a form that is not the timings API’s/)
  const health = await source.health(new AbortController().signal)
  expect(health.ok).toBe(false)
  await client.close()
  await replay.close()
})
