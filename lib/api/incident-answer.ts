/** What an incident's page begins with, for the route that answers it and for the server that writes the page. */
import { ok, type Result } from '../base/result.ts'
import { evidenceFacts, type IncidentAnswer } from '../evidence/answers.ts'
import type { Identity } from '../server/access.ts'
import type { Instance } from '../server/instance.ts'
import { stateOf } from '../server/redacted-log.ts'
import { viewFor } from './evidence.ts'

/** `identity`: somebody who may read this incident. */
export async function incidentAnswer(
  instance: Instance,
  identity: Identity,
  id: string,
): Promise<Result<IncidentAnswer>> {
  const shown = await viewFor(instance, identity)
  if (!shown.ok) return shown
  const view = shown.value
  const opened = await instance.incidents.open(id, view?.manifest)
  if (!opened.ok) return opened
  const state = await stateOf(instance.incidents, id, view)
  if (!state.ok) return state
  const you =
    identity.kind === 'owner' ? ({ kind: 'owner', author: identity.author } as const) : ({ kind: 'guest' } as const)
  const { manifest, damaged } = opened.value
  return ok({
    incident: state.value.incident,
    ...(manifest === undefined ? {} : { evidence: evidenceFacts(manifest) }),
    damaged,
    you,
  })
}
