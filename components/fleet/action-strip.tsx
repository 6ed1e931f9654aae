'use client'
import { cx } from '@/components/ui/cx.ts'
import { useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { formatCount, formatDuration } from '@/lib/base/format.ts'
import type { ActionStrip, FleetAnswer } from '@/lib/model/timings.ts'
import { linePath, plainBars, toColumns } from './bars.ts'
import { type ActionNow, actionNow, lastCompleteMinute } from './fleet-rows.ts'

/** Units of the picture: the line of the mean above, the bars of the rate below. */
const LINE = 10
const BARS = 16
const GAP = 2
/** Tiles before "more" is pressed, and at most. */
const FIRST = 8
const MOST = 60

interface Props {
  readonly answer: FleetAnswer
  readonly chosen: string
  readonly onChoose: (action: string) => void
  /** Beyond the first few. */
  readonly all: boolean
  readonly onAll: (all: boolean) => void
}

const BURST_BASIS: Readonly<Record<ActionStrip['burstsFrom'], string>> = {
  arrived: 'Three times as many arrived as usual in the window before.',
  processed:
    'Three times as many were processed as usual. Arrivals are not stated: it may be an older backlog being worked off.',
  busy: 'Three times the usual busy time. Neither arrivals nor counts are stated: it may be an older backlog being worked off.',
}

/** Rate and mean duration of every action type over the fleet; a burst is marked; a click filters the guilds. */
export function ActionStrips({ answer, chosen, onChoose, all, onAll }: Props) {
  const scroller = useKeptScroll('strips')
  const last = lastCompleteMinute(answer)
  const strips = answer.actions.slice(0, all ? MOST : FIRST)
  const hidden = answer.actions.length - strips.length
  if (answer.actions.length === 0) return undefined
  return (
    <section aria-label="Action types over the fleet" className="shrink-0 border-b border-line">
      <ul
        ref={scroller}
        className={cx(
          'relative grid gap-px max-md:auto-cols-[10rem] max-md:grid-flow-col max-md:overflow-x-auto',
          'md:grid-cols-[repeat(auto-fill,minmax(10rem,1fr))] md:overflow-y-auto',
          all ? 'max-h-64' : 'md:max-h-44',
        )}
      >
        {strips.map((strip) => (
          <li key={strip.action} className="min-w-0">
            <Tile
              strip={strip}
              now={actionNow(strip, last)}
              last={last}
              chosen={strip.action === chosen}
              onChoose={() => onChoose(strip.action === chosen ? '' : strip.action)}
            />
          </li>
        ))}
        {answer.actions.length > FIRST && (
          <li className="flex items-center px-3">
            <button
              type="button"
              className="min-h-6 text-left text-table text-accent hover:underline pointer-coarse:min-h-10"
              onClick={() => onAll(!all)}
            >
              {all ? 'Fewer action types' : `${hidden} more action types`}
              {all && hidden > 0 && ` (${hidden} not shown)`}
            </button>
          </li>
        )}
      </ul>
    </section>
  )
}

interface TileProps {
  readonly strip: ActionStrip
  readonly now: ActionNow
  readonly last: number
  readonly chosen: boolean
  readonly onChoose: () => void
}

function Tile({ strip, now, last, chosen, onChoose }: TileProps) {
  const rate = toColumns(strip.count.slice(0, last + 1)).columns
  const mean = toColumns(now.meanByMinute.slice(0, last + 1)).columns
  const perColumn = Math.max(1, Math.ceil((last + 1) / rate.length))
  const width = Math.max(1, rate.length)
  const rateWords = now.perMinute === undefined ? 'rate not stated' : `${formatCount(now.perMinute)}/min`
  const meanWords = now.meanUs === undefined ? '' : formatDuration(now.meanUs * 1_000)
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={onChoose}
      title={
        chosen
          ? 'Show all guilds again'
          : `Show the guilds that drive ${strip.action}. Line: mean duration; bars: actions per minute; each to its own scale.`
      }
      className="relative flex w-full min-w-0 flex-col gap-1 px-3 py-1.5 text-left hover:bg-surface aria-pressed:bg-accent-fill"
    >
      <span className="flex w-full min-w-0 items-baseline gap-1.5 text-table">
        <bdi className="min-w-0 truncate">{strip.action}</bdi>
        {now.bursting && (
          <span title={BURST_BASIS[strip.burstsFrom]} className="shrink-0 text-axis font-semibold text-warn">
            <span aria-hidden>▼ </span>burst
          </span>
        )}
      </span>
      <svg
        aria-hidden="true"
        viewBox={`0 -3 ${width} ${LINE + GAP + BARS + 3}`}
        preserveAspectRatio="none"
        className="block h-8 w-full overflow-visible"
      >
        <path d={plainBars(rate, BARS)} transform={`translate(0 ${LINE + GAP})`} className="fill-text-3" />
        <path
          d={linePath(mean, LINE)}
          className="fill-none stroke-stage-guild"
          strokeWidth={1.5}
          vectorEffect="non-scaling-stroke"
        />
        <path
          d={[...new Set(strip.bursts.map((minute) => Math.floor(minute / perColumn)))]
            .map((x) => `M${x} -2h1`)
            .join('')}
          className="stroke-warn"
          strokeWidth={3}
          vectorEffect="non-scaling-stroke"
        />
      </svg>
      <span className="flex w-full justify-between gap-2 text-axis whitespace-nowrap text-text-2">
        <span>{rateWords}</span>
        <span>
          {meanWords !== '' && (
            <>
              <span className="sr-only">mean duration </span>⌀ {meanWords}
            </>
          )}
        </span>
      </span>
    </button>
  )
}
