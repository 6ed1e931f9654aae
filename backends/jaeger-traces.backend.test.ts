/** The contract of every adapter against the real Jaeger, through its API v3 and, as a build without that answers, through v1. */
import { createServer } from 'node:http'
import { afterAll, beforeAll } from 'vitest'
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { tracesOf } from '../lib/sources/contract/subjects.fixture.ts'
import type { TraceSubject } from '../lib/sources/contract/trace-contract.ts'
import { type Jaeger, startJaeger } from './jaeger.ts'
import { recorded, recordedTerms } from './recorder.ts'

let jaeger: Jaeger
beforeAll(async () => {
  jaeger = await startJaeger()
})
afterAll(() => jaeger?.stop())

async function subjectAt(url: string, folder: string, closeServer = async () => {}): Promise<TraceSubject> {
  const recorder = await recorded(url, folder)
  const { source, close } = tracesOf({ kind: 'jaeger', url: recorder.url })
  return {
    source,
    send: async (request) => {
      const answer = await fetch(`${jaeger.otlp}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(request),
      })
      if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`)
    },
    close: async () => {
      await close()
      await recorder.close()
      await closeServer()
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
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  return subjectAt(`http://127.0.0.1:${port}`, 'jaeger/fixtures/payloads-1.76.0-v1', close)
}

payloadContract('jaeger 1.76, API v3', {
  ...recordedTerms,
  open: () => subjectAt(jaeger.url, 'jaeger/fixtures/payloads-1.76.0-v3'),
  losses: LOST_BY['jaeger v3'],
})

payloadContract('jaeger 1.76, API v1 only', {
  ...recordedTerms,
  open: withoutV3,
  losses: LOST_BY['jaeger v1'],
})
