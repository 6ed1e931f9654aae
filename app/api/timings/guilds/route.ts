import { fleetQuery, noQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(noQuery, fleetQuery, ({ query, instance, signal }) =>
  instance.store.timings.fleet({ atMs: query.at, minutes: query.minutes, limit: query.limit }, signal),
)
