import { flameQuery, guildParams } from '@/lib/api/params'
import { type LongWork, progressResponse } from '@/lib/api/progress'
import { get } from '@/lib/api/route'
import { from, ok } from '@/lib/base/result'
import type { FlameAnswer } from '@/lib/model/call-tree'

export const GET = get(
  guildParams,
  flameQuery,
  async ({ params, query, instance }) =>
    from(instance.sources.traces(query.source), async (traces) => {
      const { from: fromMs, to: toMs, action, scope, maxSpans } = query
      const work: LongWork<FlameAnswer> = (signal, onProgress) =>
        traces.flame({ guild: params.id, fromMs, toMs, action, scope, maxSpans }, signal, onProgress)
      return ok(work)
    }),
  progressResponse,
)
