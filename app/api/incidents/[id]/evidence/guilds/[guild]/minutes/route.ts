import { getFrozen } from '@/lib/api/evidence'
import { evidenceGuildParams } from '@/lib/api/incident-params'
import { minutesQuery } from '@/lib/api/params'

export const GET = getFrozen(evidenceGuildParams, minutesQuery, (reader, { params, query }) =>
  reader.minutes(params.guild, { fromMs: query.from, toMs: query.to }),
)
