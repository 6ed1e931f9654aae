'use client'
import { LocateFixed, Maximize2, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { IconButton } from '@/components/ui/button.tsx'
import { dropScroll, useKeptScroll } from '@/components/ui/use-kept-scroll.ts'
import type { SpanDetails } from '@/lib/model/span-columns.ts'
import { GroupPanel } from './group-panel.tsx'
import { SpanPanel } from './span-panel.tsx'
import { useModel, useModelValue } from './use-model.ts'

export interface DetailsPanelProps {
  readonly onClose: () => void
  readonly onIdentified: (details: SpanDetails) => void
  readonly onGoToId: (spanId: string) => void
}

/** Beside the bars (below them on a small screen): the selected span or group in full. */
export function DetailsPanel({ onClose, onIdentified, onGoToId }: DetailsPanelProps) {
  const model = useModel()
  const selected = useModelValue(model, 'selection', () => model.selected)
  const scroller = useKeptScroll('details')
  const before = useRef(selected)
  useEffect(() => {
    // Another span begins at its top.
    if (before.current !== selected) dropScroll('details')
    before.current = selected
  }, [selected])
  return (
    <section aria-label="Details" className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="flex h-8 shrink-0 items-center gap-1 border-b border-line pr-1 pl-3 pointer-coarse:h-11">
        <span className="mr-auto text-table text-text-2">Details</span>
        {selected !== undefined && (
          <>
            <IconButton
              label="Show its row"
              title="Show its row, unfolding what hides it"
              onClick={() => {
                if (model.selectedSpan !== undefined) model.goTo(model.selectedSpan)
                else model.scrollIntoView(selected)
              }}
            >
              <LocateFixed size={14} aria-hidden />
            </IconButton>
            <IconButton label="Fit it into view" title="Fit it into view (F)" onClick={() => model.fit()}>
              <Maximize2 size={14} aria-hidden />
            </IconButton>
          </>
        )}
        <IconButton label="Close the details" title="Close (Escape)" onClick={onClose}>
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div ref={scroller} tabIndex={0} className="min-h-0 flex-1 overflow-y-auto">
        {selected === undefined ? (
          <p className="p-3 text-table text-text-2">Select a row to see it in full.</p>
        ) : selected < model.spans.count ? (
          <SpanPanel key={selected} model={model} span={selected} onIdentified={onIdentified} onGoToId={onGoToId} />
        ) : (
          <GroupPanel key={selected} model={model} slot={selected - model.spans.count} />
        )}
      </div>
    </section>
  )
}
