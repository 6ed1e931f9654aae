'use client'
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useCoarsePointer } from '@/components/guild/canvas-layer.tsx'
import { HeatLegend } from '@/components/guild/heat-legend.tsx'
import { FEW_ROWS, heatViewOf, MOST_ROWS } from '@/components/guild/heat-model.ts'
import { plotMost } from '@/components/guild/heat-picture.ts'
import { measureName, shownName } from '@/components/guild/words.ts'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { PanelState } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { HEAT_MEASURES, type HeatMeasure, heatMapOf, sharedOrder } from '@/lib/analysis/heat-map.ts'
import { heatScale } from '@/lib/analysis/heat-map-scale.ts'
import { axisMinute, axisMs, type SideAxis, sideAxis } from '@/lib/analysis/side-axis.ts'
import type { Zone } from '@/lib/base/format.ts'
import { bandTracks } from '@/lib/draw/band.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { CompareSide, CompareView, RangeMs } from './compare-view.ts'
import { HeatSide } from './heat-side.tsx'
import { linkedHover } from './linked-hover.ts'
import { SideHeader } from './side-header.tsx'
import { type LoadedSide, type ReadySide, useSame } from './use-sides.ts'

const ROW_PX = 24
const TOUCH_ROW_PX = 40
/** Literal, for the style sheet: the names' column, then one a side. */
const COLUMNS = [
  'lg:grid-cols-[11rem_minmax(0,1fr)]',
  'lg:grid-cols-[11rem_minmax(0,1fr)]',
  'lg:grid-cols-[11rem_repeat(2,minmax(0,1fr))]',
  'lg:grid-cols-[11rem_repeat(3,minmax(0,1fr))]',
  'lg:grid-cols-[11rem_repeat(4,minmax(0,1fr))]',
] as const

export interface HeatSidesProps {
  readonly view: CompareView
  readonly sides: readonly LoadedSide[]
  readonly base: number
  readonly zone: Zone
  readonly move: (change: Partial<CompareView>) => void
  /** A continuous move: Back does not stop at each. */
  readonly slide: (change: Partial<CompareView>) => void
}

/** All sides' heat maps on one scale, one order of actions and one axis. */
export function HeatSides({ view, sides, base, zone, move, slide }: HeatSidesProps) {
  const ready = sides.filter((side) => side.kind === 'ready')
  const facts = useSame(ready.map((side) => side.facts))
  // Nothing is known yet: room for all of them.
  const measures = HEAT_MEASURES.filter(
    (measure) => facts.length === 0 || facts.some((one) => one.measures.includes(measure)),
  )
  const measure: HeatMeasure = measures.includes(view.measure) ? view.measure : 'share'
  const heat = useMemo(() => {
    const order = sharedOrder(facts.map((one) => one.data))
    const most = view.all ? MOST_ROWS : FEW_ROWS
    const own = order.slice(0, order.length > most ? most - 1 : order.length)
    const cut = own.length < order.length
    const maps = facts.map(({ data }) => heatMapOf(data, measure, own, cut))
    const scale = heatScale(measure, Math.max(0, ...maps.map((map) => map.max)))
    const kinds = new Set(maps.filter((_, i) => facts[i].data.actions.length > 0).map((map) => map.waitKind))
    return {
      names: cut ? [...own, `${order.length - own.length} others`] : own,
      cut,
      scale,
      waitKind: kinds.has('max') ? ('max' as const) : ('mean' as const),
      mixed: kinds.size > 1,
      most: plotMost(facts),
      views: maps.map((map, i) => heatViewOf(facts[i].data, map, scale)),
    }
  }, [facts, measure, view.all])
  const moments = ready.map(({ side, facts: { onset } }) => side.atMs ?? onset?.atMs)
  const axisKey = `${view.align} ${ready.map(({ range }, i) => [range.fromMs, range.toMs, moments[i]]).join(' ')}`
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the axis is made of, in one text
  const axis = useMemo(
    () =>
      sideAxis(
        ready.map(({ range }, i) => ({ ...range, momentMs: moments[i] })),
        view.align,
      ),
    [axisKey],
  )
  const has = {
    queue: facts.some((one) => one.series !== undefined || one.totals.waitUs.some((wait) => wait >= 0)),
    flow: facts.some((one) => one.totals.arrived.some((arrived) => arrived >= 0)),
  }
  const tracks = useCallback(
    (widthPx: number) => bandTracks(widthPx, { queue: has.queue, flow: has.flow }),
    [has.queue, has.flow],
  )
  const [hover] = useState(linkedHover)
  const rowPx = useCoarsePointer() ? TOUCH_ROW_PX : ROW_PX
  // When the first picture of every side stands, for whoever measures.
  const painted = useRef({ letters: new Set<string>(), of: 0 })
  const awaited = sides.filter((side) => side.kind === 'ready' || side.kind === 'loading').length
  useEffect(() => {
    painted.current.of = awaited
  }, [awaited])
  const onPainted = useCallback((letter: string) => {
    const { letters, of } = painted.current
    letters.add(letter)
    if (letters.size === of) performance.mark('compare-painted')
  }, [])

  const select = (side: ReadySide, place: number, range: RangeMs, action: string | undefined) =>
    move({
      sides: brushed(view, side, place, range, ready, axis),
      action: action ?? '',
      zoom: '',
    })
  const names = (className: string) => (
    <ActionNames
      names={heat.names}
      cut={heat.cut}
      topPx={tracks(0).height}
      has={has}
      action={view.action}
      onAction={(action) => move({ action, zoom: '' })}
      onAll={() => move({ all: true })}
      className={className}
    />
  )
  return (
    <section aria-labelledby="compare-heat" className="flex shrink-0 flex-col border-b border-line">
      <div className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 px-3 py-1">
        <h2 id="compare-heat" className="sr-only">
          Minutes by action type, side by side
        </h2>
        <SegmentedControl
          label="What the colour means"
          value={measure}
          segments={measures.map((value) => ({ value, label: measureName(value, heat.waitKind) }))}
          onChange={(value) => move({ measure: value })}
        />
        <HeatLegend measure={measure} scale={heat.scale} waitKind={heat.waitKind} />
        <SegmentedControl
          label="What stands above what"
          value={view.align}
          segments={[
            { value: 'clock', label: 'Same time of day' },
            { value: 'offset', label: 'From the onset' },
          ]}
          onChange={(align) => move({ align })}
        />
        <Button
          aria-pressed={view.linked}
          onClick={() => move({ linked: !view.linked })}
          title="A brush in one side selects the same minutes in all"
        >
          Linked brush
        </Button>
        {(view.action !== '' || view.sides.some((side) => side.selFromMs !== undefined)) && (
          <Button
            tone="plain"
            onClick={() =>
              move({
                sides: view.sides.map((side) => ({ ...side, selFromMs: undefined, selToMs: undefined })),
                action: '',
                zoom: '',
              })
            }
          >
            Clear selection
          </Button>
        )}
        {view.all && heat.names.length > FEW_ROWS && (
          <Button tone="plain" onClick={() => move({ all: false })}>
            Heaviest {FEW_ROWS - 1} only
          </Button>
        )}
        {heat.mixed && measure === 'wait' && (
          <p className="text-table text-warn">
            Some sides state mean waits, others only the longest: their colours do not compare.
          </p>
        )}
      </div>
      <div
        className={cx(
          'grid grid-cols-1 border-t border-line max-lg:gap-y-2 lg:grid-flow-col lg:grid-rows-[auto_auto]',
          COLUMNS[sides.length],
        )}
      >
        <div className="max-lg:hidden" />
        {names('max-lg:hidden')}
        {sides.map((side) => {
          const place = ready.findIndex((one) => one.index === side.index)
          return (
            <SideCells
              key={side.index}
              header={
                <SideHeader
                  side={side}
                  view={view}
                  isBase={side.index === base}
                  measure={measure}
                  assumed={place >= 0 && axis.assumed[place]}
                  zone={zone}
                  move={move}
                />
              }
            >
              {side.kind === 'ready' && place >= 0 ? (
                <div className="flex min-w-0 lg:block lg:border-l lg:border-line">
                  {names('w-24 shrink-0 lg:hidden')}
                  <div className="min-w-0 flex-1">
                    <HeatSide
                      side={side}
                      place={place}
                      view={heat.views[place]}
                      names={heat.names}
                      axis={axis}
                      tracks={tracks}
                      most={heat.most}
                      rowPx={rowPx}
                      zone={zone}
                      hover={hover}
                      action={view.action}
                      onSelect={(range, action) => select(side, place, range, action)}
                      cursor={view.cells[side.index]}
                      onCursor={(cell) =>
                        slide({
                          cells: view.sides.map((_, i) => (i === side.index ? cell : view.cells[i])),
                        })
                      }
                      onPainted={onPainted}
                    />
                  </div>
                </div>
              ) : (
                <div className="lg:border-l lg:border-line">
                  <SideState side={side} />
                </div>
              )}
            </SideCells>
          )
        })}
      </div>
    </section>
  )
}

function SideCells({ header, children }: { readonly header: ReactNode; readonly children: ReactNode }) {
  return (
    <>
      {header}
      {children}
    </>
  )
}

function SideState({ side }: { readonly side: LoadedSide }) {
  switch (side.kind) {
    case 'problem':
      return <PanelState kind="empty" what={side.what} />
    case 'failed':
      return <PanelState kind="failed" failure={side.failure} retry={side.retry} />
    default:
      return <PanelState kind="loading" waitsFor={`the minutes of ${side.name}`} className="h-64" />
  }
}

/** What a brush in one side selects: there, or at the same place of the axis in all. */
function brushed(
  view: CompareView,
  from: ReadySide,
  place: number,
  range: RangeMs,
  ready: readonly ReadySide[],
  axis: SideAxis,
): readonly CompareSide[] {
  return view.sides.map((side, index) => {
    const other = ready.findIndex((one) => one.index === index)
    if (index !== from.index && (!view.linked || other < 0)) return side
    const at = (ms: number) => axisMs(axis, other, axisMinute(axis, place, ms))
    return { ...side, selFromMs: at(range.fromMs), selToMs: at(range.toMs) }
  })
}

interface ActionNamesProps {
  readonly names: readonly string[]
  readonly cut: boolean
  readonly topPx: number
  readonly has: { readonly queue: boolean; readonly flow: boolean }
  readonly action: string
  readonly onAction: (action: string) => void
  readonly onAll: () => void
  readonly className: string
}

function ActionNames({ names, cut, topPx, has, action, onAction, onAll, className }: ActionNamesProps) {
  return (
    <div className={className}>
      <div
        className="overflow-hidden text-axis text-text-2"
        ref={(element) => {
          if (element !== null) element.style.height = `${topPx}px`
        }}
      >
        <div className="h-[18px]" />
        <div className="flex h-14 flex-col justify-center px-3 max-lg:px-2">
          <span className="text-text">busy</span>
          <span className="truncate">of 60 s a minute</span>
        </div>
        {has.queue && (
          <div className="flex h-12 flex-col justify-center px-3 max-lg:px-2">
            <span className="text-text">
              <i className="mr-1 inline-block h-0.5 w-3 bg-text align-middle" />
              wait, log
            </span>
            <span className="truncate">
              <i className="mr-1 inline-block h-2 w-3 bg-line-strong align-middle" />
              mailbox
            </span>
          </div>
        )}
        {has.flow && (
          <div className="flex h-[34px] flex-col justify-center px-3 max-lg:px-2">
            <span className="truncate text-text">
              <i className="mr-1 inline-block h-0.5 w-3 bg-accent align-middle" />
              arrived
            </span>
            <span className="truncate">
              <i className="mr-1 inline-block h-2 w-3 bg-line-strong align-middle" />
              processed
            </span>
          </div>
        )}
      </div>
      <ul aria-label="Action types, heaviest in any side first">
        {names.map((name, row) => {
          const others = cut && row === names.length - 1
          return (
            <li key={name} className="flex h-6 pointer-coarse:h-10">
              <button
                type="button"
                title={visibleText(name)}
                aria-pressed={others ? undefined : name === action}
                aria-label={others ? `${name}: give each its own row` : visibleText(name)}
                onClick={() => (others ? onAll() : onAction(name === action ? '' : name))}
                className={cx(
                  'w-full min-w-0 truncate px-3 text-left text-table max-lg:px-2',
                  others ? 'text-text-2 underline decoration-line-strong' : '',
                  name === action && !others ? 'bg-accent-fill text-text' : 'hover:bg-raised',
                )}
              >
                {shownName(name)}
              </button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
