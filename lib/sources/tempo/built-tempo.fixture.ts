/**
 * Answers of Tempo for what was sent, built by its documented format: no Tempo server can be had where these tests run. A trace by its id is the
 * OTLP that was sent, as `tempopb.TraceByIDResponse` wraps it (its `Trace` has OTLP's own field numbers); a search evaluates the TraceQL that the
 * adapter writes, typed as Tempo does it, and answers in the form of the recorded ones (`fixtures/`, which a real Tempo 3.0.3 gave).
 */
import { z } from 'zod'
import { encodeRequest } from '../../model/otlp/otlp-proto.fixture.ts'
import { ProtoWriter } from '../../model/otlp/proto-writer.ts'
import type { RecordedAnswer, ReplayedRequest } from '../http/replay.fixture.ts'

const attributes = z.array(z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })).default([])
const sentSpan = z.looseObject({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes,
  status: z.looseObject({ code: z.number().optional() }).optional(),
})
type SentSpan = z.infer<typeof sentSpan>
const sentRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes }),
      scopeSpans: z.array(z.looseObject({ spans: z.array(sentSpan) })),
    }),
  ),
})

interface Held {
  readonly parts: Uint8Array[]
  readonly spans: SentSpan[]
  service: string
}

/** One condition of a span set: `span.guild.id = "7"`. */
interface Condition {
  readonly name: string
  readonly operator: string
  readonly literal: string
}

export class BuiltTempo {
  /** By trace id, in the order of arrival: a search answers the first it finds. */
  readonly #traces = new Map<string, Held>()

  /** A request whose spans are all of one trace. */
  take(request: object): void {
    for (const { resource, scopeSpans } of sentRequest.parse(request).resourceSpans) {
      const spans = scopeSpans.flatMap((scope) => scope.spans)
      if (spans.length === 0) continue
      const held = this.#traces.get(spans[0].traceId) ?? { parts: [], spans: [], service: '' }
      this.#traces.set(spans[0].traceId, held)
      held.spans.push(...spans)
      held.service = String(resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? '')
      held.parts.push(encodeRequest({ resourceSpans: [{ resource, scopeSpans: withBytes(scopeSpans) }] }))
    }
  }

  answer({ target }: ReplayedRequest): RecordedAnswer | undefined {
    const { pathname, searchParams } = new URL(target, 'http://tempo')
    const id = /^\/api\/v2\/traces\/([0-9a-f]+)$/.exec(pathname)?.[1]
    if (id !== undefined)
      return { request: target, status: 200, contentType: 'application/protobuf', body: this.#trace(id) }
    if (pathname === '/api/search') return json(target, this.#search(searchParams))
    if (pathname === '/api/v2/search/tags') return json(target, { scopes: [{ name: 'span', tags: ['guild.id'] }] })
    if (pathname === '/api/status/buildinfo') return json(target, { version: '3.0.3' })
    return undefined
  }

  #trace(id: string): Uint8Array {
    const out = new ProtoWriter()
    const mark = out.open(1)
    // An unknown id is an empty trace.
    for (const part of this.#traces.get(id.padStart(32, '0'))?.parts ?? []) out.raw(part)
    out.close(mark)
    return out.finish()
  }

  #search(asked: URLSearchParams): object {
    const sets = spanSetsOf(asked.get('q') ?? '')
    const [start, end] = ['start', 'end'].map((name) => BigInt(asked.get(name) ?? '0') * 1_000_000_000n)
    const found: object[] = []
    for (const [traceId, { spans, service }] of this.#traces) {
      const starts = spans.map((span) => BigInt(span.startTimeUnixNano))
      const first = starts.reduce((a, b) => (b < a ? b : a))
      const last = spans.reduce(
        (at, span) => (BigInt(span.endTimeUnixNano) > at ? BigInt(span.endTimeUnixNano) : at),
        0n,
      )
      const matched = sets.map((set) => spans.filter((span) => set.some((one) => isMet(one, span, last - first))))
      if (first >= end || last < start || matched.some((of) => of.length === 0)) continue
      const root = spans.find((span) => span.parentSpanId === undefined)
      const errorCount = spans.filter((span) => span.status?.code === 2).length
      found.push({
        traceID: traceId.replace(/^0+/, ''),
        rootServiceName: root === undefined ? '<root span not yet received>' : service,
        ...(root === undefined ? {} : { rootTraceName: root.name }),
        startTimeUnixNano: String(first),
        durationMs: Number((last - first) / 1_000_000n),
        spanSets: matched.map((of) => ({ spans: of.map(selected), matched: of.length })),
        serviceStats: { [service]: { spanCount: spans.length, ...(errorCount === 0 ? {} : { errorCount }) } },
      })
      if (found.length === Number(asked.get('limit'))) break
    }
    return { traces: found, metrics: { completedJobs: 1, totalJobs: 1 } }
  }
}

function json(request: string, body: object): RecordedAnswer {
  return { request, status: 200, contentType: 'application/json', body: JSON.stringify(body) }
}

const ids = new Set(['traceId', 'spanId', 'parentSpanId'])

/** Ids of OTLP/JSON, which are hex, as protobufjs takes bytes: in base64. */
function withBytes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withBytes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [
      key,
      ids.has(key) && typeof one === 'string' ? Buffer.from(one, 'hex').toString('base64') : withBytes(one),
    ]),
  )
}

function selected(span: SentSpan): object {
  return {
    spanID: span.spanId,
    name: span.name,
    startTimeUnixNano: span.startTimeUnixNano,
    attributes: span.attributes.filter(({ key }) => key === 'guild.id' || key === 'guild.action'),
  }
}

const CONDITION = /([A-Za-z_][\w.-]*) (=|<|>=) ("(?:[^"\\]|\\.)*"|-?\d+(?:ns)?)/y

/** `{a = 1 || b = 2} && {c = 3} | select(…)` as its sets; what is written otherwise is an error. */
function spanSetsOf(q: string): readonly (readonly Condition[])[] {
  const sets: Condition[][] = []
  let at = 0
  const take = (text: string) => {
    const there = q.startsWith(text, at)
    if (there) at += text.length
    return there
  }
  do {
    if (!take('{')) throw new Error(`not a span set: ${q.slice(at)}`)
    const set: Condition[] = []
    do {
      CONDITION.lastIndex = at
      const found = CONDITION.exec(q)
      if (found === null) throw new Error(`not a condition: ${q.slice(at)}`)
      set.push({ name: found[1], operator: found[2], literal: found[3] })
      at += found[0].length
    } while (take(' || '))
    if (!take('}')) throw new Error(`not the end of a span set: ${q.slice(at)}`)
    sets.push(set)
  } while (take(' && '))
  if (!take(' | select(')) throw new Error(`not a pipeline: ${q.slice(at)}`)
  return sets
}

function isMet({ name, operator, literal }: Condition, span: SentSpan, durationNs: bigint): boolean {
  if (name === 'traceDuration') return durationNs >= BigInt(literal.replace('ns', ''))
  if (name === 'name') return span.name === JSON.parse(literal)
  const value = span.attributes.find(({ key }) => `span.${key}` === name)?.value
  if (literal.startsWith('"')) return value?.stringValue === JSON.parse(literal)
  if (value?.intValue === undefined) return false
  const int = BigInt(String(value.intValue))
  return operator === '<' ? int < BigInt(literal) : int === BigInt(literal)
}
