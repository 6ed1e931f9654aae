import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { manifestOf } from '../evidence/evidence-fixture.ts'
import type { FrozenTrace } from '../evidence/manifest.ts'
import { openEvidence } from '../evidence/open-evidence.ts'
import type { CallTree } from '../model/call-tree.ts'
import { otlpRequest, type SpanSketch } from '../sources/contract/otlp-request.ts'
import { traceEvidenceOf } from '../sources/trace-evidence.ts'
import { mustOpen, temporaryConfig } from './store-fixture.ts'

const NEVER = new AbortController().signal
const id = (n: number) => n.toString(16).padStart(16, '0')

/** A user connects to two guilds; what the second does must not count as work of the first. */
function connect(n: number, guild: string, other: string): SpanSketch[] {
  const trace = n.toString(16).padStart(32, 'd')
  return [
    { trace, id: id(1), name: 'connect', ms: 90, at: n, stage: 'api', action: n % 3 === 0 ? 'connect' : 'resume' },
    { trace, id: id(2), parent: id(1), name: 'call', at: n + 1, ms: 4 + n, stage: 'guild', guild },
    { trace, id: id(3), parent: id(2), name: 'check', at: n + 2, ms: 1, stage: 'guild' },
    { trace, id: id(4), parent: id(2), name: 'fan out', at: n + 3, ms: 7, stage: 'relay' },
    { trace, id: id(5), parent: id(1), name: 'call', at: n + 9, ms: 80, stage: 'guild', guild: other },
    { trace, id: id(6), parent: id(77), name: 'orphan', at: n + 10, ms: 3, stage: 'session' },
  ]
}

/** Every call path with its figures, in no order. */
function paths(tree: CallTree): string[] {
  const names: string[] = []
  return Array.from({ length: tree.count }, (_, node) => {
    const up = tree.parent[node]
    names.push(`${up === -1 ? '' : names[up]}/${tree.names[tree.nameId[node]]}`)
    const figures = [tree.spans, tree.errors, tree.totalNs, tree.wallNs, tree.selfNs, tree.waitNs, tree.weighted]
    return `${names[node]} ${tree.stageId[node]} ${figures.map((column) => column[node]).join(' ')}`
  }).sort()
}

test('flame graphs and lists from evidence are those of the live store', async () => {
  const { config, dispose } = temporaryConfig()
  const store = await mustOpen(config)
  try {
    const baseMs = Date.now() - 300_000
    const spans = Array.from({ length: 12 }, (_, n) => connect(n, n % 2 === 0 ? 'a' : 'b', 'c')).flat()
    const request = new TextEncoder().encode(JSON.stringify(otlpRequest(spans, baseMs)))
    expect((await store.ingestTraces(request, 'json')).ok).toBe(true)
    const range = { fromMs: baseMs - 1000, toMs: baseMs + 60_000 }
    const live = await store.traces.searchTraces({ ...range, sort: 'newest', limit: 100 }, NEVER)
    if (!live.ok) throw new Error(live.failure.what)
    const bytes = new Map<string, Uint8Array<ArrayBuffer>>()
    const traces: FrozenTrace[] = []
    for (const { traceId } of live.value.items) {
      const evidence = await traceEvidenceOf(store.traces, traceId, NEVER)
      if (!evidence.ok) throw new Error(evidence.failure.what)
      const { piece, stored, summary, guilds } = evidence.value
      bytes.set(piece.sha256, new Uint8Array(gunzipSync(stored)))
      traces.push({
        traceId,
        summary,
        guilds,
        why: ['chosen'],
        spans: summary.spanCount,
        weight: summary.weight,
        piece,
      })
    }
    const reader = openEvidence(manifestOf({ traces }), async (piece) => ({
      ok: true,
      value: bytes.get(piece.sha256) ?? new Uint8Array(0),
    }))
    for (const guildId of ['a', 'b', 'c'])
      for (const scope of ['guild', 'trace'] as const)
        for (const action of [undefined, 'connect']) {
          const question = { ...range, ...(action === undefined ? {} : { action }), scope }
          const frozen = await reader.flame({ guildId, ...question })
          const now = await store.traces.flame({ guild: guildId, maxSpans: 1e6, ...question }, NEVER)
          if (!frozen.ok || !now.ok) throw new Error('no flame graph')
          expect([frozen.value.traces, frozen.value.spans]).toEqual([now.value.traces, now.value.spans])
          expect(frozen.value.unknownSampling).toBe(now.value.unknownSampling)
          expect(paths(frozen.value.tree)).toEqual(paths(now.value.tree))
        }
    for (const sort of ['newest', 'slowest', 'longest-wait'] as const) {
      const query = { guild: 'a', ...range, sort, limit: 4 }
      const frozen = await reader.searchTraces(query)
      const now = await store.traces.searchTraces(query, NEVER)
      if (!frozen.ok || !now.ok) throw new Error('no list')
      expect(frozen.value.items).toEqual(now.value.items.map((item) => ({ ...item, frozen: true })))
    }
  } finally {
    await store.close()
    dispose()
  }
})
