import { payloadContract } from '../sources/contract/payload-contract.ts'
import { timingsContract } from '../sources/contract/timings-contract.ts'
import { type TraceSubject, traceContract } from '../sources/contract/trace-contract.ts'
import { mustOpen, temporaryConfig } from './store-fixture.ts'

const utf8 = new TextEncoder()

function bytesOf(value: object): Uint8Array<ArrayBuffer> {
  return utf8.encode(JSON.stringify(value))
}

async function openEmbedded(): Promise<TraceSubject> {
  const { config, dispose } = temporaryConfig()
  const store = await mustOpen(config)
  return {
    source: store.traces,
    send: async (request) => {
      const answer = await store.ingestTraces(bytesOf(request), 'json')
      if (!answer.ok) throw new Error(answer.failure.what)
    },
    close: async () => {
      await store.close()
      dispose()
    },
  }
}

traceContract('embedded', openEmbedded)
payloadContract('embedded', { open: openEmbedded, losses: [] })

timingsContract('embedded', async () => {
  const { config, dispose } = temporaryConfig()
  const store = await mustOpen(config)
  return {
    source: store.timings,
    send: async (samples) => {
      const answer = await store.ingestTimings(bytesOf({ samples }), 'json')
      if (!answer.ok) throw new Error(answer.failure.what)
    },
    close: async () => {
      await store.close()
      dispose()
    },
  }
})
