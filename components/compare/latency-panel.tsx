'use client'
import { useMemo, useRef } from 'react'
import { CanvasLayer, useSize } from '@/components/guild/canvas-layer.tsx'
import { shownName } from '@/components/guild/words.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { bandHalf, ecdf, neededFor, type Quantile, quantile } from '@/lib/analysis/ecdf.ts'
import { formatCount, formatDuration, formatExact, formatPercent } from '@/lib/base/format.ts'
import {
  drawEcdf,
  drawEcdfOverlay,
  type EcdfAxis,
  type EcdfCurve,
  ecdfAxis,
  ecdfValueAt,
  sharesAt,
} from '@/lib/draw/ecdf.ts'
import type { Pen } from '@/lib/draw/pen.ts'
import type { DrawTheme } from '@/lib/draw/theme.ts'
import type { TraceSummary } from '@/lib/model/trace-list.ts'
import type { Layer } from '@/lib/view/frame.ts'
import { type CompareView, selectedRange } from './compare-view.ts'
import { SideLetter } from './side-letter.tsx'
import { type Sample, useSamples } from './use-samples.ts'
import { type ReadySide, useSame } from './use-sides.ts'

const LEVELS = [0.5, 0.9, 0.95, 0.99] as const
const HEIGHT_PX = 260
/** Below the p95's sample size every trace is shown as a tick. */
const TICKS_BELOW = neededFor(0.95)

export interface LatencyPanelProps {
  readonly view: CompareView
  readonly sides: readonly ReadySide[]
  readonly move: (change: Partial<CompareView>) => void
}

interface Measured {
  readonly curve: EcdfCurve
  readonly sample: Sample
  /** Traces without a known value, those left out because their weight is unknown, and those kept although it is. */
  readonly dropped: number
  readonly leftOut: number
  readonly unweighted: number
}

/** How long one action took its users, side by side. */
export function LatencyPanel({ view, sides, move }: LatencyPanelProps) {
  const queries = useSamples(
    sides.map(({ side, range }) => ({ guildId: side.guildId, range: selectedRange(side, range) })),
    view.action,
  )
  const samples = useSame(queries.map((query) => query.data))
  const key = sides.map((side) => side.index).join(' ')
  // biome-ignore lint/correctness/useExhaustiveDependencies: the sides, in one text
  const measured = useMemo(
    () =>
      samples.map((sample, i) =>
        sample === undefined ? undefined : measure(sample, view.quantity, sides[i].index, sides[i].letter),
      ),
    [samples, view.quantity, key],
  )
  const curves = useMemo(() => measured.flatMap((one) => (one === undefined ? [] : [one.curve])), [measured])
  const actions = [...new Set(sides.flatMap((side) => side.facts.data.actions))].sort()
  const notes = sides.flatMap((side, i) => {
    const one = measured[i]
    return one === undefined ? [] : sampleNotes(one, side.letter, view.quantity)
  })
  const failed = sides.filter((_, i) => queries[i].isError)
  const loading = queries.some((query) => query.isPending)
  return (
    <Panel
      title="Latency"
      note={
        view.quantity === 'duration'
          ? 'From a trace’s first span to its last end: the action with its whole fan-out.'
          : 'The longest known mailbox wait in a trace.'
      }
      className="flex-1"
    >
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1 px-3 pb-1.5">
        <label className="flex items-center gap-1 text-table text-text-2">
          Action
          <select
            value={view.action}
            onChange={(event) => move({ action: event.target.value, zoom: '' })}
            className="h-7 max-w-56 rounded-control border border-control-line bg-bg px-1.5 text-ui text-text pointer-coarse:h-10"
          >
            <option value="">All actions together</option>
            {view.action !== '' && !actions.includes(view.action) && (
              <option value={view.action}>{shownName(view.action)} (in no side)</option>
            )}
            {actions.map((name) => (
              <option key={name} value={name}>
                {shownName(name)}
              </option>
            ))}
          </select>
        </label>
        <SegmentedControl
          label="Quantity"
          value={view.quantity}
          segments={[
            { value: 'duration', label: 'Duration' },
            { value: 'wait', label: 'Wait' },
          ]}
          onChange={(quantity) => move({ quantity })}
        />
      </div>
      {failed.map((side) => {
        const query = queries[sides.indexOf(side)]
        return (
          <PanelState
            key={side.index}
            kind="partial"
            notes={[`Side ${side.letter}: ${failureOf(query.error).what} ${failureOf(query.error).tryThis}`]}
          />
        )
      })}
      <PanelState kind="partial" notes={notes} />
      {loading && curves.length === 0 ? (
        <PanelState kind="loading" waitsFor="the traces of all sides" />
      ) : curves.every((curve) => curve.ecdf.n === 0) ? (
        <PanelState
          kind="empty"
          what={`No trace of ${view.action === '' ? 'these guilds' : shownName(view.action)} with a known ${view.quantity} is stored for these minutes. Sampling can miss a quiet minute: widen the selection.`}
        />
      ) : (
        <>
          <Curves curves={curves} />
          <Table sides={sides} measured={measured} />
        </>
      )}
    </Panel>
  )
}

function measure(sample: Sample, quantity: CompareView['quantity'], side: number, letter: string): Measured {
  const measuredNs = (trace: TraceSummary) => (quantity === 'duration' ? trace.durationNs : trace.waitNs)
  const stated = sample.traces.filter((trace) => measuredNs(trace) >= 0)
  const known = stated.filter((trace) => trace.weight > 0)
  // A few of unknown sampling are left out; where most are, the curve is of the traces kept and nothing more.
  const used = 2 * known.length >= stated.length ? known : stated
  const values = used.map(measuredNs)
  const weights = used.map((trace) => trace.weight)
  const curve = ecdf(values, weights)
  const quantiles = LEVELS.map((p) => quantile(curve, p)).filter((one) => one !== undefined)
  return {
    curve: { side, letter, ecdf: curve, quantiles, ticks: curve.effectiveN < TICKS_BELOW },
    sample,
    dropped: sample.traces.length - stated.length,
    leftOut: stated.length - used.length,
    unweighted: used.length - known.length,
  }
}

function sampleNotes(
  { sample, dropped, leftOut, unweighted, curve }: Measured,
  letter: string,
  quantity: string,
): string[] {
  const out: string[] = []
  const read = formatExact(sample.traces.length)
  if (sample.cut) {
    out.push(
      `Side ${letter}: the newest ${read}${sample.total === undefined ? '' : ` of ${formatExact(sample.total)}`} traces were read, so its curve is of the end of its minutes.`,
    )
  }
  if (dropped > 0) out.push(`Side ${letter}: ${formatExact(dropped)} of ${read} traces state no ${quantity}.`)
  if (leftOut > 0) {
    out.push(
      `Side ${letter}: ${formatExact(leftOut)} of ${read} traces are left out, because their sampling is unknown.`,
    )
  }
  if (unweighted > 0 && curve.ecdf.n > 0) {
    out.push(
      `Side ${letter}: the sampling of ${formatExact(unweighted)} traces is unknown, so its curve is of the traces kept, not of all.`,
    )
  }
  return [...out, ...sample.notes]
}

function Curves({ curves }: { readonly curves: readonly EcdfCurve[] }) {
  const [ref, size] = useSize()
  const overlay = useRef<Layer | undefined>(undefined)
  const readout = useRef<HTMLParagraphElement>(null)
  const at = useRef<number | undefined>(undefined)
  const axis: EcdfAxis = useMemo(() => ecdfAxis(curves, size.width, HEIGHT_PX), [curves, size.width])
  const draw = useMemo(
    () => (pen: Pen, theme: DrawTheme) => drawEcdf(pen, axis, curves, formatDuration, theme),
    [axis, curves],
  )
  const drawOver = useMemo(() => (pen: Pen, theme: DrawTheme) => drawEcdfOverlay(pen, axis, at.current, theme), [axis])
  const point = (value: number | undefined) => {
    at.current = value
    overlay.current?.invalidate()
    if (readout.current === null) return
    readout.current.textContent =
      value === undefined
        ? ''
        : `within ${formatDuration(value)}: ${sharesAt(curves, value)
            .map((share, i) => `${curves[i].letter} ${formatPercent(share)}`)
            .join(', ')}`
  }
  return (
    <div className="px-3">
      <p ref={readout} aria-hidden className="h-4 text-right text-table text-text" />
      <div
        ref={ref}
        role="img"
        aria-label="Share of traces at most so long, one curve a side; the table below has the figures"
        className="relative"
        onPointerMove={(event) =>
          point(ecdfValueAt(axis, event.clientX - event.currentTarget.getBoundingClientRect().left))
        }
        onPointerLeave={() => point(undefined)}
      >
        <CanvasLayer widthPx={size.width} heightPx={HEIGHT_PX} draw={draw} />
        <CanvasLayer
          widthPx={size.width}
          heightPx={HEIGHT_PX}
          draw={drawOver}
          layer={overlay}
          className="absolute inset-0"
        />
      </div>
    </div>
  )
}

interface TableProps {
  readonly sides: readonly ReadySide[]
  readonly measured: readonly (Measured | undefined)[]
}

function Table({ sides, measured }: TableProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section className="overflow-x-auto" tabIndex={0} aria-label="Quantiles by side">
      <table className="w-full text-table">
        <thead className="text-text-2">
          <tr className="border-b border-line">
            <th scope="col" className="py-1 pl-3 text-left font-normal">
              Side
            </th>
            <th scope="col" className="px-2 text-right font-normal">
              n
            </th>
            <th scope="col" className="px-2 text-right font-normal" title="How many traces they stand for">
              stand for
            </th>
            {LEVELS.map((p) => (
              <th
                key={p}
                scope="col"
                className="px-2 text-right font-normal"
                title="With the interval that holds it with 95 % confidence"
              >
                p{p * 100}
              </th>
            ))}
            <th
              scope="col"
              className="px-3 text-right font-normal"
              title="Half height of the band around the whole curve, 95 %"
            >
              band
            </th>
          </tr>
        </thead>
        <tbody>
          {sides.map((side, i) => {
            const one = measured[i]
            if (one === undefined) return undefined
            const { ecdf: curve, quantiles } = one.curve
            const effective = Math.floor(curve.effectiveN)
            return (
              <tr key={side.index} className="border-b border-line">
                <th scope="row" className="py-1 pl-3 text-left font-normal">
                  <span className="flex items-center gap-2">
                    <SideLetter index={side.index} />
                    <span className="max-w-48 truncate">{side.name}</span>
                  </span>
                </th>
                <td className="px-2 text-right whitespace-nowrap tabular-nums">
                  {formatExact(curve.n)}
                  {effective < curve.n && ` (effective ${formatExact(effective)})`}
                </td>
                <td className="px-2 text-right whitespace-nowrap tabular-nums">
                  {curve.population === undefined ? 'unknown' : `≈ ${formatCount(Math.round(curve.population))}`}
                </td>
                {LEVELS.map((p) => (
                  <td key={p} className="px-2 text-right whitespace-nowrap tabular-nums">
                    <QuantileWords found={quantiles.find((found) => found.p === p)} p={p} n={effective} />
                  </td>
                ))}
                <td className="px-3 text-right whitespace-nowrap tabular-nums">
                  {curve.n === 0 ? '–' : `± ${formatPercent(bandHalf(curve.effectiveN))}`}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

function QuantileWords({
  found,
  p,
  n,
}: {
  readonly found: Quantile | undefined
  readonly p: number
  readonly n: number
}) {
  if (found === undefined) {
    return (
      <span className="text-text-2" title="Too few for this quantile: the traces are shown as ticks instead">
        needs {neededFor(p)}, has {n}
      </span>
    )
  }
  return (
    <>
      {formatDuration(found.value)}
      <span className="block text-axis text-text-2">
        {formatDuration(found.low)} – {formatDuration(found.high)}
      </span>
    </>
  )
}
