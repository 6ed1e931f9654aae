'use client'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { useSources } from '@/components/shell/source-health-link.tsx'
import { cx } from '@/components/ui/cx.ts'
import { failureOf } from '@/components/ui/failure.ts'
import { LinkNotes } from '@/components/ui/link-notes.tsx'
import { Panel, PanelState } from '@/components/ui/panel.tsx'
import { usePreferences } from '@/components/ui/preferences.tsx'
import { useViewState } from '@/components/ui/use-view-state.ts'
import { Receivers } from './receivers.tsx'
import { Setup, sourcesView } from './setup.tsx'
import { SourceList } from './source-list.tsx'
import { RetentionPanel, StoreFiguresPanel } from './store-figures.tsx'

const POLL_MS = 3_000

/** What feeds this instance, how it is, and how to send data to it. */
export function SourcesPage() {
  const { data, error, refetch, isPending } = useSources(POLL_MS)
  const { zone } = usePreferences()
  const { remarks } = useViewState(sourcesView)
  const receives = data?.receivers.length !== 0
  return (
    <PageFrame
      crumbs={[{ label: 'Guilds', href: '/' }, { label: 'Sources' }]}
      title={
        <span className="flex flex-wrap items-baseline gap-x-3">
          Sources
          {data !== undefined && <span className="text-table font-normal text-text-2">Guildscope {data.version}</span>}
        </span>
      }
    >
      <LinkNotes remarks={remarks} />
      <div className={cx('grid w-full max-w-[90rem] grid-cols-1', receives && 'lg:grid-cols-2')}>
        <div className="flex min-w-0 flex-col gap-2 pb-4">
          {error !== null && <PanelState kind="failed" failure={failureOf(error)} retry={() => refetch()} />}
          {data === undefined && isPending && <PanelState kind="loading" waitsFor="the sources’ answers" />}
          {data !== undefined && (
            <>
              <SourceList answer={data} wide={!receives} />
              {receives ? <Receivers answer={data} /> : <NothingReceived />}
              <StoreFiguresPanel answer={data} zone={zone} />
              {data.store !== undefined && <RetentionPanel answer={data} />}
            </>
          )}
        </div>
        {receives && (
          <div className="min-w-0 border-line max-lg:border-t lg:border-l">
            <Setup answer={data} />
          </div>
        )}
      </div>
    </PageFrame>
  )
}

/** `store: off`: who sends here would wait for ever for what never shows. */
function NothingReceived() {
  return (
    <Panel title="Receivers">
      <p className="max-w-prose px-3 pb-3 text-text-2">
        This instance keeps no spans and timings itself (“store” is “off”), so it receives none. Send to the systems
        above; incidents are still frozen into its own data folder.
      </p>
    </Panel>
  )
}
