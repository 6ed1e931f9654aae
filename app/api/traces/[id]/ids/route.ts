import { noQuery, traceParams } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { get } from '@/lib/api/route'
import { ok } from '@/lib/base/result'

export const GET = get(
  traceParams,
  noQuery,
  async ({ params, instance, signal }) => {
    const ids = await instance.store.traces.spanIds(params.id, signal)
    return ids.ok ? ok(new Uint8Array(ids.value.buffer, ids.value.byteOffset, ids.value.byteLength)) : ids
  },
  bytesResponse('application/octet-stream'),
)
