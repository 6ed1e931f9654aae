import type { Metadata } from 'next'
import { GuildPage } from '@/components/guild/guild-page.tsx'

interface Props {
  readonly params: Promise<{ readonly id: string }>
}

/** Path segments arrive percent-encoded; guild ids are text of any kind. */
function decoded(id: string): string {
  try {
    return decodeURIComponent(id)
  } catch {
    // Not an encoding at all: then it is the id as it stands.
    return id
  }
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Guild ${decoded((await params).id)}` }
}

export default async function Page({ params }: Props) {
  const guildId = decoded((await params).id)
  return <GuildPage key={guildId} guildId={guildId} />
}
