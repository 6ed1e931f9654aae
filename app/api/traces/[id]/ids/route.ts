import { noQuery, traceParams } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'

export const GET = get(
  traceParams,
  noQuery,
  ({ params, instance, signal }) => instance.store.traces.spanIds(params.id, signal),
  (ids) => bytesResponse(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength), 'application/octet-stream'),
)
