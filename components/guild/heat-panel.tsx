'use client'
import { NotebookPen } from 'lucide-react'
import { Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { pointedNote, useAnnotations } from '@/components/ui/annotations.tsx'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { scrollIsKept, useBothRefs, useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import { type HeatMeasure, OTHERS } from '@/lib/analysis/heat-map.ts'
import type { Zone } from '@/lib/base/format.ts'
import { drawHeatAnnotations } from '@/lib/draw/annotations.ts'
import { bandTracks } from '@/lib/draw/band.ts'
import { drawHeatOverlay, drawSparks, type HeatOverlay } from '@/lib/draw/heat-map.ts'
import { contentWidth, type PlotGeometry } from '@/lib/draw/heat-map-geometry.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import { visibleText } from '@/lib/draw/text-visible.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { Pin } from '@/lib/model/incident.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import type { Layer } from '@/lib/view/frame.ts'
import { BandNames, BandValues } from './band-columns.tsx'
import { CanvasLayer, useCoarsePointer, useSize } from './canvas-layer.tsx'
import type { RangeMs } from './guild-view.ts'
import { HeatGrid } from './heat-grid.tsx'
import { HeatLegend } from './heat-legend.tsx'
import { FEW_ROWS, type GuildFacts, heatView, MOST_ROWS } from './heat-model.ts'
import { describeCells, plotDraw } from './heat-picture.ts'
import { HeatStill } from './heat-still.tsx'
import { NoteLane, type PlacedAnnotation, placedIn } from './note-lane.tsx'
import { TimingsBasis } from './timings-basis.tsx'
import { drainingWords, measureName, measureValue, shownName } from './words.ts'

/** A row is a target for a finger, too. */
const ROW_PX = 24
const TOUCH_ROW_PX = 40
const SPARK_PX = 64

export interface HeatPanelProps {
  readonly facts: GuildFacts
  readonly zone: Zone
  readonly measure: HeatMeasure
  readonly onMeasure: (measure: HeatMeasure) => void
  readonly all: boolean
  readonly onAll: (all: boolean) => void
  readonly selection: RangeMs | undefined
  readonly action: string
  readonly onSelect: (selection: RangeMs | undefined, action: string | undefined) => void
  /** Where the keyboard stands: a minute, Unix ms, and a row from the top. */
  readonly cell: { readonly atMs: number; readonly row: number } | undefined
  readonly onCell: (cell: { readonly atMs: number; readonly row: number }) => void
  /** "kept 60 min" */
  readonly keptWords: string
  /** What is shown is of an earlier choice, while the new one is on its way. */
  readonly stale: boolean
}

/** The band and the heat map on one time axis. */
export function HeatPanel(props: HeatPanelProps) {
  const { facts, zone, selection, action, onSelect, all } = props
  const { data, totals, series } = facts
  const measure = facts.measures.includes(props.measure) ? props.measure : 'share'
  const view = useMemo(() => heatView(data, measure, all ? MOST_ROWS : FEW_ROWS), [data, measure, all])
  const { map } = view
  const [sizeRef, plot] = useSize()
  const touch = useCoarsePointer()
  const rowPx = touch ? TOUCH_ROW_PX : ROW_PX
  const [scrollPx, setScrollPx] = useState(0)
  const scroller = useRef<HTMLElement>(null)
  const readout = useRef<HTMLParagraphElement>(null)
  const overlayLayer = useRef<Layer | undefined>(undefined)
  const hover = useRef<HeatOverlay['hover']>(undefined)
  const dragged = useRef<HeatOverlay['selection']>(undefined)

  const content = contentWidth(data.minutes, plot.width, touch)
  const g: PlotGeometry = useMemo(
    () => ({
      minutes: data.minutes,
      minutePx: content / Math.max(1, data.minutes),
      widthPx: plot.width,
      scrollPx: Math.min(scrollPx, content - plot.width),
      rows: map.rows,
      rowPx,
    }),
    [data.minutes, content, plot.width, scrollPx, map.rows, rowPx],
  )
  // Where the minutes do not fit, begin at the newest.
  const overflows = content > plot.width && plot.width > 0
  const keepScroll = useKeptScroll('heat', { unitPx: { x: g.minutePx }, begin: toNewest, ref: scroller })
  const plotRef = useBothRefs(sizeRef, keepScroll)
  useLayoutEffect(() => {
    if (overflows && !scrollIsKept('heat') && scroller.current !== null) toNewest(scroller.current)
  }, [overflows])
  const hasWait = totals.waitUs.some((wait) => wait >= 0)
  const hasQueue = series !== undefined || hasWait
  const hasFlow = totals.arrived.some((arrived) => arrived >= 0)
  const tracks = useMemo(
    () => bandTracks(plot.width, { queue: hasQueue, flow: hasFlow }),
    [plot.width, hasQueue, hasFlow],
  )
  const heatHeight = map.rows * rowPx
  const height = tracks.height + heatHeight

  const draw = useMemo(
    () => plotDraw(facts, view, g, tracks, zone, props.keptWords),
    [facts, view, g, tracks, zone, props.keptWords],
  )

  const selected = useMemo(
    () => overlaySelection(facts, view.names, selection, action),
    [facts, view.names, selection, action],
  )
  const annotations = useAnnotations()
  const placed = useMemo(
    () =>
      annotations === undefined
        ? []
        : placedIn(data, annotations, (name) => (data.actions.includes(name) ? rowNamed(view.names, name) : -1)),
    [annotations, data, view.names],
  )
  const drawOverlay = useMemo(
    () => (pen: Pen, theme: DrawTheme) => {
      drawHeatOverlay(pen, g, { hover: hover.current, selection: dragged.current ?? selected }, tracks.height, theme)
      if (placed.length > 0) drawHeatAnnotations(pen, g, withPointed(placed), tracks.height, theme)
    },
    [g, selected, tracks.height, placed],
  )
  useEffect(() => pointedNote.subscribe(() => overlayLayer.current?.invalidate()), [])
  const drawTotals = useMemo(
    () => (pen: Pen, theme: DrawTheme) => {
      pen.clearRect(0, 0, SPARK_PX, heatHeight)
      drawSparks(pen, map.values, facts.newest + 1, map.rows, rowPx, SPARK_PX, theme)
    },
    [map, facts.newest, rowPx, heatHeight],
  )

  const minutesMs = (from: number, to: number): RangeMs => ({
    fromMs: data.fromMs + from * MINUTE_MS,
    toMs: data.fromMs + to * MINUTE_MS,
  })
  const describe = (from: number, to: number, row: number): string =>
    describeCells(facts, map, row < 0 ? 'all actions' : view.names[row], from, to, row, zone)
  const actionOf = (row: number): string | undefined => {
    if (row < 0 || map.rowAction[row] === OTHERS) return undefined
    return view.names[row]
  }
  const point = (at: HeatOverlay['hover']) => {
    const before = hover.current
    if (before?.minute === at?.minute && before?.row === at?.row) return
    hover.current = at
    overlayLayer.current?.invalidate()
    say(readout.current, at === undefined ? resting : describe(at.minute, at.minute + 1, at.row))
  }
  // With nothing pointed at, the line speaks of what is selected.
  const resting = selected === undefined ? '' : describe(selected.from, selected.to, selected.row)
  useEffect(() => {
    if (hover.current === undefined) say(readout.current, resting)
  }, [resting])
  const add = annotations?.add
  const addHere = () => {
    if (add !== undefined) add(pinOf(data.guildId, selection, action))
  }
  useShortcuts('Notes', add === undefined ? [] : [{ keys: 'n', label: 'Add a note to the selection', run: addHere }])
  const draining = drainingWords(facts.outlook)

  return (
    <div className={cx('flex shrink-0 flex-col', props.stale && 'opacity-50')} aria-busy={props.stale}>
      <div className="flex min-h-9 flex-wrap items-center gap-x-4 gap-y-1 px-3 py-1">
        <h2 className="sr-only">Minutes by action type</h2>
        <SegmentedControl
          label="What the colour means"
          value={measure}
          segments={facts.measures.map((value) => ({ value, label: measureName(value, map.waitKind) }))}
          onChange={props.onMeasure}
        />
        <HeatLegend measure={measure} scale={view.scale} waitKind={map.waitKind} />
        <TimingsBasis notes={data.notes} />
        {add !== undefined && (
          <Button onClick={addHere} aria-keyshortcuts="N" title="Pinned to what is selected (N)">
            <NotebookPen size={14} aria-hidden />
            {selected === undefined ? 'Add a note' : 'Add a note here'}
          </Button>
        )}
        {draining !== '' && <p className="text-table text-warn">{draining}</p>}
        <p
          ref={readout}
          aria-hidden
          className="min-h-4 min-w-[min(26rem,100%)] flex-1 truncate text-right text-table text-text max-sm:min-h-8 max-sm:basis-full max-sm:text-left max-sm:whitespace-normal"
        />
      </div>
      {annotations !== undefined && (
        <div className="flex min-w-0 border-t border-line">
          <div className="flex w-44 shrink-0 items-center border-r border-line px-3 text-axis text-text-2 max-sm:w-24 max-sm:px-2">
            Notes
          </div>
          <div className="min-h-6 min-w-0 flex-1 overflow-hidden pointer-coarse:min-h-10">
            {plot.width > 0 && <NoteLane g={g} placed={placed} touch={touch} onFocus={annotations.focus} />}
          </div>
          <div className="w-36 shrink-0 border-l border-line max-sm:hidden" />
        </div>
      )}
      <div className="flex min-w-0 border-t border-line">
        <div className="w-44 shrink-0 border-r border-line max-sm:w-24">
          <BandNames tracks={tracks} facts={facts} hasQueue={hasQueue} hasWait={hasWait} />
          <ul aria-label="Action types, most busy time first">
            {view.names.map((name, row) => {
              const own = actionOf(row)
              const chosen = own !== undefined && own === action
              return (
                <li key={name} className="flex h-6 pointer-coarse:h-10">
                  <button
                    type="button"
                    title={visibleText(name)}
                    aria-pressed={own === undefined ? undefined : chosen}
                    aria-label={
                      own === undefined
                        ? `${name}: ${all ? 'gather them again' : 'give each its own row'}`
                        : `${name}, ${measureName(measure, map.waitKind)} ${measureValue(measure, map.rowTotal[row])} over the range`
                    }
                    onClick={() =>
                      own === undefined ? props.onAll(true) : onSelect(selection, chosen ? undefined : own)
                    }
                    className={cx(
                      'w-full min-w-0 px-3 text-left text-table max-sm:px-2',
                      own === undefined ? 'text-text-2 underline decoration-line-strong' : '',
                      chosen ? 'bg-accent-fill text-text' : 'hover:bg-raised',
                    )}
                  >
                    {/* Two lines where a row has room for a finger: names differ at their ends. */}
                    <span className="block truncate pointer-coarse:line-clamp-2 pointer-coarse:wrap-anywhere pointer-coarse:whitespace-normal [&_wbr]:hidden pointer-coarse:[&_wbr]:inline">
                      <Breakable text={shownName(name)} />
                    </span>
                  </button>
                </li>
              )
            })}
          </ul>
        </div>
        <div
          ref={plotRef}
          className="relative min-w-0 flex-1 overflow-x-auto overflow-y-hidden"
          onScroll={(event) => setScrollPx(event.currentTarget.scrollLeft)}
        >
          <HeatStill facts={facts} view={view} tracks={tracks} rowPx={rowPx} drawn={plot.width > 0} />
          {plot.width > 0 && (
            <HeatGrid
              g={g}
              contentPx={content}
              topPx={tracks.height}
              heightPx={height}
              names={view.names}
              describe={(minute, row) => describe(minute, minute + 1, row)}
              selected={selected}
              cursor={
                props.cell === undefined
                  ? undefined
                  : { minute: (props.cell.atMs - data.fromMs) / MINUTE_MS, row: props.cell.row }
              }
              onCursor={({ minute, row }) => props.onCell({ atMs: data.fromMs + minute * MINUTE_MS, row })}
              onPoint={point}
              onDrag={(range) => {
                dragged.current = range
                overlayLayer.current?.invalidate()
              }}
              onSelect={(from, to, row) => {
                if (actionOf(row) === undefined && row >= 0 && !all && map.others > 0) return props.onAll(true)
                onSelect(minutesMs(from, to), actionOf(row))
              }}
            >
              <CanvasLayer widthPx={plot.width} heightPx={height} draw={draw} className="absolute inset-0" />
              <CanvasLayer
                widthPx={plot.width}
                heightPx={height}
                draw={drawOverlay}
                layer={overlayLayer}
                className="absolute inset-0"
              />
            </HeatGrid>
          )}
        </div>
        <div aria-hidden className="w-36 shrink-0 border-l border-line max-sm:hidden">
          <BandValues tracks={tracks} facts={facts} hasQueue={hasQueue} hasWait={hasWait} zone={zone} />
          <div className="relative">
            <ul>
              {view.names.map((name, row) => (
                <li key={name} className="flex h-6 items-center pl-2 text-table pointer-coarse:h-10">
                  <span className="w-16 text-right">{measureValue(measure, map.rowTotal[row])}</span>
                </li>
              ))}
            </ul>
            <div className="absolute top-0 right-1">
              <CanvasLayer widthPx={SPARK_PX} heightPx={heatHeight} draw={drawTotals} />
            </div>
          </div>
        </div>
      </div>
      {all && data.actions.length > FEW_ROWS && (
        <button
          type="button"
          onClick={() => props.onAll(false)}
          className="self-start px-3 py-1 text-table text-text-2 underline hover:text-text pointer-coarse:h-10"
        >
          Show the {FEW_ROWS - 1} heaviest action types only
        </button>
      )}
    </div>
  )
}

/** The one that is pointed at is drawn like the one that is read. */
function withPointed(placed: readonly PlacedAnnotation[]): readonly PlacedAnnotation[] {
  const pointed = pointedNote.current()
  return placed.map((item) => (item.of.id === pointed ? { ...item, focused: true } : item))
}

/** Writes the line outside React: it follows the pointer. */
function say(line: HTMLElement | null, text: string): void {
  if (line === null) return
  line.textContent = text
  // The line may be too short for all of it.
  line.title = text
}

/** A name that may break after what parts its words. */
function Breakable({ text }: { readonly text: string }) {
  return text.split(/(?<=[_.:/-])/).map((part, i) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text have no other identity
    <Fragment key={i}>
      {i > 0 && <wbr />}
      {part}
    </Fragment>
  ))
}

function overlaySelection(
  facts: GuildFacts,
  names: readonly string[],
  selection: RangeMs | undefined,
  action: string,
): HeatOverlay['selection'] {
  const { data } = facts
  if (selection === undefined && action === '') return undefined
  const from = selection === undefined ? 0 : (selection.fromMs - data.fromMs) / MINUTE_MS
  const to = selection === undefined ? data.minutes : (selection.toMs - data.fromMs) / MINUTE_MS
  if (to <= 0 || from >= data.minutes) return undefined
  // An action without a row of its own is among the others, in the last.
  const own = names.indexOf(action)
  const row = action === '' ? -1 : own >= 0 || !data.actions.includes(action) ? own : names.length - 1
  return { from: Math.max(0, from), to: Math.min(data.minutes, to), row }
}

/** An action without a row of its own is among the others, in the last. */
function rowNamed(names: readonly string[], action: string): number {
  const own = names.indexOf(action)
  return own >= 0 ? own : names.length - 1
}

/** What a note about the selection is pinned to: a cell where there is one, else minutes, else the whole. */
function pinOf(guildId: string, selection: RangeMs | undefined, action: string): Pin {
  if (selection === undefined) return { kind: 'incident' }
  const oneMinute = selection.toMs - selection.fromMs === MINUTE_MS
  if (oneMinute && action !== '') return { kind: 'cell', guildId, minuteMs: selection.fromMs, action }
  return { kind: 'range', guildId, ...selection }
}

function toNewest(element: HTMLElement): void {
  element.scrollLeft = element.scrollWidth
}
