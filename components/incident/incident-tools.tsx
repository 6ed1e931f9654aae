'use client'
import { ExportButton } from './export-dialog.tsx'
import { GuestLinksButton } from './guest-dialog.tsx'
import { useIncident } from './scope.tsx'

/** What only an instance has, and only for those who may write. */
export function IncidentTools() {
  const { incident, writing } = useIncident()
  if (writing === undefined) return undefined
  return (
    <>
      <ExportButton incidentId={incident.id} />
      <GuestLinksButton incidentId={incident.id} />
    </>
  )
}
