import { viewFor } from '@/lib/api/evidence'
import { deleteBody, incidentParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { jsonResponse } from '@/lib/api/respond'
import { get, write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import type { IncidentAnswer } from '@/lib/evidence/answers'
import { stateOf } from '@/lib/server/redacted-log'

export const GET = get(
  incidentParams,
  noQuery,
  async ({ params, instance, identity }) => {
    const view = viewFor(instance, identity)
    const opened = await instance.incidents.open(params.id, view?.manifest)
    if (!opened.ok) return opened
    const state = await stateOf(instance.incidents, params.id, view)
    if (!state.ok) return state
    const name = identity.kind === 'owner' ? identity.author.name : ''
    const you = { kind: identity.kind === 'owner' ? 'owner' : 'guest', name } as const
    return ok<IncidentAnswer>({ ...opened.value, incident: state.value.incident, you })
  },
  jsonResponse,
  'incident',
)

export const DELETE = write(incidentParams, deleteBody, ({ params, body, instance }) =>
  instance.incidents.remove(params.id, body.title),
)
