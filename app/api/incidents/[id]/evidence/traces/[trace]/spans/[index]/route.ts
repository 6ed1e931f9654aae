import { getFrozen } from '@/lib/api/evidence'
import { evidenceSpanParams } from '@/lib/api/incident-params'
import { spanQuery } from '@/lib/api/params'

export const GET = getFrozen(evidenceSpanParams, spanQuery, (reader, { params, query }) =>
  reader.spanDetails(params.trace, params.index, query.of),
)
