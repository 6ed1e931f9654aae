/**
 * The contract of every adapter, on the real Zipkin: what it loses is a list, and nothing else. This version takes no OTLP, so spans come as they do in
 * reality: through the collector's exporter, which writes as tags what Zipkin has no place for, or as an SDK's exporter writes them.
 */
import { LOST_BY } from '../lib/sources/contract/losses.ts'
import { payloadContract } from '../lib/sources/contract/payload-contract.ts'
import { tracesOf } from '../lib/sources/contract/subjects.fixture.ts'
import type { TraceSubject } from '../lib/sources/contract/trace-contract.ts'
import { toZipkinJson } from '../lib/sources/contract/zipkin-json.fixture.ts'
import { startCollector } from './collector.ts'
import { recorded, recordedTerms } from './recorder.ts'
import { startZipkin } from './zipkin.ts'

interface Way {
  post(body: object): Promise<Response>
  close(): Promise<void>
}

async function subjectOver(folder: string, open: (zipkin: string) => Promise<Way>): Promise<TraceSubject> {
  const server = await startZipkin()
  const way = await open(server.url)
  const recorder = await recorded(server.url, folder)
  const { source, close } = tracesOf({ kind: 'zipkin', url: recorder.url })
  return {
    source,
    send: async (request) => {
      const answer = await way.post(request)
      if (!answer.ok) throw new Error(`The spans were refused: ${answer.status} ${await answer.text()}`)
      // Zipkin answers before it has stored them.
      await new Promise((resolve) => setTimeout(resolve, 200))
    },
    close: async () => {
      await close()
      await recorder.close()
      await way.close()
      await server.stop()
    },
  }
}

function posted(url: string, body: object): Promise<Response> {
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

payloadContract('zipkin 3.5.1, by the collector 0.148', {
  ...recordedTerms,
  losses: LOST_BY['zipkin by the collector'],
  open: () =>
    subjectOver('zipkin/fixtures/payloads-3.5.1-collector', async (zipkin) => {
      // Without a queue it acknowledges once Zipkin has.
      const collector = await startCollector(`
receivers: { otlp: { protocols: { grpc: {}, http: {} } } }
exporters: { zipkin: { endpoint: "${zipkin}/api/v2/spans", sending_queue: { enabled: false } } }
service: { pipelines: { traces: { receivers: [otlp], exporters: [zipkin] } } }
`)
      return { post: (body) => posted(`${collector.url}/v1/traces`, body), close: () => collector.stop() }
    }),
})

payloadContract('zipkin 3.5.1, by an SDK', {
  ...recordedTerms,
  losses: LOST_BY.zipkin,
  open: () =>
    subjectOver('zipkin/fixtures/payloads-3.5.1', async (zipkin) => ({
      post: (body) => posted(`${zipkin}/api/v2/spans`, toZipkinJson(body)),
      close: async () => {},
    })),
})
