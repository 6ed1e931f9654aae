import { incidentAnswer } from '@/lib/api/incident-answer'
import { deleteBody, incidentParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { jsonResponse } from '@/lib/api/respond'
import { get, write } from '@/lib/api/route'

export const GET = get(
  incidentParams,
  noQuery,
  ({ params, instance, identity }) => incidentAnswer(instance, identity, params.id),
  jsonResponse,
  'incident',
)

export const DELETE = write(incidentParams, deleteBody, ({ params, body, instance }) =>
  instance.incidents.remove(params.id, body.title),
)
