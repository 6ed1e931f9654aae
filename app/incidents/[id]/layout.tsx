import type { ReactNode } from 'react'
import { IncidentShell } from '@/components/incident/incident-shell.tsx'

interface Props {
  readonly params: Promise<{ readonly id: string }>
  readonly children: ReactNode
}

export default async function Layout({ params, children }: Props) {
  const { id } = await params
  return (
    <IncidentShell key={id} id={id}>
      {children}
    </IncidentShell>
  )
}
