import { halvesToTraceId } from '../../base/ids.ts'
import type { SpanBatch } from '../../model/span-batch.ts'

/** Some rows of a batch as a batch of their own; string, resource and scope tables stay shared. */
export function pickBatch(batch: SpanBatch, rows: Uint32Array): SpanBatch {
  const n = rows.length
  const u64 = (from: BigUint64Array) => BigUint64Array.from({ length: n }, (_, i) => from[rows[i]])
  const u32 = (from: Uint32Array) => Uint32Array.from({ length: n }, (_, i) => from[rows[i]])
  const u8 = (from: Uint8Array) => Uint8Array.from({ length: n }, (_, i) => from[rows[i]])
  const f64 = (from: Float64Array) => Float64Array.from({ length: n }, (_, i) => from[rows[i]])
  const f32 = (from: Float32Array) => Float32Array.from({ length: n }, (_, i) => from[rows[i]])
  const startOf = (row: number) => (row === 0 ? 0 : batch.restEnd[row - 1])
  const restEnd = new Uint32Array(n)
  let at = 0
  for (let i = 0; i < n; i++) {
    at += batch.restEnd[rows[i]] - startOf(rows[i])
    restEnd[i] = at
  }
  const rest = new Uint8Array(at)
  for (let i = 0; i < n; i++)
    rest.set(batch.rest.subarray(startOf(rows[i]), batch.restEnd[rows[i]]), i === 0 ? 0 : restEnd[i - 1])
  return {
    ...batch,
    count: n,
    traceIdHi: u64(batch.traceIdHi),
    traceIdLo: u64(batch.traceIdLo),
    spanId: u64(batch.spanId),
    parentId: u64(batch.parentId),
    startNs: u64(batch.startNs),
    endNs: u64(batch.endNs),
    enqueuedNs: u64(batch.enqueuedNs),
    kind: u8(batch.kind),
    status: u8(batch.status),
    flags: u8(batch.flags),
    stageId: u8(batch.stageId),
    guildIsInt: u8(batch.guildIsInt),
    nameId: u32(batch.nameId),
    serviceId: u32(batch.serviceId),
    nodeId: u32(batch.nodeId),
    actionId: u32(batch.actionId),
    relayId: u32(batch.relayId),
    guildId: u32(batch.guildId),
    guildNameId: u32(batch.guildNameId),
    processId: u32(batch.processId),
    userId: u32(batch.userId),
    sessionId: u32(batch.sessionId),
    channelId: u32(batch.channelId),
    mailboxDepth: f64(batch.mailboxDepth),
    recipients: f64(batch.recipients),
    sessions: f64(batch.sessions),
    keepRate: f32(batch.keepRate),
    headRate: f32(batch.headRate),
    resourceId: u32(batch.resourceId),
    scopeId: u32(batch.scopeId),
    rest,
    restEnd,
    rejected: [],
  }
}

/** The batches of each trace, where an answer holds the spans of many in any order. Traces stand in order of first sight. */
export function batchesByTrace(batches: readonly SpanBatch[]): Map<string, SpanBatch[]> {
  const found = new Map<string, SpanBatch[]>()
  for (const batch of batches) {
    const rows = new Map<string, number[]>()
    let last: number[] | undefined
    for (let i = 0; i < batch.count; i++) {
      const same =
        i > 0 && batch.traceIdLo[i] === batch.traceIdLo[i - 1] && batch.traceIdHi[i] === batch.traceIdHi[i - 1]
      if (!same || last === undefined) {
        const id = halvesToTraceId(batch.traceIdHi[i], batch.traceIdLo[i])
        last = rows.get(id) ?? []
        rows.set(id, last)
      }
      last.push(i)
    }
    for (const [id, picked] of rows) {
      const own = found.get(id) ?? []
      own.push(rows.size === 1 ? batch : pickBatch(batch, Uint32Array.from(picked)))
      found.set(id, own)
    }
  }
  return found
}
