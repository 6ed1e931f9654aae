import { getFrozen } from '@/lib/api/evidence'
import { evidenceTraceParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'
import { ok } from '@/lib/base/result'

export const GET = getFrozen(
  evidenceTraceParams,
  noQuery,
  async (reader, { params }) => {
    const ids = await reader.spanIds(params.trace)
    return ids.ok ? ok(new Uint8Array(ids.value.buffer, ids.value.byteOffset, ids.value.byteLength)) : ids
  },
  bytesResponse('application/octet-stream'),
)
