import { getFrozen } from '@/lib/api/evidence'
import { incidentParams } from '@/lib/api/incident-params'
import { traceQueryOf, tracesQuery } from '@/lib/api/params'

export const GET = getFrozen(incidentParams, tracesQuery, (reader, { query }) =>
  reader.searchTraces(traceQueryOf(query)),
)
