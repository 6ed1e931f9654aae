import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeTracesJson } from '../model/otlp/json.ts'
import { DEFAULT_MAPPING, type SpanBatch } from '../model/span-batch.ts'
import { otlpRequest, type SpanSketch } from '../sources/contract/otlp-request.ts'
import { groupSpans } from './group-spans.ts'

function batchOf(spans: readonly SpanSketch[]): SpanBatch {
  const decoded = decodeTracesJson(JSON.stringify(otlpRequest(spans, 1_000)), DEFAULT_MAPPING)
  if (!decoded.ok) throw new Error(decoded.failure.what)
  return decoded.value
}

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, '0')

const sketch = fc.record({
  trace: fc.integer({ min: 1, max: 4 }).map((n) => hex(n, 32)),
  id: fc.integer({ min: 1, max: 6 }).map((n) => hex(n, 16)),
  parent: fc.option(
    fc.integer({ min: 1, max: 6 }).map((n) => hex(n, 16)),
    { nil: undefined },
  ),
  name: fc.constantFrom('a', 'b', 'c'),
  at: fc.integer({ min: 0, max: 50 }),
  guild: fc.option(fc.constantFrom('g', 'h'), { nil: undefined }),
  stage: fc.constantFrom('api', 'guild', 'session'),
})

/** The same by objects and maps. */
function naive(spans: readonly SpanSketch[]) {
  const traces = new Map<string, SpanSketch[]>()
  for (const span of spans) traces.set(span.trace, [...(traces.get(span.trace) ?? []), span])
  return [...traces].map(([trace, members]) => {
    const roots = members.filter((span) => span.parent === undefined)
    const candidates = roots.length > 0 ? roots : members
    const earliest = Math.min(...candidates.map((span) => span.at ?? 0))
    const guilds = members.flatMap((span) => (typeof span.guild === 'string' ? [span.guild] : []))
    const ids = new Set(members.map((span) => span.id))
    return {
      trace,
      rows: members.length,
      startMs: 1_000 + Math.min(...members.map((span) => span.at ?? 0)),
      hasRoot: roots.length > 0 ? 1 : 0,
      lead: candidates.find((span) => (span.at ?? 0) === earliest)?.name,
      guild: guilds[0] ?? '',
      moreGuilds: [...new Set(guilds.slice(1))].filter((guild) => guild !== guilds[0]),
      missing: [
        ...new Set(members.flatMap((span) => (span.parent === undefined || ids.has(span.parent) ? [] : [span.parent]))),
      ],
    }
  })
}

test('spans of several requests are grouped by trace as a naive model does (seed 3)', () => {
  fc.assert(
    fc.property(fc.array(sketch, { maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (spans, pieces) => {
      const size = Math.max(1, Math.ceil(spans.length / pieces))
      const batches: SpanBatch[] = []
      for (let from = 0; from < spans.length; from += size) batches.push(batchOf(spans.slice(from, from + size)))
      const parts = groupSpans(batches)
      const found = Array.from({ length: parts.count }, (_, p) => ({
        trace: hex(Number(parts.traceHi[p]), 16) + hex(Number(parts.traceLo[p]), 16),
        rows: parts.rows[p],
        startMs: Number(parts.startNs[p] / 1_000_000n),
        hasRoot: parts.hasRoot[p],
        lead: parts.leadName[p],
        guild: parts.guild[p],
        moreGuilds: [...(parts.moreGuilds.get(p) ?? [])],
        missing: [...(parts.missing.get(p) ?? [])].map((id) => hex(Number(id), 16)),
      }))
      expect(found).toEqual(naive(spans))
    }),
    { seed: 3, numRuns: 200 },
  )
})
