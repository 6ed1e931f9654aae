import { traceParams, traceSourceQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(
  traceParams,
  traceSourceQuery,
  ({ params, query, instance, signal }) =>
    from(instance.sources.traces(query.source), (traces) => traces.traceWire(params.id, undefined, signal)),
  bytesResponse('application/vnd.guildscope.trace'),
)
