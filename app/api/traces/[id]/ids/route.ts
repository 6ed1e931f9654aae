import { traceParams, traceSourceQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'
import { from, ok } from '@/lib/base/result'

export const GET = get(
  traceParams,
  traceSourceQuery,
  async ({ params, query, instance, signal }) => {
    const ids = await from(instance.sources.traces(query.source), (traces) => traces.spanIds(params.id, signal))
    return ids.ok ? ok(new Uint8Array(ids.value.buffer, ids.value.byteOffset, ids.value.byteLength)) : ids
  },
  bytesResponse('application/octet-stream'),
)
