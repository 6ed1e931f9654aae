import { flameQuery, guildParams } from '@/lib/api/params'
import { get } from '@/lib/api/route'

export const GET = get(guildParams, flameQuery, ({ params, query, instance, signal }) =>
  instance.store.traces.flame(
    {
      guild: params.id,
      fromMs: query.from,
      toMs: query.to,
      action: query.action,
      scope: query.scope,
      maxSpans: query.maxSpans,
    },
    signal,
  ),
)
