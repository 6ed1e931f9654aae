import { noQuery, traceQueryOf, tracesQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(noQuery, tracesQuery, ({ query, instance, signal }) =>
  from(instance.sources.traces(query.source), (traces) => traces.searchTraces(traceQueryOf(query), signal)),
)
