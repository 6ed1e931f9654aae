import { incidentParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(incidentParams, noQuery, ({ params, instance }) => instance.incidents.redaction(params.id))
