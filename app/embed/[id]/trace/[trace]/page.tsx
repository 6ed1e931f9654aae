import type { Metadata } from 'next'
import { EmbedTrace } from '@/components/embed/embed-views.tsx'
import { embedding } from '@/lib/server/auth/embedding.ts'

interface Props {
  readonly params: Promise<{ readonly id: string; readonly trace: string }>
}

export const metadata: Metadata = { title: 'Trace of an incident', robots: { index: false } }

export default async function Page({ params }: Props) {
  const { id, trace } = await params
  return <EmbedTrace incidentId={id} allowed={await embedding()} traceId={trace} />
}
