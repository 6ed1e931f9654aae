'use client'
import { type ReactNode, useDeferredValue } from 'react'
import { HeaderActions } from '@/components/share/header-actions.tsx'
import { useHomeCrumbs } from '@/components/shell/home-crumbs.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { linkNotes } from '@/components/ui/link-notes.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { SegmentedControl } from '@/components/ui/segmented-control.tsx'
import { type LinkRemarks, useViewState } from '@/components/ui/use-view-state.ts'
import { useViewData } from '@/components/ui/view-data.tsx'
import { SIDES_MAX } from '@/lib/model/incident.ts'
import type { ViewCodec } from '@/lib/view/view-state.ts'
import { ActionTable } from './action-table.tsx'
import { AddSide } from './add-side.tsx'
import { compareShareable } from './compare-proposal.ts'
import { type CompareView, compareView } from './compare-view.ts'
import { FlameDiffPanel } from './flame-diff-panel.tsx'
import { HeatSides } from './heat-sides.tsx'
import { LatencyPanel } from './latency-panel.tsx'
import { TwoTraces } from './traces-panel.tsx'
import { type LoadedSide, useSides } from './use-sides.ts'

/** The comparison in parts, for whoever puts them into a page. */
export interface CompareParts {
  readonly title: ReactNode
  readonly actions: ReactNode
  readonly body: ReactNode
}

export interface ComparePageProps {
  /** How the address is read; an incident's page begins at the view it was made from. */
  readonly codec?: ViewCodec<CompareView>
  /** Left out, it is a page of its own. */
  readonly frame?: (parts: CompareParts) => ReactNode
}

/** Two to four guilds, or one guild at several times, side by side. */
export function ComparePage({ codec = compareView, frame }: ComparePageProps) {
  const { state: view, remarks, push: move, replace: slide } = useViewState(codec)
  const { zone } = usePreferences()
  const home = useHomeCrumbs()
  const sides = useSides(view.sides)
  const isFrozen = useViewData().frozen !== undefined
  const ready = sides.filter((side) => side.kind === 'ready')
  // A base that cannot be shown gives way to the first side that can.
  const base =
    ready.find((side) => side.index === view.base) ??
    ready.find((side) => side.facts.data.actions.length > 0) ??
    ready[0]
  const place = base === undefined ? 0 : ready.indexOf(base)
  // The heat maps are drawn first; tables below them follow.
  const hasDetail = useDeferredValue(base !== undefined, false)
  useShortcuts('Compare', [
    {
      keys: 'Escape',
      label: 'Reset the zoom, then clear the selection',
      run: () => {
        if (view.zoom !== '') move({ zoom: '' })
        else if (view.action !== '' || view.sides.some((side) => side.selFromMs !== undefined)) {
          move({
            action: '',
            sides: view.sides.map((side) => ({ ...side, selFromMs: undefined, selToMs: undefined })),
          })
        } else return false
      },
    },
    { keys: 'b', label: 'Next side as the base', run: () => nextBase(ready, base?.index, move) },
    { keys: 'u', label: 'Link or unlink the brush', run: () => move({ linked: !view.linked }) },
  ])

  const title = (
    <span className="flex flex-wrap items-baseline gap-x-3">
      <span>Compare</span>
      <span className="text-table font-normal text-text-2">{titleWords(sides)}</span>
    </span>
  )
  const actions = (
    <HeaderActions
      view={compareShareable(view, sides, zone)}
      compare={view.sides.length < SIDES_MAX && <AddSide sides={sides} view={view} move={move} zone={zone} />}
    />
  )
  const body = (
    <>
      <PanelState kind="partial" notes={notes(view, remarks)} />
      {sides.length === 0 && (view.a !== '' || view.b !== '') ? (
        <TwoTraces view={view} sides={[]} base={0} zone={zone} move={move} />
      ) : sides.length === 0 ? (
        <PanelState
          kind="empty"
          what={
            isFrozen
              ? 'Nothing is compared. Add what was frozen.'
              : 'Nothing to compare yet. Tick two to four guilds in the list of guilds and press Compare, or add a side here.'
          }
          action={<AddSide sides={sides} view={view} move={move} zone={zone} />}
        />
      ) : (
        <>
          {sides.length === 1 && view.tab !== 'traces' && (
            <PanelState kind="partial" notes={['One side alone compares with nothing: add another.']} />
          )}
          <HeatSides view={view} sides={sides} base={base?.index ?? -1} zone={zone} move={move} slide={slide} />
          {base !== undefined && hasDetail && (
            <>
              <div className="px-3 pt-2">
                <SegmentedControl
                  label="Compare in detail"
                  value={view.tab}
                  segments={[
                    { value: 'actions', label: 'Actions' },
                    { value: 'flame', label: 'Flame graph' },
                    { value: 'latency', label: 'Latency' },
                    { value: 'traces', label: 'Two traces' },
                  ]}
                  onChange={(tab) => move({ tab })}
                />
              </div>
              {view.tab === 'actions' && <ActionTable view={view} sides={ready} base={place} move={move} />}
              {view.tab === 'latency' && <LatencyPanel view={view} sides={ready} move={move} />}
              {view.tab === 'traces' && <TwoTraces view={view} sides={ready} base={place} zone={zone} move={move} />}
              {view.tab === 'flame' && (
                <FlameDiffPanel view={view} sides={ready} base={place} zone={zone} move={move} slide={slide} />
              )}
            </>
          )}
        </>
      )}
    </>
  )
  if (frame !== undefined) return frame({ title, actions, body })
  return (
    <PageFrame crumbs={[...home, { label: 'Compare' }]} title={title} actions={actions}>
      {body}
    </PageFrame>
  )
}

function titleWords(sides: readonly LoadedSide[]): string {
  const names = [...new Set(sides.map((side) => side.name))]
  if (sides.length === 0) return ''
  if (names.length === 1) return `${names[0]} at ${sides.length} ${sides.length === 1 ? 'time' : 'times'}`
  return names.join(' · ')
}

function notes(view: CompareView, remarks: LinkRemarks): readonly string[] {
  const out = [...linkNotes(remarks)]
  if (view.sides.length > SIDES_MAX) {
    out.push(`The address names ${view.sides.length} sides; the first ${SIDES_MAX} are shown.`)
  }
  return out
}

function nextBase(
  ready: readonly LoadedSide[],
  now: number | undefined,
  move: (change: Partial<CompareView>) => void,
): void {
  const at = ready.findIndex((side) => side.index === now)
  const next = ready[(at + 1) % Math.max(1, ready.length)]
  if (next !== undefined) move({ base: next.index, against: undefined, zoom: '' })
}
