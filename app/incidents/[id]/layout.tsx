import type { Metadata } from 'next'
import type { ReactNode } from 'react'
import { unfurlTags } from '@/app/unfurl.ts'
import { IncidentShell } from '@/components/incident/incident-shell.tsx'
import { visibleText } from '@/lib/draw/text-visible.ts'
import { pageAnswer } from './answer'

interface Props {
  readonly params: Promise<{ readonly id: string }>
  readonly children: ReactNode
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { id } = await params
  const answer = await pageAnswer(id)
  if (answer === undefined) return { title: 'Incident' }
  return { title: visibleText(answer.incident.title), ...(await unfurlTags({ incidentId: id })) }
}

export default async function Layout({ params, children }: Props) {
  const { id } = await params
  return (
    <IncidentShell key={id} id={id} first={await pageAnswer(id)}>
      {children}
    </IncidentShell>
  )
}
