import { guildParams, minutesQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(
  guildParams,
  minutesQuery,
  ({ params, query, instance, signal }) =>
    from(instance.sources.timings(query.timings), (timings) =>
      timings.minutesJson(params.id, { fromMs: query.from, toMs: query.to }, signal),
    ),
  bytesResponse('application/json'),
)
