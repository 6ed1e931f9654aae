/** What Share and Freeze begin with on a trace's page. */
import type { FreezeProposal, ShareableView } from '@/components/share/view.ts'
import { formatDuration, formatWhen, type Zone, zoneName } from '@/lib/base/format.ts'
import type { LoadedTrace } from '@/lib/client/trace-loaded.ts'
import { SIDES_MAX, type Side } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { shownName } from './row-words.ts'

/** Around the trace, so that its guilds' load before and after is kept with it. */
const AROUND_MS = 10 * MINUTE_MS
const LONGEST_MS = 1_440 * MINUTE_MS

export function traceShareable({ trace, totals }: LoadedTrace, zone: Zone): ShareableView {
  const startMs = Number(trace.spans.traceStartNs / 1_000_000n)
  const root = trace.spans.count === 0 ? 'An empty trace' : shownName(trace.spans.names[trace.spans.nameId[0]])
  const when = formatWhen(startMs, Date.now(), zone)
  const minute = (ms: number) => Math.floor(ms / MINUTE_MS) * MINUTE_MS
  const fromMs = minute(startMs)
  const toMs = Math.min(minute(startMs + totals.durationNs / 1e6) + MINUTE_MS, fromMs + LONGEST_MS - 2 * AROUND_MS)
  const sides = (aroundMs: number): readonly Side[] =>
    trace.guilds.slice(0, SIDES_MAX).map((guild) => ({
      guildId: guild.id,
      guildName: guild.name,
      fromMs: fromMs - aroundMs,
      toMs: toMs + aroundMs,
    }))
  const propose = (): FreezeProposal => ({
    title: `${root} of ${when}: ${formatDuration(totals.durationNs)}`,
    severity: 'minor',
    choices: [
      { label: '10 min around the trace', sides: sides(AROUND_MS) },
      { label: 'The trace’s own minutes', sides: sides(0) },
    ],
    flames: [],
    traceIds: [trace.traceId],
  })
  return {
    words: `${root}, ${formatDuration(totals.durationNs)}, ${when} ${zoneName(zone)}`,
    shown: sides(0),
    propose: trace.guilds.length === 0 ? undefined : propose,
  }
}
