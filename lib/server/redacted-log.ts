/** The log of a redacted copy: as it was when its link was made, cleaned like the evidence; later notes are not in it. */
import { fail, ok, type Result } from '../base/result.ts'
import { foldLog } from '../evidence/incident-log.ts'
import type { EntrySource } from '../incidents/event-stream.ts'
import type { Incidents } from '../incidents/incidents.ts'
import type { IncidentState } from '../incidents/logs.ts'
import type { RedactedView } from './auth/guest-links.ts'

/** What a reader has of an incident: the log itself, or that of the redacted copy. */
export async function stateOf(
  incidents: Pick<Incidents, 'state'>,
  id: string,
  view: RedactedView | undefined,
): Promise<Result<IncidentState>> {
  if (view === undefined) return incidents.state(id)
  const log = await view.log()
  if (!log.ok)
    return log.failure.kind === 'not-found'
      ? fail('unavailable', 'guest link', 'The redacted copy of this incident is gone.', ASK)
      : log
  const { entries, damaged } = log.value
  const incident = foldLog(id, entries)
  return incident.ok ? ok({ incident: incident.value, entries, damaged }) : incident
}

const ASK = 'Ask whoever sent the link for a new one.'

/** The same, to be followed: of the incident itself only its end is passed on. */
export function entrySource(incidents: Pick<Incidents, 'logs' | 'state'>, view: RedactedView | undefined): EntrySource {
  const { logs } = incidents
  if (view === undefined) return logs
  return {
    // The copy's log never changes.
    shared: false,
    listeners: (id) => logs.listeners(id),
    state: (id) => stateOf(incidents, id, view),
    subscribe: (id, listener) =>
      logs.subscribe(id, (entry) => {
        if (entry === undefined) listener(undefined)
      }),
  }
}
