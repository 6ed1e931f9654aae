import type { Metadata } from 'next'
import { DeadEnd } from '@/components/shell/dead-end.tsx'

export const metadata: Metadata = { title: 'No such page' }

export default function NotFound() {
  return (
    <DeadEnd crumb="No such page" title="There is no page at this address">
      <p>
        Guilds live at <code className="font-mono">/guilds/&lt;id&gt;</code> and traces at{' '}
        <code className="font-mono">/traces/&lt;32 hex digits&gt;</code>. A link that was cut in a chat message often
        lost its end.
      </p>
    </DeadEnd>
  )
}
