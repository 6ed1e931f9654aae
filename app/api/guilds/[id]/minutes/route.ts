import { guildParams, minutesQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'

export const GET = get(
  guildParams,
  minutesQuery,
  ({ params, query, instance, signal }) =>
    instance.store.timings.minutesJson(params.id, { fromMs: query.from, toMs: query.to }, signal),
  bytesResponse('application/json'),
)
