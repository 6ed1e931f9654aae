'use client'
import { CircleCheck, CircleDashed, OctagonAlert } from 'lucide-react'
import { type ReactNode, useMemo } from 'react'
import { cx } from '@/components/ui/cx.ts'
import { Link, useNavigate } from '@/components/ui/navigation.tsx'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { formatCount, formatDate, formatDuration, formatTime, type Zone } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { TraceSummary } from '@/lib/model/trace-list.ts'
import { shownName } from './words.ts'

export interface TraceTableProps {
  readonly traces: readonly TraceSummary[]
  /** How many of them to list. */
  readonly rows: number
  readonly zone: Zone
  /** Traces chosen by hand, to be frozen or pinned. */
  readonly ticked: readonly string[]
  readonly onTick: (traceId: string) => void
  readonly onMark: (traceId: string | undefined) => void
  /** The mouse moves over the rows; it has left them. */
  readonly onHold: () => void
  readonly onRelease: () => void
  readonly footer: ReactNode
}

export function TraceTable(props: TraceTableProps) {
  const { traces, rows, zone, ticked, onTick, onMark, onHold, onRelease, footer } = props
  const scroller = useKeptScroll('traces')
  const chosen = useMemo(() => new Set(ticked), [ticked])
  const navigate = useNavigate()
  const source = useViewData()
  return (
    <section
      ref={scroller}
      className="min-h-0 flex-1 overflow-auto max-lg:max-h-[60vh]"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
      tabIndex={0}
      aria-label="List of traces"
      onPointerMove={(event) => event.pointerType === 'mouse' && onHold()}
      onPointerLeave={onRelease}
    >
      <table className="w-full text-table">
        <thead className="sticky top-0 z-10 bg-bg text-text-2">
          <tr>
            <th scope="col" className="w-8 border-b border-line py-1 pl-3 font-normal pointer-coarse:w-12">
              <span className="sr-only">Ticked</span>
            </th>
            <Head left>Start</Head>
            <Head left>Action</Head>
            <Head>Duration</Head>
            <Head title="Longest known mailbox wait in the trace, whoever’s mailbox it was">Wait</Head>
            <Head>Spans</Head>
            <Head>Errors</Head>
            <Head title="Reaches from the client or API to the guild, with a root and no missing parents">
              Complete
            </Head>
          </tr>
        </thead>
        <tbody>
          {traces.slice(0, rows).map((trace) => (
            <tr
              key={`${trace.source} ${trace.traceId}`}
              onClick={() => trace.frozen !== false && navigate(source.traceHref(trace.traceId))}
              onPointerEnter={() => onMark(trace.traceId)}
              onPointerLeave={() => onMark(undefined)}
              className={cx(
                'border-b border-line hover:bg-raised pointer-coarse:h-10',
                trace.frozen !== false && 'cursor-pointer',
              )}
            >
              {/* biome-ignore lint/a11y/useKeyWithClickEvents: the box inside has the keyboard */}
              <td className="pl-3" onClick={(event) => event.stopPropagation()}>
                <label className="flex h-6 items-center pointer-coarse:h-10 pointer-coarse:w-10">
                  <input
                    type="checkbox"
                    checked={chosen.has(trace.traceId)}
                    onChange={() => onTick(trace.traceId)}
                    aria-label={`Tick the trace of ${formatTime(trace.startMs, zone)}`}
                    className="accent-accent"
                  />
                </label>
              </td>
              <td className="pl-2">
                {trace.frozen === false ? (
                  <span
                    title="Only this row is in the evidence: the spans of this trace were not frozen"
                    className="inline-flex items-center gap-1 text-text-2"
                  >
                    {formatTime(trace.startMs, zone)} <span className="text-axis">row only</span>
                  </span>
                ) : (
                  <Link
                    href={source.traceHref(trace.traceId)}
                    onClick={(event) => event.stopPropagation()}
                    className="inline-flex h-6 items-center text-accent hover:underline pointer-coarse:h-10"
                  >
                    <span title={formatDate(trace.startMs, zone)}>{formatTime(trace.startMs, zone)}</span>
                  </Link>
                )}
              </td>
              <td className="max-w-40 truncate px-2" title={visibleText(`${trace.rootService} ${trace.rootName}`)}>
                {shownName(trace.action || trace.rootName)}
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                {trace.durationNs < 0 ? <Unknown /> : formatDuration(trace.durationNs)}
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                {trace.waitNs >= 0 ? formatDuration(trace.waitNs) : '–'}
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                {trace.spanCount < 0 ? <Unknown /> : formatCount(trace.spanCount)}
              </td>
              <td className="px-2 text-right whitespace-nowrap">
                {trace.errorCount < 0 ? (
                  <Unknown />
                ) : trace.errorCount > 0 ? (
                  <span className="inline-flex items-center gap-1 text-bad">
                    <OctagonAlert size={12} aria-hidden />
                    {formatCount(trace.errorCount)}
                  </span>
                ) : (
                  '–'
                )}
              </td>
              <td className="px-3 text-right whitespace-nowrap">
                {trace.complete ? (
                  <span className="inline-flex items-center gap-1">
                    <CircleCheck size={12} aria-hidden className="text-ok" /> yes
                  </span>
                ) : (
                  <span className="inline-flex items-center gap-1 text-text-2">
                    <CircleDashed size={12} aria-hidden /> no
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {footer}
    </section>
  )
}

/** A number that the source does not tell; a dash would read as none. */
function Unknown() {
  return (
    <span title="The source does not tell" className="text-text-2">
      unknown
    </span>
  )
}

function Head({
  children,
  left = false,
  title,
}: {
  readonly children: string
  readonly left?: boolean
  readonly title?: string
}) {
  return (
    <th
      scope="col"
      title={title}
      className={`border-b border-line px-2 py-1 font-normal first:pl-3 last:pr-3 ${left ? 'text-left' : 'text-right'}`}
    >
      {children}
    </th>
  )
}
