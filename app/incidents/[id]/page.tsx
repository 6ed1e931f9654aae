import { IncidentHome } from '@/components/incident/incident-home.tsx'
import { IncidentTools } from '@/components/incident/incident-tools.tsx'
import { pageMinutes } from './answer'

interface Props {
  readonly params: Promise<{ readonly id: string }>
}

export default async function Page({ params }: Props) {
  const { id } = await params
  return <IncidentHome tools={<IncidentTools />} first={await pageMinutes(id)} />
}
