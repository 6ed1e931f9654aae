'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import { useForeignSources } from '@/components/shell/asked-sources.ts'
import { Button } from '@/components/ui/button.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { StageLegend } from '@/components/ui/stage-glyph.tsx'
import { focusFirst, useCancelled } from '@/components/ui/use-cancelled.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { Waiting } from '@/components/ui/waiting.tsx'
import { type FlameMeasure, findInFlame, flameLayout } from '@/lib/analysis/flame-layout.ts'
import type { ReadProgress } from '@/lib/model/read-progress.ts'
import { FlameCanvas } from './flame-canvas.tsx'
import { FlameTable } from './flame-table.tsx'
import { FlameToolbar } from './flame-toolbar.tsx'
import { nodeOfPath, pathOfNode } from './flame-words.ts'
import type { LowerPanelsProps } from './lower-panels.tsx'
import { sampleWords } from './words.ts'

const WIDTHS: Readonly<Record<FlameMeasure, { readonly label: string; readonly means: string }>> = {
  wall: { label: 'Wall', means: 'Widths: time covered on the clock, overlapping spans counted once.' },
  self: { label: 'Self', means: 'Widths: time in which no child ran, added up.' },
  wait: { label: 'Wait', means: 'Widths: known mailbox waits, added up.' },
  total: { label: 'Total', means: 'Widths: durations added up; children that ran in parallel are scaled to fit.' },
}

/** Where the time of the selection went, merged over all its traces. */
export function FlamePanel(props: LowerPanelsProps & { readonly words: string }) {
  const { guildId, view, range, selection, words, move, slide } = props
  const { fromMs, toMs } = selection ?? range
  const source = useViewData()
  const { traces } = useForeignSources()
  const [progress, setProgress] = useState<ReadProgress>()
  const question = [source.key, guildId, selection?.fromMs, selection?.toMs, view.action, view.scope].join(' ')
  const cancelled = useCancelled(question)
  const queryKey = [source.key, 'guild flame', guildId, fromMs, toMs, view.action, view.scope]
  const query = useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      setProgress(undefined)
      return source.flame(
        { guildId, range: { fromMs, toMs }, action: view.action === '' ? undefined : view.action, scope: view.scope },
        signal,
        (next) => signal.aborted || setProgress(next),
      )
    },
    placeholderData: keepPreviousData,
    enabled: !cancelled.is,
  })
  const isCancelled = cancelled.is && (query.isPending || query.isPlaceholderData)
  const cancel = () => cancelled.cancel([queryKey])
  const tree = query.data?.tree
  const layout = useMemo(
    () => (tree === undefined ? undefined : flameLayout(tree, view.width, view.order)),
    [tree, view.width, view.order],
  )
  const hits = useMemo(() => (layout === undefined ? undefined : findInFlame(layout, view.find)), [layout, view.find])
  const waitsFor = `the spans of ${words}`
  const zoom = tree === undefined ? 0 : nodeOfPath(tree, view.zoom)

  return (
    <Panel
      title="Flame graph"
      className="flex-1"
      note={
        <>
          <span className="text-text">{words}</span>
          {traces !== undefined && ` · from ${traces.name}`}
          {query.data !== undefined && <span> · {sampleWords(query.data)}</span>}
        </>
      }
    >
      <FlameToolbar view={view} move={move} slide={slide} hits={hits} isZoomed={zoom !== 0}>
        {view.flame === 'graph' && (
          <SegmentedControl
            label="Order of siblings"
            value={view.order}
            segments={[
              { value: 'time', label: 'Time order' },
              { value: 'left-heavy', label: 'Left heavy' },
            ]}
            onChange={(order) => move({ order })}
          />
        )}
        {view.flame === 'graph' && (
          <SegmentedControl
            label="Widths"
            value={view.width}
            segments={(['wall', 'self', 'wait', 'total'] as const).map((value) => ({
              value,
              label: WIDTHS[value].label,
            }))}
            onChange={(width) => move({ width })}
          />
        )}
      </FlameToolbar>
      {query.data !== undefined && !isCancelled && <PanelState kind="partial" notes={query.data.notes} />}
      {isCancelled ? (
        <PanelState
          kind="empty"
          what={`Cancelled: the traces of ${words} were not read to their end, so there is no flame graph of them.`}
          action={
            <Button ref={focusFirst} onClick={cancelled.again}>
              Read them
            </Button>
          }
        />
      ) : layout === undefined || tree === undefined ? (
        query.isError ? (
          <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
        ) : (
          <PanelState kind="loading" waitsFor={waitsFor} progress={progress} onCancel={cancel} />
        )
      ) : query.isError ? (
        <PanelState kind="failed" failure={failureOf(query.error)} retry={() => void query.refetch()} />
      ) : tree.count <= 1 ? (
        view.scope === 'guild' && (query.data?.traces ?? 0) > 0 ? (
          <PanelState
            kind="empty"
            what={`None of the traces for ${words} holds a span of the guild’s own work: their guild spans were not kept, or state another stage.`}
            action={<Button onClick={() => move({ scope: 'trace', zoom: '' })}>Show whole traces</Button>}
          />
        ) : (
          <PanelState
            kind="empty"
            what={`No spans are stored for ${words}. Sampling can miss a quiet minute: widen the selection.`}
          />
        )
      ) : view.flame === 'graph' && layout.value[0] <= 0 ? (
        <PanelState
          kind="empty"
          what={`The spans for ${words} state no ${view.width === 'wait' ? 'mailbox wait' : 'time'}.`}
          action={<Button onClick={() => move({ width: 'wall' })}>Show wall-clock time</Button>}
        />
      ) : (
        <div className="relative flex min-h-0 flex-1 flex-col" aria-busy={query.isPlaceholderData}>
          {query.isPlaceholderData && <Waiting waitsFor={waitsFor} progress={progress} onCancel={cancel} />}
          <div className={cx('flex min-h-0 flex-1 flex-col', query.isPlaceholderData && 'opacity-50')}>
            {view.flame === 'graph' ? (
              <FlameCanvas
                layout={layout}
                measure={view.width}
                hits={hits}
                zoom={zoom}
                focus={nodeOfPath(tree, view.box)}
                onFocus={(node) => slide({ box: node === 0 ? '' : pathOfNode(tree, node) })}
                onZoom={(node) => move({ zoom: node === 0 ? '' : pathOfNode(tree, node) })}
              />
            ) : (
              <FlameTable tree={tree} find={view.find} sort={view.names} onSort={(names) => move({ names })} />
            )}
            <div className="flex flex-wrap items-center gap-x-4 gap-y-1 border-t border-line px-3 py-1">
              <StageLegend />
              {view.flame === 'graph' && <p className="ml-auto text-axis text-text-2">{WIDTHS[view.width].means}</p>}
            </div>
          </div>
        </div>
      )}
    </Panel>
  )
}
