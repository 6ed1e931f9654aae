import { noQuery, traceQueryOf, tracesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(noQuery, tracesQuery, ({ query, instance, signal }) =>
  instance.store.traces.searchTraces(traceQueryOf(query), signal),
)
