import { z } from 'zod'
import { parseTraceId } from '../../base/ids.ts'
import type { AttributeMapping } from '../../model/span-batch.ts'
import type { TraceSummary } from '../../model/trace-list.ts'

const decimal = z.union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative().transform(String)])
const attribute = z.object({
  key: z.string(),
  value: z
    .object({
      stringValue: z.string().optional(),
      intValue: z.union([z.string(), z.number()]).optional(),
    })
    .default({}),
})
const span = z.object({
  name: z.string().optional(),
  startTimeUnixNano: decimal.optional(),
  attributes: z.array(attribute).default([]),
})
const spanSet = z.object({ spans: z.array(span).default([]), matched: z.number().optional() })
const found = z.object({
  /** Without its leading zeros. */
  traceID: z.string().max(32),
  rootServiceName: z.string().default(''),
  rootTraceName: z.string().default(''),
  startTimeUnixNano: decimal.default('0'),
  /** Whole ms; left out where 0. */
  durationMs: z.number().nonnegative().default(0),
  spanSet: spanSet.optional(),
  spanSets: z.array(spanSet).optional(),
  /** Absent in older versions: counts are then unknown. */
  serviceStats: z
    .record(z.string(), z.object({ spanCount: z.number().default(0), errorCount: z.number().default(0) }))
    .optional(),
})

/** Tempo's answer to a search. A field that is 0 or empty is left out of it. */
export const searchAnswer = z.object({
  traces: z.array(found).default([]),
  metrics: z.object({ completedJobs: z.number().optional(), totalJobs: z.number().optional() }).optional(),
})

const NO_ROOT = '<root span not yet received>'
type Found = z.infer<typeof found>
type Attributes = z.infer<typeof span>['attributes']

/** A summary of what a search says about one trace; undefined where its id is none. What Tempo does not say is −1. */
export function summaryOfFound(source: string, trace: Found, mapping: AttributeMapping): TraceSummary | undefined {
  const traceId = parseTraceId(trace.traceID.padStart(32, '0'))
  if (traceId === undefined) return undefined
  const spans = (trace.spanSets ?? (trace.spanSet === undefined ? [] : [trace.spanSet])).flatMap((set) => set.spans)
  const hasRoot = trace.rootServiceName !== '' && trace.rootServiceName !== NO_ROOT
  const guildId = first(spans, mapping.guild)
  const stats = trace.serviceStats === undefined ? undefined : Object.values(trace.serviceStats)
  const rootName = hasRoot ? trace.rootTraceName : ''
  return {
    source,
    traceId,
    startMs: Number(BigInt(trace.startTimeUnixNano) / 1_000n) / 1_000,
    durationNs: trace.durationMs * 1e6,
    spanCount: stats === undefined ? -1 : stats.reduce((sum, service) => sum + service.spanCount, 0),
    errorCount: stats === undefined ? -1 : stats.reduce((sum, service) => sum + service.errorCount, 0),
    rootName,
    rootService: hasRoot ? trace.rootServiceName : '',
    action: first(spans, mapping.action) ?? rootName,
    ...(guildId === undefined ? {} : { guildId }),
    complete: hasRoot,
    waitNs: longestWait(spans, mapping.enqueued),
    weight: -1,
  }
}

function textOf(attributes: Attributes, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = attributes.find((one) => one.key === key)?.value
    const text = value?.stringValue ?? (value?.intValue === undefined ? undefined : String(value.intValue))
    if (text !== undefined) return text
  }
  return undefined
}

function first(spans: readonly { readonly attributes: Attributes }[], keys: readonly string[]): string | undefined {
  for (const one of spans) {
    const text = textOf(one.attributes, keys)
    if (text !== undefined) return text
  }
  return undefined
}

/** Of the spans that came with the trace, ns; −1 where none says when it was enqueued. */
function longestWait(spans: readonly z.infer<typeof span>[], keys: readonly string[]): number {
  let longest = -1
  for (const one of spans) {
    const enqueued = textOf(one.attributes, keys)
    if (enqueued === undefined || !/^\d{1,20}$/.test(enqueued) || one.startTimeUnixNano === undefined) continue
    longest = Math.max(longest, Number(BigInt(one.startTimeUnixNano) - BigInt(enqueued)), 0)
  }
  return longest
}
