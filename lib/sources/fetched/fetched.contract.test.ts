import { fail, ok } from '../../base/result.ts'
import { decodeTracesJson } from '../../model/otlp/json.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../../model/span-batch.ts'
import { payloadContract } from '../contract/payload-contract.ts'
import { type TraceSubject, traceContract } from '../contract/trace-contract.ts'
import type { FetchedTrace, WholeTraceBackend } from './fetched-trace.ts'
import { batchesByTrace } from './pick-batch.ts'
import { summaryOfFetched, wholeTraceSource } from './whole-trace-source.ts'

/** A backend in memory that loses nothing: what is tested is what `wholeTraceSource` makes of whole traces. */
class MemoryBackend implements WholeTraceBackend {
  readonly name = 'memory'
  readonly mapping = DEFAULT_MAPPING
  readonly capabilities = {
    searchByGuild: true,
    searchByAction: false,
    links: true,
    nanoseconds: true,
    exactCounts: true,
    flame: false,
    maxSpansPerTrace: 1_000_000,
    limits: [],
  }
  readonly #batches: SpanBatch[] = []

  take(request: object): void {
    const batch = decodeTracesJson(JSON.stringify(request), this.mapping)
    if (!batch.ok) throw new Error(batch.failure.what)
    this.#batches.push(batch.value)
  }

  async fetchTrace(traceId: string) {
    const batches = batchesByTrace(this.#batches).get(traceId)
    if (batches === undefined)
      return fail<FetchedTrace>('not-found', this.name, `No trace ${traceId}.`, 'Look elsewhere.')
    return ok({ batches, notes: [] })
  }

  async search(query: Parameters<WholeTraceBackend['search']>[0]) {
    const traces = new Map<string, FetchedTrace>()
    for (const [traceId, batches] of batchesByTrace(this.#batches)) {
      const names = batches.some((batch) => batch.guildId.some((id) => batch.strings[id] === query.guild))
      if (names) traces.set(traceId, { batches, notes: [] })
    }
    const items = [...traces].map(([traceId, fetched]) => summaryOfFetched(this, traceId, fetched))
    return ok({ items: items.slice(0, query.limit), more: items.length > query.limit, notes: [], traces })
  }

  async health() {
    return {
      name: this.name,
      kind: 'jaeger',
      ok: true,
      facts: [{ label: 'Batches', value: String(this.#batches.length) }],
    } as const
  }
}

async function openMemory(): Promise<TraceSubject> {
  const backend = new MemoryBackend()
  return {
    source: wholeTraceSource(backend),
    send: async (request) => backend.take(request),
    close: async () => {},
  }
}

traceContract('whole traces', openMemory)
payloadContract('whole traces', { open: openMemory, losses: [] })
