import { fleetQuery, noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(noQuery, fleetQuery, ({ query, instance, signal }) =>
  from(instance.sources.timings(query.timings), (timings) =>
    timings.fleet({ atMs: query.at, minutes: query.minutes, limit: query.limit }, signal),
  ),
)
