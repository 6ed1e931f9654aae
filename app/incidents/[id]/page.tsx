import { IncidentHome } from '@/components/incident/incident-home.tsx'
import { IncidentTools } from '@/components/incident/incident-tools.tsx'

export default function Page() {
  return <IncidentHome tools={<IncidentTools />} />
}
