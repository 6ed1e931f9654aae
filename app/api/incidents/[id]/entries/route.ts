import { viewFor } from '@/lib/api/evidence'
import { entriesQuery, entryBody, incidentParams } from '@/lib/api/incident-params'
import { jsonResponse } from '@/lib/api/respond'
import { get, write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'
import { entriesBehind } from '@/lib/incidents/event-stream'
import { stateOf } from '@/lib/server/redacted-log'

export const GET = get(
  incidentParams,
  entriesQuery,
  async ({ params, query, instance, identity }) => {
    const view = await viewFor(instance, identity)
    if (!view.ok) return view
    const state = await stateOf(instance.incidents, params.id, view.value)
    return state.ok
      ? ok(entriesBehind(state.value.entries, query.after, view.value === undefined && instance.incidents.logs.shared))
      : state
  },
  jsonResponse,
  'incident',
)

export const POST = write(incidentParams, entryBody, ({ params, body, author, instance }) =>
  instance.incidents.append(params.id, body.id, body.change, author),
)
