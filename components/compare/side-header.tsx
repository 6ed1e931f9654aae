'use client'
import { X } from 'lucide-react'
import { guildView } from '@/components/guild/guild-view.ts'
import { measureName, rangeWords } from '@/components/guild/words.ts'
import { Button, IconButton } from '@/components/ui/button.tsx'
import { Link } from '@/components/ui/navigation.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import type { HeatMeasure } from '@/lib/analysis/heat-map.ts'
import { formatDate, formatMinute, formatWhen, type Zone, zoneName } from '@/lib/base/format.ts'
import { MINUTE_STATE } from '@/lib/model/timings.ts'
import { type CompareView, type RangeMs, selectedRange } from './compare-view.ts'
import { SideLetter } from './side-letter.tsx'
import type { LoadedSide, ReadySide } from './use-sides.ts'

export interface SideHeaderProps {
  readonly side: LoadedSide
  readonly view: CompareView
  readonly isBase: boolean
  readonly measure: HeatMeasure
  /** Its place on the axis is only assumed: it has no onset. */
  readonly assumed: boolean
  readonly zone: Zone
  readonly move: (change: Partial<CompareView>) => void
}

/** Which guild and when, whether the others are compared with it, and what it lacks. */
export function SideHeader({ side, view, isBase, measure, assumed, zone, move }: SideHeaderProps) {
  const source = useViewData()
  const range = side.kind === 'problem' ? undefined : side.range
  const remove = () =>
    move({
      sides: view.sides.filter((_, i) => i !== side.index),
      cells: view.cells.filter((_, i) => i !== side.index),
      base: view.base > side.index ? view.base - 1 : view.base === side.index ? 0 : view.base,
      against: undefined,
    })
  return (
    <div className="flex min-w-0 flex-col gap-0.5 px-2 py-1.5 lg:border-l lg:border-line max-lg:border-t">
      <div className="flex min-w-0 items-center gap-2">
        <SideLetter index={side.index} />
        {range === undefined ? (
          <span className="min-w-0 flex-1 truncate font-semibold">{side.name}</span>
        ) : (
          <Link
            href={source.guildHref(side.side.guildId) + guildSearch(view, side, range)}
            title={`${side.name} · ${side.side.guildId}`}
            className="min-w-0 flex-1 truncate font-semibold hover:underline pointer-coarse:py-2.5"
          >
            <bdi>{side.name}</bdi>
          </Link>
        )}
        <Button
          aria-pressed={isBase}
          aria-label={`${isBase ? 'Base' : 'Make base'}, side ${side.letter}`}
          title="The others are compared with this side"
          onClick={() => move({ base: side.index, against: undefined, zoom: '' })}
        >
          {isBase ? 'Base' : 'Make base'}
        </Button>
        <IconButton label={`Remove side ${side.letter}`} onClick={remove}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {range !== undefined && (
        <p className="text-table text-text-2">
          <span className="whitespace-nowrap">
            {formatDate(range.fromMs, zone) === formatDate(range.toMs - 1, zone) &&
              `${formatDate(range.fromMs, zone)} `}
            {rangeWords(range, zone)} {zoneName(zone)}
          </span>
          {side.kind === 'ready' && <Onset side={side} view={view} zone={zone} move={move} />}
        </p>
      )}
      {side.kind === 'ready' &&
        remarks(side, view, measure, assumed, zone).map((text) => (
          <p key={text} className="text-table text-warn">
            {text}
          </p>
        ))}
    </div>
  )
}

interface OnsetProps {
  readonly side: ReadySide
  readonly view: CompareView
  readonly zone: Zone
  readonly move: (change: Partial<CompareView>) => void
}

/** The moment that offsets count from: its onset, or the start of the selection where the reader says so. */
function Onset({ side, view, zone, move }: OnsetProps) {
  const { onset, data } = side.facts
  const { atMs, selFromMs } = side.side
  const set = (next: number | undefined) =>
    move({
      sides: view.sides.map((one, i) => (i === side.index ? { ...one, atMs: next } : one)),
      align: 'offset',
    })
  return (
    <span>
      {onset !== undefined && (
        <>
          {' · '}
          {onset.kind === 'silence' ? 'silent from' : 'onset'} {formatWhen(onset.atMs, data.nowMs, zone)}
          {onset.orEarlier && ' or earlier'}
        </>
      )}
      {atMs !== undefined && ` · counted from ${formatMinute(atMs, zone)}`}
      {selFromMs !== undefined && selFromMs !== atMs && (
        <button type="button" onClick={() => set(selFromMs)} className={LINK}>
          count from {formatMinute(selFromMs, zone)}
        </button>
      )}
      {atMs !== undefined && (
        <button type="button" onClick={() => set(undefined)} className={LINK}>
          count from the {onset === undefined ? 'usual place' : 'onset'}
        </button>
      )}
    </span>
  )
}

const LINK = 'ml-2 text-accent hover:underline pointer-coarse:min-h-10'

/** What this side cannot answer, said where it is missing. */
function remarks(
  side: ReadySide,
  view: CompareView,
  measure: HeatMeasure,
  assumed: boolean,
  zone: Zone,
): readonly string[] {
  const { facts, range } = side
  const { data } = facts
  const out: string[] = []
  if (data.actions.length === 0) out.push('No timings of this guild in this range.')
  else if (!facts.measures.includes(measure)) {
    out.push(`Its samples do not state what “${measureName(measure, 'mean')}” needs: nothing to colour.`)
  }
  const gone = data.state.filter((state) => state === MINUTE_STATE.rotated).length
  if (gone > 0) out.push(`${gone} of ${data.minutes} minutes have rotated away.`)
  if (assumed) out.push('No onset here: it stands at the same place of its range as in the side that has one.')
  const selected = selectedRange(side.side, range)
  if (selected.toMs <= range.fromMs || selected.fromMs >= range.toMs) {
    out.push(`None of the selected minutes (${rangeWords(selected, zone)}) is in this range.`)
  }
  if (view.action !== '' && data.actions.length > 0 && !data.actions.includes(view.action)) {
    out.push('It had none of the selected action.')
  }
  if (side.stale !== undefined)
    out.push(`${side.stale.what} Showing what was known at ${formatMinute(data.nowMs, zone)}.`)
  return [...out, ...data.notes]
}

/** The guild's page at the same minutes and action. */
function guildSearch(view: CompareView, side: LoadedSide, range: RangeMs): string {
  const { selFromMs, selToMs } = side.side
  const none = guildView.parse('').state
  return guildView.print({
    ...none,
    from: range.fromMs,
    to: range.toMs,
    sel: selFromMs,
    selTo: selToMs,
    action: view.action,
    measure: view.measure,
  })
}
