'use client'
import { useLacks } from '@/components/shell/asked-sources.ts'
import { CopyButton } from '@/components/ui/copy-button.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { Num } from '@/components/ui/num.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { Status } from '@/components/ui/status.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { TraceTotals } from '@/lib/analysis/waterfall-aggregates.ts'
import {
  formatCount,
  formatDate,
  formatDuration,
  formatExact,
  formatPercent,
  formatTime,
  zoneName,
} from '@/lib/base/format.ts'
import type { LoadedTrace } from '@/lib/client/trace-loaded.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { LastPath } from './last-path.tsx'
import { shownName } from './row-words.ts'

/** Guilds linked by name; a connect touches each guild of its user. */
const GUILDS = 4

/** One line of what the trace is, one of how its stages share the time, and what is missing in it. */
export function TraceFacts({ loaded }: { readonly loaded: LoadedTrace }) {
  const { trace, totals } = loaded
  const source = useViewData()
  const { zone } = usePreferences()
  const lacks = useLacks(trace.source)
  const startMs = Number(trace.spans.traceStartNs / 1_000_000n)
  const hops = totals.stages.filter((stage) => stage.stageId !== 0).length
  const notes = [...trace.notes, ...remarksOf(totals)]
  if (trace.totalSpans > trace.spans.count) {
    notes.unshift(`Showing ${formatExact(trace.spans.count)} of ${formatExact(trace.totalSpans)} spans.`)
  }
  return (
    <div className="shrink-0 border-b border-line">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1.5 text-table text-text-2">
        <span className="flex min-w-0 items-center gap-1">
          trace <span className="min-w-0 truncate font-mono text-axis text-text">{trace.traceId}</span>
          <CopyButton text={trace.traceId} what="trace id" />
        </span>
        {trace.guilds.slice(0, GUILDS).map((guild) => (
          <Link
            key={guild.id}
            href={source.guildHref(guild.id)}
            className="inline-flex h-6 max-w-60 items-center text-accent underline-offset-2 hover:underline pointer-coarse:h-10"
            title={`guild ${visibleText(guild.id)}`}
          >
            <span className="truncate">{shownName(guild.name ?? guild.id)}</span>
          </Link>
        ))}
        {trace.guilds.length > GUILDS && <span>and {formatExact(trace.guilds.length - GUILDS)} more guilds</span>}
        <Num>
          {formatDate(startMs, zone)} {formatTime(startMs, zone)} {zoneName(zone)}
        </Num>
        <Num className="text-text">{formatDuration(totals.durationNs)}</Num>
        <Num>
          {formatExact(trace.spans.count)} {trace.spans.count === 1 ? 'span' : 'spans'}
        </Num>
        <Num>
          {hops} {hops === 1 ? 'hop' : 'hops'}
        </Num>
        {totals.errors > 0 ? (
          <Status kind="bad">
            {formatExact(totals.errors)} {totals.errors === 1 ? 'error' : 'errors'}
          </Status>
        ) : (
          <span>no errors</span>
        )}
        <Num basis="A span stands for 1 / (head sampling rate × fan-out keep rate) spans, where both are known.">
          {keptWords(totals, trace.spans.count)}
          {totals.unweighted > 0 && lacks.has('weights') && `: ${trace.source} keeps no trace state`}
        </Num>
      </div>
      <LastPath path={loaded.path} />
      <PanelState kind="partial" notes={notes} className="border-t border-line" />
    </div>
  )
}

function keptWords(totals: TraceTotals, count: number): string {
  if (totals.unweighted === count) return 'sampling unknown'
  if (totals.unweighted > 0)
    return `stands for ≈ ${formatCount(totals.weighted)} and ${formatExact(totals.unweighted)} of unknown sampling`
  if (totals.weighted === count) return 'kept 100 %'
  return `kept ${formatPercent(count / totals.weighted)}, stands for ≈ ${formatCount(totals.weighted)} spans`
}

/** What the columns' flags add up to, unless the source said it already. */
function remarksOf(totals: TraceTotals): string[] {
  const remarks: string[] = []
  const say = (count: number, one: string, many: string) => {
    if (count > 0) remarks.push(count === 1 ? `1 span ${one}` : `${formatExact(count)} spans ${many}`)
  }
  say(totals.negative, 'ends before it starts.', 'end before they start.')
  return remarks
}
