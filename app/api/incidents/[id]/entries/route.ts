import { entriesQuery, entryBody, incidentParams } from '@/lib/api/incident-params'
import { jsonResponse } from '@/lib/api/respond'
import { get, write } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(
  incidentParams,
  entriesQuery,
  async ({ params, query, instance }) => {
    const state = await instance.incidents.state(params.id)
    return state.ok ? ok(state.value.entries.filter((entry) => entry.seq > query.after)) : state
  },
  jsonResponse,
  'incident',
)

export const POST = write(incidentParams, entryBody, ({ params, body, author, instance }) =>
  instance.incidents.append(params.id, body.id, body.change, author),
)
