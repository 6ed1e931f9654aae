import { spanParams, spanQuery } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(spanParams, spanQuery, ({ params, query, instance, signal }) =>
  instance.store.traces.spanDetails(params.id, params.index, query.of, signal),
)
