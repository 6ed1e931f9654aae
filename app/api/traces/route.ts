import { noQuery, tracesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(noQuery, tracesQuery, ({ query, instance, signal }) =>
  instance.store.traces.searchTraces(
    {
      guild: query.guild,
      fromMs: query.from,
      toMs: query.to,
      action: query.action,
      minDurationNs: query.minDurationNs,
      completeOnly: query.complete === '1',
      sort: query.sort,
      limit: query.limit,
      cursor: query.cursor,
    },
    signal,
  ),
)
