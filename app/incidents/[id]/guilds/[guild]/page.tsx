import type { Metadata } from 'next'
import { FrozenGuildPage } from '@/components/incident/frozen-pages.tsx'
import { decodedSegment } from '@/lib/view/path.ts'

interface Props {
  readonly params: Promise<{ readonly guild: string }>
}

export const metadata: Metadata = { title: 'Guild of an incident' }

export default async function Page({ params }: Props) {
  const guildId = decodedSegment((await params).guild)
  return <FrozenGuildPage key={guildId} guildId={guildId} />
}
