/** The contract of every adapter against the real Jaeger, through its API v3 and, as a build without that answers, through v1. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll } from 'vitest'
import { sourceSettings } from '../lib/config/source-fields.ts'
import { payloadContract } from '../lib/sources/contract/payload-contract.ts'
import type { TraceSubject } from '../lib/sources/contract/trace-contract.ts'
import { wholeTraceSource } from '../lib/sources/fetched/whole-trace-source.ts'
import { createBackendClient } from '../lib/sources/http/create-client.ts'
import { jaegerBackend } from '../lib/sources/jaeger/backend.ts'
import { type Jaeger, startJaeger } from './jaeger.ts'

let jaeger: Jaeger
beforeAll(async () => {
  jaeger = await startJaeger()
})
afterAll(() => jaeger?.stop())

function subjectAt(url: string, close = async () => {}): TraceSubject {
  const settings = sourceSettings.parse({ kind: 'jaeger', url })
  if (settings.kind !== 'jaeger') throw new Error('not a Jaeger')
  const client = createBackendClient('jaeger', settings, {})
  return {
    source: wholeTraceSource(jaegerBackend('jaeger', settings, client)),
    send: async (request) => {
      const answer = await fetch(`${jaeger.otlp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    close: async () => {
      await client.close()
      await close()
    },
  }
}

/** The same Jaeger as a build that has v1 only: any path of v3 answers the start page, as a route that is not there does. */
async function withoutV3(): Promise<TraceSubject> {
  const server = createServer((incoming, response) => {
    const path = (incoming.url ?? '/').startsWith('/api/v3/') ? '/' : (incoming.url ?? '/')
    fetch(jaeger.url + path).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
        response.end(Buffer.from(await answer.arrayBuffer()))
      },
      () => response.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return subjectAt(`http://127.0.0.1:${port}`, () => new Promise((resolve) => server.close(() => resolve())))
}

payloadContract('jaeger 1.76, API v3', {
  open: async () => subjectAt(jaeger.url),
  losses: ['zero lengths become 1 ns'],
})

payloadContract('jaeger 1.76, API v1 only', {
  open: withoutV3,
  losses: ['below a microsecond', 'arrays and maps', 'attributes of links'],
})
