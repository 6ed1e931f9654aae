'use client'
import { useEffect, useMemo, useState } from 'react'
import { CanvasLayer, useCoarsePointer, useSize } from '@/components/guild/canvas-layer.tsx'
import { shownName } from '@/components/guild/words.ts'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { Link } from '@/components/ui/navigation.tsx'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { StageGlyph, StageLegend } from '@/components/ui/stage-glyph.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import {
  alignAt,
  type PathFigures,
  pathAt,
  pathsByDifference,
  pathsInOrder,
  pathText,
  type TracePaths,
  traceDiffSteps,
} from '@/lib/analysis/trace-diff.ts'
import { formatBytes, formatDuration, formatExact, formatPercent, type Zone } from '@/lib/base/format.ts'
import { drawPairs, PAIR_AXIS_PX, PAIR_ROW_PX, type PairBar, type PairRow, pairAxis } from '@/lib/draw/paired-strip.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { Trace } from '@/lib/model/span-columns.ts'
import { differenceWords } from './action-words.ts'
import { type CompareView, selectedRange } from './compare-view.ts'
import { SideLetter } from './side-letter.tsx'
import { TraceChoice } from './trace-choice.tsx'
import type { ReadySide } from './use-sides.ts'
import { type OneTrace, useOneTrace } from './use-two-traces.ts'

/** Rows of the strip, and of the table. */
const STRIP_ROWS = 40
const TABLE_ROWS = 200

export interface TracesPanelProps {
  readonly view: CompareView
  readonly sides: readonly ReadySide[]
  readonly base: number
  readonly zone: Zone
  readonly move: (change: Partial<CompareView>) => void
}

/** Two traces over one time axis, matched by operation path. */
export function TwoTraces({ view, sides, base, zone, move }: TracesPanelProps) {
  const [a, b] = [useOneTrace(view.a), useOneTrace(view.b)]
  const other = sides.find((_, i) => i !== base)
  return (
    <Panel
      title="Two traces"
      note="Matched by operation path: the names and stages on the way from the root. A and B are the two traces here."
      className="flex-1"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-3 pb-1.5">
        <Chosen
          id={view.a}
          one={a}
          index={0}
          view={view}
          side={sides[base]}
          zone={zone}
          onChoose={(id) => move({ a: id, at: '' })}
        />
        <Chosen
          id={view.b}
          one={b}
          index={1}
          view={view}
          side={other ?? sides[base]}
          zone={zone}
          onChoose={(id) => move({ b: id, at: '' })}
        />
      </div>
      {view.a !== '' && view.a === view.b && (
        <PanelState kind="partial" notes={['Both are the same trace: nothing can differ.']} />
      )}
      {a.kind === 'ready' && b.kind === 'ready' ? (
        <Matched a={a.trace} b={b.trace} view={view} move={move} />
      ) : (
        <div className="grid md:grid-cols-2">
          <Waiting one={a} letter="A" />
          <Waiting one={b} letter="B" />
        </div>
      )}
    </Panel>
  )
}

function Waiting({ one, letter }: { readonly one: OneTrace; readonly letter: string }) {
  switch (one.kind) {
    case 'none':
      return <PanelState kind="empty" what={`Choose trace ${letter}.`} />
    case 'failed':
      return <PanelState kind="failed" failure={one.failure} retry={one.retry} />
    case 'loading':
      return (
        <PanelState
          kind="loading"
          waitsFor={`trace ${letter}${one.progress === undefined ? '' : ` (${formatBytes(one.progress.receivedBytes)} received)`}`}
        />
      )
    case 'ready':
      return <PanelState kind="empty" what={`Trace ${letter} is here: ${formatExact(one.trace.spans.count)} spans.`} />
  }
}

interface ChosenProps {
  readonly id: string
  readonly one: OneTrace
  readonly index: number
  readonly view: CompareView
  readonly side: ReadySide | undefined
  readonly zone: Zone
  readonly onChoose: (traceId: string) => void
}

function Chosen({ id, one, index, view, side, zone, onChoose }: ChosenProps) {
  const source = useViewData()
  return (
    <span className="inline-flex min-w-0 items-center gap-2">
      <SideLetter index={index} />
      {id !== '' && (
        <Link href={source.traceHref(id)} className="truncate font-mono text-table hover:underline">
          {id.slice(0, 8)}
        </Link>
      )}
      {one.kind === 'ready' && (
        <span className="truncate text-table text-text-2">
          {shownName(one.trace.spans.names[one.trace.spans.nameId[0]] ?? '')}, {formatExact(one.trace.spans.count)}{' '}
          spans
          {one.trace.totalSpans > one.trace.spans.count && ` of ${formatExact(one.trace.totalSpans)}`}
        </span>
      )}
      <Popover
        title={`Choose trace ${index === 0 ? 'A' : 'B'}`}
        trigger={<Button>{id === '' ? 'Choose' : 'Another'}</Button>}
      >
        <TraceChoice
          guildId={side?.side.guildId}
          range={side === undefined ? undefined : selectedRange(side.side, side.range)}
          action={view.action}
          except={id}
          zone={zone}
          onChoose={onChoose}
        />
      </Popover>
    </span>
  )
}

interface MatchedProps {
  readonly a: Trace
  readonly b: Trace
  readonly view: CompareView
  readonly move: (change: Partial<CompareView>) => void
}

/** The page stays usable while spans are matched: at most so long at once. */
const SLICE_MS = 12

interface Matching {
  readonly of: readonly [Trace, Trace]
  /** The share done, or the result. */
  readonly now: number | TracePaths
}

/** Matches two traces in slices of time. */
function useMatched(a: Trace, b: Trace): number | TracePaths {
  const [matching, setMatching] = useState<Matching | undefined>(undefined)
  useEffect(() => {
    const steps = traceDiffSteps(a.spans, b.spans)
    let timer: ReturnType<typeof setTimeout> | undefined
    const work = () => {
      const until = performance.now() + SLICE_MS
      let step = steps.next()
      while (!step.done && performance.now() < until) step = steps.next()
      setMatching({ of: [a, b], now: step.value })
      if (!step.done) timer = setTimeout(work)
    }
    work()
    return () => clearTimeout(timer)
  }, [a, b])
  return matching?.of[0] === a && matching.of[1] === b ? matching.now : 0
}

function Matched({ a, b, view, move }: MatchedProps) {
  const paths = useMatched(a, b)
  if (typeof paths === 'number') {
    return (
      <PanelState
        kind="loading"
        waitsFor={`the spans of both to be matched (${formatPercent(paths)} of ${formatExact(a.spans.count + b.spans.count)})`}
      />
    )
  }
  return <Pair paths={paths} view={view} move={move} />
}

function Pair({ paths, view, move }: Pick<MatchedProps, 'view' | 'move'> & { readonly paths: TracePaths }) {
  const at = useMemo(() => pathAt(paths, view.at), [paths, view.at])
  const zero = alignAt(paths, at)
  const notes: string[] = []
  if (paths.gathered > 0) {
    notes.push(
      `${formatExact(paths.gathered)} spans are counted with their parent, because there are more than ${formatExact(paths.count)} operation paths.`,
    )
  }
  if (view.at !== '' && (at < 0 || zero === undefined)) {
    notes.push('The chosen span is not in both traces: they are aligned at the user’s action instead.')
  }
  const [zeroA, zeroB] = zero ?? [0, 0]
  return (
    <>
      <PanelState kind="partial" notes={notes} />
      <p className="px-3 text-table text-text-2">
        Aligned at {at >= 0 && zero !== undefined ? shownName(paths.name[at]) : 'the user’s action'}.{' '}
        {at >= 0 && (
          <button
            type="button"
            onClick={() => move({ at: '' })}
            className="text-accent hover:underline pointer-coarse:min-h-10"
          >
            Align at the user’s action
          </button>
        )}
      </p>
      <Strip
        paths={paths}
        zeroA={zeroA}
        zeroB={zeroB}
        at={at}
        onAlign={(path) => move({ at: pathText(paths, path) })}
      />
      <Table paths={paths} />
    </>
  )
}

interface StripProps {
  readonly paths: TracePaths
  readonly zeroA: number
  readonly zeroB: number
  readonly at: number
  readonly onAlign: (path: number) => void
}

function barOf(figures: PathFigures, zero: number): PairBar {
  return {
    from: figures.firstNs - zero,
    to: figures.lastNs - zero,
    wait: Number.isNaN(figures.waitP50Ns) ? 0 : figures.waitP50Ns,
  }
}

function Strip({ paths, zeroA, zeroB, at, onAlign }: StripProps) {
  const [ref, size] = useSize()
  const rowPx = useCoarsePointer() ? PAIR_ROW_PX.touch : PAIR_ROW_PX.mouse
  const shown = useMemo(() => pathsInOrder(paths, [zeroA, zeroB]).slice(0, STRIP_ROWS), [paths, zeroA, zeroB])
  const rows: readonly PairRow[] = useMemo(
    () =>
      shown.map((p) => ({
        stageId: paths.stageId[p],
        bars: [barOf(paths.a[p], zeroA), barOf(paths.b[p], zeroB)],
      })),
    [shown, paths, zeroA, zeroB],
  )
  const axis = useMemo(() => pairAxis(rows, size.width), [rows, size.width])
  const draw = useMemo(
    () => (pen: Pen, theme: DrawTheme) => drawPairs(pen, axis, rows, rowPx, formatDuration, theme),
    [axis, rows, rowPx],
  )
  const height = PAIR_AXIS_PX + rows.length * rowPx
  return (
    <section aria-label="Both traces over one time axis" className="border-y border-line">
      <div className="flex">
        <ul
          className="w-64 shrink-0 border-r border-line pt-[18px] max-md:w-32"
          aria-label="Operation paths; press to align both traces there"
        >
          {shown.map((p) => (
            <li key={p} className="flex h-5 pointer-coarse:h-10">
              <button
                type="button"
                aria-pressed={p === at}
                title={`${shownName(paths.name[p])}: align both traces at its first span`}
                onClick={() => onAlign(p)}
                className={cx(
                  'flex w-full min-w-0 items-center gap-1.5 text-left text-table',
                  p === at ? 'bg-accent-fill' : 'hover:bg-raised',
                )}
                ref={(element) => {
                  if (element !== null) element.style.paddingLeft = `${8 + Math.min(10, paths.depth[p]) * 8}px`
                }}
              >
                <StageGlyph stageId={paths.stageId[p]} />
                <span className="min-w-0 truncate">{shownName(paths.name[p] || '(no name)')}</span>
              </button>
            </li>
          ))}
        </ul>
        <div
          ref={ref}
          role="img"
          aria-label="Bars of trace A above those of trace B; the table below has the figures"
          className="min-w-0 flex-1 overflow-hidden"
        >
          <CanvasLayer widthPx={size.width} heightPx={height} draw={draw} />
        </div>
      </div>
      <div className="flex flex-wrap items-center gap-x-4 border-t border-line px-3 py-1 text-axis text-text-2">
        <StageLegend />
        <span>A above B; hatched: waiting in the mailbox</span>
        {paths.count > shown.length && (
          <span>
            The first {shown.length} of {formatExact(paths.count)} operation paths; the table has more.
          </span>
        )}
      </div>
    </section>
  )
}

function Table({ paths }: { readonly paths: TracePaths }) {
  const order = useMemo(() => pathsByDifference(paths), [paths])
  const shown = order.slice(0, TABLE_ROWS)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section className="overflow-x-auto" tabIndex={0} aria-label="Operation paths by difference">
      <table className="w-full text-table">
        <thead className="text-text-2">
          <tr>
            <th scope="col" rowSpan={2} className="px-3 py-1 text-left align-bottom font-normal">
              Operation path, what differs most in wait and work first
            </th>
            {['A', 'B'].map((letter) => (
              <th key={letter} scope="colgroup" colSpan={3} className="border-l border-line px-2 text-left font-normal">
                {letter}
              </th>
            ))}
            <th scope="colgroup" colSpan={2} className="border-l border-line px-2 text-left font-normal">
              B − A
            </th>
          </tr>
          <tr className="border-b border-line">
            {['A', 'B'].flatMap((letter) =>
              ['Spans', 'Work', 'Wait'].map((label, i) => (
                <th
                  key={`${letter} ${label}`}
                  scope="col"
                  className={cx('px-2 py-1 text-right font-normal', i === 0 && 'border-l border-line')}
                >
                  {label}
                </th>
              )),
            )}
            <th scope="col" className="border-l border-line px-2 text-right font-normal">
              Work
            </th>
            <th scope="col" className="px-2 text-right font-normal">
              Wait
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((p) => (
            <tr key={p} className="border-b border-line hover:bg-raised">
              <th scope="row" className="max-w-80 min-w-40 px-3 py-0.5 text-left font-normal">
                <span className="flex min-w-0 items-center gap-2">
                  <StageGlyph stageId={paths.stageId[p]} />
                  <span className="min-w-0 truncate" title={wayTo(paths, p)}>
                    {shownName(paths.name[p] || '(no name)')}
                  </span>
                </span>
              </th>
              <Figures one={paths.a[p]} />
              <Figures one={paths.b[p]} />
              <td className="border-l border-line px-2 text-right whitespace-nowrap tabular-nums">
                {differenceWords(paths.a[p].workNs, paths.b[p].workNs, formatDuration)}
              </td>
              <td className="px-2 text-right whitespace-nowrap tabular-nums">
                {Number.isNaN(paths.a[p].waitNs) || Number.isNaN(paths.b[p].waitNs)
                  ? '–'
                  : differenceWords(paths.a[p].waitNs, paths.b[p].waitNs, formatDuration)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {shown.length < order.length && (
        <p className="px-3 py-1 text-table text-text-2">
          Showing {shown.length} of {formatExact(order.length)} operation paths.
        </p>
      )}
    </section>
  )
}

function Figures({ one }: { readonly one: PathFigures }) {
  if (one.spans === 0) {
    return (
      <td colSpan={3} className="border-l border-line px-2 text-right text-text-2">
        not in this trace
      </td>
    )
  }
  const many = one.spans > 1
  return (
    <>
      <td className="border-l border-line px-2 text-right whitespace-nowrap tabular-nums">
        {formatExact(one.spans)}
        {one.errors > 0 && <span className="text-bad"> ! {formatExact(one.errors)}</span>}
      </td>
      <td className="px-2 text-right whitespace-nowrap tabular-nums">
        {formatDuration(one.workNs)}
        {many && <span className="block text-axis text-text-2">p50 {formatDuration(one.workP50Ns)}</span>}
      </td>
      <td className="px-2 text-right whitespace-nowrap tabular-nums">
        {formatDuration(one.waitNs)}
        {many && !Number.isNaN(one.waitNs) && (
          <span className="block text-axis text-text-2">p50 {formatDuration(one.waitP50Ns)}</span>
        )}
      </td>
    </>
  )
}

function wayTo({ parent, name }: TracePaths, path: number): string {
  const names: string[] = []
  for (let p = path; p >= 0 && names.length < 12; p = parent[p]) names.unshift(shownName(name[p] || '(no name)'))
  return names.join(' › ')
}
