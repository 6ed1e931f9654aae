import { flameQuery, guildParams } from '@/lib/api/params'
import { get } from '@/lib/api/route'
import { from } from '@/lib/base/result'

export const GET = get(guildParams, flameQuery, ({ params, query, instance, signal }) =>
  from(instance.sources.traces(query.source), (traces) =>
    traces.flame(
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
  ),
)
