'use client'
import { useRef } from 'react'
import { CompareTrace } from '@/components/compare/compare-trace.tsx'
import { HeaderActions } from '@/components/share/header-actions.tsx'
import { useHomeCrumbs } from '@/components/shell/home-crumbs.tsx'
import { LinksOut } from '@/components/shell/links-out.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { LinkNotes } from '@/components/ui/link-notes.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { ResizeHandle } from '@/components/ui/resize-handle.tsx'
import { useIsWide } from '@/components/ui/use-media-query.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { DetailsPanel } from './details-panel.tsx'
import { FindBox } from './find-box.tsx'
import { FoldControls } from './fold-controls.tsx'
import { NARROW_PX, NameTree } from './name-tree.tsx'
import { OverviewStrip, TimeAxis } from './overview-strip.tsx'
import { shownName } from './row-words.ts'
import { ScrollBar } from './scroll-bar.tsx'
import { TimeArea } from './time-area.tsx'
import { TraceFacts } from './trace-facts.tsx'
import { TraceNotes } from './trace-notes.tsx'
import { traceShareable } from './trace-proposal.ts'
import { OtherSources } from './trace-sources.tsx'
import { ModelContext } from './use-model.ts'
import { useTraceUrl } from './use-trace-url.ts'
import { useWaterfallKeys } from './use-waterfall-keys.ts'
import type { WaterfallModel } from './waterfall-model.ts'

const GLYPHS_PX = 60

/** A loaded trace: what it is, the whole of it in a strip, its rows, and the selected one in full. */
export function WaterfallView({ model }: { readonly model: WaterfallModel }) {
  const { trace } = model.loaded
  const wide = useIsWide()
  const search = useRef<HTMLInputElement>(null)
  const url = useTraceUrl(model)
  const { names: namesPx, side: detailsPx } = url.panels
  const glyphsOnly = !url.panels.wide
  useWaterfallKeys(model, { search, openDetails: url.setDetailsOpen, detailsOpen: url.detailsOpen })
  const guild = trace.guilds[0]
  const namesWidth = wide ? namesPx : glyphsOnly ? GLYPHS_PX : 190
  const root = trace.spans.count === 0 ? 'An empty trace' : shownName(trace.spans.names[trace.spans.nameId[0]])
  const source = useViewData()
  const { zone } = usePreferences()
  const crumbs = [
    ...useHomeCrumbs(),
    ...(guild === undefined ? [] : [{ label: guild.name ?? guild.id, href: source.guildHref(guild.id) }]),
    { label: trace.traceId.slice(0, 8), mono: true },
  ]
  const details = url.detailsOpen && (
    <DetailsPanel onClose={() => url.setDetailsOpen(false)} onIdentified={url.identified} onGoToId={url.goToId} />
  )
  const open = () => url.setDetailsOpen(true)

  const startMs = Number(trace.spans.traceStartNs / 1_000_000n)
  const elsewhere = {
    traceId: trace.traceId,
    fromMs: startMs,
    toMs: startMs + model.loaded.totals.durationNs / 1e6 + 1,
    ...(trace.guilds.length === 1 ? { guild: trace.guilds[0].id } : {}),
  }
  return (
    <ModelContext value={model}>
      <PageFrame
        crumbs={crumbs}
        title={root}
        actions={
          <>
            <FindBox input={search} />
            <FoldControls />
            <LinksOut values={elsewhere} />
            <HeaderActions
              view={traceShareable(model.loaded, zone)}
              compare={<CompareTrace trace={trace} zone={zone} />}
            />
          </>
        }
      >
        <LinkNotes remarks={url.remarks} />
        <OtherSources />
        <TraceFacts loaded={model.loaded} />
        <TraceNotes />
        <div className="flex min-h-80 flex-1 flex-col md:flex-row">
          <div className="flex min-h-0 min-w-0 flex-1 flex-col">
            <div className="flex shrink-0 border-b border-line">
              <div className="shrink-0 truncate px-2 py-1 text-axis text-text-3" style={{ width: namesWidth }}>
                {wide ? (
                  'The whole trace, a lane per stage'
                ) : (
                  <button
                    type="button"
                    className="h-10 w-full text-accent"
                    aria-expanded={!glyphsOnly}
                    onClick={() => url.setPanels({ wide: glyphsOnly })}
                  >
                    {glyphsOnly ? 'Names' : 'Narrow the names'}
                  </button>
                )}
              </div>
              <OverviewStrip />
              <div className="w-3 shrink-0" />
            </div>
            <div className="flex min-h-0 flex-1" id="waterfall-rows">
              <NameTree widthPx={namesWidth} onOpen={open} />
              <ResizeHandle
                label="Width of the names"
                orientation="vertical"
                sizePx={namesWidth}
                minPx={NARROW_PX}
                maxPx={900}
                onResize={(px) => url.setPanels({ names: Math.round(px) })}
                className={wide ? undefined : 'pointer-events-none'}
              />
              <div className="flex min-w-0 flex-1 flex-col">
                <TimeAxis />
                <TimeArea onOpen={open} />
              </div>
              <ScrollBar />
            </div>
          </div>
          {details !== false && wide && (
            <>
              <ResizeHandle
                label="Width of the details"
                orientation="vertical"
                sizePx={detailsPx}
                minPx={260}
                maxPx={900}
                reverse
                onResize={(px) => url.setPanels({ side: Math.round(px) })}
              />
              <div className="flex min-h-0 shrink-0" style={{ width: detailsPx }}>
                {details}
              </div>
            </>
          )}
          {details !== false && !wide && (
            <div className="flex h-[55%] min-h-48 shrink-0 border-t border-line-strong">{details}</div>
          )}
        </div>
      </PageFrame>
    </ModelContext>
  )
}
