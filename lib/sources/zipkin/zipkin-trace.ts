import { formatExact } from '../../base/format.ts'
import { bigIntToSpanId, halvesToTraceId } from '../../base/ids.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { decodeTracesProtobuf } from '../../model/otlp/decode.ts'
import type { AttributeMapping, SpanBatch } from '../../model/span-batch.ts'
import type { FetchedTrace } from '../fetched/fetched-trace.ts'
import { readZipkinSpans, SPAN } from './read-spans.ts'

export interface ReadLimits {
  readonly source: string
  readonly maxSpans: number
  /** The body ended at the limit of bytes. */
  readonly cut: boolean
}

/** Zipkin's answer, one list of spans, as a trace: shared spans told apart, spans without a time put at the trace's beginning. */
export function readZipkinTrace(
  json: Uint8Array,
  mapping: AttributeMapping,
  limits: ReadLimits,
): Result<FetchedTrace & { readonly batch: SpanBatch }> {
  const { source, maxSpans, cut } = limits
  const read = readZipkinSpans(json, maxSpans)
  if (read.problem !== '' && (!cut || read.spans === 0)) return notSpans(source, read.problem)
  const decoded = decodeTracesProtobuf(read.bytes, mapping)
  if (!decoded.ok) return notSpans(source, 'its ids or texts are garbled')
  const batch = decoded.value
  const notes: string[] = []
  const refused = batch.rejected.reduce((sum, one) => sum + one.count, 0)
  if (refused > 0) notes.push(`${formatExact(refused)} spans of ${source} have no usable id and are left out.`)
  // A refused span shifts those behind it; marks then no longer belong to rows.
  const marks = refused > 0 ? new Uint8Array(batch.count) : read.marks
  const remarks = new Map<number, string[]>()
  const remark = (row: number, sentence: string) => remarks.set(row, [...(remarks.get(row) ?? []), sentence])
  timesFor(batch, source, remark)
  partShared(batch, marks, source, remark)
  if (cut)
    notes.push(
      `The answer of ${source} is longer than what is read of one answer: the first ${formatExact(batch.count)} spans are shown. "maxAnswerBytes" in the configuration is the limit.`,
    )
  if (read.left > 0)
    notes.push(
      `${source} holds ${cut ? 'at least ' : ''}${formatExact(read.spans + read.left)} spans of this trace; ${formatExact(read.spans)} are shown, because no more than ${formatExact(maxSpans)} are read of one trace.`,
    )
  return ok({
    batch,
    batches: [batch],
    ...(read.left > 0 ? { totalSpans: read.spans + read.left } : {}),
    notes,
    remarks: (_, row) => remarks.get(row) ?? [],
  })
}

/** Spans without a time begin with the earliest of those that have one. */
function timesFor(batch: SpanBatch, source: string, remark: (row: number, sentence: string) => void): void {
  let first = 0n
  for (let i = 0; i < batch.count; i++)
    if (batch.startNs[i] !== 0n && (first === 0n || batch.startNs[i] < first)) first = batch.startNs[i]
  for (let i = 0; i < batch.count; i++) {
    if (batch.startNs[i] !== 0n) continue
    batch.endNs[i] = first + batch.endNs[i]
    batch.startNs[i] = first
    remark(i, `${source} holds no time of this span: it is shown at the beginning of its trace.`)
  }
}

/**
 * `shared`: the server half of a client's span, under the client's id. It gets an id of its own and the client as its parent; what the
 * server's service did below that id moves under it.
 *
 *   client A            client A
 *   server A (shared)     server A′
 *     work, parent A        work
 */
function partShared(
  batch: SpanBatch,
  marks: Uint8Array,
  source: string,
  remark: (row: number, sentence: string) => void,
): void {
  if (!marks.some((mark) => (mark & SPAN.shared) !== 0)) return
  const taken = new Set<bigint>()
  const clients = new Set<bigint>()
  for (let i = 0; i < batch.count; i++) {
    taken.add(batch.spanId[i])
    if ((marks[i] & SPAN.shared) === 0) clients.add(batch.spanId[i])
  }
  /** Client's id → rows of its server halves. */
  const halves = new Map<bigint, number[]>()
  for (let i = 0; i < batch.count; i++) {
    const id = batch.spanId[i]
    if ((marks[i] & SPAN.shared) === 0 || !clients.has(id)) continue
    halves.set(id, [...(halves.get(id) ?? []), i])
  }
  const moved = new Map<number, bigint>()
  for (const [id, rows] of halves)
    for (const row of rows) {
      let own = id ^ 0x8000_0000_0000_0000n
      while (own === 0n || taken.has(own)) own = (own + 1n) & 0xffff_ffff_ffff_ffffn
      taken.add(own)
      moved.set(row, own)
      remark(
        row,
        `${source} keeps this server’s half of a call under the id of the client’s, ${bigIntToSpanId(id)}: it is shown below it, under an id of its own.`,
      )
    }
  for (let i = 0; i < batch.count; i++) {
    if (moved.has(i)) continue
    const server = halves.get(batch.parentId[i])?.find((row) => batch.serviceId[row] === batch.serviceId[i])
    if (server !== undefined) batch.parentId[i] = moved.get(server) ?? batch.parentId[i]
  }
  for (const [row, own] of moved) {
    batch.parentId[row] = batch.spanId[row]
    batch.spanId[row] = own
  }
}

/** The trace that the first span of a batch belongs to. */
export function traceIdOf(batch: SpanBatch): string {
  return halvesToTraceId(batch.traceIdHi[0], batch.traceIdLo[0])
}

export function notSpans(source: string, why: string): Result<never> {
  return fail(
    'unavailable',
    source,
    `${source} answered with something that is not Zipkin’s spans: ${why}.`,
    'Ask again. If it stays so, check the address and the kind of the source in the configuration.',
  )
}
