/** Timing samples as rows of `guild_timings`, in JSONEachRow. */
import type { TimingsBatch } from '../model/timings-batch.ts'

const COLUMNS = {
  count: 'Count',
  waitUsTotal: 'WaitUsTotal',
  waitUsMax: 'WaitUsMax',
  arrived: 'Arrived',
  mailboxDepthMax: 'MailboxDepthMax',
} as const

const OPTIONAL = ['count', 'waitUsTotal', 'waitUsMax', 'arrived', 'mailboxDepthMax'] as const

/** Row `i` with its line end. A later row of the same key has a higher `Version`, and counts. */
export function timingRow(batch: TimingsBatch, i: number, nowMs: number): string {
  const { strings, measures, histogram, sessions } = batch
  let row =
    `{"GuildId":${JSON.stringify(strings[batch.guildId[i]])},"Minute":${batch.minuteMs[i] / 1_000}` +
    `,"Node":${JSON.stringify(strings[batch.nodeId[i]])},"Action":${JSON.stringify(strings[batch.actionId[i]])}` +
    `,"GuildName":${JSON.stringify(strings[batch.guildNameId[i]])},"BusyUs":${measures.busyUs[i]}` +
    `,"Version":${BigInt(nowMs) * 1_000_000n + BigInt(i)}`
  for (const measure of OPTIONAL) {
    const value = measures[measure][i]
    if (value >= 0) row += `,"${COLUMNS[measure]}":${value}`
  }
  if (sessions[i] >= 0) row += `,"Sessions":${sessions[i]}`
  const countsFrom = i === 0 ? 0 : histogram.countsEnd[i - 1]
  const countsTo = histogram.countsEnd[i]
  if (countsTo > countsFrom) {
    const boundsFrom = i === 0 ? 0 : histogram.boundsEnd[i - 1]
    row +=
      `,"WaitBoundsUs":[${histogram.boundsUs.subarray(boundsFrom, histogram.boundsEnd[i]).join()}]` +
      `,"WaitCounts":[${histogram.counts.subarray(countsFrom, countsTo).join()}]`
  }
  return `${row}}\n`
}
