import type { Metadata } from 'next'
import { IncidentHome } from '@/components/incident/incident-home.tsx'
import { IncidentTools } from '@/components/incident/incident-tools.tsx'

export const metadata: Metadata = { title: 'Incident' }

export default function Page() {
  return <IncidentHome tools={<IncidentTools />} />
}
