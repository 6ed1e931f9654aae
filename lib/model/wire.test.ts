import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { buildForest } from './build-tree.ts'
import { rowsFromText, textFromSpans, traceFromText } from './fixtures.ts'
import type { SpanColumns, Trace } from './span-columns.ts'
import { decodeTrace, encodeTrace, readOverview } from './wire.ts'
import { OVERVIEW_EACH, OVERVIEW_FROM } from './wire-overview.ts'

const EXAMPLE = traceFromText(
  `
  api 0 1000000 stage=api service=api node=api@1 head=0.25
    guild 400000 900000 stage=guild service=guilds node=g@1 action=message_create wait=300000
      relay 500000 600000 stage=relay relay=r1 events
        session 505000 900000000000000 stage=session keep=0.001 error links
        session 505001 506000 stage=session
  lost 7 3 parent=gone`,
  { guilds: [{ id: '81384788765712384', name: 'Räksmörgås 🦐' }, { id: '7' }], notes: ['n\u0000te'], totalSpans: 99 },
)

function unwrap<T>(result: { ok: true; value: T } | { ok: false; failure: { what: string } }): T {
  if (!result.ok) throw new Error(result.failure.what)
  return result.value
}

function expectSame(decoded: Trace, trace: Trace) {
  const { spans: a, ...restA } = decoded
  const { spans: b, ...restB } = trace
  expect(restA).toEqual(restB)
  expect(a).toEqual(b)
}

describe('the wire format', () => {
  test('brings a trace back exactly', () => {
    expectSame(unwrap(decodeTrace(encodeTrace(EXAMPLE))), EXAMPLE)
    const empty = traceFromText('')
    expectSame(unwrap(decodeTrace(encodeTrace(empty))), empty)
  })

  test('the same bytes at an odd offset decode too', () => {
    const bytes = encodeTrace(EXAMPLE)
    const shifted = new Uint8Array(bytes.length + 3)
    shifted.set(bytes, 3)
    expectSame(unwrap(decodeTrace(shifted.subarray(3))), EXAMPLE)
  })

  test('any forest comes back (seed 21)', () => {
    const ns = fc.oneof(fc.nat(100), fc.nat(2 ** 31), fc.bigInt(0n, 2n ** 52n).map(Number))
    const span = fc.record({
      parent: fc.integer({ min: -1, max: 40 }),
      start: ns,
      length: ns,
      wait: fc.option(fc.nat(2 ** 31)),
      name: fc.string({ unit: 'binary' }),
      stage: fc.constantFrom('guild', 'api', 'session', 'unknown'),
      keep: fc.option(fc.double({ min: 1e-30, max: 1, noNaN: true })),
    })
    fc.assert(
      fc.property(fc.array(span, { maxLength: 40 }), fc.boolean(), (list, sampled) => {
        const text = list.map((s, i) => {
          const words = [`s${i} ${s.start} ${Math.min(s.start + s.length, Number.MAX_SAFE_INTEGER)}`]
          words.push(`name=${JSON.stringify(s.name).replaceAll('//', '/ /')} stage=${s.stage}`)
          words.push(s.parent === -1 ? 'parent=-' : `parent=s${s.parent}`)
          if (s.wait !== null) words.push(`wait=${s.wait}`)
          if (s.keep !== null) words.push(`keep=${s.keep}`)
          if (sampled) words.push('head=0.005')
          return words.join(' ')
        })
        const trace = traceFromText(text.join('\n'))
        expectSame(unwrap(decodeTrace(encodeTrace(trace))), trace)
      }),
      { seed: 21, numRuns: 300 },
    )
  })

  test('keeps fractions of nanoseconds and times beyond 2^52', () => {
    const spans: SpanColumns = {
      ...EXAMPLE.spans,
      start: EXAMPLE.spans.start.map((ns) => ns + 0.25),
      duration: EXAMPLE.spans.duration.map((ns) => ns + 2 ** 60),
      wait: EXAMPLE.spans.wait.map((ns) => ns / 3),
    }
    expectSame(unwrap(decodeTrace(encodeTrace({ ...EXAMPLE, spans }))), { ...EXAMPLE, spans })
  })
})

/** A guild span over `n` sessions of pseudo-random times, with a chain five deep below the last. */
function wide(n: number): Trace {
  const lines = ['guild 0 1000000000 stage=guild']
  for (let i = 1; i < n; i++) {
    const start = (i * 7919) % 1_000_003
    const parent = i < n - 5 ? 'guild' : `s${i - 1}`
    lines.push(`s${i} ${start} ${start + ((i * 104_729) % 999_983)} name=session stage=session parent=${parent}`)
  }
  const { spans } = buildForest(rowsFromText(lines.join('\n')))
  return { ...EXAMPLE, spans, totalSpans: spans.count }
}

describe('the overview', () => {
  const trace = wide(OVERVIEW_FROM)
  const bytes = encodeTrace(trace)

  test('is there as soon as its slabs are, and shows the longest spans', () => {
    let enough = 0
    for (let length = 0; length <= bytes.length && enough === 0; length += 1024)
      if (unwrap(readOverview(bytes.subarray(0, length))) !== undefined) enough = length
    expect(enough).toBeGreaterThan(0)
    expect(enough).toBeLessThan(bytes.length / 2)
    const overview = unwrap(readOverview(bytes.subarray(0, enough)))
    if (overview === undefined) throw new Error('no overview')
    expect(overview.count).toBe(trace.spans.count)
    expect(overview.spans.count).toBeGreaterThan(OVERVIEW_EACH / 2)
    expect(overview.spans.count).toBeLessThanOrEqual(2 * OVERVIEW_EACH)
    for (let k = 0; k < overview.spans.count; k++) {
      const i = overview.index[k]
      expect(overview.spans.start[k]).toBe(trace.spans.start[i])
      expect(overview.spans.duration[k]).toBe(trace.spans.duration[i])
      expect(overview.spans.depth[k]).toBe(trace.spans.depth[i])
      const up = overview.spans.parent[k]
      if (up !== -1) expect(trace.spans.subtreeEnd[overview.index[up]]).toBeGreaterThan(i)
    }
    const shortest = Math.min(...overview.spans.duration.filter((_, k) => overview.spans.depth[k] <= 3))
    const chosen = new Set(overview.index)
    trace.spans.duration.forEach((ns, i) => {
      if (!chosen.has(i)) expect(ns).toBeLessThan(shortest * 1.2)
    })
    expect(textFromSpans(overview.spans).split('\n')[0]).toContain('guild 0 1000000000')
  })

  test('a small trace has none', () => {
    expect(unwrap(readOverview(encodeTrace(EXAMPLE)))).toBeUndefined()
  })
})

describe('hostile bytes', () => {
  const bytes = encodeTrace(EXAMPLE)

  function refusal(change: (view: DataView, copy: Uint8Array) => void): string {
    const copy = bytes.slice()
    change(new DataView(copy.buffer), copy)
    const result = decodeTrace(copy)
    return result.ok ? 'accepted' : result.failure.what
  }

  test('are refused with a sentence', () => {
    expect(refusal((view) => view.setUint8(0, 0))).toContain('mark')
    expect(refusal((view) => view.setUint16(4, 2, true))).toContain('version 2')
    expect(refusal((view) => view.setUint32(8, 1e9, true))).toContain('too early')
    expect(refusal((view) => view.setUint32(16 + 4, 8, true))).toContain('outside')
    expect(refusal((view) => view.setUint32(16 + 8, 0xffff_fff8, true))).toContain('outside')
    expect(refusal((view) => view.setUint16(16, 16, true))).toContain('twice')
    expect(refusal((view) => view.setUint16(32, 99, true))).toContain('parent')
    expect(decodeTrace(new Uint8Array(0)).ok).toBe(false)
  })

  test('a header cannot claim spans that did not come, nor ids outside its tables', () => {
    const header = (change: (json: Record<string, unknown>) => void) =>
      refusal((view, copy) => {
        const [offset, length] = [view.getUint32(20, true), view.getUint32(24, true)]
        const json = JSON.parse(new TextDecoder().decode(copy.subarray(offset, offset + length)))
        change(json)
        const text = new TextEncoder().encode(JSON.stringify(json))
        if (text.length > length) throw new Error('the changed header does not fit')
        copy.fill(0x20, offset, offset + length).set(text, offset)
      })
    const drop = { names: ['', 'x'], notes: [], guilds: [] }
    expect(header(() => undefined)).toBe('accepted')
    expect(header((json) => Object.assign(json, drop, { count: 19_000_000 }))).toContain('claims 19000000')
    expect(header((json) => Object.assign(json, drop))).toContain('name')
    expect(header((json) => Object.assign(json, { ...drop, names: [1] }))).toContain('tables')
    expect(header((json) => Object.assign(json, { ...drop, traceId: 'zz' }))).toContain('trace id')
    expect(header((json) => Object.assign(json, { ...drop, traceStartNs: '1e9' }))).toContain('start')
  })

  test('flipped, cut and stretched bytes never throw, and what is accepted is a tree (seed 31)', () => {
    const big = encodeTrace(wide(OVERVIEW_FROM))
    const change = fc.record({
      at: fc.nat(2 ** 31),
      value: fc.nat(255),
      head: fc.boolean(),
    })
    const check = (source: Uint8Array) => (changes: { at: number; value: number; head: boolean }[], cut: number) => {
      const copy = source.slice(0, cut % 3 === 0 ? cut % (source.length + 1) : source.length)
      for (const { at, value, head } of changes) copy[at % Math.max(1, head ? 320 : copy.length)] = value
      readOverview(copy)
      const result = decodeTrace(copy)
      if (!result.ok) return
      const { count, parent, subtreeEnd } = result.value.spans
      for (let i = 0; i < count; i++)
        if (parent[i] >= i || subtreeEnd[i] <= i || subtreeEnd[i] > count) throw new Error('not a tree')
    }
    const changes = fc.array(change, { minLength: 1, maxLength: 6 })
    fc.assert(fc.property(changes, fc.nat(), check(bytes)), { seed: 31, numRuns: 5_000 })
    fc.assert(fc.property(changes, fc.nat(), check(big)), { seed: 31, numRuns: 150 })
  })
})
