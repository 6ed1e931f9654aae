import { freezeParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { get, write } from '@/lib/api/route'

export const GET = get(freezeParams, noQuery, async ({ params, instance }) =>
  instance.incidents.freezes.progress(params.freezeId),
)

export const DELETE = write(freezeParams, noQuery.optional(), ({ params, instance }) =>
  instance.incidents.freezes.cancel(params.freezeId),
)
