import type { SpanBatch } from '../../model/span-batch.ts'
import { FLAG } from '../../model/span-columns.ts'
import { STAGES } from '../../model/stages.ts'
import type { TraceSummary } from '../../model/trace-list.ts'

/** The summary of a whole trace in one batch of at least one span, as the embedded store makes it. `guild`: the one it was found by. */
export function summaryOfBatch(source: string, traceId: string, batch: SpanBatch, guild?: string): TraceSummary {
  const ids = new Set<bigint>()
  for (let i = 0; i < batch.count; i++) ids.add(batch.spanId[i])
  let [startNs, endNs] = [batch.startNs[0], batch.endNs[0]]
  let [root, first, guildRow] = [-1, 0, -1]
  let [errors, orphans, waitNs] = [0, 0, -1]
  const stages = new Set<string>()
  for (let i = 0; i < batch.count; i++) {
    if (batch.startNs[i] < startNs) startNs = batch.startNs[i]
    if (batch.endNs[i] > endNs) endNs = batch.endNs[i]
    if (batch.startNs[i] < batch.startNs[first]) first = i
    if ((batch.flags[i] & FLAG.error) !== 0) errors++
    if (batch.parentId[i] === 0n) {
      if (root < 0 || batch.startNs[i] < batch.startNs[root]) root = i
    } else if (!ids.has(batch.parentId[i])) orphans++
    if (guildRow < 0 && batch.guildId[i] !== 0) guildRow = i
    if (batch.enqueuedNs[i] !== 0n)
      waitNs = Math.max(waitNs, 0, Number(BigInt.asIntN(64, batch.startNs[i] - batch.enqueuedNs[i])))
    stages.add(STAGES[batch.stageId[i]] ?? '')
  }
  const top = root < 0 ? first : root
  const guildId = guild ?? (guildRow < 0 ? undefined : batch.strings[batch.guildId[guildRow]])
  const staged = [...stages].some((stage) => stage !== '' && stage !== STAGES[0])
  const reaches = (stages.has('client') || stages.has('api')) && stages.has('guild')
  const rate = batch.headRate[top]
  return {
    source,
    traceId,
    startMs: Number(startNs / 1_000n) / 1_000,
    durationNs: Number(endNs - startNs),
    spanCount: batch.count,
    errorCount: errors,
    rootName: batch.strings[batch.nameId[top]],
    rootService: batch.strings[batch.serviceId[top]],
    action: batch.strings[batch.actionId[top]],
    ...(guildId === undefined ? {} : { guildId }),
    complete: root >= 0 && orphans === 0 && (!staged || reaches),
    waitNs,
    weight: rate > 0 ? 1 / rate : -1,
  }
}
