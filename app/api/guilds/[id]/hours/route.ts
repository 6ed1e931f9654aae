import { guildParams, minutesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from, ok } from '@/lib/base/result'

export const GET = get(guildParams, minutesQuery, ({ params, query, instance, signal }) =>
  from(
    instance.sources.timings(query.timings),
    async (timings) => (await timings.hours?.(params.id, { fromMs: query.from, toMs: query.to }, signal)) ?? ok([]),
  ),
)
