import type { Metadata } from 'next'
import { IncidentHome } from '@/components/incident/incident-home.tsx'

export const metadata: Metadata = { title: 'Incident' }

export default function Page() {
  return <IncidentHome />
}
