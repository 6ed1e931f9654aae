'use client'
import { useQuery } from '@tanstack/react-query'
import { useForeignSources } from '@/components/shell/asked-sources.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatCount, formatDuration, formatExact, formatWhen, type Zone, zoneName } from '@/lib/base/format.ts'
import { fetchHours } from '@/lib/client/api.ts'
import type { HourlyTotal } from '@/lib/model/timings.ts'
import type { RangeMs } from './guild-view.ts'
import { shownName, us } from './words.ts'

const SHOWN = 60

export interface HourlyTotalsProps {
  readonly guildId: string
  readonly range: RangeMs
  readonly nowMs: number
  readonly zone: Zone
}

/** What is left of minutes that have rotated: per hour and action type, heaviest first. Nothing where nothing is. */
export function HourlyTotals({ guildId, range, nowMs, zone }: HourlyTotalsProps) {
  const source = useViewData()
  const live = source.frozen === undefined
  const { timings } = useForeignSources()
  const lacking = timings?.lacks.includes('hours') === true
  const { data = [] } = useQuery({
    queryKey: ['guild hours', source.key, guildId, range.fromMs, range.toMs],
    queryFn: ({ signal }) => fetchHours(guildId, range, signal, source.chosen.timings),
    enabled: live && !lacking,
  })
  if (lacking)
    return (
      <p className="px-3 py-2 text-center text-table text-text-2">
        Hourly totals of minutes that have rotated are not kept by {timings.name}.
      </p>
    )
  if (data.length === 0) return undefined
  const rows = [...data].sort((a, b) => a.hourMs - b.hourMs || b.busyUs - a.busyUs)
  return (
    <section aria-label="Hourly totals" className="flex flex-col gap-1 px-3 py-2">
      <h2 className="text-ui font-semibold">Hourly totals</h2>
      <p className="text-table text-text-2">
        Added up before the minutes rotated; hours are whole, also where the range takes a part of one.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard */}
      <section className="max-h-96 max-w-3xl overflow-auto" tabIndex={0} aria-label="List of hourly totals">
        <table className="w-full text-table">
          <thead className="text-text-2">
            <tr className="border-b border-line">
              <th scope="col" className="py-1 text-left font-normal">
                Hour, {zoneName(zone)}
              </th>
              <th scope="col" className="px-2 py-1 text-left font-normal">
                Action
              </th>
              <th scope="col" className="px-2 py-1 text-right font-normal">
                Busy
              </th>
              <th scope="col" className="px-2 py-1 text-right font-normal">
                Count
              </th>
              <th scope="col" className="px-2 py-1 text-right font-normal">
                Mean wait
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, SHOWN).map((row) => (
              <tr key={`${row.hourMs} ${row.action}`} className="border-b border-line">
                <td className="whitespace-nowrap">{formatWhen(row.hourMs, nowMs, zone)}</td>
                <td className="max-w-60 truncate px-2">{shownName(row.action)}</td>
                <td className="px-2 text-right whitespace-nowrap">{formatDuration(row.busyUs * 1_000)}</td>
                <td className="px-2 text-right">{row.count < 0 ? '–' : formatCount(row.count)}</td>
                <td className="px-2 text-right whitespace-nowrap">{meanWait(row)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {rows.length > SHOWN && (
        <p className="text-table text-text-2">
          Showing {SHOWN} of {formatExact(rows.length)}; narrow the range to see the others.
        </p>
      )}
    </section>
  )
}

function meanWait({ waitUsTotal, count }: HourlyTotal): string {
  return waitUsTotal < 0 || count <= 0 ? '–' : us(waitUsTotal / count)
}
