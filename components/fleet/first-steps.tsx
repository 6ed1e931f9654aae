import { Link } from '@/components/ui/navigation.tsx'
import { PanelState } from '@/components/ui/panel.tsx'

/** No guild has sent anything yet. */
export function FirstSteps() {
  return (
    <PanelState
      kind="empty"
      what="No guild timings have arrived in this window."
      action={
        <p>
          <Link href="/sources" className="text-accent underline">
            Send data to this instance
          </Link>
          , or run <code className="font-mono text-table">npm run demo</code> to watch a simulated incident.
        </p>
      }
    />
  )
}
