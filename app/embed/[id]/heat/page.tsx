import type { Metadata } from 'next'
import { EmbedHeat } from '@/components/embed/embed-views.tsx'
import { embedding } from '@/lib/server/auth/embedding.ts'

interface Props {
  readonly params: Promise<{ readonly id: string }>
  readonly searchParams: Promise<Readonly<Record<string, string | readonly string[] | undefined>>>
}

export const metadata: Metadata = { title: 'Heat map of an incident', robots: { index: false } }

export default async function Page({ params, searchParams }: Props) {
  const { guild } = await searchParams
  return (
    <EmbedHeat
      incidentId={(await params).id}
      allowed={await embedding()}
      guildId={typeof guild === 'string' && guild !== '' ? guild : undefined}
    />
  )
}
