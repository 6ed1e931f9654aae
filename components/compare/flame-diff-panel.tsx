'use client'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { FlameCanvas, type FlameLook } from '@/components/guild/flame-canvas.tsx'
import { FlameToolbar } from '@/components/guild/flame-toolbar.tsx'
import { nodeOfPath, pathOfNode } from '@/components/guild/flame-words.ts'
import { sampleWords, selectionWords } from '@/components/guild/words.ts'
import { Button } from '@/components/ui/button.tsx'
import { failureOf } from '@/components/ui/failure.ts'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { StageGlyph } from '@/components/ui/stage-glyph.tsx'
import { focusFirst, useCancelled } from '@/components/ui/use-cancelled.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { byDifference, type FlameDiff, type FlameNorm, flameDiff, lean } from '@/lib/analysis/flame-diff.ts'
import { type FlameHits, type FlameLayout, findInFlame, flameLayout } from '@/lib/analysis/flame-layout.ts'
import { formatExact, type Zone } from '@/lib/base/format.ts'
import { diffPaint } from '@/lib/draw/flame-diff.ts'
import type { FlameAnswer } from '@/lib/model/call-tree.ts'
import type { ReadProgress } from '@/lib/model/read-progress.ts'
import { MINUTE_MS } from '@/lib/model/timings.ts'
import { differenceWords, timesWords } from './action-words.ts'
import { type CompareView, selectedRange } from './compare-view.ts'
import { diffLabel, diffLines, diffName, printValue } from './flame-diff-words.ts'
import { SideLetter } from './side-letter.tsx'
import type { ReadySide } from './use-sides.ts'

const ROWS = 200

export interface PairProps {
  readonly view: CompareView
  readonly sides: readonly ReadySide[]
  /** Place of the base among these sides. */
  readonly base: number
  readonly zone: Zone
  readonly move: (change: Partial<CompareView>) => void
  readonly slide: (change: Partial<CompareView>) => void
}

/** Where the time of one side went, against the base. */
export function FlameDiffPanel({ view, sides, base, zone, move, slide }: PairProps) {
  const source = useViewData()
  const against =
    sides.find((side) => side.index === view.against && side !== sides[base]) ?? sides.find((_, i) => i !== base)
  const pair = against === undefined ? [] : [sides[base], against]
  const [progress, setProgress] = useState<readonly [ReadProgress?, ReadProgress?]>([])
  const asked = pair.map(({ side, range }) => {
    const { fromMs, toMs } = selectedRange(side, range)
    return { guildId: side.guildId, range: { fromMs, toMs } }
  })
  const keys = asked.map(({ guildId, range }) => {
    return [source.key, 'guild flame', guildId, range.fromMs, range.toMs, view.action, view.scope]
  })
  const cancelled = useCancelled(JSON.stringify(keys))
  const queries = useQueries({
    queries: asked.map((side, i) => ({
      queryKey: keys[i],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => {
        const tell = (next: ReadProgress | undefined) => {
          if (!signal.aborted) setProgress(([first, second]) => (i === 0 ? [next, second] : [first, next]))
        }
        tell(undefined)
        const action = view.action === '' ? undefined : view.action
        return source.flame({ ...side, action, scope: view.scope }, signal, tell)
      },
      placeholderData: keepPreviousData<FlameAnswer>,
      staleTime: source.frozen === undefined ? undefined : Number.POSITIVE_INFINITY,
      enabled: !cancelled.is,
    })),
  })
  const isCancelled = cancelled.is && queries.some((query) => query.isPending || query.isPlaceholderData)
  const norm: FlameNorm = view.scale === 'share' ? 'share' : view.norm
  const [a, b] = [queries[0]?.data, queries[1]?.data]
  const minutes = pair.map(({ side, range }) => {
    const { fromMs, toMs } = selectedRange(side, range)
    return Math.max(1, Math.round((toMs - fromMs) / MINUTE_MS))
  })
  const [baseMinutes = 1, sideMinutes = 1] = minutes
  const result = useMemo(
    () =>
      a === undefined || b === undefined
        ? undefined
        : flameDiff({ answer: a, minutes: baseMinutes }, { answer: b, minutes: sideMinutes }, norm),
    [a, b, baseMinutes, sideMinutes, norm],
  )
  const diff = result?.kind === 'diff' ? result.diff : undefined
  const layout = useMemo(() => (diff === undefined ? undefined : flameLayout(diff.tree, 'wall', 'left-heavy')), [diff])
  const hits = useMemo(() => (layout === undefined ? undefined : findInFlame(layout, view.find)), [layout, view.find])
  const failed = queries.find((query) => query.isError)
  const letters: readonly [string, string] = [pair[0]?.letter ?? '', pair[1]?.letter ?? '']

  if (against === undefined) {
    return <PanelState kind="empty" what="A differential flame graph needs a second side that can be shown." />
  }
  return (
    <Panel
      title="Differential flame graph"
      note={
        <span className="flex flex-wrap items-center gap-x-3">
          {pair.map((side, i) => {
            const answer = queries[i]?.data
            return (
              <span key={side.index} className="inline-flex items-center gap-1">
                <SideLetter index={side.index} />
                <span className="text-text">
                  {selectionWords(selectedRange(side.side, side.range), side.range, view.action, zone)}
                </span>
                {answer !== undefined && <span>{sampleWords(answer)}</span>}
              </span>
            )
          })}
        </span>
      }
      className="min-h-96 flex-1"
    >
      <FlameToolbar
        view={view}
        move={move}
        slide={slide}
        hits={hits}
        isZoomed={view.zoom !== ''}
        leading={
          sides.length > 2 && (
            <SegmentedControl
              label="Side against the base"
              value={String(against.index)}
              segments={sides
                .filter((_, i) => i !== base)
                .map((side) => ({ value: String(side.index), label: `${sides[base].letter} ↔ ${side.letter}` }))}
              onChange={(value) => move({ against: Number(value), zoom: '' })}
            />
          )
        }
      >
        <SegmentedControl
          label="Normalised by"
          value={view.norm}
          segments={[
            { value: 'traces', label: 'By trace' },
            { value: 'wall', label: 'By clock' },
          ]}
          onChange={(value) => move({ norm: value, scale: 'absolute' })}
        />
        <SegmentedControl
          label="Scale"
          value={view.scale}
          segments={[
            { value: 'absolute', label: 'Time' },
            { value: 'share', label: 'Each 100 %' },
          ]}
          onChange={(scale) => move({ scale })}
        />
      </FlameToolbar>
      <PanelState
        kind="partial"
        notes={[
          ...new Set([...(a?.notes ?? []), ...(b?.notes ?? [])]),
          ...(norm === 'wall' && result?.kind === 'diff'
            ? [a, b].flatMap((answer, i) => (answer === undefined ? [] : leftOutWords(answer, letters[i])))
            : []),
        ]}
      />
      {isCancelled ? (
        <PanelState
          kind="empty"
          what="Cancelled: the traces of both sides were not read to their end, so there is no flame graph of them."
          action={
            <Button ref={focusFirst} onClick={cancelled.again}>
              Read them
            </Button>
          }
        />
      ) : failed !== undefined ? (
        <PanelState kind="failed" failure={failureOf(failed.error)} retry={() => void failed.refetch()} />
      ) : result === undefined ? (
        <PanelState
          kind="loading"
          waitsFor="the spans of both sides"
          progress={added(progress)}
          onCancel={() => cancelled.cancel(keys)}
        />
      ) : result.kind === 'unknown' ? (
        <PanelState
          kind="empty"
          what={`${result.why.replace(/^Base/, `Side ${letters[0]}`).replace(/^Side:/, `Side ${letters[1]}:`)}`}
          action={norm === 'wall' && <Button onClick={() => move({ norm: 'traces' })}>Compare by trace</Button>}
        />
      ) : result.diff.tree.count <= 1 ? (
        <PanelState
          kind="empty"
          what="None of the traces holds a span of the guild’s own work."
          action={<Button onClick={() => move({ scope: 'trace', zoom: '' })}>Show whole traces</Button>}
        />
      ) : (
        <>
          {view.flame === 'graph' && layout !== undefined ? (
            <DiffGraph
              diff={result.diff}
              layout={layout}
              hits={hits}
              norm={norm}
              letters={letters}
              view={view}
              move={move}
            />
          ) : (
            <DiffTable diff={result.diff} norm={norm} letters={letters} find={view.find} />
          )}
          <Legend letters={letters} norm={norm} />
        </>
      )}
    </Panel>
  )
}

interface DiffProps {
  readonly diff: FlameDiff
  readonly norm: FlameNorm
  readonly letters: readonly [base: string, side: string]
}

interface GraphProps extends DiffProps, Pick<PairProps, 'view' | 'move'> {
  readonly layout: FlameLayout
  readonly hits: FlameHits | undefined
}

function DiffGraph({ diff, layout, hits, norm, letters, view, move }: GraphProps) {
  const look: FlameLook = useMemo(
    () => ({
      label: (node) => diffLabel(diff, node),
      lines: (node) => diffLines(diff, node, norm, letters),
      paint: (node, theme) => diffPaint(theme, lean(diff.base[node], diff.side[node])),
    }),
    [diff, norm, letters[0], letters[1]],
  )
  return (
    <div className="flex h-80 min-h-0 flex-col">
      <FlameCanvas
        layout={layout}
        measure="wall"
        hits={hits}
        zoom={nodeOfPath(diff.tree, view.zoom)}
        onZoom={(node) => move({ zoom: node === 0 ? '' : pathOfNode(diff.tree, node) })}
        look={look}
      />
    </div>
  )
}

function DiffTable({ diff, norm, letters, find }: DiffProps & { readonly find: string }) {
  const order = useMemo(() => byDifference(diff), [diff])
  const wanted = find.trim().toLowerCase()
  const found = [...order].filter((node) => diff.tree.names[diff.tree.nameId[node]].toLowerCase().includes(wanted))
  const print = (value: number) => printValue(norm, value)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
    <section className="max-h-96 min-h-0 overflow-auto" tabIndex={0} aria-label="Call paths by difference">
      <table className="w-full text-table">
        <thead className="sticky top-0 bg-bg text-text-2">
          <tr className="border-b border-line">
            <th scope="col" className="py-1 pl-3 text-left font-normal">
              Call path, what differs most first
            </th>
            {[...letters, 'Difference', 'Ratio'].map((label) => (
              <th key={label} scope="col" className="px-2 py-1 text-right font-normal">
                {label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {found.slice(0, ROWS).map((node) => (
            <tr key={node} className="border-b border-line" title={diffLines(diff, node, norm, letters).join('\n')}>
              <th scope="row" className="max-w-0 py-0.5 pl-3 text-left font-normal">
                <span className="flex min-w-0 items-center gap-2">
                  <StageGlyph stageId={diff.tree.stageId[node]} />
                  <span className="min-w-0 truncate">
                    <span className="text-text-2">{above(diff, node)}</span>
                    {diffName(diff, node)}
                  </span>
                </span>
              </th>
              <td className="w-20 px-2 text-right whitespace-nowrap tabular-nums">{print(diff.base[node])}</td>
              <td className="w-20 px-2 text-right whitespace-nowrap tabular-nums">{print(diff.side[node])}</td>
              <td className="w-20 px-2 text-right whitespace-nowrap tabular-nums">
                {differenceWords(diff.base[node], diff.side[node], print)}
              </td>
              <td className="w-20 px-2 text-right whitespace-nowrap tabular-nums">
                {timesWords(diff.base[node], diff.side[node])}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {found.length > ROWS && (
        <p className="px-3 py-1 text-table text-text-2">
          Showing {ROWS} of {found.length} call paths; search to find the others.
        </p>
      )}
    </section>
  )
}

/** Both sides' readings as one. */
function added(each: readonly [ReadProgress?, ReadProgress?]): ReadProgress | undefined {
  const [first, second] = each
  if (first === undefined || second === undefined) return first ?? second
  return { done: first.done + second.done, of: first.of + second.of, what: first.what }
}

/** Names on the way to a node, the nearest two. */
function above(diff: FlameDiff, node: number): string {
  const names: string[] = []
  for (let up = diff.tree.parent[node]; up > 0 && names.length < 3; up = diff.tree.parent[up]) {
    names.unshift(names.length === 2 ? '…' : diffName(diff, up))
  }
  return names.map((name) => `${name} › `).join('')
}

/** What the estimate by the clock lacks. */
function leftOutWords({ traces, unknownSampling }: FlameAnswer, letter: string): readonly string[] {
  if (unknownSampling === 0) return []
  return [
    `Side ${letter}: ${formatExact(unknownSampling)} of ${formatExact(traces)} traces are left out of how many there were by the clock, because their sampling is unknown.`,
  ]
}

const MEANS: Readonly<Record<FlameNorm, string>> = {
  traces: 'Wall time by trace: the mean of the merged traces.',
  wall: 'Wall time by clock: what all traces they stand for took in a minute of the range, estimated from the sampling.',
  share: 'Shares of each side’s own whole; how much work there is drops out.',
}

function Legend({ letters, norm }: { readonly letters: readonly [string, string]; readonly norm: FlameNorm }) {
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3 py-1 text-axis text-text-2">
      <span className="inline-flex items-center gap-1">
        <i className="inline-block h-3 w-3 bg-diff-more" />+ more in {letters[1]} than in {letters[0]}
      </span>
      <span className="inline-flex items-center gap-1">
        <i className="inline-block h-3 w-3 bg-diff-same" />= within 10 %
      </span>
      <span className="inline-flex items-center gap-1">
        <i className="inline-block h-3 w-3 bg-diff-less" />− less
      </span>
      <span className="ml-auto">{MEANS[norm]} A box is as wide as both sides together.</span>
    </div>
  )
}
