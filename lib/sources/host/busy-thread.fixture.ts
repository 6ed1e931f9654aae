import { parentPort } from 'node:worker_threads'
import { fail, ok } from '../../base/result.ts'
import { sourceSettings } from '../../config/source-fields.ts'
import type { Trace } from '../../model/span-columns.ts'
import { createBackendClient } from '../http/create-client.ts'
import type { TraceSource } from '../trace-source.ts'
import { serveSources } from './serve.ts'

/** A sources' thread for tests, whose source computes for `BUSY_MS` without a pause and then answers a trace of `SPANS` spans. */
export const SPANS = 100_000
export const BUSY_MS = 1_500

function trace(traceId: string): Trace {
  const endMs = Date.now() + BUSY_MS
  while (Date.now() < endMs);
  const ids = () => new Uint32Array(SPANS)
  return {
    traceId,
    source: 'busy',
    guilds: [],
    totalSpans: SPANS,
    notes: [],
    spans: {
      count: SPANS,
      traceStartNs: 0n,
      start: new Float64Array(SPANS),
      duration: new Float64Array(SPANS),
      parent: new Int32Array(SPANS).fill(-1),
      subtreeEnd: ids(),
      depth: ids(),
      nameId: ids(),
      serviceId: ids(),
      nodeId: ids(),
      actionId: ids(),
      relayId: ids(),
      stageId: new Uint8Array(SPANS),
      flags: new Uint8Array(SPANS),
      wait: new Float64Array(SPANS),
      weight: new Float32Array(SPANS),
      names: Array.from({ length: 1_000 }, (_, index) => `name ${index}`),
      services: [''],
      nodes: [''],
      actions: [''],
      relays: [''],
    },
  }
}

const no = async () => fail<never>('not-found', 'busy', 'busy has only a trace.', 'Ask for that.')
const source: TraceSource = {
  name: 'busy',
  capabilities: {
    searchByGuild: false,
    searchByAction: false,
    links: false,
    nanoseconds: true,
    exactCounts: true,
    flame: false,
    maxSpansPerTrace: SPANS,
    limits: [],
  },
  searchTraces: no,
  trace: async (traceId) => ok(trace(traceId)),
  traceWire: no,
  spanIds: no,
  spanDetails: no,
  spansOf: async function* () {
    yield await no()
  },
  flame: no,
  health: async () => ({ name: 'busy', kind: 'zipkin', ok: true, facts: [] }),
}
if (parentPort !== null) {
  const settings = sourceSettings.parse({ kind: 'zipkin', url: 'http://127.0.0.1:9' })
  serveSources(new Map([['busy', { client: createBackendClient('busy', settings), traces: source }]]), parentPort)
}
