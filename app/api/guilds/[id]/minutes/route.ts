import { guildParams, minutesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(guildParams, minutesQuery, ({ params, query, instance, signal }) =>
  instance.store.timings.minutes(params.id, { fromMs: query.from, toMs: query.to }, signal),
)
