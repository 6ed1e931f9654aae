import type { Metadata } from 'next'
import { unfurlTags } from '@/app/unfurl.ts'
import { IncidentHome } from '@/components/incident/incident-home.tsx'

interface Props {
  readonly params: Promise<{ readonly id: string }>
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: 'Incident', ...(await unfurlTags({ incidentId: (await params).id })) }
}

export default function Page() {
  return <IncidentHome />
}
