import { FLAG, type SpanColumns, type Trace } from '../model/span-columns.ts'
import { STAGE_ID } from '../model/stages.ts'
import type { TraceSummary } from '../model/trace-list.ts'

const BEFORE_GUILD = (1 << STAGE_ID.client) | (1 << STAGE_ID.api)
const FROM_GUILD_ON = ~((1 << STAGE_ID.guild) - 1)

/** The row of the list of traces, from the trace itself. */
export function summaryOf(trace: Trace): TraceSummary {
  const { spans } = trace
  let end = 0
  let errors = 0
  let lead = -1
  let acting = -1
  let wait = -1
  let stages = 0
  let hasRoot = false
  let missing = false
  for (let i = 0; i < spans.count; i++) {
    const flags = spans.flags[i]
    end = Math.max(end, spans.start[i] + spans.duration[i])
    if ((flags & FLAG.error) !== 0) errors++
    if ((flags & FLAG.orphan) !== 0) missing = true
    stages |= 1 << spans.stageId[i]
    const isRoot = spans.parent[i] === -1 && (flags & (FLAG.orphan | FLAG.cycle)) === 0
    const earlier = lead === -1 || spans.start[i] < spans.start[lead]
    if ((isRoot && !hasRoot) || (isRoot === hasRoot && earlier)) lead = i
    hasRoot ||= isRoot
    if (spans.actionId[i] !== 0 && (acting === -1 || spans.start[i] < spans.start[acting])) acting = i
    if ((flags & FLAG.waitInferred) === 0 && spans.wait[i] > wait) wait = spans.wait[i]
  }
  const statesNoStage = (stages & ~(1 << STAGE_ID.unknown)) === 0
  const reaches = statesNoStage || ((stages & BEFORE_GUILD) !== 0 && (stages & FROM_GUILD_ON) !== 0)
  const guild = trace.guilds[0]
  return {
    source: trace.source,
    traceId: trace.traceId,
    startMs: Number(spans.traceStartNs / 1000n) / 1000,
    durationNs: end,
    spanCount: spans.count,
    errorCount: errors,
    rootName: lead === -1 ? '' : spans.names[spans.nameId[lead]],
    rootService: lead === -1 ? '' : spans.services[spans.serviceId[lead]],
    action: acting === -1 ? '' : spans.actions[spans.actionId[acting]],
    ...(guild === undefined ? {} : { guildId: guild.id }),
    complete: hasRoot && reaches && !missing,
    waitNs: wait,
    weight: headWeight(spans),
  }
}

/** Adjusted count of the trace: that of its spans before the fan-out, where they agree on one; else −1, unknown. */
function headWeight({ count, stageId, weight }: SpanColumns): number {
  let agreed = -1
  let least = -1
  for (let i = 0; i < count; i++) {
    if (!(weight[i] > 0)) continue
    if (least === -1 || weight[i] < least) least = weight[i]
    const stage = stageId[i]
    if (stage === STAGE_ID.unknown || stage > STAGE_ID.relay) continue
    if (agreed === -1) agreed = weight[i]
    else if (agreed !== weight[i]) return -1
  }
  return agreed === -1 ? least : agreed
}
