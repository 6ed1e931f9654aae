import { PageFrame } from '@/components/shell/page-frame.tsx'

export default function Page() {
  return (
    <PageFrame crumbs={[{ label: 'Guilds' }]} title="Guilds">
      <p className="p-3 text-text-2">The fleet comes here.</p>
    </PageFrame>
  )
}
