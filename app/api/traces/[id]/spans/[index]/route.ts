import { spanParams, spanQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(spanParams, spanQuery, ({ params, query, instance, signal }) =>
  from(instance.sources.traces(query.source), (traces) =>
    traces.spanDetails(params.id, params.index, query.of, signal),
  ),
)
