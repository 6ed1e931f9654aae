import { getFrozen } from '@/lib/api/evidence'
import { evidenceGuildParams } from '@/lib/api/incident-params'
import { flameQuery } from '@/lib/api/params'

export const GET = getFrozen(evidenceGuildParams, flameQuery, (reader, { params, query }) =>
  reader.flame({
    guildId: params.guild,
    fromMs: query.from,
    toMs: query.to,
    ...(query.action === undefined ? {} : { action: query.action }),
    scope: query.scope,
  }),
)
