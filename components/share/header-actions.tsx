'use client'
import { Link2, Snowflake } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useContext, useState, useSyncExternalStore } from 'react'
import { BareFrameContext } from '@/components/shell/bare-frame.ts'
import { useShortcuts } from '@/components/shell/shortcuts.tsx'
import { Button } from '@/components/ui/button.tsx'
import { Popover } from '@/components/ui/popover.tsx'
import { useViewData } from '@/components/ui/view-data.tsx'
import { freezeJob } from './freeze-job.ts'
import { SharePanel } from './share-panel.tsx'
import type { ShareableView } from './view.ts'

// Neither a page nor its first picture waits for it.
const FreezeDialog = lazy(async () => ({ default: (await import('./freeze-dialog.tsx')).FreezeDialog }))

export interface HeaderActionsProps {
  readonly view: ShareableView
  /** The way to a comparison, where the page offers one. */
  readonly compare?: ReactNode
}

/** Freeze, Share, Compare: at the right end of every page's title line. On phones the words give way to their signs. */
export function HeaderActions(props: HeaderActionsProps) {
  return useContext(BareFrameContext) ? undefined : <Actions {...props} />
}

function Actions({ view, compare }: HeaderActionsProps) {
  const [sharing, setSharing] = useState(false)
  const [freezing, setFreezing] = useState(false)
  const [used, setUsed] = useState(false)
  const live = useViewData().frozen === undefined
  const job = useSyncExternalStore(freezeJob.subscribe, freezeJob.current, freezeJob.none)
  const openFreeze = () => {
    setSharing(false)
    setUsed(true)
    setFreezing(true)
  }
  const offered = live && (view.propose !== undefined || job.state !== 'none')
  useShortcuts('Share', [
    { keys: 'y', label: 'Share: copy the exact link', run: () => setSharing(true) },
    ...(offered ? [{ keys: 'i', label: 'Freeze as incident', run: openFreeze }] : []),
  ])
  return (
    <>
      {live && (
        <Button
          onClick={openFreeze}
          disabled={!offered}
          aria-keyshortcuts="I"
          title="Freeze as incident: copy the evidence before it rotates (I)"
        >
          <Snowflake size={14} aria-hidden />
          <span className="max-sm:sr-only">
            {job.state === 'running' ? `Freezing … ${share(job.done, job.total)}` : 'Freeze'}
          </span>
        </Button>
      )}
      <Popover
        title="Share this view"
        align="end"
        open={sharing}
        onOpenChange={setSharing}
        trigger={
          <Button aria-keyshortcuts="Y" title="Share: copy the exact link (Y)">
            <Link2 size={14} aria-hidden />
            <span className="max-sm:sr-only">Share</span>
          </Button>
        }
      >
        <SharePanel view={view} onFreeze={offered ? openFreeze : undefined} />
      </Popover>
      {compare}
      {used && (
        <Suspense>
          <FreezeDialog open={freezing} onOpenChange={setFreezing} view={view} />
        </Suspense>
      )}
    </>
  )
}

function share(done: number, total: number): string {
  return total > 0 ? `${Math.floor((100 * Math.min(done, total)) / total)} %` : ''
}
