import { FrozenComparePage } from '@/components/incident/frozen-compare.tsx'
import { FrozenGuildPage, FrozenTracePage } from '@/components/incident/frozen-pages.tsx'
import { IncidentHome } from '@/components/incident/incident-home.tsx'
import { PageFrame } from '@/components/shell/page-frame.tsx'
import { PanelState } from '@/components/ui/panel.tsx'
import { decodedSegment } from '@/lib/view/path.ts'
import { Link, usePath } from './navigation.tsx'

/** Which view the fragment names. */
export function Views() {
  const [kind = '', segment = ''] = usePath().slice(1).split('/')
  const id = decodedSegment(segment)
  if (kind === '') return <IncidentHome />
  if (kind === 'compare') return <FrozenComparePage />
  if (kind === 'guilds' && id !== '') return <FrozenGuildPage key={id} guildId={id} />
  if (kind === 'traces' && id !== '') return <FrozenTracePage key={id} traceId={id} />
  return (
    <PageFrame crumbs={[{ label: 'Not in this file' }]} title="This file has no such view">
      <PanelState
        kind="empty"
        what="The address names a view that only an instance has, or one of a newer version."
        action={
          <Link href="/" className="text-accent underline">
            The incident
          </Link>
        }
      />
    </PageFrame>
  )
}
