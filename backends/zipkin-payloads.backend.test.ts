/** The contract of every adapter, on the real Zipkin: what it loses is a list, and nothing else. */
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { tracesOf } from '../lib/sources/contract/subjects.fixture.ts'
import { toZipkinJson } from '../lib/sources/contract/zipkin-json.fixture.ts'
import { recorded, recordedTerms } from './recorder.ts'
import { startZipkin } from './zipkin.ts'

payloadContract('zipkin 3.5.1', {
  ...recordedTerms,
  losses: LOST_BY.zipkin,
  open: async () => {
    const server = await startZipkin()
    const recorder = await recorded(server.url, 'zipkin/fixtures/payloads-3.5.1')
    const { source, close } = tracesOf({ kind: 'zipkin', url: recorder.url })
    return {
      source,
      send: async (request) => {
        const spans = toZipkinJson(request)
        if (spans.length === 0) return
        const answer = await fetch(`${server.url}/api/v2/spans`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(spans),
        })
        if (answer.status !== 202) throw new Error(`Zipkin refused the spans: ${answer.status} ${await answer.text()}`)
        // It answers before it has stored them.
        await new Promise((resolve) => setTimeout(resolve, 200))
      },
      close: async () => {
        await close()
        await recorder.close()
        await server.stop()
      },
    }
  },
})
