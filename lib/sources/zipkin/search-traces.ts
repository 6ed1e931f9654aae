import { JSON_TOKEN, JsonReader } from '../../base/json-reader.ts'
import { ok, type Result } from '../../base/result.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'
import type { FetchedTrace } from '../fetched/fetched-trace.ts'
import { notSpans, type ReadLimits, readZipkinTrace, traceIdOf } from './zipkin-trace.ts'

export type ZipkinTrace = FetchedTrace & { readonly batch: SpanBatch }

/** The traces of a search's answer, by id: a list of lists of spans. One that the limit of bytes cut off is left out. */
export function readZipkinSearch(
  json: Uint8Array,
  mapping: AttributeMapping,
  limits: ReadLimits,
): Result<Map<string, ZipkinTrace>> {
  const traces = new Map<string, ZipkinTrace>()
  const reader = new JsonReader(json)
  if (reader.next() !== JSON_TOKEN.arrayStart) return notSpans(limits.source, 'it is not a list of traces')
  let token = reader.next()
  for (; token === JSON_TOKEN.arrayStart; token = reader.next()) {
    const from = reader.at
    if (!reader.skipRest(token)) break
    const trace = readZipkinTrace(json.subarray(from, reader.at + 1), mapping, { ...limits, cut: false })
    if (!trace.ok) return trace
    if (trace.value.batch.count > 0) traces.set(traceIdOf(trace.value.batch), trace.value)
  }
  if (token === JSON_TOKEN.arrayEnd || limits.cut) return ok(traces)
  return notSpans(limits.source, reader.problem === '' ? 'it is not a list of traces' : reader.problemText)
}

/** The annotation query that finds a value of a key, and whether it finds exactly that: a text with ` and ` in it would be taken apart. */
export function annotationQuery(key: string, value: string): { readonly query: string; readonly exact: boolean } {
  const exact = value !== '' && value.trim() === value && !/\sand\s/.test(value) && !key.includes('=')
  return exact ? { query: `${key}=${value}`, exact } : { query: key, exact }
}

/** Whether any span names the guild / the action. */
export function names(batch: SpanBatch, column: Uint32Array, text: string): boolean {
  for (let i = 0; i < batch.count; i++) if (batch.strings[column[i]] === text) return true
  return false
}
