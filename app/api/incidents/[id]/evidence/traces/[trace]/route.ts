import { getFrozen } from '@/lib/api/evidence'
import { evidenceTraceParams } from '@/lib/api/incident-params'
import { noQuery } from '@/lib/api/params'
import { bytesResponse } from '@/lib/api/respond'

export const GET = getFrozen(
  evidenceTraceParams,
  noQuery,
  (reader, { params }) => reader.traceWire(params.trace),
  bytesResponse('application/vnd.guildscope.trace'),
)
