import { guildParams, timingsSourceQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(guildParams, timingsSourceQuery, ({ params, query, instance, signal }) =>
  from(instance.sources.timings(query.timings), (timings) => timings.retention(params.id, signal)),
)
