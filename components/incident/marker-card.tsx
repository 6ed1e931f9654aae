'use client'
import { useQuery } from '@tanstack/react-query'
import { Flag, LocateFixed, Trash2 } from 'lucide-react'
import { useMemo, useState } from 'react'
import { us } from '@/components/guild/words.ts'
import { pointsAt, usePointedNote } from '@/components/ui/annotations.tsx'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import {
  type BeforeAfter,
  beforeAfter,
  type Change,
  type Compared,
  comparedRange,
  type Figure,
} from '@/lib/analysis/before-after.ts'
import { formatBusy, formatCount, formatExact, formatMinute, type Zone } from '@/lib/base/format.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { Marker } from '@/lib/model/incident.ts'
import { authorWords } from './entry-words.ts'
import { pinWords } from './pins.ts'
import { useIncident } from './scope.tsx'

const NAMES: Readonly<Record<Compared, string>> = {
  arrived: 'Arrivals / min',
  count: 'Processed / min',
  cost: 'Mean cost',
  wait: 'Mean wait',
  busy: 'Busy / min',
}

/** Something that was done, and whether it helped: the same numbers before and after. */
export function MarkerCard({ marker }: { readonly marker: Marker }) {
  const { incident, writing, focused, focus, show } = useIncident()
  const { zone } = usePreferences()
  const isFocused = focused === marker.markerId
  const isPointed = usePointedNote() === marker.markerId
  const pin = { kind: 'time', atMs: marker.atMs } as const
  const label = visibleText(marker.label)
  return (
    <article
      aria-label={`Marker: ${label}`}
      className={cx(
        'flex flex-col gap-1 border-b border-line border-l-2 px-3 py-2',
        isFocused ? 'border-l-accent bg-surface' : isPointed ? 'border-l-text bg-surface' : 'border-l-transparent',
      )}
      {...pointsAt(marker.markerId)}
    >
      <div className="flex min-h-7 items-center gap-2">
        <Flag size={14} aria-hidden className="shrink-0" />
        <h3 className="min-w-0 flex-1 text-table font-semibold wrap-anywhere">
          {pinWords(pin, incident, zone)} · {label}
        </h3>
        <IconButton
          label={`Show the marker “${label}” in the heat map`}
          title="Show in the heat map"
          onClick={() => show(pin, marker.markerId)}
        >
          <LocateFixed size={14} aria-hidden />
        </IconButton>
        {writing !== undefined && (
          <IconButton
            label={`Remove the marker “${label}”`}
            title="Remove"
            onClick={() => writing.write({ kind: 'marker-removed', markerId: marker.markerId })}
          >
            <Trash2 size={14} aria-hidden />
          </IconButton>
        )}
      </div>
      <Button
        aria-expanded={isFocused}
        onClick={() => focus(isFocused ? '' : marker.markerId)}
        className="self-start"
        title="The same numbers before and after"
      >
        {isFocused ? 'Hide before and after' : 'Before and after'}
      </Button>
      {isFocused && <Comparison marker={marker} />}
      <p className="text-axis text-text-2">{authorWords(marker.by)}</p>
    </article>
  )
}

function Comparison({ marker }: { readonly marker: Marker }) {
  const { incident, around, setAround } = useIncident()
  const { zone } = usePreferences()
  const source = useViewData()
  const [open, setOpen] = useState(false)
  const guild = incident.sides[0]
  const minutes = Number(around)
  const range = comparedRange(marker.atMs, minutes)
  const query = useQuery({
    queryKey: [source.key, 'guild minutes', guild?.guildId, [range.fromMs, range.toMs]],
    queryFn: ({ signal }) => source.minutes(guild?.guildId ?? '', range, signal),
    enabled: guild !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  })
  const result = useMemo(
    () => (query.data === undefined ? undefined : beforeAfter(query.data, marker.atMs, minutes)),
    [query.data, marker.atMs, minutes],
  )
  return (
    <div className="flex flex-col gap-1.5">
      <SegmentedControl
        label="Minutes before and after"
        value={around}
        segments={[
          { value: '5', label: '5 min' },
          { value: '10', label: '10 min' },
          { value: '20', label: '20 min' },
        ]}
        onChange={setAround}
      />
      {query.isError && (
        <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
      )}
      {result !== undefined && (
        <>
          <Table result={result} zone={zone} changes={result.total} caption="All actions" />
          <Said result={result} zone={zone} />
          <Button tone="plain" className="self-start" aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide the actions' : 'By action'}
          </Button>
          {open &&
            result.actions.map(({ action, changes }) => (
              <Table key={action} result={result} zone={zone} changes={changes} caption={visibleText(action)} />
            ))}
        </>
      )}
    </div>
  )
}

interface TableProps {
  readonly result: BeforeAfter
  readonly zone: Zone
  readonly changes: readonly Change[]
  readonly caption: string
}

function Table({ changes, caption }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section aria-label={`Before and after, ${caption}`} tabIndex={0} className="overflow-x-auto">
      <table className="w-full text-table">
        <caption className="text-left font-semibold wrap-anywhere">{caption}</caption>
        <thead className="text-text-2">
          <tr>
            <th scope="col" className="text-left font-normal">
              <span className="sr-only">Number</span>
            </th>
            {['before', 'after', 'ratio'].map((name) => (
              <th key={name} scope="col" className="pl-2 text-right font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {changes.map((change) => (
            <tr key={change.kind} className="border-t border-line">
              <th scope="row" className="text-left font-normal whitespace-nowrap text-text-2">
                {NAMES[change.kind]}
              </th>
              <Value kind={change.kind} figure={change.before} />
              <Value kind={change.kind} figure={change.after} />
              <td className="pl-2 text-right whitespace-nowrap" title={intervalBasis(change)}>
                {change.ratio >= 0 ? `×${formatCount(change.ratio)}` : '–'}
                <span className="block text-axis text-text-2">{intervalWords(change)}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Value({ kind, figure }: { readonly kind: Compared; readonly figure: Figure }) {
  const n = Number.isNaN(figure.n) ? '' : `n = ${formatCount(figure.n)}`
  return (
    <td
      className="pl-2 text-right whitespace-nowrap"
      title={
        figure.minutes === 0
          ? 'Not stated in any of these minutes: unknown'
          : Number.isNaN(figure.n)
            ? `Over ${figure.minutes} minutes`
            : `${formatExact(figure.n)} messages in ${figure.minutes} minutes`
      }
    >
      {valueWords(kind, figure.value)}
      <span className="block text-axis text-text-2">
        {figure.minutes === 0 ? 'unknown' : n}
        {figure.minutes > 0 && <span className="block">{figure.minutes} min</span>}
      </span>
    </td>
  )
}

function valueWords(kind: Compared, value: number): string {
  if (Number.isNaN(value)) return '–'
  if (kind === 'busy') return formatBusy(value)
  if (kind === 'cost' || kind === 'wait') return value === 0 ? '0' : us(value)
  return formatCount(value)
}

function intervalWords({ interval }: Change): string {
  return interval === undefined ? '' : `${formatCount(interval[0])}–${formatCount(interval[1])}`
}

function intervalBasis({ interval, before, after }: Change): string {
  if (interval !== undefined) {
    return `95 % interval from the scatter of ${before.minutes} minutes before and ${after.minutes} after`
  }
  return 'Too few minutes, or too little in them, for an interval'
}

/** Which minutes were compared, and what was left out of them. */
function Said({ result, zone }: { readonly result: BeforeAfter; readonly zone: Zone }) {
  const part = (name: string, { fromMs, toMs, used, leftOut, remarks }: BeforeAfter['before']) =>
    `${name} ${formatMinute(fromMs, zone)}–${formatMinute(toMs, zone)}: ${used} min${leftOut.length === 0 ? '' : ` (left out: ${leftOut.join(', ')})`}${remarks.length === 0 ? '' : `, of which ${remarks.join(', ')}`}`
  return (
    <p className="text-axis text-text-2">
      {part('Before', result.before)}; {part('after', result.after)}.
      {result.after.fromMs > result.before.toMs && ' The marker’s own minute belongs to neither.'}
    </p>
  )
}
