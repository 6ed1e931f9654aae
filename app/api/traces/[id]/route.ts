import { noQuery, traceParams } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'

export const GET = get(
  traceParams,
  noQuery,
  ({ params, instance, signal }) => instance.store.traces.traceWire(params.id, undefined, signal),
  bytesResponse('application/vnd.guildscope.trace'),
)
